"""Files people send: checked by content, cleaned, scanned, sealed, and kept before any row names them.

The object comes first and its row after it, so a row always has its object; an object that never got its row is swept
away. Each file is sealed with a key of its own, which stands sealed in its row: when the keys of the service change,
only rows are sealed anew.
"""

import base64
import secrets
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from anyio import to_thread
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlmodel import Field, col, select

from core.domain.errors import Conflict, NotFound
from core.domain.ids import new_id
from core.storage.base import Row, instant, optional_instant
from core.storage.columns import EncryptedText, text_enum
from core.storage.files_cleaning import clean
from core.storage.files_kinds import kind_of
from core.storage.files_scanner import Scanner, ScannerAway
from core.storage.files_store import FileStore
from core.storage.files_words import MOST, FileRefused, Refusal, Scan
from core.storage.keys import Undecipherable
from core.storage.session import Database, Session
from core.storage.tasks import LATER, plan

REMOVE = "files.remove"
SCAN = "files.scan"
_NONCE = 12
_AT_ONCE = 200


class StoredFile(Row, table=True):
    """One file. `about_id` is what it belongs to: a draft first, then the record that became of it; `size` is in bytes,
    as it is kept; `secret` opens the object, whose key in the store is the id in hexadecimal. `seconds` is how long a
    sound is, where it says so."""

    __tablename__ = "stored_file"
    __table_args__ = (
        sa.Index("ix_stored_file_about", "about_id", "purpose"),
        sa.Index("ix_stored_file_unscanned", "stored_at", postgresql_where=sa.text("scan = 'not-scanned'")),
    )

    purpose: str = Field(max_length=40)
    about_id: UUID
    name: str = Field(sa_type=EncryptedText("stored_file.name"))
    secret: str = Field(sa_type=EncryptedText("stored_file.secret"))
    media_type: str = Field(max_length=80)
    size: int
    seconds: int | None = None
    scan: Scan = Field(sa_type=text_enum(Scan, "scan_known"))
    stored_at: datetime = instant()
    dropped_at: datetime | None = optional_instant()

    @property
    def key(self) -> str:
        return self.id.hex


class FileInfected(Conflict):
    """A virus was found in it after it was taken: nobody is given it."""


async def store_file(
    db: Database,
    files: FileStore,
    scanner: Scanner | None,
    *,
    purpose: str,
    about_id: UUID,
    name: str,
    content: bytes,
    kinds: frozenset[str],
    now: datetime,
    together: int | None = None,
    seconds: int | None = None,
) -> StoredFile:
    """Takes a file whole or not at all. `together` is how many bytes all files about this may have. Raises FileRefused;
    then nothing of it is kept. Slow for a picture; the event loop stays free."""
    kept, media_type = await _fit(content, kinds)
    scan = await _looked_at(scanner, kept)
    secret = secrets.token_bytes(32)
    row = StoredFile(
        id=new_id(),
        purpose=purpose,
        about_id=about_id,
        name=name,
        secret=base64.b64encode(secret).decode(),
        media_type=media_type,
        size=len(kept),
        seconds=seconds,
        scan=scan,
        stored_at=now,
    )
    await files.put(row.key, _seal(secret, row.id, kept))
    try:
        async with db.transaction() as session:
            await _check_together(session, row, together)
            session.add(row)
            if scan is Scan.NOT_SCANNED and scanner is not None:
                await plan(session, SCAN, key=f"{SCAN}:{row.id}", run_at=now, priority=LATER, file_id=row.id)
    except FileRefused:
        await files.delete(row.key)
        raise
    return row


async def _fit(content: bytes, kinds: frozenset[str]) -> tuple[bytes, str]:
    if not content:
        raise FileRefused(Refusal.EMPTY)
    if len(content) > MOST:
        raise FileRefused(Refusal.TOO_BIG)
    kind = await to_thread.run_sync(kind_of, content)
    if kind is None or kind not in kinds:
        raise FileRefused(Refusal.WRONG_KIND)
    return await to_thread.run_sync(clean, content, kind)


async def _looked_at(scanner: Scanner | None, content: bytes) -> Scan:
    if scanner is None:
        return Scan.NOT_SCANNED
    try:
        found = await scanner.scan(content)
    except ScannerAway:
        # A scanner that is away must not turn a family away: the file waits for it, and says so meanwhile.
        return Scan.NOT_SCANNED
    if found is Scan.INFECTED:
        raise FileRefused(Refusal.INFECTED)
    return found


async def _check_together(session: Session, row: StoredFile, together: int | None) -> None:
    if together is None:
        return
    # Two files of one draft that arrive at once are counted one after the other.
    lock = {"key": row.about_id.int & 0x7FFF_FFFF_FFFF_FFFF}
    await (await session.connection()).execute(sa.text("select pg_advisory_xact_lock(:key)"), lock)
    there = await files_about(session, row.purpose, row.about_id)
    if row.size + sum(one.size for one in there) > together:
        raise FileRefused(Refusal.TOO_MUCH)


async def read_file(session: Session, files: FileStore, file_id: UUID) -> tuple[StoredFile, bytes]:
    """A file with its bytes. NotFound; FileInfected; Undecipherable when the object is not what was kept."""
    row = await session.get(StoredFile, file_id)
    if row is None or row.dropped_at is not None:
        raise NotFound("no such file")
    if row.scan is Scan.INFECTED:
        raise FileInfected("a virus was found in this file")
    return row, await open_object(files, row)


async def open_object(files: FileStore, row: StoredFile) -> bytes:
    """What the row promises is there. FileNotFoundError; Undecipherable."""
    sealed = await files.get(row.key)
    try:
        return AESGCM(base64.b64decode(row.secret)).decrypt(sealed[:_NONCE], sealed[_NONCE:], row.id.bytes)
    except InvalidTag:
        raise Undecipherable("the object was changed since it was kept, or is another's") from None


def _seal(secret: bytes, file_id: UUID, content: bytes) -> bytes:
    nonce = secrets.token_bytes(_NONCE)
    return nonce + AESGCM(secret).encrypt(nonce, content, file_id.bytes)


async def files_about(session: Session, purpose: str, about_id: UUID) -> Sequence[StoredFile]:
    """What belongs to a draft or a record, oldest first."""
    found = select(StoredFile).where(
        StoredFile.about_id == about_id, StoredFile.purpose == purpose, col(StoredFile.dropped_at).is_(None)
    )
    return (await session.exec(found.order_by(col(StoredFile.id)))).all()


async def hand_over(session: Session, purpose: str, from_id: UUID, to_id: UUID) -> None:
    """From a draft to the record it became, in the transaction that stores the record."""
    for row in await files_about(session, purpose, from_id):
        row.about_id = to_id


async def drop_file(session: Session, file_id: UUID, now: datetime) -> None:
    """Nobody sees it from this transaction on; the object goes afterwards, and then the row. Harmless twice."""
    row = await session.get(StoredFile, file_id, with_for_update=True)
    if row is None or row.dropped_at is not None:
        return
    row.dropped_at = now
    await plan(session, REMOVE, key=f"{REMOVE}:{row.id}", run_at=now, priority=LATER, file_id=row.id)


async def drop_abandoned(
    session: Session, purpose: str, before: datetime, is_used: sa.ColumnElement[bool], now: datetime
) -> None:
    """Drops what was kept for this purpose before that moment and is not used by anything; as many as there are."""
    abandoned = select(StoredFile.id).where(
        StoredFile.purpose == purpose,
        col(StoredFile.dropped_at).is_(None),
        col(StoredFile.stored_at) < before,
        ~is_used,
    )
    while found := (await session.exec(abandoned.limit(_AT_ONCE))).all():
        for file_id in found:
            await drop_file(session, file_id, now)
        await session.flush()

"""What is done with files afterwards: objects of dropped rows go, forgotten objects are swept away, and what nobody has
scanned yet is scanned."""

import time
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from core.storage.files import REMOVE, SCAN, StoredFile, open_object
from core.storage.files_scanner import ScannerAway
from core.storage.files_words import Scan
from core.storage.jobs import Job, Workbench
from core.storage.session import Session

SWEEP = "files.sweep"
SCAN_ALL = "files.scan-all"
# An object this young may be waiting for its row: the page that wrote it is still at work.
_SETTLED = 24 * 3600.0
_AT_ONCE = 50


async def remove(bench: Workbench, file_id: str) -> None:
    """The object of a dropped row, then the row."""
    async with bench.db.transaction() as session:
        row = await session.get(StoredFile, UUID(file_id))
        if row is None or row.dropped_at is None:
            return
    await bench.files.delete(row.key)
    async with bench.db.transaction() as session:
        if row := await session.get(StoredFile, UUID(file_id)):
            await session.delete(row)


async def sweep(bench: Workbench) -> None:
    """Objects without a row: whoever wrote them died before the row, or the record was forgotten."""
    async for keys in bench.files.all_keys():
        old = [UUID(hex=key) for key in keys if _age(UUID(hex=key)) > _SETTLED]
        async with bench.db.transaction() as session:
            named = (await session.exec(select(StoredFile.id).where(col(StoredFile.id).in_(old)))).all()
        for key in set(old) - set(named):
            await bench.files.delete(key.hex)


def _age(key: UUID) -> float:
    """Seconds since a key was made, by the machine's clock, which made it (RFC 9562: 48 bits of milliseconds)."""
    return time.time() - (key.int >> 80) / 1000


async def scan_one(bench: Workbench, file_id: str) -> None:
    """Looks at a file that was taken while the scanner was away. Raises ScannerAway when it still is."""
    if bench.scanner is None:
        return
    async with bench.db.transaction() as session:
        row = await session.get(StoredFile, UUID(file_id))
    if row is None or row.dropped_at is not None or row.scan is not Scan.NOT_SCANNED:
        return
    found = await bench.scanner.scan(await open_object(bench.files, row))
    async with bench.db.transaction() as session:
        await _note(session, row.id, found)


async def _note(session: Session, file_id: UUID, found: Scan) -> None:
    told = sa.update(StoredFile).where(col(StoredFile.id) == file_id, col(StoredFile.scan) == Scan.NOT_SCANNED)
    await session.exec(told.values(scan=found))


async def scan_all(bench: Workbench) -> None:
    """Those nobody has looked at, oldest first, some at a time. Nothing happens while the scanner is away."""
    if bench.scanner is None:
        return
    async with bench.db.transaction() as session:
        waiting = select(StoredFile.id).where(StoredFile.scan == Scan.NOT_SCANNED, col(StoredFile.dropped_at).is_(None))
        ids = (await session.exec(waiting.order_by(col(StoredFile.stored_at)).limit(_AT_ONCE))).all()
    for file_id in ids:
        try:
            await scan_one(bench, str(file_id))
        except ScannerAway:
            return


JOBS = {
    REMOVE: Job(remove, outside=True),
    SWEEP: Job(sweep, outside=True),
    SCAN: Job(scan_one, outside=True),
    SCAN_ALL: Job(scan_all, outside=True),
}

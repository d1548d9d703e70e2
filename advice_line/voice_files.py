"""Recordings in the file port: one a draft, kept before the message that names it, handed over when it is sent."""

from datetime import datetime
from uuid import UUID

from advice_line.voice_words import KINDS, PURPOSE, Spoken
from core.domain.errors import NotPossible
from core.storage.files import StoredFile, drop_file, files_about, hand_over, store_file
from core.storage.files_scanner import Scanner
from core.storage.files_store import FileStore
from core.storage.session import Database, Session


async def keep(
    db: Database, files: FileStore, scanner: Scanner | None, draft_id: UUID, content: bytes, now: datetime
) -> StoredFile:
    """Keeps a recording for a draft, before anything names it. Raises FileRefused."""
    return await store_file(
        db,
        files,
        scanner,
        purpose=PURPOSE,
        about_id=draft_id,
        name="recording",
        content=content,
        kinds=KINDS,
        now=now,
    )


async def of_draft(session: Session, draft_id: UUID, file_id: UUID) -> StoredFile | None:
    """This recording, when it belongs to this draft: an id that somebody made up belongs to none."""
    return next((one for one in await files_about(session, PURPOSE, draft_id) if one.id == file_id), None)


async def drop_others(session: Session, draft_id: UUID, but: UUID | None, now: datetime) -> None:
    """A draft has one recording at most."""
    for one in await files_about(session, PURPOSE, draft_id):
        if one.id != but:
            await drop_file(session, one.id, now)


async def give_to(session: Session, draft_id: UUID, message_id: UUID, spoken: Spoken | None, now: datetime) -> None:
    """What the draft had is the message's from now on; nothing else of it is. NotPossible when it never had this."""
    if spoken and spoken.file_id and await of_draft(session, draft_id, spoken.file_id) is None:
        raise NotPossible("no such recording of this draft")
    await drop_others(session, draft_id, spoken.file_id if spoken else None, now)
    await hand_over(session, PURPOSE, draft_id, message_id)

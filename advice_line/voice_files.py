"""Recordings in the file port: one a draft, kept before the message that names it, handed over when it is sent."""

from datetime import datetime
from uuid import UUID

from anyio import to_thread

from advice_line.voice_length import length_of
from advice_line.voice_queries import voice_of
from advice_line.voice_words import GRACE, KINDS, MOST_UNREAD, PURPOSE, Spoken
from core.domain.errors import NotPossible
from core.storage.files import StoredFile, drop_file, files_about, hand_over, store_file
from core.storage.files_kinds import kind_of
from core.storage.files_scanner import Scanner
from core.storage.files_store import FileStore
from core.storage.files_words import FileRefused, Refusal
from core.storage.session import Database, Session


async def keep(
    db: Database, files: FileStore, scanner: Scanner | None, draft_id: UUID, content: bytes, now: datetime,
    *, longest: int | None = None,
) -> StoredFile:  # fmt: skip
    """Keeps a recording for a draft, before anything names it, with how long the sound itself says it is. Raises
    FileRefused, also for more than `longest` seconds where there is such a limit; what does not say how long it is
    must be small then."""
    seconds = await to_thread.run_sync(_length, content)
    if longest is not None:
        _check(seconds, len(content), longest)
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
        seconds=seconds,
    )


def _check(seconds: int | None, size: int, longest: int) -> None:
    if seconds is not None and seconds > longest + GRACE:
        raise FileRefused(Refusal.TOO_LONG)
    if seconds is None and size > MOST_UNREAD:
        raise FileRefused(Refusal.TOO_BIG)


def _length(content: bytes) -> int | None:
    return length_of(content, kind_of(content) or "")


async def of_draft(session: Session, draft_id: UUID, file_id: UUID) -> StoredFile | None:
    """This recording, when it belongs to this draft: an id that somebody made up belongs to none."""
    return next((one for one in await files_about(session, PURPOSE, draft_id) if one.id == file_id), None)


async def drop_others(session: Session, draft_id: UUID, but: UUID | None, now: datetime) -> None:
    """A draft has one recording at most."""
    for one in await files_about(session, PURPOSE, draft_id):
        if one.id != but:
            await drop_file(session, one.id, now)


async def give_to(session: Session, draft_id: UUID, message_id: UUID, spoken: Spoken | None, now: datetime) -> None:
    """What the draft had is the message's from now on, as long as it was found to be when it was kept; nothing else of
    it is. NotPossible when it never had this."""
    if spoken and spoken.file_id:
        kept, voice = await of_draft(session, draft_id, spoken.file_id), await voice_of(session, message_id)
        if kept is None or voice is None:
            raise NotPossible("no such recording of this draft")
        voice.seconds = kept.seconds
    await drop_others(session, draft_id, spoken.file_id if spoken else None, now)
    await hand_over(session, PURPOSE, draft_id, message_id)

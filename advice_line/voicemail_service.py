"""Taking voicemail from a telephony provider: kept once, however often it is handed over."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.exc import IntegrityError

from advice_line import voice_files
from advice_line.models import AdviceMessage
from advice_line.service import Desk, leave_message
from advice_line.voice_queries import voice_of, voicemail
from advice_line.voice_words import PURPOSE, CameBy, Spoken
from advice_line.voicemail_words import Voicemail
from advice_line.words import Caller, Left, Topic
from core.domain.nhs import parse_phone
from core.storage.files import drop_file, files_about
from core.storage.files_scanner import Scanner
from core.storage.files_store import FileStore
from core.storage.files_words import FileRefused, Refusal
from core.storage.session import Database

NAME = "Caller on the phone line"


async def take(db: Database, files: FileStore, scanner: Scanner | None, desk: Desk, told: Voicemail) -> AdviceMessage:
    """The message this voicemail is, stored when this returns. The sound first, then the message that names it; a
    recording that cannot be kept still is a message, so that somebody calls back."""
    if already := await _known(db, told):
        return already
    spoken = await _spoken(db, files, scanner, told, desk.now)
    try:
        async with db.transaction() as session:
            message, _ = await leave_message(session, desk, left_from(told, spoken), draft_id=told.draft_id)
            await voice_files.give_to(session, told.draft_id, message.id, spoken, desk.now)
        return message
    except IntegrityError:
        # Two at once: the other was first.
        already = await _known(db, told)
        if already is None:
            raise
    await _drop_ours(db, already.id, spoken.file_id, desk.now)
    return already


async def _known(db: Database, told: Voicemail) -> AdviceMessage | None:
    async with db.transaction() as session:
        return await voicemail(session, told.id)


async def _spoken(db: Database, files: FileStore, scanner: Scanner | None, told: Voicemail, now: datetime) -> Spoken:
    """What was recorded, kept however long it is: whoever rang cannot say it again. One that was kept by a try that
    died is taken up again."""
    async with db.transaction() as session:
        before = await files_about(session, PURPOSE, told.draft_id)
    if before:
        return Spoken(before[0].id, before[0].seconds, CameBy.PHONE, told.id)
    try:
        if not told.recording:
            raise FileRefused(Refusal.EMPTY)
        kept = await voice_files.keep(db, files, scanner, told.draft_id, told.recording, now)
    except FileRefused as refused:
        return Spoken(None, told.seconds, CameBy.PHONE, told.id, refused=refused.reason)
    return Spoken(kept.id, kept.seconds, CameBy.PHONE, told.id)


async def _drop_ours(db: Database, message_id: UUID, file_id: UUID | None, now: datetime) -> None:
    async with db.transaction() as session:
        voice = await voice_of(session, message_id)
        if file_id and voice and voice.file_id != file_id:
            await drop_file(session, file_id, now)


def left_from(told: Voicemail, spoken: Spoken) -> Left:
    """What is known about somebody who only rang: nothing is said to their phone until a person has listened."""
    phone, said = _number(told.number)
    return Left(
        caller=Caller.UNKNOWN,
        name=NAME,
        phone=phone,
        email=None,
        topic=Topic.OTHER,
        text=said,
        safe_to_leave_message=False,
        voice=spoken,
    )


def _number(shown: str) -> tuple[str, str]:
    """(E.164 or nothing, what to say about a number we cannot ring)."""
    try:
        return parse_phone(shown), ""
    except ValueError:
        digits = "".join(sign for sign in shown if sign.isascii() and (sign.isdigit() or sign == "+"))[:20]
        return "", f"The phone line showed this number: {digits}" if digits else ""

"""What the demo's families said instead of typing it. The sounds are a hum; every person and number is invented."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from advice_line.models import AdviceMessage
from advice_line.service import Desk, leave_message
from advice_line.voice_files import give_to, keep
from advice_line.voice_queries import voice_of
from advice_line.voice_words import CameBy, Spoken
from advice_line.voicemail_service import left_from
from advice_line.voicemail_words import Voicemail
from advice_line.words import Left
from app.demo.sounds import hum
from core.domain.ids import new_id
from core.storage.jobs import Workbench
from core.storage.session import Session

_SECONDS = 4


async def say(session: Session, bench: Workbench, left: Left, at: datetime) -> AdviceMessage:
    """A message that was spoken in the browser."""
    return await _leave(session, bench, left, new_id(), at)


async def ring(session: Session, bench: Workbench, provider_id: str, number: str, at: datetime) -> AdviceMessage:
    """A voicemail, as the telephone exchange hands it over."""
    told = Voicemail(provider_id, number, _SECONDS, hum(_SECONDS))
    return await _leave(session, bench, left_from(told, Spoken(None, 0)), told.draft_id, at, told)


async def _leave(
    session: Session, bench: Workbench, left: Left, draft: UUID, at: datetime, told: Voicemail | None = None
) -> AdviceMessage:
    file = await keep(bench.db, bench.files, None, draft, hum(_SECONDS), at)
    came_by, provider_id = (CameBy.PHONE, told.id) if told else (CameBy.BROWSER, None)
    voice = Spoken(file.id, _SECONDS, came_by, provider_id)
    desk = Desk(bench.profile, bench.address, at)
    message, _ = await leave_message(session, desk, replace(left, voice=voice), draft_id=draft)
    await give_to(session, draft, message.id, voice, at)
    return message


async def write_down(session: Session, message: AdviceMessage, by: UUID, words: str, at: datetime) -> None:
    """What a colleague heard."""
    voice = await voice_of(session, message.id)
    if voice:
        voice.written, voice.written_by, voice.written_at = words, by, at

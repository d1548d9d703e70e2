"""What is asked about recordings and additions. Nothing here opens a file."""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from sqlmodel import col, select

from advice_line.linked import linked_to
from advice_line.models import AdviceMessage
from advice_line.voice_models import AdviceAddition, AdviceVoice
from advice_line.voice_words import TOO_OLD, CameBy, VoiceView, length_words
from core.storage.session import Session


async def voice_of(session: Session, message_id: UUID, *, lock: bool = False) -> AdviceVoice | None:
    """The recording of a message, as it is now."""
    found = select(AdviceVoice).where(AdviceVoice.message_id == message_id)
    found = found.execution_options(populate_existing=True)
    return (await session.exec(found.with_for_update() if lock else found)).one_or_none()


async def voicemail(session: Session, provider_id: str) -> AdviceMessage | None:
    """The message a voicemail became."""
    joined = select(AdviceMessage).join(AdviceVoice, col(AdviceVoice.message_id) == AdviceMessage.id)
    return (await session.exec(joined.where(AdviceVoice.provider_id == provider_id))).one_or_none()


async def with_voice(session: Session, ids: Collection[UUID]) -> dict[UUID, bool]:
    """Those of these messages that were spoken, and whether somebody has written down what was said. One query."""
    found = select(col(AdviceVoice.message_id), col(AdviceVoice.written_at).is_not(None))
    return dict((await session.exec(found.where(col(AdviceVoice.message_id).in_(ids)))).all())


async def additions_to(session: Session, message_id: UUID) -> Sequence[AdviceAddition]:
    """What the family added, oldest first."""
    found = select(AdviceAddition).where(AdviceAddition.message_id == message_id).order_by(col(AdviceAddition.at))
    return (await session.exec(found)).all()


async def for_case(session: Session, message: AdviceMessage) -> dict[str, Any]:
    """What the page of a call shows beside the message itself: `voice`, `additions`, `linked`."""
    voice = await voice_of(session, message.id)
    return {
        "voice": view(voice, message) if voice else None,
        "additions": await additions_to(session, message.id),
        "linked": await linked_to(session, message),
    }


def view(voice: AdviceVoice, message: AdviceMessage) -> VoiceView:
    """The recording as its page shows it."""
    return VoiceView(
        length=length_words(voice.seconds),
        length_known=bool(voice.seconds),
        by_phone=voice.came_by is CameBy.PHONE,
        has_sound=voice.file_id is not None,
        was_deleted=voice.refused == TOO_OLD,
        number_shown=bool(message.caller["phone"]),
        written=voice.written or "",
        written_by=voice.written_by,
        written_at=voice.written_at,
    )

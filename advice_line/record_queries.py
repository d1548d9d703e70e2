"""What is asked about recorded calls."""

from collections.abc import Sequence
from uuid import UUID

from sqlmodel import col, select

from advice_line.models import AdviceEvent, AdviceMessage
from advice_line.record_models import AdviceBooking, AdviceRecord
from advice_line.record_words import LastCall
from advice_line.words import Happened
from core.domain.identity import Actor, Discipline
from core.storage.session import Session

_MATTERS = (
    Happened.CALLED,
    Happened.TAKEN_BACK,
    Happened.PASSED_ON,
    Happened.NUMBER_CORRECTED,
    Happened.ADDED_TO,
    Happened.CONCERN,
    Happened.BOOKED,
)


async def last_call(session: Session, actor: Actor, call_id: UUID) -> LastCall | None:
    """What this person recorded under this number. One query."""
    found = (
        select(AdviceRecord, AdviceMessage)
        .join(AdviceMessage, col(AdviceMessage.id) == AdviceRecord.message_id)
        .where(AdviceRecord.id == call_id, AdviceRecord.staff_id == actor.id)
    )
    row = (await session.exec(found)).one_or_none()
    if row is None:
        return None
    record, message = row
    return LastCall(
        call_id=record.id,
        message_id=record.message_id,
        staff_id=record.staff_id,
        reference=message.reference,
        what_next=record.what_next,
        discipline=Discipline(message.discipline) if message.discipline else None,
        until=record.until,
        taken_back=record.taken_back_at is not None,
        child_key=message.child_key,
        state=message.state,
        next_at=message.next_action_at,
    )


async def bookings_of(session: Session, message_id: UUID) -> list[tuple[AdviceBooking, bool]]:
    """What was booked for the family after calls about this message, oldest first; True where that call was taken back
    later."""
    found = (
        select(AdviceBooking, AdviceRecord.taken_back_at)
        .join(AdviceRecord, col(AdviceRecord.id) == AdviceBooking.call_id)
        .where(AdviceBooking.message_id == message_id)
        .order_by(col(AdviceBooking.id))
    )
    return [(booking, at is not None) for booking, at in await session.exec(found)]


async def is_noted(session: Session, booking_id: UUID) -> bool:
    """Whether a booking stands on the record of its call already."""
    found = select(AdviceBooking.id).where(AdviceBooking.booking_id == booking_id)
    return (await session.exec(found)).one_or_none() is not None


async def taken_back(session: Session, actor: Actor, message_id: UUID, call_id: UUID) -> AdviceRecord | None:
    """What this person typed and took back, while it is kept."""
    found = select(AdviceRecord).where(
        AdviceRecord.id == call_id,
        AdviceRecord.message_id == message_id,
        AdviceRecord.staff_id == actor.id,
        col(AdviceRecord.taken_back_at).is_not(None),
        col(AdviceRecord.typed).is_not(None),
    )
    return (await session.exec(found)).one_or_none()


async def done_by_others(session: Session, actor: Actor, message_id: UUID) -> Sequence[AdviceEvent]:
    """What others did about a message that whoever records a call has to know, oldest first. Who has it does not
    matter, and a family that withdrew changes nothing about a call that was made."""
    found = select(AdviceEvent).where(
        AdviceEvent.message_id == message_id,
        AdviceEvent.by != actor.audit_name,
        col(AdviceEvent.happened).in_(_MATTERS),
    )
    return (await session.exec(found.order_by(col(AdviceEvent.at), col(AdviceEvent.id)))).all()


async def history(session: Session, message_id: UUID) -> Sequence[AdviceEvent]:
    """Everything that happened to a message, oldest first."""
    found = select(AdviceEvent).where(AdviceEvent.message_id == message_id)
    return (await session.exec(found.order_by(col(AdviceEvent.at), col(AdviceEvent.id)))).all()

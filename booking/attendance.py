"""Who came, what came of it, and whom a person has to phone."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import distinct_on
from sqlmodel import col, select

from booking import clinic_rules
from booking.access import open_booking
from booking.clinic_words import Attendance, CallReason, Outcome, SettledBy
from booking.models import Booking, Offer, Sitting
from booking.staff_models import AttendanceEntry, ToPhone
from core.domain.errors import NotFound
from core.domain.identity import Actor
from core.storage import audit
from core.storage.session import Session
from notifications.api import DeliveryState, message_is

_ARRIVED = frozenset({DeliveryState.SENT, DeliveryState.DELIVERED})


@dataclass(frozen=True, slots=True)
class Visit:
    """What staff write down about one booking."""

    attendance: Attendance
    outcome: Outcome | None = None
    note: str | None = field(default=None, repr=False)


async def record_visit(session: Session, actor: Actor, booking_id: UUID, visit: Visit, now: datetime) -> None:
    """Writes it beside what was written before; the last entry counts. Whoever was not brought twice goes on the list
    for a phone call, and is barred from nothing. Raises what `open_booking` does."""
    booking = await session.get(Booking, booking_id, with_for_update={"key_share": True})
    if booking is None:
        raise NotFound("no such booking")
    await open_booking(session, actor, booking_id, now)
    sitting = await session.get_one(Sitting, booking.sitting_id)
    kind = (await session.get_one(Offer, sitting.offer_id)).kind
    clinic_rules.check_attendance(visit.attendance, visit.outcome, kind, booking.state, sitting.starts_at, now)
    entry = AttendanceEntry(
        booking_id=booking_id, attendance=visit.attendance, outcome=visit.outcome, note=visit.note, at=now,
        by=actor.audit_name,
    )  # fmt: skip
    session.add(entry)
    await session.flush()
    audit.record(
        session, actor, "booking.attendance", "booking", booking_id, now, attendance=visit.attendance,
        outcome=visit.outcome,
    )  # fmt: skip
    await _not_brought(session, actor, booking, visit.attendance, now)


async def _not_brought(session: Session, actor: Actor, booking: Booking, attendance: Attendance, now: datetime) -> None:
    open_call = select(ToPhone).where(
        ToPhone.booking_id == booking.id, ToPhone.reason == CallReason.NOT_BROUGHT, col(ToPhone.settled_at).is_(None)
    )
    call = (await session.exec(open_call)).one_or_none()
    if attendance is not Attendance.NOT_BROUGHT:
        if call:
            _settle(call, SettledBy.NOT_NEEDED, actor, now)
        return
    if call is None and clinic_rules.is_to_be_phoned(await times_not_brought(session, booking)):
        session.add(ToPhone(booking_id=booking.id, reason=CallReason.NOT_BROUGHT, at=now, by=actor.audit_name))


async def times_not_brought(session: Session, booking: Booking) -> int:
    """How often this child was not brought, this booking included; where no child is asked for, this contact."""
    same = _same_person(booking)
    last = (
        select(AttendanceEntry.booking_id, AttendanceEntry.attendance)
        .join(Booking, col(Booking.id) == AttendanceEntry.booking_id)
        .where(same)
        .ext(distinct_on(col(AttendanceEntry.booking_id)))
        .order_by(col(AttendanceEntry.booking_id), col(AttendanceEntry.id).desc())
        .subquery()
    )
    count = sa.select(sa.func.count()).select_from(last).where(last.c.attendance == Attendance.NOT_BROUGHT.value)
    return int(await (await session.connection()).scalar(count) or 0)


def _same_person(booking: Booking) -> sa.ColumnElement[bool]:
    if booking.child_key is not None:
        return col(Booking.child_key) == booking.child_key
    if booking.email_key is not None:
        return col(Booking.email_key) == booking.email_key
    if booking.phone_key is not None:
        return col(Booking.phone_key) == booking.phone_key
    return col(Booking.id) == booking.id


async def settle_reached(session: Session, now: datetime) -> int:
    """Takes those off the list whose message has arrived; returns how many."""
    reached = select(ToPhone).where(col(ToPhone.settled_at).is_(None), message_is(col(ToPhone.message_id), _ARRIVED))
    calls = (await session.exec(reached.order_by(col(ToPhone.id)).limit(1000).with_for_update(skip_locked=True))).all()
    for call in calls:
        call.settled_at, call.settled_how, call.settled_by = now, SettledBy.MESSAGE_SENT, "system:booking"
    return len(calls)


async def phoned(session: Session, actor: Actor, call_id: UUID, now: datetime) -> None:
    """Somebody has phoned. A second press changes nothing. Raises what `open_booking` does."""
    call = await session.get(ToPhone, call_id, with_for_update=True)
    if call is None:
        raise NotFound("no such call")
    await open_booking(session, actor, call.booking_id, now)
    if call.settled_at is None:
        _settle(call, SettledBy.PHONED, actor, now)
        audit.record(session, actor, "booking.phoned", "booking", call.booking_id, now, reason=call.reason)


def _settle(call: ToPhone, how: SettledBy, actor: Actor, now: datetime) -> None:
    call.settled_at, call.settled_how, call.settled_by = now, how, actor.audit_name

"""One booking changed by a colleague: after a phone call, or because a change of the timetable left it for a person."""

from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from booking import clinic_letters, clinic_rules, reminders, rules
from booking.access import open_booking
from booking.clinic_changes import note_sitting
from booking.clinic_letters import Desk
from booking.clinic_words import CallReason, SettledBy, SittingHappened
from booking.models import Booking, BookingEvent, Offer, Place, Sitting
from booking.rules import BookingStep
from booking.staff_models import ToPhone
from booking.words import (
    BookingCancelled,
    BookingMoved,
    BookingState,
    Happened,
    PlaceReleased,
    PlaceState,
    SittingCancelled,
    SittingState,
)
from core.domain.errors import NotFound, PlaceGone
from core.domain.identity import Actor
from core.storage import audit, outbox
from core.storage.session import Session

_GIVE_BACK = sa.text("""
    update place set state = 'free', booking_id = null where booking_id = :booking_id and state = 'booked' returning id
""")
_WITHDRAW = sa.text("""
    update place set state = 'withdrawn', booking_id = null where booking_id = :booking_id and state = 'booked'
    returning id
""")
_TAKE = sa.text("""
    update place set state = 'booked', booking_id = :booking_id, held_by = null, held_until = null
    where id = (
        select id from place
        where sitting_id = :sitting_id and starts_at > :now
          and (state = 'free' or (state = 'held' and held_until <= :now))
        limit 1 for update skip locked
    ) returning id
""")


@dataclass(frozen=True, slots=True)
class _Party:
    """Who was booked together, who speaks for them in front; `asked` is the one staff looked at."""

    asked: Booking
    people: list[Booking]
    sitting: Sitting
    offer: Offer
    left: bool


async def cancel_one(session: Session, actor: Actor, booking_id: UUID, why: str, desk: Desk) -> None:
    """Cancels a booking, with everyone who was booked together, and tells the family. A second press changes nothing;
    NotPossible once it has begun."""
    party = await _locked(session, actor, booking_id, desk)
    if party.asked.state is BookingState.CANCELLED:
        return
    for booking in party.people:
        booking.state = rules.booking_after(booking.state, BookingStep.CANCEL, party.sitting.starts_at, desk.now)
        booking.cancelled_at, booking.calendar_sequence = desk.now, booking.calendar_sequence + 1
        await session.flush()
        await _give_back(session, actor, booking, party, desk)
        _note(session, actor, booking, Happened.CANCELLED, why, desk)
        await outbox.tell(session, BookingCancelled(booking.id, party.sitting.id), desk.now)
    message = await clinic_letters.tell_cancelled(session, party.people[0], party.sitting, party.offer, desk, actor)
    await _told(session, actor, party, CallReason.CANCELLED, message, desk)


async def move_one(session: Session, actor: Actor, booking_id: UUID, to: UUID, why: str, desk: Desk) -> None:
    """Moves a booking, with everyone who was booked together, to another time of the same offer, released or not, and
    tells the family. PlaceGone when that time is full: then nothing has changed once the caller's transaction is rolled
    back."""
    party = await _locked(session, actor, booking_id, desk)
    new = await session.get(Sitting, to)
    if new is None or new.offer_id != party.sitting.offer_id:
        raise NotFound("no such time of this offer")
    if new.id == party.sitting.id:
        return
    for booking in party.people:
        await _move(session, actor, booking, party, new, why, desk)
    lead = party.people[0]
    await reminders.plan_reminders(session, lead, new, desk.now)
    message = await clinic_letters.tell_moved(session, lead, party.sitting.starts_at, new, party.offer, desk, actor)
    await _told(session, actor, party, CallReason.MOVED, message, desk)


async def _move(
    session: Session, actor: Actor, booking: Booking, party: _Party, new: Sitting, why: str, desk: Desk
) -> None:
    old = party.sitting
    booking.state = rules.booking_after(booking.state, BookingStep.MOVE, old.starts_at, desk.now)
    await _give_back(session, actor, booking, party, desk)
    booking.sitting_id, booking.calendar_sequence = new.id, booking.calendar_sequence + 1
    await session.flush()
    given = {"booking_id": booking.id, "sitting_id": new.id, "now": desk.now}
    if not await (await session.connection()).scalar(_TAKE, given):
        raise PlaceGone("that time is full")
    _note(session, actor, booking, Happened.MOVED, why, desk, from_sitting=old.id)
    await outbox.tell(session, BookingMoved(booking.id, old.id, new.id, booking.calendar_sequence), desk.now)


async def _locked(session: Session, actor: Actor, booking_id: UUID, desk: Desk) -> _Party:
    asked = await session.get(Booking, booking_id)
    if asked is None:
        raise NotFound("no such booking")
    await open_booking(session, actor, booking_id, desk.now)
    lead = asked.lead_id or asked.id
    found = select(Booking).where(sa.or_(col(Booking.id) == lead, col(Booking.lead_id) == lead))
    found = found.order_by(col(Booking.id)).with_for_update().execution_options(populate_existing=True)
    group = (await session.exec(found)).all()
    stand = [one for one in group if one.sitting_id == asked.sitting_id and one.state is BookingState.BOOKED]
    people = sorted(stand, key=lambda one: one.lead_id is not None) or [asked]
    sitting = await session.get_one(Sitting, asked.sitting_id)
    left = await _is_left(session, [one.id for one in people])
    return _Party(asked, people, sitting, await session.get_one(Offer, sitting.offer_id), left)


async def _give_back(session: Session, actor: Actor, booking: Booking, party: _Party, desk: Desk) -> None:
    """The place can be booked again, unless its sitting was to be taken away and only waited for a person."""
    sitting, connection = party.sitting, await session.connection()
    place = await connection.scalar(_WITHDRAW if party.left else _GIVE_BACK, {"booking_id": booking.id})
    if not party.left and place:
        await outbox.tell(session, PlaceReleased(place, sitting.id), desk.now)
    if party.left and await _is_empty(session, sitting.id) and sitting.state is SittingState.PLANNED:
        sitting.state = clinic_rules.SITTING_STEPS[sitting.state, "cancel"]
        note_sitting(session, actor, sitting.id, SittingHappened.CANCELLED, desk)
        await outbox.tell(session, SittingCancelled(sitting.id), desk.now)


async def _is_left(session: Session, booking_ids: list[UUID]) -> bool:
    found = select(ToPhone.id).where(
        col(ToPhone.booking_id).in_(booking_ids),
        ToPhone.reason == CallReason.LEFT,
        col(ToPhone.settled_at).is_(None),
    )
    return (await session.exec(found.limit(1))).first() is not None


async def _is_empty(session: Session, sitting_id: UUID) -> bool:
    found = select(Place.id).where(Place.sitting_id == sitting_id, Place.state != PlaceState.WITHDRAWN).limit(1)
    return (await session.exec(found)).first() is None


def _note(
    session: Session, actor: Actor, booking: Booking, happened: Happened, why: str, desk: Desk,
    from_sitting: UUID | None = None,
) -> None:  # fmt: skip
    event = BookingEvent(
        booking_id=booking.id, happened=happened, at=desk.now, by=actor.audit_name, sitting_id=booking.sitting_id,
        from_sitting_id=from_sitting, why=why or None,
    )  # fmt: skip
    session.add(event)
    audit.record(
        session, actor, f"booking.{happened}", "booking", booking.id, desk.now, sitting=str(booking.sitting_id)
    )


async def _told(session: Session, actor: Actor, party: _Party, reason: CallReason, message: UUID, desk: Desk) -> None:
    """A person has decided: what was left is settled, and on the list only if the new message does not arrive."""
    ids = [booking.id for booking in party.people]
    waiting = select(ToPhone).where(col(ToPhone.booking_id).in_(ids), col(ToPhone.settled_at).is_(None))
    for call in (await session.exec(waiting)).all():
        if call.reason is not CallReason.NOT_BROUGHT:
            call.settled_at, call.settled_how, call.settled_by = desk.now, SettledBy.NOT_NEEDED, actor.audit_name
    await session.flush()
    session.add(ToPhone(booking_id=ids[0], reason=reason, message_id=message, at=desk.now, by=actor.audit_name))

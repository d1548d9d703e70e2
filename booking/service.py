"""What people do with places. Every change of a place is one UPDATE of its own row that says in its WHERE what must
still be true; whoever comes second changes nothing and is told so."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from booking import letters, limits, records, reminders, rules, turns
from booking.holds import hold_row
from booking.letters import Letterhead
from booking.links import link_key
from booking.models import Booking, Offer, PlaceHold, Sitting
from booking.records import locked_booking, note
from booking.rules import BookingStep
from booking.words import (
    Attendee,
    BookingCancelled,
    BookingConfirmed,
    BookingMoved,
    BookingState,
    Happened,
    PlaceReleased,
    SittingState,
)
from core.domain.errors import NotFound, PlaceGone
from core.domain.identity import Actor, Reason
from core.storage import audit, outbox
from core.storage.session import Session

# Expiry is judged here, by the clock that is handed in: a hold that ran out is free without anyone having swept it. An
# offered place that ran out is left to whoever waits next, for as long as `waiting_rules.TURN_GRACE`.
# SKIP LOCKED: whoever is about to take a seat is passed by, not waited for.
_ONE_TO_TAKE = """(
    select id from place
    where offer_id = :offer_id and starts_at = :starts_at and sitting_id = :sitting_id and starts_at > :now
      and (state = 'free' or (state = 'held' and held_until <= :now)
           or (state = 'offered' and held_until <= cast(:now as timestamptz) - interval '15 minutes'))
    limit 1 for update skip locked
)"""
_HOLD = sa.text(f"""
    update place set state = 'held', held_by = :hold_id, held_until = :until
    where id = {_ONE_TO_TAKE} returning id
""")  # noqa: S608 - only our own words
_BOOK = sa.text(f"""
    update place set state = 'booked', booking_id = :booking_id, held_by = null, held_until = null
    where id = {_ONE_TO_TAKE} returning id
""")  # noqa: S608 - only our own words
_BOOK_HELD = sa.text("""
    update place set state = 'booked', booking_id = :booking_id, held_by = null, held_until = null
    where held_by = :hold_id and state = 'held' and held_until > :now returning id
""")
_LET_GO = sa.text("""
    update place set state = 'free', held_by = null, held_until = null
    where held_by = :hold_id and state = 'held' returning id
""")
_RELEASE = sa.text("""
    update place set state = 'free', booking_id = null where booking_id = :booking_id and state = 'booked' returning id
""")


# Built once: every family in a rush asks these.
_SITTING = (
    select(Sitting, Offer)
    .join(Offer, col(Offer.id) == Sitting.offer_id)
    .where(Sitting.id == sa.bindparam("sitting_id"), col(Offer.is_public))
)
_MINE = (
    select(PlaceHold)
    .where(
        PlaceHold.id == sa.bindparam("hold_id"),
        PlaceHold.visitor == sa.bindparam("visitor"),
        col(PlaceHold.ended_at).is_(None),
    )
    .with_for_update()
)


class GroupGone(PlaceGone):
    """There are not enough places left for everyone of a group; none was taken."""


async def hold_place(
    session: Session,
    visitor: bytes,
    sitting_id: UUID,
    minutes: int,
    now: datetime,
    *,
    address: bytes | None = None,
) -> UUID:
    """As `hold_for_visitor`; the hold's id."""
    return (await hold_for_visitor(session, visitor, sitting_id, minutes, now, address=address)).id


async def hold_for_visitor(
    session: Session, visitor: bytes, sitting_id: UUID, minutes: int, now: datetime, *, address: bytes | None = None
) -> PlaceHold:
    """Keeps one place for this visitor and returns the hold. A visitor holds one time of an offer: choosing another
    lets the first go, pressing twice changes nothing. PlaceGone when nothing is free; then what was held stays held.
    Raises `limits.TooManyHolds` or, for an `address` (a keyed hash), `limits.AddressBusy`."""
    sitting, _ = await _bookable(session, sitting_id, now, public=True)
    await limits.check_holds(session, visitor, sitting.offer_id, address, now)
    hold = await hold_row(session, visitor, sitting, now)
    if hold.sitting_id == sitting.id and hold.until > now:
        return hold
    await _one(session, _LET_GO, hold_id=hold.id)
    hold.sitting_id, hold.until = sitting.id, now + timedelta(minutes=minutes)
    hold.extended_at, hold.came_from = None, address
    if not await _one(session, _HOLD, **_which(sitting, now), hold_id=hold.id, until=hold.until):
        raise PlaceGone("no free place")
    await session.flush()
    return hold


async def _bookable(
    session: Session, sitting_id: UUID, now: datetime, *, public: bool = False
) -> tuple[Sitting, Offer]:
    row = (await session.exec(_SITTING, params={"sitting_id": sitting_id})).one_or_none()
    if row is None:
        raise NotFound("no such sitting")
    if row[0].state is not SittingState.PLANNED or row[0].starts_at <= now:
        raise PlaceGone("cancelled or begun")
    if public and row[0].released_at is not None and row[0].released_at > now:
        raise PlaceGone("not released yet")
    return row


async def let_go(session: Session, visitor: bytes, hold_id: UUID, now: datetime) -> None:
    """The visitor does not want the time any more. Nothing happens when it was not theirs, or is booked."""
    if hold := await _locked_hold(session, visitor, hold_id):
        hold.until = min(hold.until, now)
        await _one(session, _LET_GO, hold_id=hold_id)


async def _locked_hold(session: Session, visitor: bytes, hold_id: UUID) -> PlaceHold | None:
    return (await session.exec(_MINE, params={"hold_id": hold_id, "visitor": visitor})).one_or_none()


async def confirm(
    session: Session,
    actor: Actor,
    visitor: bytes,
    hold_id: UUID,
    draft_id: UUID,
    attendee: Attendee,
    head: Letterhead,
    now: datetime,
) -> Booking:
    """Turns a hold into a booking and writes to the family; a hold that ran out too, while a place of the sitting is
    still free. PlaceGone otherwise, and nothing is stored. `head` carries the family's link, of which only the
    fingerprint is kept with the booking: so this is the one moment at which the link can be written down for them."""
    hold = await _locked_hold(session, visitor, hold_id)
    if hold is None:
        raise PlaceGone("no such hold, or booked before")
    sitting, offer = await _bookable(session, hold.sitting_id, now)
    if offer.asks_child != (attendee.child_born is not None):
        raise NotFound("booked through the pages of another kind of offer")
    booking = records.new_booking(sitting, draft_id, head.token, attendee, now)
    if booking.same_child:
        booking.child_slot = await limits.child_slot(session, offer.id, booking.same_child)
    session.add(booking)
    await session.flush()
    if not await _one(session, _BOOK_HELD, booking_id=booking.id, hold_id=hold.id, now=now):
        await _one(session, _LET_GO, hold_id=hold.id)
        if not await _one(session, _BOOK, **_which(sitting, now), booking_id=booking.id):
            raise PlaceGone("hold ran out and the sitting is full")
    hold.ended_at, hold.came_from = now, None
    await _book_others(session, actor, booking, sitting, attendee, now)
    note(session, actor, booking, Happened.BOOKED, now)
    await outbox.tell(session, BookingConfirmed(booking.id, sitting.id), now)
    await letters.write(session, "booking-confirmed", booking, sitting, offer, head, now)
    await reminders.plan_reminders(session, booking, sitting, now)
    return booking


async def _book_others(
    session: Session, actor: Actor, lead: Booking, sitting: Sitting, who: Attendee, now: datetime
) -> None:
    """A place for each of those who come with the first; GroupGone when there are not enough, and nobody has any."""
    for other in records.others_of(lead, sitting, who, now):
        session.add(other)
        await session.flush()
        if not await _one(session, _BOOK, **_which(sitting, now), booking_id=other.id):
            raise GroupGone("not enough places for the group")
        note(session, actor, other, Happened.BOOKED, now)
        await outbox.tell(session, BookingConfirmed(other.id, sitting.id), now)


async def move(
    session: Session, actor: Actor, booking_id: UUID, sitting_id: UUID, head: Letterhead, now: datetime
) -> Booking:
    """Another time of the same offer: the new place is taken and the old one given back, or neither; with everyone who
    was booked together. PlaceGone when the new time is full; NotPossible when the booking can no longer be changed."""
    booking, old, _ = await locked_booking(session, booking_id)
    new, offer = await _bookable(session, sitting_id, now)
    if new.offer_id != old.offer_id:
        raise NotFound("a sitting of another offer")
    booking.state = rules.booking_after(booking.state, BookingStep.MOVE, old.starts_at, now)
    if new.id == old.id:
        return booking
    group = [booking, *await records.group_of(session, booking)]
    released = [await _move_one(session, actor, one, old, new, now) for one in group]
    # Before the places are offered: an offer takes locks, and its message must not come before ours.
    await letters.write(session, "booking-moved", booking, new, offer, head, now)
    await reminders.plan_reminders(session, booking, new, now)
    await _tell_released(session, released, old.id, head, now)
    return booking


async def _move_one(
    session: Session, actor: Actor, booking: Booking, old: Sitting, new: Sitting, now: datetime
) -> UUID | None:
    """One person's place for another; returns the old one."""
    # A place names its booking and the booking's sitting, so it is given back first; the roll-back of a lost race
    # takes that back, and nobody else has seen it.
    released = await _one(session, _RELEASE, booking_id=booking.id)
    booking.sitting_id = new.id
    booking.calendar_sequence += 1
    await session.flush()
    if not await _one(session, _BOOK, **_which(new, now), booking_id=booking.id):
        raise PlaceGone("the other time is full")
    note(session, actor, booking, Happened.MOVED, now, from_sitting=old.id)
    await outbox.tell(session, BookingMoved(booking.id, old.id, new.id, booking.calendar_sequence), now)
    return released


async def cancel(
    session: Session, actor: Actor, booking_id: UUID, why: str | None, head: Letterhead, now: datetime
) -> Booking:
    """Gives the place back, and those of everyone who was booked together. A second press finds it cancelled and
    changes nothing. NotPossible once it has begun."""
    booking, sitting, offer = await locked_booking(session, booking_id)
    if booking.state is BookingState.CANCELLED:
        return booking
    group = [booking, *await records.group_of(session, booking)]
    released = [await _cancel_one(session, actor, one, sitting, why, now) for one in group]
    await letters.write(session, "booking-cancelled", booking, sitting, offer, head, now)
    await _tell_released(session, released, sitting.id, head, now)
    return booking


async def _cancel_one(
    session: Session, actor: Actor, booking: Booking, sitting: Sitting, why: str | None, now: datetime
) -> UUID | None:
    """One person's booking ended; returns the place."""
    booking.state = rules.booking_after(booking.state, BookingStep.CANCEL, sitting.starts_at, now)
    booking.cancelled_at = now
    booking.calendar_sequence += 1
    released = await _one(session, _RELEASE, booking_id=booking.id)
    note(session, actor, booking, Happened.CANCELLED, now, why=why)
    await outbox.tell(session, BookingCancelled(booking.id, sitting.id), now)
    return released


def record_seen(
    session: Session, actor: Actor, booking_ids: Iterable[UUID], now: datetime, why: Reason | None = None
) -> None:
    """A member of staff has these people on the screen; `why` is the reason that opened one booking."""
    detail = {"why": why} if why else {}
    for booking_id in booking_ids:
        audit.record(session, actor, "booking.seen", "booking", booking_id, now, **detail)


async def _tell_released(
    session: Session, places: Iterable[UUID | None], sitting_id: UUID, head: Letterhead, now: datetime
) -> None:
    """Whoever waits is offered these places before anyone else can see them."""
    for place_id in filter(None, places):
        await turns.offer_place(session, place_id, head, now)
        await outbox.tell(session, PlaceReleased(place_id, sitting_id), now)


def _which(sitting: Sitting, now: datetime) -> dict[str, Any]:
    return {"offer_id": sitting.offer_id, "starts_at": sitting.starts_at, "sitting_id": sitting.id, "now": now}


async def _one(session: Session, statement: sa.TextClause, **given: Any) -> UUID | None:
    """The place a statement changed, if it changed one."""
    changed: UUID | None = await (await session.connection()).scalar(statement, given)
    return changed


__all__ = [
    "GroupGone",
    "cancel",
    "confirm",
    "hold_for_visitor",
    "hold_place",
    "let_go",
    "link_key",
    "move",
    "record_seen",
]

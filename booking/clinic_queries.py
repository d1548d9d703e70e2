"""What staff see of clinics: days, sittings, who came, whom to phone. Everything asks who asks."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import distinct_on
from sqlmodel import col, select

from booking.clinic_words import Attendance, CallReason, FreeTime, Outcome
from booking.models import Booking, BookingEvent, Offer, Place, Sitting
from booking.queries import seen_by
from booking.staff_models import AttendanceEntry, SittingEvent, ToPhone
from booking.words import BookingState, OfferKind, PlaceState, SittingState
from core.domain.clock import LONDON
from core.domain.errors import NotFound
from core.domain.identity import Actor, Discipline
from core.storage.session import Session
from notifications.api import LOST, message_is

CALLS_SHOWN = 200


@dataclass(frozen=True, slots=True)
class Person:
    """Someone who booked, as colleagues see them."""

    booking_id: UUID
    reference: str
    state: BookingState
    child: str = field(repr=False)
    born: date | None = field(repr=False)
    contact: str = field(repr=False)
    phone: str | None = field(repr=False)
    email: str | None = field(repr=False)
    answers: dict[str, Any] = field(repr=False)
    attendance: Attendance | None = None
    outcome: Outcome | None = None


@dataclass(frozen=True, slots=True)
class DiarySitting:
    """A sitting in a diary. `places` counts those not withdrawn, `held` those somebody fills in a form for."""

    id: UUID
    offer_id: UUID
    kind: OfferKind
    title: str
    discipline: Discipline | None
    starts_at: datetime
    ends_at: datetime
    host_id: UUID | None
    state: SittingState
    released_at: datetime | None
    video_link: str | None = field(repr=False)
    places: int
    held: int
    people: tuple[Person, ...]


@dataclass(frozen=True, slots=True)
class Shown:
    """Which days and whose a diary shows."""

    first: date
    days: int = 1
    host_id: UUID | None = None
    discipline: Discipline | None = None


def day_starts(day: date) -> datetime:
    """Midnight in London."""
    return datetime.combine(day, time(), tzinfo=LONDON).astimezone(UTC)


async def diary(session: Session, actor: Actor, shown: Shown) -> list[DiarySitting]:
    """The sittings of these days that this member of staff may see, with who booked. Four queries, however many."""
    which = [
        col(Sitting.starts_at) >= day_starts(shown.first),
        col(Sitting.starts_at) < day_starts(shown.first + timedelta(days=shown.days)),
    ]
    if shown.host_id:
        which.append(col(Sitting.host_id) == shown.host_id)
    if shown.discipline:
        which.append(col(Offer.discipline) == shown.discipline)
    return await _sittings(session, *which, seen_by(actor))


async def one_sitting(session: Session, actor: Actor, sitting_id: UUID) -> DiarySitting:
    """NotFound when there is none, or none this person may see."""
    found = await _sittings(session, col(Sitting.id) == sitting_id, seen_by(actor))
    if not found:
        raise NotFound("no such sitting for this person")
    return found[0]


async def _sittings(session: Session, *which: Any) -> list[DiarySitting]:
    found = (
        select(Sitting, Offer)
        .join(Offer, col(Offer.id) == Sitting.offer_id)
        .where(*which)
        .order_by(col(Sitting.starts_at), col(Sitting.id))
    )
    rows = (await session.exec(found)).all()
    ids = [sitting.id for sitting, _ in rows]
    people, places = await _people(session, ids), await _places(session, ids)
    return [_diary_sitting(s, o, places.get(s.id, (0, 0)), people.get(s.id, ())) for s, o in rows]


def _diary_sitting(sitting: Sitting, offer: Offer, places: tuple[int, int], people: Sequence[Person]) -> DiarySitting:
    return DiarySitting(
        id=sitting.id,
        offer_id=offer.id,
        kind=offer.kind,
        title=offer.title,
        discipline=offer.discipline,
        starts_at=sitting.starts_at,
        ends_at=sitting.ends_at,
        host_id=sitting.host_id,
        state=sitting.state,
        released_at=sitting.released_at,
        video_link=sitting.video_link,
        places=places[0],
        held=places[1],
        people=tuple(people),
    )


async def _people(session: Session, sitting_ids: Sequence[UUID]) -> dict[UUID, list[Person]]:
    found = (
        select(Booking)
        .where(col(Booking.sitting_id).in_(sitting_ids), Booking.state == BookingState.BOOKED)
        .order_by(col(Booking.id))
    )
    bookings = (await session.exec(found)).all()
    entries = await last_attendance(session, [booking.id for booking in bookings])
    people: dict[UUID, list[Person]] = {}
    for booking in bookings:
        people.setdefault(booking.sitting_id, []).append(person(booking, entries.get(booking.id)))
    return people


def person(booking: Booking, entry: AttendanceEntry | None) -> Person:
    return Person(
        booking_id=booking.id,
        reference=booking.reference,
        state=booking.state,
        child=f"{booking.child_first} {booking.child_last}" if booking.child_first else "",
        born=date.fromisoformat(booking.child_born) if booking.child_born else None,
        contact=booking.contact_name,
        phone=booking.phone,
        email=booking.email,
        answers=booking.answers,
        attendance=entry.attendance if entry else None,
        outcome=entry.outcome if entry else None,
    )


async def last_attendance(session: Session, booking_ids: Collection[UUID]) -> dict[UUID, AttendanceEntry]:
    """The entry that counts of each booking."""
    last = (
        select(AttendanceEntry)
        .where(col(AttendanceEntry.booking_id).in_(booking_ids))
        .ext(distinct_on(col(AttendanceEntry.booking_id)))
        .order_by(col(AttendanceEntry.booking_id), col(AttendanceEntry.id).desc())
    )
    return {entry.booking_id: entry for entry in (await session.exec(last)).all()}


async def _places(session: Session, sitting_ids: Sequence[UUID]) -> dict[UUID, tuple[int, int]]:
    taken = sa.func.count().filter(col(Place.state).in_([PlaceState.HELD, PlaceState.OFFERED]))
    found = (
        select(col(Place.sitting_id), sa.func.count(), taken)
        .where(col(Place.sitting_id).in_(sitting_ids), Place.state != PlaceState.WITHDRAWN)
        .group_by(col(Place.sitting_id))
    )
    return {sitting: (places, held) for sitting, places, held in (await session.exec(found)).all()}


@dataclass(frozen=True, slots=True)
class BookingFile:
    """One booking with all that happened to it, for staff."""

    person: Person
    sitting: DiarySitting
    events: tuple[BookingEvent, ...]
    entries: tuple[AttendanceEntry, ...]
    calls: tuple[ToPhone, ...]


async def booking_file(session: Session, booking_id: UUID) -> BookingFile:
    """Only for whom `access.open_booking` has let in."""
    booking = await session.get_one(Booking, booking_id)
    [sitting] = await _sittings(session, col(Sitting.id) == booking.sitting_id)
    events = select(BookingEvent).where(BookingEvent.booking_id == booking_id).order_by(col(BookingEvent.id))
    entries = select(AttendanceEntry).where(AttendanceEntry.booking_id == booking_id).order_by(col(AttendanceEntry.id))
    calls = select(ToPhone).where(ToPhone.booking_id == booking_id).order_by(col(ToPhone.id))
    told = tuple((await session.exec(entries)).all())
    return BookingFile(
        person(booking, told[-1] if told else None),
        sitting,
        tuple((await session.exec(events)).all()),
        told,
        tuple((await session.exec(calls)).all()),
    )


async def sitting_events(session: Session, sitting_id: UUID) -> list[SittingEvent]:
    """What happened to a sitting, oldest first."""
    found = select(SittingEvent).where(SittingEvent.sitting_id == sitting_id).order_by(col(SittingEvent.id))
    return list((await session.exec(found)).all())


async def known_of_child(session: Session, booking_id: UUID) -> dict[str, str]:
    """What a booking says of a child, as a referral asks for it; nothing where no child was asked for."""
    booking = await session.get_one(Booking, booking_id)
    told = {
        "child_first": booking.child_first,
        "child_last": booking.child_last,
        "child_born": booking.child_born,
        "phone": booking.phone,
    }
    return {name: value for name, value in told.items() if value} if booking.child_first else {}


@dataclass(frozen=True, slots=True)
class Call:
    """Somebody a person has to phone."""

    id: UUID
    reason: CallReason
    at: datetime
    title: str
    starts_at: datetime
    person: Person = field(repr=False)
    message_id: UUID | None = None


async def calls_to_make(session: Session, actor: Actor, most: int = CALLS_SHOWN) -> list[Call]:
    """Everybody a person has to phone, longest waiting first: left for a person, not brought twice, or told by a
    message that did not arrive. Whom a message may still reach is not on it. There is no lower bound in time."""
    found = (
        select(ToPhone, Booking, Sitting, Offer)
        .join(Booking, col(Booking.id) == ToPhone.booking_id)
        .join(Sitting, col(Sitting.id) == Booking.sitting_id)
        .join(Offer, col(Offer.id) == Sitting.offer_id)
        .where(*_to_be_phoned(actor))
        .order_by(col(ToPhone.at), col(ToPhone.id))
        .limit(most)
    )
    return [
        Call(call.id, call.reason, call.at, offer.title, sitting.starts_at, person(booking, None), call.message_id)
        for call, booking, sitting, offer in (await session.exec(found)).all()
    ]


async def count_calls(session: Session, actor: Actor) -> int:
    """How many people `calls_to_make` has, all of them."""
    found = (
        select(sa.func.count())
        .select_from(ToPhone)
        .join(Booking, col(Booking.id) == ToPhone.booking_id)
        .join(Sitting, col(Sitting.id) == Booking.sitting_id)
        .join(Offer, col(Offer.id) == Sitting.offer_id)
        .where(*_to_be_phoned(actor))
    )
    return (await session.exec(found)).one()


def _to_be_phoned(actor: Actor) -> tuple[Any, ...]:
    lost = sa.or_(col(ToPhone.message_id).is_(None), message_is(col(ToPhone.message_id), LOST))
    return col(ToPhone.settled_at).is_(None), lost, seen_by(actor)


async def free_times(session: Session, offer_id: UUID, now: datetime, most: int = 20) -> list[FreeTime]:
    """The next times of an offer with a place left, released or not: staff may use both."""
    free = sa.or_(
        col(Place.state) == PlaceState.FREE, sa.and_(col(Place.state) == PlaceState.HELD, col(Place.held_until) <= now)
    )
    found = (
        select(col(Place.sitting_id), col(Place.offer_id), col(Place.starts_at), sa.func.count())
        .where(Place.offer_id == offer_id, col(Place.starts_at) > now, free)
        .group_by(col(Place.offer_id), col(Place.starts_at), col(Place.sitting_id))
        .order_by(col(Place.starts_at), col(Place.sitting_id))
        .limit(most)
    )
    return [FreeTime(*row) for row in (await session.exec(found)).all()]

"""What a change of the timetable would do, read and not done."""

from collections.abc import Collection, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from booking import clinic_rules, rules
from booking.clinic_queries import day_starts
from booking.clinic_rules import Times
from booking.clinic_words import Change, ChangeKind, Clash, Effect, FreeTime, Hit, Met, PatternDetails
from booking.models import Booking, Offer, Place, Sitting
from booking.staff_models import ClinicAbsence
from booking.words import BookingState, PlaceState, SittingState
from core.domain.calendar import ServiceCalendar
from core.domain.clock import london_day
from core.domain.errors import NotFound
from core.domain.profile import Profile
from core.storage.closed_days import ClosedDays
from core.storage.session import Session
from notifications.api import not_reached

_TIMES_LOOKED_AT = 400


async def effect_of(session: Session, change: Change, profile: Profile, now: datetime) -> Effect:
    """All that the change would do at this moment. A constant number of queries, however many people it meets."""
    rows = await _met_sittings(session, change, now)
    kept = await kept_times(session, change, profile, now)
    rows = [(sitting, offer) for sitting, offer in rows if (sitting.starts_at, sitting.ends_at) not in kept]
    ids = [sitting.id for sitting, _ in rows]
    people = await _met_people(session, rows)
    places = await _open_places(session, ids, now)
    free = await _free_times(session, {offer.id for _, offer in rows}, ids, now) if people else []
    return Effect(
        hits=tuple(_hit(sitting, offer, people, places.get(sitting.id, (0, 0))) for sitting, offer in rows),
        people=tuple(people),
        targets=clinic_rules.targets(people, free),
        stay=len(kept),
        clashes=tuple(await clashes_of(session, change, profile, now)),
    )


def _hit(sitting: Sitting, offer: Offer, people: Sequence[Met], places: tuple[int, int]) -> Hit:
    booked = sum(person.sitting_id == sitting.id for person in people)
    return Hit(
        sitting.id,
        offer.id,
        offer.title,
        sitting.starts_at,
        sitting.ends_at,
        sitting.host_id,
        booked,
        held=places[1],
        open_places=places[0],
    )


async def _met_sittings(session: Session, change: Change, now: datetime) -> list[tuple[Sitting, Offer]]:
    found = (
        select(Sitting, Offer)
        .join(Offer, col(Offer.id) == Sitting.offer_id)
        .where(Sitting.state == SittingState.PLANNED, col(Sitting.starts_at) > now, *_which(change))
        .order_by(col(Sitting.id))
    )
    return sorted((await session.exec(found)).all(), key=lambda row: (row[0].starts_at, row[0].id))


def _which(change: Change) -> list[Any]:
    """The conditions that say which sittings a change meets."""
    if change.kind is ChangeKind.CANCEL_SITTING:
        return [col(Sitting.id) == change.sitting_id]
    last = change.last if change.kind not in (ChangeKind.END_PATTERN, ChangeKind.EDIT_PATTERN) else None
    which: list[Any] = [col(Sitting.starts_at) >= day_starts(_first(change))]
    if last:
        which.append(col(Sitting.starts_at) < day_starts(last + timedelta(days=1)))
    if change.availability_id:
        which.append(col(Sitting.availability_id) == change.availability_id)
    if change.host_id and not change.availability_id:
        which.append(col(Sitting.host_id) == change.host_id)
    if change.discipline:
        which.append(col(Offer.discipline) == change.discipline)
    return which


def _first(change: Change) -> date:
    if change.first is None:
        raise NotFound("a change without its first day")
    return change.first


async def _met_people(session: Session, rows: Sequence[tuple[Sitting, Offer]]) -> list[Met]:
    by_id = {sitting.id: sitting for sitting, _ in rows}
    found = select(Booking).where(col(Booking.sitting_id).in_(by_id), Booking.state == BookingState.BOOKED)
    bookings = (await session.exec(found)).all()
    lost = await not_reached(session, [booking.id for booking in bookings])
    people = [
        _met(booking, by_id[booking.sitting_id], not {booking.id, booking.lead_id} & lost) for booking in bookings
    ]
    return sorted(people, key=lambda person: (person.starts_at, person.booking_id))


def _met(booking: Booking, sitting: Sitting, reached: bool) -> Met:
    name = f"{booking.child_first} {booking.child_last}" if booking.child_first else booking.contact_name
    return Met(
        booking_id=booking.id,
        sitting_id=sitting.id,
        offer_id=sitting.offer_id,
        starts_at=sitting.starts_at,
        sequence=booking.calendar_sequence,
        reachable=reached and bool(booking.email or booking.phone),
        name=name,
        reference=booking.reference,
        lead_id=booking.lead_id,
    )


async def _open_places(session: Session, ids: Collection[UUID], now: datetime) -> dict[UUID, tuple[int, int]]:
    """Sitting → places with nobody in them, and those of them that somebody holds."""
    held = sa.func.count().filter(col(Place.held_until) > now)
    found = (
        select(col(Place.sitting_id), sa.func.count(), held)
        .where(
            col(Place.sitting_id).in_(ids),
            col(Place.state).in_([PlaceState.FREE, PlaceState.HELD, PlaceState.OFFERED]),
        )
        .group_by(col(Place.sitting_id))
    )
    return {sitting: (places, taken) for sitting, places, taken in (await session.exec(found)).all()}


async def _free_times(
    session: Session, offers: Collection[UUID], without: Collection[UUID], now: datetime
) -> list[FreeTime]:
    """Where people could be moved to: times of the same offers that stay, soonest first. Staff may use times that are
    not yet released."""
    free = sa.or_(
        col(Place.state) == PlaceState.FREE, sa.and_(col(Place.state) == PlaceState.HELD, col(Place.held_until) <= now)
    )
    found = (
        select(col(Place.sitting_id), col(Place.offer_id), col(Place.starts_at), sa.func.count())
        .where(
            col(Place.offer_id).in_(offers),
            col(Place.starts_at) > now,
            col(Place.sitting_id).not_in(without),
            free,
        )
        .group_by(col(Place.offer_id), col(Place.starts_at), col(Place.sitting_id))
        .order_by(col(Place.starts_at), col(Place.sitting_id))
        .limit(_TIMES_LOOKED_AT)
    )
    return [FreeTime(*row) for row in (await session.exec(found)).all()]


async def kept_times(session: Session, change: Change, profile: Profile, now: datetime) -> set[Times]:
    """The sittings of an edited pattern that are at the same time afterwards: they and their people stay."""
    if change.kind is not ChangeKind.EDIT_PATTERN or change.pattern is None:
        return set()
    stand = {(sitting.starts_at, sitting.ends_at) for sitting, _ in await _met_sittings(session, change, now)}
    clashing = {clash.starts_at for clash in await clashes_of(session, change, profile, now)}
    return {one for one in await times_of(session, change, profile, now) if one in stand and one[0] not in clashing}


async def times_of(session: Session, change: Change, profile: Profile, now: datetime) -> list[Times]:
    """When the new sessions of a pattern would be, as far ahead as sittings are laid out."""
    return await pattern_times(session, change.pattern, profile, now) if change.pattern else []


async def pattern_times(session: Session, details: PatternDetails, profile: Profile, now: datetime) -> list[Times]:
    """The same of a pattern: bank holidays, closures and days its host is away leave none."""
    offer = await session.get_one(Offer, details.offer_id)
    closed = await calendar_for(session, profile, offer)
    last_day = london_day(now) + timedelta(weeks=profile.booking.weeks_ahead)
    times: list[Times] = []
    for pattern in clinic_rules.patterns(details):
        times += rules.lay_out(pattern, closed, london_day(now), last_day)
    away = await absences_of(session, details.host_id)
    return [one for one in clinic_rules.without_absences(times, away) if one[0] > now]


async def calendar_for(session: Session, profile: Profile, offer: Offer) -> ServiceCalendar:
    """The service's calendar with the closures that meet this offer."""
    found = select(ClosedDays).where(
        sa.or_(col(ClosedDays.discipline).is_(None), col(ClosedDays.discipline) == offer.discipline)
    )
    closures = [(one.first_day, one.last_day, one.why) for one in (await session.exec(found)).all()]
    return clinic_rules.with_closures(profile.calendar, closures)


async def absences_of(session: Session, host_id: UUID | None) -> list[tuple[date, date]]:
    """First and last day of each time this host is away."""
    found = select(ClinicAbsence).where(ClinicAbsence.host_id == host_id)
    return [(one.first_day, one.last_day) for one in (await session.exec(found)).all()]


async def clashes_of(session: Session, change: Change, profile: Profile, now: datetime) -> list[Clash]:
    """The times of a new or edited pattern at which its host is in another sitting, or will be by another pattern."""
    details = change.pattern
    if details is None or details.host_id is None:
        return []
    times = await times_of(session, change, profile, now)
    offer = await session.get_one(Offer, details.offer_id)
    return await _clashes(session, offer.title, details.host_id, times, change.availability_id, now)


async def _clashes(
    session: Session, title: str, host_id: UUID, times: Sequence[Times], own: UUID | None, now: datetime
) -> list[Clash]:
    busy = (
        select(Sitting, Offer)
        .join(Offer, col(Offer.id) == Sitting.offer_id)
        .where(Sitting.host_id == host_id, Sitting.state == SittingState.PLANNED, col(Sitting.ends_at) > now)
        .order_by(col(Sitting.starts_at))
    )
    rows = [(s, o) for s, o in (await session.exec(busy)).all() if own is None or s.availability_id != own]
    others = {(s.starts_at, s.ends_at): o for s, o in rows}
    return [
        Clash(title, one[0].astimezone(UTC), one[1], host_id, others[other].title, other[0])
        for one, other in clinic_rules.clashes(times, list(others))
    ]

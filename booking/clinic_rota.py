"""The rota as it stands: repeating sessions, closures, absences, and what could not be laid out."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlmodel import col, select

from booking import clinic_effects, clinic_rules, rules, timetable
from booking.clinic_rules import Times
from booking.clinic_words import Change, ChangeKind, Clash, PatternDetails
from booking.models import Availability, Offer, Sitting
from booking.staff_models import ClinicAbsence
from booking.words import SittingState
from core.domain.clock import london_day
from core.domain.errors import NotAllowed, NotFound
from core.domain.identity import Actor, Right
from core.domain.profile import Profile
from core.storage import audit
from core.storage.closed_days import ClosedDays, tell_calendar_changed
from core.storage.session import Session


@dataclass(frozen=True)
class Rota:
    """All there is at one moment. `days_off` are the service's own closed days ahead."""

    patterns: Sequence[tuple[Availability, Offer]]
    closures: Sequence[ClosedDays]
    absences: Sequence[ClinicAbsence]
    days_off: Sequence[tuple[date, str]]
    clashes: Sequence[Clash]


async def rota(session: Session, profile: Profile, now: datetime) -> Rota:
    """Patterns that have not ended, what is still ahead of closures and absences, and every clash. Five queries."""
    today = london_day(now)
    found = (
        select(Availability, Offer)
        .join(Offer, col(Offer.id) == Availability.offer_id)
        .where((col(Availability.last).is_(None)) | (col(Availability.last) >= today))
        .order_by(col(Offer.title), col(Availability.weekday), col(Availability.opens), col(Availability.id))
    )
    patterns = [(availability, offer) for availability, offer in (await session.exec(found)).all()]
    closures = (await session.exec(select(ClosedDays).where(col(ClosedDays.last_day) >= today))).all()
    absences = (await session.exec(select(ClinicAbsence).where(col(ClinicAbsence.last_day) >= today))).all()
    last = today + timedelta(weeks=profile.booking.weeks_ahead)
    off = [(day, why) for day, why in sorted(profile.calendar.closed.items()) if today <= day <= last]
    stands = Rota(patterns, closures, absences, off, ())
    return Rota(patterns, closures, absences, off, await _clashes(session, stands, profile, now))


async def _clashes(session: Session, rota: Rota, profile: Profile, now: datetime) -> list[Clash]:
    busy, laid = await _sittings(session, now)
    found = []
    for availability, offer in rota.patterns:
        host = availability.host_id
        times = _times(availability, offer, rota, profile, now) if host else []
        missing = [one for one in times if one[0] > now and one[0] not in laid[availability.id]]
        others = {(s.starts_at, s.ends_at): o for s, o in busy[host]} if host else {}
        found += [
            Clash(offer.title, *one, host, others[other], other[0])
            for one, other in clinic_rules.clashes(missing, list(others))
            if host
        ]
    return sorted(found, key=lambda clash: clash.starts_at)


def _times(availability: Availability, offer: Offer, rota: Rota, profile: Profile, now: datetime) -> list[Times]:
    closures = [
        (one.first_day, one.last_day, one.why)
        for one in rota.closures
        if one.discipline is None or one.discipline == offer.discipline
    ]
    calendar = clinic_rules.with_closures(profile.calendar, closures)
    [pattern] = clinic_rules.patterns(timetable.details_of(availability))
    today = london_day(now)
    times = rules.lay_out(pattern, calendar, today, today + timedelta(weeks=profile.booking.weeks_ahead))
    away = [(one.first_day, one.last_day) for one in rota.absences if one.host_id == availability.host_id]
    return clinic_rules.without_absences(times, away)


async def _sittings(
    session: Session, now: datetime
) -> tuple[dict[UUID | None, list[tuple[Sitting, str]]], dict[UUID | None, set[datetime]]]:
    """Host → their sittings with their titles; pattern → the starts that were laid out, cancelled ones too."""
    found = (
        select(Sitting, Offer.title)
        .join(Offer, col(Offer.id) == Sitting.offer_id)
        .where(col(Sitting.ends_at) > now)
        .order_by(col(Sitting.starts_at))
    )
    busy: dict[UUID | None, list[tuple[Sitting, str]]] = defaultdict(list)
    laid: dict[UUID | None, set[datetime]] = defaultdict(set)
    for sitting, title in (await session.exec(found)).all():
        laid[sitting.availability_id].add(sitting.starts_at)
        if sitting.state is SittingState.PLANNED:
            busy[sitting.host_id].append((sitting, title))
    return busy, laid


async def pattern(session: Session, availability_id: UUID) -> tuple[Availability, Offer]:
    """NotFound."""
    found = select(Availability, Offer).join(Offer, col(Offer.id) == Availability.offer_id)
    row = (await session.exec(found.where(Availability.id == availability_id))).one_or_none()
    if row is None:
        raise NotFound("no such pattern")
    return row


@dataclass(frozen=True, slots=True)
class LayOut:
    """What new repeating sessions would make, as far ahead as sittings are laid out."""

    times: Sequence[Times]
    clashes: Sequence[Clash]
    days_off: Sequence[tuple[date, str]]


async def what_it_makes(session: Session, details: PatternDetails, profile: Profile, now: datetime) -> LayOut:
    """The sittings a pattern would lay out, those it could not because its host is busy, and the days it leaves out."""
    offer = await session.get(Offer, details.offer_id)
    if offer is None:
        raise NotFound("no such offer")
    change = Change(ChangeKind.EDIT_PATTERN, pattern=details)
    times = await clinic_effects.pattern_times(session, details, profile, now)
    clashes = await clinic_effects.clashes_of(session, change, profile, now)
    calendar = await clinic_effects.calendar_for(session, profile, offer)
    first, last = max(details.first, london_day(now)), london_day(now) + timedelta(weeks=profile.booking.weeks_ahead)
    last = min(last, details.last or last)
    off = [
        (day, calendar.closed[day])
        for day in clinic_rules.days(first, last)
        if day in calendar.closed and day.weekday() in details.weekdays
    ]
    clashing = {clash.starts_at for clash in clashes}
    return LayOut(sorted(one for one in times if one[0] not in clashing), clashes, off)


async def add_patterns(session: Session, actor: Actor, details: PatternDetails, profile: Profile, now: datetime) -> int:
    """Repeating sessions on each of the weekdays, laid out at once; returns how many sittings were made."""
    await timetable.lock_rota(session)
    offer = await session.get(Offer, details.offer_id)
    if offer is None:
        raise NotFound("no such offer")
    made = 0
    for one in clinic_rules.patterns(details):
        row = Availability(
            offer_id=offer.id, host_id=details.host_id, weekday=one.weekday, opens=one.opens, closes=one.closes,
            minutes=one.minutes, gap=one.gap, first=one.first, last=one.last, places=details.places,
        )  # fmt: skip
        session.add(row)
        await session.flush()
        audit.record(session, actor, "rota.pattern", "availability", row.id, now)
        made += await timetable.lay_out_pattern(session, offer, row, profile, now)
    return made


async def take_back(session: Session, actor: Actor, what: str, row_id: UUID, now: datetime) -> None:
    """A closure or an absence was a mistake: sittings are laid out on its days again from now on. Those that it
    cancelled stay cancelled, because families were told. NotAllowed for days on which the whole service is closed, but
    to who may change the rota."""
    await timetable.lock_rota(session)
    row = await session.get(ClosedDays if what == "closure" else ClinicAbsence, row_id)
    if row is None:
        raise NotFound("no such closure or absence")
    if isinstance(row, ClosedDays) and row.whole_service:
        if not actor.may(Right.CHANGE_ROTA):
            raise NotAllowed("the whole service is closed")
        await tell_calendar_changed(session, row, now)
    await session.delete(row)
    audit.record(session, actor, f"clinics.{what}-taken-back", what, row_id, now)

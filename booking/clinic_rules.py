"""Decisions of running clinics. Pure: `now` is given."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from booking.clinic_words import Attendance, Choice, Effect, FreeTime, Hit, Met, Outcome, PatternDetails, Release
from booking.words import BookingState, OfferKind, Pattern, SittingState
from core.domain.calendar import ServiceCalendar
from core.domain.clock import LONDON, in_london, london_day
from core.domain.errors import NotPossible

Times = tuple[datetime, datetime]

# From so long before the start people are let in.
ARRIVING = timedelta(minutes=15)
TWICE = 2
_VISITS = (Attendance.CAME, Attendance.LATE)
_AFTER_START = (*_VISITS, Attendance.NOT_BROUGHT)

# A change that leaves somebody booked keeps the sitting; a cancelled one never comes back.
SITTING_STEPS: Mapping[tuple[SittingState, str], SittingState] = {
    (SittingState.PLANNED, "cancel"): SittingState.CANCELLED,
    (SittingState.PLANNED, "leave for a person"): SittingState.PLANNED,
}


def released_at(release: Release | None, starts_at: datetime) -> datetime | None:
    """When the public may book a sitting: the first release moment that has its start within the weeks that follow.
    None without a rule: at once. Wall time of London, whatever the clocks do between."""
    if release is None:
        return None
    start = in_london(starts_at).replace(tzinfo=None)
    return _wall(_following(release, start - timedelta(weeks=release.weeks)))


def next_release(release: Release | None, now: datetime) -> datetime | None:
    """The next moment at which more times can be booked; None without a rule."""
    return _wall(_following(release, in_london(now).replace(tzinfo=None))) if release else None


def _following(release: Release, moment: datetime) -> datetime:
    """The first release strictly after this wall time."""
    day = moment.date() + timedelta(days=(release.weekday - moment.weekday()) % 7)
    found = datetime.combine(day, release.at)
    return found if found > moment else found + timedelta(weeks=1)


def _wall(moment: datetime) -> datetime:
    return moment.replace(tzinfo=LONDON).astimezone(UTC)


def patterns(details: PatternDetails) -> tuple[Pattern, ...]:
    """One repeating session for each of the weekdays, in the order of the week."""
    return tuple(
        Pattern(weekday, details.opens, details.closes, details.minutes, details.gap, details.first, details.last)
        for weekday in sorted(set(details.weekdays))
    )


def holds_a_sitting(opens: time, closes: time, minutes: int) -> bool:
    """Whether at least one sitting fits between these times."""
    day = date(2000, 1, 1)
    return datetime.combine(day, opens) + timedelta(minutes=minutes) <= datetime.combine(day, closes)


def with_closures(calendar: ServiceCalendar, closures: Iterable[tuple[date, date, str]]) -> ServiceCalendar:
    """The calendar with closures that staff added later: first day, last day, why."""
    more = {day: why for first, last, why in closures for day in days(first, last)}
    return ServiceCalendar(calendar.hours, {**calendar.closed, **more})


def days(first: date, last: date) -> Iterator[date]:
    """Every day from the first to the last, both included."""
    for ahead in range((last - first).days + 1):
        yield first + timedelta(days=ahead)


def without_absences(times: Iterable[Times], absences: Iterable[tuple[date, date]]) -> list[Times]:
    """The times on days on which their host is there."""
    away = {day for first, last in absences for day in days(first, last)}
    return [one for one in times if london_day(one[0]) not in away]


def clashes(times: Iterable[Times], busy: Sequence[Times]) -> list[tuple[Times, Times]]:
    """Each time that overlaps one its host is already busy at, with the first such."""
    found = []
    for one in times:
        other = next((b for b in busy if one[0] < b[1] and b[0] < one[1]), None)
        if other:
            found.append((one, other))
    return found


def targets(people: Iterable[Met], free: Iterable[FreeTime]) -> tuple[tuple[UUID, FreeTime], ...]:
    """Booking → where it could go: the first time with places left after the one that goes, else the soonest there is.
    Whoever comes first is served first, no time gets more people than it has places, and who was booked together stays
    together."""
    left = {time.sitting_id: time.free for time in free}
    ordered = sorted(free, key=lambda time: (time.starts_at, time.sitting_id))
    given: list[tuple[UUID, FreeTime]] = []
    for party in parties(people):
        first = party[0]
        open_ones = [t for t in ordered if t.offer_id == first.offer_id and left[t.sitting_id] >= len(party)]
        if not open_ones:
            continue
        chosen = next((t for t in open_ones if t.starts_at > first.starts_at), open_ones[0])
        left[chosen.sitting_id] -= len(party)
        given += [(person.booking_id, chosen) for person in party]
    return tuple(given)


def parties(people: Iterable[Met]) -> list[list[Met]]:
    """Those who were booked together, and everyone else alone; soonest first, who speaks for them first."""
    found: dict[tuple[UUID, UUID], list[Met]] = {}
    for person in sorted(people, key=lambda person: (person.starts_at, person.lead_id is not None, person.booking_id)):
        found.setdefault((person.lead_id or person.booking_id, person.sitting_id), []).append(person)
    return sorted(found.values(), key=lambda party: (party[0].starts_at, party[0].booking_id))


def print_of(effect: Effect, choice: Choice | None = None) -> str:
    """What a person has agreed to, in short: the sittings and people met, and for a move also where each goes. Places
    that are only held do not count: forms are begun and left all the time."""
    told: list[str] = sorted(_hit(hit) for hit in effect.hits)
    told += sorted(f"{p.booking_id}/{p.sitting_id}/{p.sequence}/{p.reachable}" for p in effect.people)
    if choice is Choice.MOVE:
        told += sorted(f"{booking_id}>{time.sitting_id}" for booking_id, time in effect.targets)
    return hashlib.sha256("\n".join(told).encode()).hexdigest()[:24]


def _hit(hit: Hit) -> str:
    return f"{hit.sitting_id}/{hit.starts_at.isoformat()}/{hit.host_id}/{hit.booked}"


def what_becomes_of(effect: Effect, choice: Choice) -> dict[Choice, tuple[Met, ...]]:
    """Who is moved, cancelled or left for a person. Without another time to go to, nobody is moved or dropped: a person
    decides."""
    if choice is not Choice.MOVE:
        return {choice: effect.people}
    known = effect.target_of
    return {
        Choice.MOVE: tuple(person for person in effect.people if person.booking_id in known),
        Choice.LEAVE: effect.without_target,
    }


def fewer_or_more(places: int, taken: int, wanted: int) -> int:
    """How many places are added (above nothing) or withdrawn (below). NotPossible for fewer than are taken."""
    if wanted < taken:
        raise NotPossible("fewer places than are booked or held")
    return wanted - places


def check_attendance(
    attendance: Attendance,
    outcome: Outcome | None,
    kind: OfferKind,
    state: BookingState,
    starts_at: datetime,
    now: datetime,
) -> None:
    """NotPossible before anybody can have come, for who had cancelled, or for an outcome without a screening visit."""
    early = attendance in _AFTER_START and now < starts_at - ARRIVING
    gone = attendance in _AFTER_START and state is BookingState.CANCELLED
    no_visit = outcome is not None and (attendance not in _VISITS or kind is not OfferKind.SCREENING)
    if early or gone or no_visit:
        raise NotPossible("not an attendance of this booking")


def is_to_be_phoned(not_brought: int) -> bool:
    """Not brought twice: somebody rings and asks what would help. Nobody is barred."""
    return not_brought >= TWICE

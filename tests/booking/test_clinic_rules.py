"""Release, laying out, moving people and attendance, decided without a database."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as some

from booking import clinic_rules, rules
from booking.clinic_rules import check_attendance, next_release, print_of, released_at, targets
from booking.clinic_words import (
    Attendance,
    Choice,
    Effect,
    FreeTime,
    Hit,
    Met,
    Outcome,
    PatternDetails,
    Release,
)
from booking.words import BookingState, OfferKind
from core.domain.calendar import ServiceCalendar
from core.domain.clock import in_london, london, london_day
from core.domain.errors import NotPossible

MONDAY_NINE = Release(0, time(9), 2)
_OFFER = UUID(int=1)
_CALENDAR = ServiceCalendar({n: (time(9), time(17)) for n in range(5)}, {})
instants = some.integers(0, 2 * 365 * 24 * 12).map(
    lambda n: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=5 * n)
)
weekly = some.builds(
    Release, some.integers(0, 6), some.times(time(3), time(23, 59)).map(lambda t: t.replace(second=0, microsecond=0)),
    some.integers(1, 26),
)  # fmt: skip


def test_each_monday_at_nine_opens_the_two_weeks_that_follow() -> None:
    assert released_at(MONDAY_NINE, london(2026, 12, 14, 8)) == london(2026, 11, 30, 9)
    assert released_at(MONDAY_NINE, london(2026, 12, 14, 9)) == london(2026, 12, 7, 9)
    assert next_release(MONDAY_NINE, london(2026, 12, 7, 9)) == london(2026, 12, 14, 9)


@pytest.mark.parametrize("sunday", [date(2026, 3, 29), date(2026, 10, 25), date(2027, 3, 28)])
def test_the_release_is_at_nine_on_either_side_of_a_change_of_clocks(sunday: date) -> None:
    for day in (sunday - timedelta(days=6), sunday + timedelta(days=1)):
        opened = next_release(MONDAY_NINE, london(day.year, day.month, day.day, 8))
        assert opened is not None
        assert in_london(opened).time() == time(9)


def test_without_a_rule_the_public_may_book_at_once() -> None:
    assert released_at(None, london(2026, 12, 14, 9)) is None
    assert next_release(None, london(2026, 12, 14, 9)) is None


@given(weekly, instants)
def test_a_sitting_is_released_before_it_begins_and_not_too_early(release: Release, start: datetime) -> None:
    opened = released_at(release, start)
    assert opened is not None
    wall, begins = in_london(opened).replace(tzinfo=None), in_london(start).replace(tzinfo=None)
    assert (wall.weekday(), wall.time()) == (release.weekday, release.at)
    assert begins - timedelta(weeks=release.weeks) < wall <= begins - timedelta(weeks=release.weeks - 1)


@given(weekly, instants, some.timedeltas(timedelta(), timedelta(weeks=30)))
def test_what_begins_later_is_never_released_sooner(release: Release, start: datetime, later: timedelta) -> None:
    first, second = released_at(release, start), released_at(release, start + later)
    assert first is not None
    assert second is not None
    # The hour that comes twice in October is the same on the wall.
    assert second >= first or in_london(start).utcoffset() != in_london(start + later).utcoffset()


patterns = some.builds(
    PatternDetails,
    offer_id=some.just(_OFFER),
    host_id=some.none(),
    weekdays=some.sets(some.integers(0, 6), min_size=1).map(lambda days: tuple(sorted(days))),
    opens=some.integers(6, 12).map(time),
    closes=some.integers(13, 20).map(time),
    minutes=some.integers(5, 120),
    gap=some.integers(0, 60),
    places=some.none(),
    first=some.dates(date(2026, 3, 1), date(2026, 10, 1)),
    last=some.none(),
)
spans = some.dates(date(2026, 3, 1), date(2026, 12, 1)).flatmap(
    lambda first: some.integers(0, 10).map(lambda n: (first, first + timedelta(days=n)))
)


@given(patterns, some.lists(spans, max_size=3), some.lists(spans, max_size=3))
def test_laid_out_times_keep_to_their_days_hours_closures_and_absences(
    details: PatternDetails, closed: list[tuple[date, date]], away: list[tuple[date, date]]
) -> None:
    calendar = clinic_rules.with_closures(_CALENDAR, [(first, last, "closed") for first, last in closed])
    last_day = details.first + timedelta(weeks=6)
    times = [
        one
        for pattern in clinic_rules.patterns(details)
        for one in rules.lay_out(pattern, calendar, details.first, last_day)
    ]
    times = sorted(clinic_rules.without_absences(times, away))
    for start, end in times:
        day, wall = london_day(start), in_london(start).time()
        assert day.weekday() in details.weekdays
        assert details.opens <= wall
        assert in_london(end).time() <= details.closes
        assert not any(first <= day <= last for first, last in [*closed, *away])
    assert all(one[1] <= other[0] for one, other in pairwise(times))


@pytest.mark.parametrize("day", [date(2026, 3, 30), date(2026, 10, 26)])
def test_nine_oclock_is_nine_oclock_before_and_after_both_changes(day: date) -> None:
    details = PatternDetails(_OFFER, None, (0,), time(9), time(10), 60, 0, None, day - timedelta(days=7), None)
    [pattern] = clinic_rules.patterns(details)
    times = rules.lay_out(pattern, _CALENDAR, day - timedelta(days=7), day)
    assert [in_london(start).time() for start, _ in times] == [time(9), time(9)]
    assert times[0][0].hour != times[1][0].hour


_at = some.integers(0, 20).map(lambda n: london(2026, 12, 1, 9) + timedelta(hours=n))
busy_times = some.lists(_at.map(lambda start: (start, start + timedelta(minutes=90))), max_size=6)


@given(busy_times, busy_times)
def test_every_overlap_is_a_clash_and_nothing_else(
    times: list[tuple[datetime, datetime]], busy: list[tuple[datetime, datetime]]
) -> None:
    clashing = {one for one, _ in clinic_rules.clashes(times, busy)}
    for one in times:
        overlaps = any(max(one[0], other[0]) < min(one[1], other[1]) for other in busy)
        assert (one in clashing) == overlaps


def met(n: int, at: datetime, offer: int = 1) -> Met:
    return Met(UUID(int=100 + n), UUID(int=900), UUID(int=offer), at, 0, True, "Robin Sample")


people = some.lists(some.tuples(_at, some.integers(1, 2)), max_size=8).map(
    lambda given: [met(n, at, offer) for n, (at, offer) in enumerate(given)]
)
free_times = some.lists(some.tuples(_at, some.integers(1, 2), some.integers(1, 3)), max_size=6).map(
    lambda given: [FreeTime(UUID(int=500 + n), UUID(int=offer), at, free) for n, (at, offer, free) in enumerate(given)]
)


@given(people, free_times)
def test_nobody_is_moved_twice_to_another_offer_or_to_a_full_time(people: list[Met], free: list[FreeTime]) -> None:
    given_out = targets(people, free)
    by_id = {person.booking_id: person for person in people}
    assert len({booking for booking, _ in given_out}) == len(given_out)
    for time_ in free:
        assert sum(chosen.sitting_id == time_.sitting_id for _, chosen in given_out) <= time_.free
    for booking, chosen in given_out:
        assert by_id[booking].offer_id == chosen.offer_id
    for offer in (1, 2):
        wanting = sum(person.offer_id == UUID(int=offer) for person in people)
        places = sum(time_.free for time_ in free if time_.offer_id == UUID(int=offer))
        moved = sum(chosen.offer_id == UUID(int=offer) for _, chosen in given_out)
        assert moved == min(wanting, places)


@given(people, free_times, some.sampled_from(Choice))
def test_everybody_a_change_meets_is_moved_cancelled_or_left(
    people: list[Met], free: list[FreeTime], choice: Choice
) -> None:
    effect = Effect((), tuple(people), targets(people, free))
    fates = clinic_rules.what_becomes_of(effect, choice)
    everybody = [person.booking_id for group in fates.values() for person in group]
    assert sorted(everybody) == sorted(person.booking_id for person in people)


def test_the_print_changes_with_people_and_for_a_move_with_where_they_go() -> None:
    at = london(2026, 12, 1, 9)
    hit = Hit(UUID(int=900), _OFFER, "Clinic", at, at + timedelta(hours=1), None, 1, 0, 3)
    free = FreeTime(UUID(int=5), _OFFER, at, 1)
    plain, moved = Effect((hit,), (met(1, at),), ()), Effect((hit,), (met(1, at),), ((UUID(int=101), free),))
    assert print_of(plain) == print_of(moved)
    assert print_of(plain, Choice.MOVE) != print_of(moved, Choice.MOVE)
    assert print_of(plain) != print_of(Effect((hit,), (), ()))


@given(some.integers(1, 50), some.integers(0, 50), some.integers(0, 60))
def test_a_cut_never_goes_under_what_is_taken(places: int, taken: int, wanted: int) -> None:
    taken = min(taken, places)
    if wanted < taken:
        with pytest.raises(NotPossible):
            clinic_rules.fewer_or_more(places, taken, wanted)
    else:
        assert places + clinic_rules.fewer_or_more(places, taken, wanted) == wanted


def test_attendance_waits_for_the_start_and_an_outcome_for_a_screening_visit() -> None:
    start = london(2026, 12, 1, 9)
    booked, screening = BookingState.BOOKED, OfferKind.SCREENING
    check_attendance(Attendance.CAME, Outcome.REFER, screening, booked, start, start)
    check_attendance(Attendance.CANCELLED_BY_FAMILY, None, screening, booked, start, start - timedelta(days=3))
    for attendance, outcome, kind, state, now in (
        (Attendance.CAME, None, screening, booked, start - timedelta(hours=1)),
        (Attendance.CAME, Outcome.ADVICE, OfferKind.WORKSHOP, booked, start),
        (Attendance.NOT_BROUGHT, Outcome.ADVICE, screening, booked, start),
        (Attendance.NOT_BROUGHT, None, screening, BookingState.CANCELLED, start),
    ):
        with pytest.raises(NotPossible):
            check_attendance(attendance, outcome, kind, state, start, now)

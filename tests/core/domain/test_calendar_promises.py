"""Promises in working days and time in opening hours, over weekends, holidays and both clock changes."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain.calendar import ServiceCalendar, england_bank_holidays
from core.domain.clock import LONDON, london, london_day

HOURS = {day: (time(9), time(17, 30)) for day in range(4)} | {4: (time(9), time(16, 30))}
CALENDAR = ServiceCalendar(HOURS, england_bank_holidays(range(2026, 2029)))

instants = st.integers(0, 880 * 24 * 60).map(
    lambda minutes: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)
near_clock_changes = st.sampled_from([datetime(2026, 10, 25, tzinfo=UTC), datetime(2027, 3, 28, tzinfo=UTC)]).flatmap(
    lambda day: st.integers(-4 * 24 * 60, 4 * 24 * 60).map(lambda minutes: day + timedelta(minutes=minutes))
)
whenever = instants | near_clock_changes
promises = st.integers(0, 15)
walls = st.builds(time, st.integers(0, 23), st.sampled_from([0, 15, 30, 45]))
some_hours = st.tuples(walls, walls).filter(lambda pair: pair[0] < pair[1])
calendars = st.just(CALENDAR) | st.builds(
    ServiceCalendar,
    st.dictionaries(st.integers(0, 6), some_hours, min_size=1),
    st.dictionaries(st.dates(date(2026, 1, 1), date(2028, 12, 31)), st.just("closed"), max_size=12),
)


@pytest.mark.parametrize(
    ("what", "received", "days", "due"),
    [
        ("Saturday night", london(2026, 11, 28, 23, 40), 1, london(2026, 11, 30, 17, 30)),
        ("Friday after closing", london(2026, 11, 27, 17), 1, london(2026, 11, 30, 17, 30)),
        ("Friday in hours", london(2026, 11, 27, 10), 1, london(2026, 11, 30, 17, 30)),
        ("Monday in hours", london(2026, 11, 30, 10), 1, london(2026, 12, 1, 17, 30)),
        ("Monday before opening", london(2026, 11, 30, 6), 1, london(2026, 12, 1, 17, 30)),
        ("Thursday: Friday closes early", london(2026, 11, 26, 10), 1, london(2026, 11, 27, 16, 30)),
        ("five days", london(2026, 11, 30, 10), 5, london(2026, 12, 7, 17, 30)),
        ("urgent in hours", london(2026, 11, 30, 10), 0, london(2026, 11, 30, 17, 30)),
        ("urgent before opening", london(2026, 11, 30, 6), 0, london(2026, 11, 30, 17, 30)),
        ("urgent at the close", london(2026, 11, 30, 17, 30), 0, london(2026, 12, 1, 17, 30)),
        ("urgent after the close", london(2026, 11, 30, 20), 0, london(2026, 12, 1, 17, 30)),
        ("urgent on Friday evening", london(2026, 11, 27, 17), 0, london(2026, 11, 30, 17, 30)),
        ("urgent on Saturday night", london(2026, 11, 28, 23, 40), 0, london(2026, 11, 30, 17, 30)),
        ("Christmas Eve", london(2026, 12, 24, 10), 1, london(2026, 12, 29, 17, 30)),
        ("urgent on Christmas Day", london(2026, 12, 25, 9), 0, london(2026, 12, 29, 17, 30)),
        ("Maundy Thursday 2027", london(2027, 3, 25, 17, 45), 1, london(2027, 3, 30, 17, 30)),
        ("just before the clocks go back", london(2026, 10, 23, 10), 1, london(2026, 10, 26, 17, 30)),
        ("the hour that repeats", london(2026, 10, 25, 1, 30), 1, london(2026, 10, 26, 17, 30)),
        ("just after midnight in summer", london(2026, 7, 6, 0, 20), 1, london(2026, 7, 7, 17, 30)),
    ],
)
def test_a_promise_is_due_at_the_close_of(what: str, received: datetime, days: int, due: datetime) -> None:
    assert CALENDAR.due(received, days) == (london_day(due), due), what


@given(calendars, whenever, promises)
def test_a_promise_is_always_due_at_the_close_of_an_open_day(
    calendar: ServiceCalendar, received: datetime, days: int
) -> None:
    day, closes = calendar.due(received, days)
    assert calendar.is_open_on(day)
    assert closes == calendar.opening(day)[1]
    assert closes > received


@given(calendars, whenever, st.integers(1, 15))
def test_n_working_days_are_n_open_days_after_the_london_day_of_arrival(
    calendar: ServiceCalendar, received: datetime, days: int
) -> None:
    day, _ = calendar.due(received, days)
    assert day > london_day(received)
    assert calendar.open_days_between(london_day(received), day) == days


@given(calendars, whenever, whenever, promises)
def test_what_arrives_later_is_never_due_earlier(
    calendar: ServiceCalendar, one: datetime, other: datetime, days: int
) -> None:
    first, second = sorted([one, other])
    assert calendar.due(first, days) <= calendar.due(second, days)


@given(calendars, whenever, promises, promises)
def test_a_longer_promise_is_never_due_earlier(
    calendar: ServiceCalendar, received: datetime, one: int, other: int
) -> None:
    shorter, longer = sorted([one, other])
    assert calendar.due(received, shorter) <= calendar.due(received, longer)


def test_a_promise_may_be_longer_than_a_year() -> None:
    calendar = ServiceCalendar({0: (time(9), time(17))})
    assert calendar.due(london(2026, 11, 30, 10), 80)[0] == date(2026, 11, 30) + timedelta(weeks=80)


def test_a_promise_of_fewer_than_no_days_is_refused() -> None:
    with pytest.raises(ValueError, match="days"):
        CALENDAR.due(london(2026, 11, 30, 10), -1)


@pytest.mark.parametrize("days", [0, 1])
def test_a_calendar_that_never_opens_says_so_instead_of_searching_for_ever(days: int) -> None:
    with pytest.raises(RuntimeError, match="no open day"):
        ServiceCalendar({}).due(london(2026, 11, 30, 10), days)


@given(calendars, whenever)
def test_a_clock_starts_at_once_in_hours_and_else_at_the_next_opening(
    calendar: ServiceCalendar, received: datetime
) -> None:
    start = calendar.clock_start(received)
    assert calendar.is_open_at(start)
    assert start.tzinfo is UTC
    assert calendar.working_time(received, start) == timedelta()
    if calendar.is_open_at(received):
        assert start == received
    else:
        assert start == calendar.opening(london_day(start))[0] > received


def test_an_instant_in_any_time_zone_is_the_same_instant() -> None:
    received = london(2026, 11, 28, 23, 40)
    assert CALENDAR.due(received.astimezone(LONDON), 1) == CALENDAR.due(received, 1)
    assert CALENDAR.clock_start(received.astimezone(LONDON)).tzinfo is UTC


def test_an_instant_without_a_time_zone_is_refused() -> None:
    for days in (0, 1):
        with pytest.raises(ValueError, match="time zone"):
            CALENDAR.due(london(2026, 11, 30, 10).replace(tzinfo=None), days)


# Counting days and hours


def test_open_days_between_leaves_out_the_first_day_and_counts_the_last() -> None:
    monday = date(2026, 11, 30)
    assert CALENDAR.open_days_between(monday, monday) == 0
    assert CALENDAR.open_days_between(monday, monday + timedelta(days=1)) == 1
    assert CALENDAR.open_days_between(monday, monday + timedelta(weeks=1)) == 5
    assert CALENDAR.open_days_between(date(2026, 12, 24), date(2026, 12, 29)) == 1
    assert CALENDAR.open_days_between(monday, monday - timedelta(days=7)) == 0


@pytest.mark.parametrize(
    ("start", "end", "worked"),
    [
        (london(2026, 11, 30, 10), london(2026, 11, 30, 11), timedelta(hours=1)),
        (london(2026, 11, 27, 16), london(2026, 11, 30, 10), timedelta(hours=1, minutes=30)),
        (london(2026, 11, 28, 9), london(2026, 11, 29, 17), timedelta()),
        (london(2026, 11, 30, 6), london(2026, 11, 30, 23), timedelta(hours=8, minutes=30)),
        (london(2026, 10, 23, 16), london(2026, 10, 26, 10), timedelta(hours=1, minutes=30)),
        (london(2027, 3, 25, 17), london(2027, 3, 30, 10), timedelta(hours=1, minutes=30)),
    ],
)
def test_working_time_leaves_out_nights_weekends_and_bank_holidays(
    start: datetime, end: datetime, worked: timedelta
) -> None:
    assert CALENDAR.working_time(start, end) == worked


@given(calendars, st.tuples(near_clock_changes, near_clock_changes, near_clock_changes))
def test_working_time_of_two_stretches_is_that_of_both_together(
    calendar: ServiceCalendar, moments: tuple[datetime, datetime, datetime]
) -> None:
    first, middle, last = sorted(moments)
    parts = calendar.working_time(first, middle) + calendar.working_time(middle, last)
    assert parts == calendar.working_time(first, last)


@given(calendars, near_clock_changes, near_clock_changes)
def test_working_time_lies_between_nothing_and_the_time_that_passed(
    calendar: ServiceCalendar, one: datetime, other: datetime
) -> None:
    first, last = sorted([one, other])
    assert timedelta() <= calendar.working_time(first, last) <= last - first
    assert calendar.working_time(last, first) == timedelta()


def test_working_time_is_the_same_whichever_zone_its_ends_are_told_in() -> None:
    night = ServiceCalendar({6: (time(0), time(4))})
    start, end = london(2026, 10, 25, 0, 30), london(2026, 10, 25, 3)
    assert night.working_time(start, end) == timedelta(hours=3, minutes=30)
    assert night.working_time(start.astimezone(LONDON), end.astimezone(LONDON)) == timedelta(hours=3, minutes=30)

"""Open days and hours in London, on both sides of each clock change, and how they are said."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from core.domain.calendar import (
    ServiceCalendar,
    england_bank_holidays,
    spoken_date,
    spoken_instant,
    spoken_time,
    spoken_wall_time,
)
from core.domain.clock import london

HOURS = {day: (time(9), time(17, 30)) for day in range(4)} | {4: (time(9), time(16, 30))}
CALENDAR = ServiceCalendar(HOURS, england_bank_holidays(range(2026, 2029)))

# Bank holidays and closures


@pytest.mark.parametrize(
    "day",
    [
        date(2026, 1, 1),
        date(2026, 4, 3),
        date(2026, 4, 6),
        date(2026, 5, 4),
        date(2026, 5, 25),
        date(2026, 8, 31),
        date(2026, 12, 25),
        date(2026, 12, 26),  # a Saturday: still Boxing Day
        date(2026, 12, 28),  # and its substitute on the Monday
        date(2027, 3, 26),
        date(2027, 3, 29),
        date(2027, 12, 27),
        date(2027, 12, 28),
    ],
)
def test_bank_holidays_of_england_are_closed(day: date) -> None:
    assert day in CALENDAR.closed
    assert not CALENDAR.is_open_on(day)
    with pytest.raises(KeyError):
        CALENDAR.opening(day)


@pytest.mark.parametrize("day", [date(2026, 1, 2), date(2026, 3, 17), date(2026, 8, 3), date(2026, 11, 30)])
def test_bank_holidays_of_the_other_nations_are_working_days(day: date) -> None:
    assert CALENDAR.is_open_on(day)


def test_bank_holidays_are_only_those_of_the_years_asked_for() -> None:
    assert {day.year for day in england_bank_holidays(range(2026, 2028))} == {2026, 2027}


def test_a_closure_of_the_service_is_as_closed_as_a_bank_holiday() -> None:
    snow = date(2026, 12, 1)
    calendar = ServiceCalendar(HOURS, {snow: "snow"})
    assert not calendar.is_open_on(snow)
    assert not calendar.is_open_at(london(2026, 12, 1, 10))
    assert calendar.due(london(2026, 11, 30, 10), 1)[0] == date(2026, 12, 2)


def test_a_weekday_without_hours_is_closed() -> None:
    assert not CALENDAR.is_open_on(date(2026, 12, 5))
    with pytest.raises(KeyError):
        CALENDAR.opening(date(2026, 12, 5))


def test_the_version_names_hours_and_closures_and_nothing_else() -> None:
    same = ServiceCalendar(
        dict(sorted(HOURS.items(), reverse=True)), dict(sorted(CALENDAR.closed.items(), reverse=True))
    )
    assert same.version == CALENDAR.version
    assert ServiceCalendar(HOURS, {**CALENDAR.closed, date(2026, 12, 1): "snow"}).version != CALENDAR.version
    assert ServiceCalendar({**HOURS, 4: (time(9), time(17))}, CALENDAR.closed).version != CALENDAR.version


# Opening hours


@pytest.mark.parametrize(
    ("day", "opens", "closes"),
    [
        (date(2026, 10, 23), (8, 0), (15, 30)),  # Friday in summer time
        (date(2026, 10, 26), (9, 0), (17, 30)),  # Monday after the clocks went back
        (date(2027, 3, 25), (9, 0), (17, 30)),  # Thursday before Easter and before the clocks go forward
        (date(2027, 3, 30), (8, 0), (16, 30)),  # Tuesday after both
    ],
)
def test_the_doors_open_at_nine_in_london_on_both_sides_of_a_clock_change(
    day: date, opens: tuple[int, int], closes: tuple[int, int]
) -> None:
    def utc(hour: int, minute: int) -> datetime:
        return datetime(day.year, day.month, day.day, hour, minute, tzinfo=UTC)

    assert CALENDAR.opening(day) == (utc(*opens), utc(*closes))
    assert [moment.tzinfo for moment in CALENDAR.opening(day)] == [UTC, UTC]
    assert CALENDAR.is_open_at(utc(*opens))
    assert not CALENDAR.is_open_at(utc(*opens) - timedelta(seconds=1))
    assert CALENDAR.is_open_at(utc(*closes) - timedelta(seconds=1))
    assert not CALENDAR.is_open_at(utc(*closes))


def test_a_service_open_all_sunday_works_an_hour_more_or_less_when_the_clocks_change() -> None:
    sundays = ServiceCalendar({6: (time(0), time(12))})

    def worked(day: date) -> timedelta:
        return sundays.working_time(*sundays.opening(day))

    assert worked(date(2026, 10, 18)) == timedelta(hours=12)
    assert worked(date(2026, 10, 25)) == timedelta(hours=13)
    assert worked(date(2027, 3, 28)) == timedelta(hours=11)


# As people say it


@pytest.mark.parametrize(
    ("wall", "said"),
    [
        (time(9), "9am"),
        (time(9, 5), "9:05am"),
        (time(17, 30), "5:30pm"),
        (time(11, 59), "11:59am"),
        (time(12), "midday"),
        (time(12, 15), "12:15pm"),
        (time(13), "1pm"),
        (time(0), "midnight"),
        (time(0, 30), "12:30am"),
        (time(23, 40), "11:40pm"),
    ],
)
def test_times_are_said_as_the_nhs_writes_them(wall: time, said: str) -> None:
    assert spoken_wall_time(wall) == said


def test_a_date_is_said_with_its_weekday_and_without_a_leading_zero() -> None:
    assert spoken_date(date(2026, 12, 1)) == "Tuesday 1 December 2026"


def test_an_instant_is_said_in_london_in_summer_and_winter() -> None:
    assert spoken_time(datetime(2026, 7, 1, 8, 0, tzinfo=UTC)) == "9am"
    assert spoken_time(datetime(2026, 12, 1, 9, 0, tzinfo=UTC)) == "9am"
    assert spoken_instant(datetime(2026, 12, 1, 9, 30, tzinfo=UTC)) == "Tuesday 1 December 2026 at 9:30am"
    assert spoken_instant(datetime(2026, 7, 31, 23, 0, tzinfo=UTC)) == "Saturday 1 August 2026 at midnight"

"""Service time: always an aware instant in UTC, shown as London's wall clocks show it."""

from datetime import UTC, date, datetime, timedelta

import pytest

from core.domain.clock import LONDON, Clock, MovedClock, SystemClock, in_london, london, london_day

NAIVE = datetime(2026, 12, 1, 9, 30, tzinfo=UTC).replace(tzinfo=None)


@pytest.mark.parametrize("clock", [SystemClock(), MovedClock(datetime(2026, 7, 1, 9, tzinfo=LONDON))])
def test_every_clock_tells_an_aware_instant_in_utc(clock: Clock) -> None:
    assert clock.now().tzinfo is UTC


def test_the_system_clock_tells_the_time_of_the_machine() -> None:
    assert abs(SystemClock().now() - datetime.now(UTC)) < timedelta(seconds=10)


def test_a_moved_clock_stands_still_until_it_is_moved() -> None:
    clock = MovedClock(london(2026, 12, 1, 9))
    assert clock.now() == clock.now() == london(2026, 12, 1, 9)

    clock.move_on(hours=1, minutes=30)
    assert clock.now() == london(2026, 12, 1, 10, 30)

    clock.move_to(london(2026, 12, 5, 23, 40))
    assert clock.now() == london(2026, 12, 5, 23, 40)


def test_moving_on_a_day_over_the_end_of_summer_time_is_24_hours_not_one_wall_day() -> None:
    clock = MovedClock(datetime(2026, 10, 24, 12, tzinfo=LONDON))
    clock.move_on(hours=24)
    assert clock.now() == london(2026, 10, 25, 11)


def test_an_instant_without_a_time_zone_is_refused_everywhere() -> None:
    with pytest.raises(ValueError, match="time zone"):
        MovedClock(NAIVE)
    with pytest.raises(ValueError, match="time zone"):
        MovedClock(london(2026, 12, 1)).move_to(NAIVE)
    with pytest.raises(ValueError, match="time zone"):
        in_london(NAIVE)
    with pytest.raises(ValueError, match="time zone"):
        london_day(NAIVE)


def test_a_refused_move_leaves_the_clock_where_it_was() -> None:
    clock = MovedClock(london(2026, 12, 1))
    with pytest.raises(ValueError, match="time zone"):
        clock.move_to(NAIVE)
    assert clock.now() == london(2026, 12, 1)


def test_a_london_day_begins_an_hour_before_utcs_in_summer() -> None:
    assert london_day(datetime(2026, 7, 1, 23, 30, tzinfo=UTC)) == date(2026, 7, 2)
    assert london_day(datetime(2026, 12, 1, 23, 30, tzinfo=UTC)) == date(2026, 12, 1)


@pytest.mark.parametrize(
    ("shown", "utc"),
    [
        (london(2026, 10, 25, 0, 30), datetime(2026, 10, 24, 23, 30, tzinfo=UTC)),
        (london(2026, 10, 25, 1, 30), datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),  # shown twice: the first
        (london(2026, 10, 25, 2, 30), datetime(2026, 10, 25, 2, 30, tzinfo=UTC)),
        (london(2027, 3, 28, 0, 30), datetime(2027, 3, 28, 0, 30, tzinfo=UTC)),
        (london(2027, 3, 28, 2, 30), datetime(2027, 3, 28, 1, 30, tzinfo=UTC)),
    ],
)
def test_london_names_the_right_instant_on_the_days_the_clocks_change(shown: datetime, utc: datetime) -> None:
    assert shown == utc
    assert shown.tzinfo is UTC


def test_the_hour_that_repeats_is_shown_the_same_twice() -> None:
    first = london(2026, 10, 25, 1, 30)
    assert f"{in_london(first):%H:%M}" == f"{in_london(first + timedelta(hours=1)):%H:%M}" == "01:30"

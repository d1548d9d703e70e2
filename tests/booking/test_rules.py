"""When sittings are held, and which steps there are."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise, product

import pytest
from hypothesis import given
from hypothesis import strategies as some

from booking import rules
from booking.rules import BOOKING_STEPS, PLACE_STEPS, BookingStep, PlaceStep, lay_out
from booking.words import BookingState, Pattern, PlaceState
from core.domain.calendar import ServiceCalendar, england_bank_holidays
from core.domain.clock import in_london, london, london_day
from core.domain.errors import NotPossible

_HOURS = {weekday: (time(9), time(17)) for weekday in range(5)}
_CALENDAR = ServiceCalendar(_HOURS, england_bank_holidays(range(2026, 2028)) | {date(2026, 12, 8): "Staff training"})
_NINE = london(2026, 12, 1, 9)


def pattern(weekday: int = 1, opens: time = time(9), closes: time = time(10), gap: int = 0) -> Pattern:
    return Pattern(weekday, opens, closes, minutes=15, gap=gap, first=date(2026, 1, 1))


def starts(laid_out: list[tuple[datetime, datetime]]) -> list[str]:
    return [f"{in_london(start):%d %b %H:%M}" for start, _ in laid_out]


def test_a_session_is_cut_into_slots() -> None:
    day = date(2026, 12, 1)
    assert starts(lay_out(pattern(), _CALENDAR, day, day)) == [
        "01 Dec 09:00",
        "01 Dec 09:15",
        "01 Dec 09:30",
        "01 Dec 09:45",
    ]


def test_a_gap_is_kept_and_nothing_runs_over_the_end() -> None:
    day = date(2026, 12, 1)
    assert starts(lay_out(pattern(gap=10), _CALENDAR, day, day)) == ["01 Dec 09:00", "01 Dec 09:25"]


def test_only_its_own_weekday_counts_and_both_days_are_included() -> None:
    laid_out = lay_out(pattern(closes=time(9, 15)), _CALENDAR, date(2026, 11, 24), date(2026, 12, 15))
    assert starts(laid_out) == ["24 Nov 09:00", "01 Dec 09:00", "15 Dec 09:00"]


def test_bank_holidays_and_closures_leave_no_sittings() -> None:
    friday = pattern(weekday=4, closes=time(9, 15))
    assert starts(lay_out(friday, _CALENDAR, date(2026, 12, 18), date(2027, 1, 8))) == ["18 Dec 09:00", "08 Jan 09:00"]
    assert lay_out(pattern(), _CALENDAR, date(2026, 12, 8), date(2026, 12, 8)) == []


def test_evenings_and_saturdays_are_not_closures() -> None:
    saturday = Pattern(5, time(18, 30), time(19, 30), 60, 0, date(2026, 1, 1))
    assert starts(lay_out(saturday, _CALENDAR, date(2026, 12, 1), date(2026, 12, 7))) == ["05 Dec 18:30"]


def test_nothing_is_laid_out_before_it_begins_or_after_it_ends() -> None:
    short = Pattern(1, time(9), time(9, 15), 15, 0, date(2026, 12, 1), date(2026, 12, 1))
    assert starts(lay_out(short, _CALENDAR, date(2026, 11, 1), date(2026, 12, 31))) == ["01 Dec 09:00"]
    assert lay_out(short, _CALENDAR, date(2026, 12, 31), date(2026, 11, 1)) == []


@pytest.mark.parametrize("first", [date(2026, 10, 19), date(2027, 3, 22)])
def test_nine_in_london_is_nine_on_either_side_of_a_change(first: date) -> None:
    every_day = [
        lay_out(pattern(weekday, closes=time(9, 15)), _CALENDAR, first, first + timedelta(days=13))
        for weekday in range(5)
    ]
    sittings = sorted(start for laid_out in every_day for start, _ in laid_out)
    assert {in_london(start).hour for start in sittings} == {9}
    assert {start.hour for start in sittings} == {8, 9}


@given(
    first=some.dates(date(2026, 3, 1), date(2027, 11, 30)),
    opens=some.times(max_value=time(22)),
    length=some.integers(0, 240),
    minutes=some.integers(5, 90),
    gap=some.integers(0, 30),
    weekday=some.integers(0, 6),
)
def test_sittings_never_overlap_and_always_last_what_they_should(
    first: date, opens: time, length: int, minutes: int, gap: int, weekday: int
) -> None:
    closes = (datetime.combine(first, opens) + timedelta(minutes=length)).time()
    pattern = Pattern(weekday, opens, max(opens, closes), minutes, gap, date(2026, 1, 1))
    laid_out = lay_out(pattern, _CALENDAR, first, first + timedelta(days=20))
    for start, end in laid_out:
        assert end - start == timedelta(minutes=minutes)
        assert start.tzinfo is UTC
        assert london_day(start).weekday() == weekday
        assert london_day(start) not in _CALENDAR.closed
    for (_, end), (start, _) in pairwise(laid_out):
        assert start - end >= timedelta(minutes=gap)


def test_every_step_of_a_place_leads_to_a_state_that_exists_and_withdrawn_is_the_end() -> None:
    assert set(PLACE_STEPS.values()) == set(PlaceState)
    left = {state for state, _ in PLACE_STEPS}
    assert set(PlaceState) - left == {PlaceState.WITHDRAWN}
    assert {step for _, step in PLACE_STEPS} == set(PlaceStep)


def test_a_booked_place_is_only_released_or_withdrawn() -> None:
    steps = {step for state, step in PLACE_STEPS if state is PlaceState.BOOKED}
    assert steps == {PlaceStep.RELEASE, PlaceStep.WITHDRAW}


@pytest.mark.parametrize(("state", "step"), list(product(BookingState, BookingStep)))
def test_a_booking_takes_the_steps_of_the_table_and_no_others(state: BookingState, step: BookingStep) -> None:
    before = _NINE - timedelta(seconds=1)
    if (state, step) in BOOKING_STEPS:
        assert rules.booking_after(state, step, _NINE, before) is BOOKING_STEPS[state, step]
        with pytest.raises(NotPossible):
            rules.booking_after(state, step, _NINE, _NINE)
    else:
        with pytest.raises(NotPossible):
            rules.booking_after(state, step, _NINE, before)


def test_a_cancelled_booking_cannot_be_changed_or_joined() -> None:
    assert not rules.may_change(BookingState.CANCELLED, _NINE, _NINE - timedelta(days=1))
    assert not rules.may_join(BookingState.CANCELLED, _NINE, _NINE + timedelta(minutes=15), _NINE)

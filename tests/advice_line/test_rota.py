"""Who is on duty, and how many calls they can still take."""

from dataclasses import replace
from datetime import date, datetime, time
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advice_line.rota import on_duty, slots_left
from advice_line.words import Absence, Part, Pattern
from core.domain.clock import london
from core.domain.identity import Discipline

AMIRA, BEN = UUID(int=1), UUID(int=2)
MONDAY = date(2026, 11, 23)
MORNING = Pattern(AMIRA, 0, time(9), time(12), 8, frozenset({Discipline.SLT}), frozenset(), valid_from=date(2026, 1, 1))


def test_a_session_is_on_its_weekday_only() -> None:
    assert [duty.staff_id for duty in on_duty([MORNING], [], MONDAY)] == [AMIRA]
    assert on_duty([MORNING], [], date(2026, 11, 24)) == ()


def test_a_pattern_holds_from_its_first_to_its_last_day() -> None:
    ending = replace(MORNING, valid_from=MONDAY, valid_until=MONDAY)
    assert on_duty([ending], [], MONDAY)
    assert not on_duty([ending], [], date(2026, 11, 16))
    assert not on_duty([ending], [], date(2026, 11, 30))


def test_who_is_away_is_not_on_duty_that_day() -> None:
    both = [MORNING, replace(MORNING, staff_id=BEN)]
    assert [duty.staff_id for duty in on_duty(both, [Absence(AMIRA, MONDAY)], MONDAY)] == [BEN]
    assert len(on_duty(both, [Absence(AMIRA, date(2026, 11, 24))], MONDAY)) == 2


def test_two_sessions_of_a_day_are_one_duty() -> None:
    afternoon = replace(
        MORNING,
        starts=time(13),
        ends=time(17),
        slots=4,
        disciplines=frozenset({Discipline.OT}),
        competences=frozenset({"x"}),
    )
    duty = on_duty([afternoon, MORNING], [], MONDAY)[0]
    assert duty.slots == 12
    assert duty.sessions == ((time(9), time(12), 8), (time(13), time(17), 4))
    assert duty.disciplines == {Discipline.SLT, Discipline.OT}
    assert duty.parts == {Part.MORNING, Part.LUNCH, Part.AFTERNOON}


def test_the_order_of_the_rota_does_not_matter() -> None:
    both = [MORNING, replace(MORNING, staff_id=BEN)]
    assert on_duty(both, [], MONDAY) == on_duty(reversed(both), [], MONDAY)


@pytest.mark.parametrize(
    ("now", "used", "left"),
    [
        (london(2026, 11, 23, 7, 30), 0, 8),
        (london(2026, 11, 23, 7, 30), 3, 5),
        (london(2026, 11, 23, 11, 0), 0, 4),  # one hour is four calls of 15 minutes
        (london(2026, 11, 23, 11, 50), 0, 0),
        (london(2026, 11, 23, 13), 0, 0),
        (london(2026, 11, 23, 7, 30), 9, 0),
    ],
)
def test_slots_are_those_not_used_that_still_fit_into_the_session(now: datetime, used: int, left: int) -> None:
    duty = on_duty([MORNING], [], MONDAY)[0]
    assert slots_left(duty, MONDAY, now, 15, used) == left


@settings(deadline=None)
@given(st.integers(0, 23), st.integers(0, 59), st.integers(0, 12))
def test_slots_left_never_leave_their_bounds(hour: int, minute: int, used: int) -> None:
    duty = on_duty([MORNING], [], MONDAY)[0]
    assert 0 <= slots_left(duty, MONDAY, london(2026, 11, 23, hour, minute), 15, used) <= max(0, duty.slots - used)


def test_a_session_across_the_hour_that_repeats_is_an_hour_longer() -> None:
    sunday = date(2026, 10, 25)
    night = replace(MORNING, weekday=6, starts=time(0), ends=time(3), slots=100)
    duty = on_duty([night], [], sunday)[0]
    assert slots_left(duty, sunday, london(2026, 10, 24, 12), 15, 0) == 16

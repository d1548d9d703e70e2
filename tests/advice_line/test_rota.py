"""Who is on duty, and how many calls they can still take."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advice_line.rota import (
    applies,
    double_booked,
    first_clash,
    on_duty,
    sessions_on,
    skills_missing,
    slots_left,
    swap_moved,
)
from advice_line.rota_words import Swap, SwapState, SwapStep
from advice_line.words import Absence, Part, Pattern
from core.domain.clock import LONDON, london
from core.domain.errors import NotPossible
from core.domain.identity import Discipline
from tests.advice_line.support import profile

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


def weekly(weekday: int, **changed: object) -> Pattern:
    return replace(MORNING, weekday=weekday, **changed)  # type: ignore[arg-type]


def test_a_second_week_follows_the_second_week_also_over_new_year_with_its_week_53() -> None:
    # 2026 has an ISO week 53: by week numbers, 53 and 1 are both odd.
    pattern = weekly(0, valid_from=date(2026, 12, 14), every=2)
    held = [day for n in range(42) if applies(pattern, day := date(2026, 12, 14) + timedelta(days=n))]
    assert held == [date(2026, 12, 14), date(2026, 12, 28), date(2027, 1, 11)]


def test_the_second_week_is_counted_from_the_week_of_the_first_day_whatever_weekday_that_is() -> None:
    from_thursday = weekly(0, valid_from=date(2026, 11, 26), every=2)
    assert not applies(from_thursday, date(2026, 11, 30))
    assert applies(from_thursday, date(2026, 12, 7))


def test_nobody_is_on_duty_at_christmas_2026() -> None:
    # 25 December is a Friday; 26 a Saturday, so that Monday 28 is the bank holiday.
    patterns = [weekly(n) for n in range(7)]
    days = [date(2026, 12, 21) + timedelta(days=n) for n in range(14)]
    held = [day.day for day in days if sessions_on(patterns, [], [], profile.calendar, day)]
    assert held == [21, 22, 23, 24, 29, 30, 31]


@pytest.mark.parametrize(
    ("part", "left"),
    [
        ((time(8), time(9)), ((time(9), time(12), 8),)),
        ((time(9), time(10, 30)), ((time(10, 30), time(12), 4),)),
        ((time(10), time(11)), ((time(9), time(10), 2), (time(11), time(12), 2))),
        ((time(11, 55), time(18)), ((time(9), time(11, 55), 7),)),
        ((time(9), time(12)), ()),
        ((time(9, 1), time(11, 59)), ()),
    ],
)
def test_who_misses_part_of_a_session_keeps_the_calls_that_still_fit(
    part: tuple[time, time], left: tuple[tuple[time, time, int], ...]
) -> None:
    duties = on_duty([MORNING], [Absence(AMIRA, MONDAY, part)], MONDAY)
    assert tuple(one for duty in duties for one in duty.sessions) == left


def test_a_swap_hands_over_the_day_and_the_day_in_return() -> None:
    both = [MORNING, weekly(1, staff_id=BEN)]
    swap = Swap(AMIRA, BEN, MONDAY, date(2026, 11, 24))
    assert [one.staff_id for one in on_duty(both, [], MONDAY, [swap])] == [BEN]
    assert [one.staff_id for one in on_duty(both, [], date(2026, 11, 24), [swap])] == [AMIRA]
    assert [one.staff_id for one in on_duty(both, [], date(2026, 11, 30), [swap])] == [AMIRA]


def test_whoever_took_a_day_and_is_away_then_leaves_it_to_nobody() -> None:
    swap = Swap(AMIRA, BEN, MONDAY)
    assert on_duty([MORNING], [Absence(BEN, MONDAY)], MONDAY, [swap]) == ()
    assert on_duty([MORNING], [Absence(AMIRA, MONDAY)], MONDAY, [swap])[0].staff_id == BEN


def test_sessions_of_one_person_clash_on_the_first_day_they_overlap() -> None:
    later = weekly(0, starts=time(11), ends=time(14), valid_from=date(2026, 12, 1), every=2)
    assert first_clash(MORNING, later) == date(2026, 12, 14)
    assert first_clash(MORNING, replace(later, starts=time(12))) is None
    assert first_clash(MORNING, replace(later, staff_id=BEN)) is None
    assert first_clash(replace(MORNING, valid_until=date(2026, 12, 7)), later) is None
    odd, even = (weekly(0, every=2, valid_from=date(2026, 11, day)) for day in (16, 23))
    assert first_clash(odd, even) is None


def test_what_is_missing_to_hold_a_session_is_named() -> None:
    session = sessions_on([replace(MORNING, competences=frozenset({"x"}))], [], [], None, MONDAY)
    assert skills_missing(session, {Discipline.OT}, set()) == (frozenset({"slt"}), frozenset({"x"}))
    assert skills_missing(session, {Discipline.SLT}, {"x"}) == (frozenset(), frozenset())


@pytest.mark.parametrize("state", list(SwapState))
def test_a_swap_that_was_answered_is_answered_for_good(state: SwapState) -> None:
    answers = (SwapStep.ACCEPT, SwapStep.DECLINE, SwapStep.WITHDRAW)
    for step in answers if state is not SwapState.ASKED else (SwapStep.TAKE_BACK,):
        with pytest.raises(NotPossible):
            swap_moved(state, step)


PEOPLE = [UUID(int=n) for n in (1, 2, 3)]
DAYS = st.dates(date(2026, 10, 19), date(2027, 4, 5))
"""Both changes of the clocks, Christmas, and the week 53 between."""
TIMES = st.builds(time, st.integers(0, 23), st.sampled_from([0, 20, 45]))


@st.composite
def patterns(draw: st.DrawFn) -> Pattern:
    starts, ends = sorted((draw(TIMES), draw(TIMES)))
    if starts == ends:
        ends = time(23, 59)
    first = draw(DAYS)
    return Pattern(
        draw(st.sampled_from(PEOPLE)), draw(st.integers(0, 6)), starts, ends, draw(st.integers(1, 100)),
        draw(st.frozensets(st.sampled_from(Discipline), min_size=1)), frozenset(), first,
        draw(st.none() | st.integers(0, 60).map(lambda n: first + timedelta(days=n))), draw(st.sampled_from([1, 2])),
    )  # fmt: skip


@st.composite
def absences(draw: st.DrawFn) -> Absence:
    starts, ends = sorted((draw(TIMES), draw(TIMES)))
    part = draw(st.sampled_from([None, (starts, ends) if starts < ends else None]))
    return Absence(draw(st.sampled_from(PEOPLE)), draw(DAYS), part)


@st.composite
def swaps(draw: st.DrawFn) -> Swap:
    giver, taker = draw(st.permutations(PEOPLE))[:2]
    return Swap(giver, taker, draw(DAYS), draw(st.none() | DAYS))


ROTA = (st.lists(patterns(), max_size=6), st.lists(absences(), max_size=4), st.lists(swaps(), max_size=2), DAYS)


@settings(deadline=None, max_examples=150)
@given(*ROTA)
def test_a_day_never_has_more_than_its_patterns_say_nor_anybody_who_is_away(
    planned: list[Pattern], away: list[Absence], swapped: list[Swap], day: date
) -> None:
    held = sessions_on(planned, away, swapped, profile.calendar, day)
    assert not held or profile.calendar.is_open_on(day)
    assert sum(one.slots for one in held) <= sum(one.slots for one in planned if applies(one, day))
    for one in held:
        assert one.starts < one.ends
        assert one.slots > 0
        for absence in (a for a in away if (a.staff_id, a.day) == (one.staff_id, day)):
            assert absence.part
            assert one.ends <= absence.part[0] or absence.part[1] <= one.starts


@settings(deadline=None, max_examples=100)
@given(*ROTA, st.randoms(use_true_random=False))
def test_the_order_in_which_the_rota_was_read_never_matters(
    planned: list[Pattern], away: list[Absence], swapped: list[Swap], day: date, chance: object
) -> None:
    shuffled = [list(part) for part in (planned, away)]
    for part in shuffled:
        chance.shuffle(part)  # type: ignore[attr-defined]
    assert sessions_on(planned, away, swapped, None, day) == sessions_on(*shuffled, swapped, None, day)  # type: ignore[call-arg, arg-type]


@settings(deadline=None, max_examples=100)
@given(patterns(), DAYS)
def test_a_pattern_is_held_on_its_weekday_within_its_days_and_two_weeks_apart_when_it_says_so(
    pattern: Pattern, day: date
) -> None:
    held = [one for n in range(29) if applies(pattern, one := day + timedelta(days=n))]
    assert all(one.weekday() == pattern.weekday and one >= pattern.valid_from for one in held)
    assert all(one <= (pattern.valid_until or date.max) for one in held)
    assert all((b - a).days == 7 * pattern.every for a, b in pairwise(held))


@settings(deadline=None, max_examples=100)
@given(patterns(), patterns())
def test_two_sessions_clash_exactly_when_somebody_would_be_in_both_on_some_day(one: Pattern, other: Pattern) -> None:
    days = (max(one.valid_from, other.valid_from) + timedelta(days=n) for n in range(70))
    twice = [day for day in days if one.staff_id in double_booked(sessions_on([one, other], [], [], None, day))]
    same = replace(other, staff_id=one.staff_id) == other
    assert first_clash(one, other) == (twice[0] if twice and same else None)


@settings(deadline=None, max_examples=60)
@given(st.sampled_from([date(2026, 10, 25), date(2027, 3, 28)]), patterns(), st.integers(0, 20))
def test_on_days_the_clocks_change_slots_fit_into_the_hours_there_are(day: date, pattern: Pattern, used: int) -> None:
    sunday = replace(pattern, weekday=6, valid_from=day, valid_until=None)
    (duty,) = on_duty([sunday], [], day)
    ends = datetime.combine(day, pattern.ends, LONDON).timestamp()
    starts = datetime.combine(day, pattern.starts, LONDON).timestamp()
    left = slots_left(duty, day, london(day.year, day.month, day.day - 1, 12), 15, used)
    assert 0 <= left <= max(0, min(duty.slots - used, int(ends - starts) // 900))

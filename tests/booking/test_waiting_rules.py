"""Whose turn, for how long: longer when the sitting is far, shorter when near, and never only at night."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as some

from booking import waiting_rules as rules
from booking.waiting_rules import TURN_STEPS, WAITING_STEPS, TurnStep, WaitingStep
from booking.waiting_words import DayPart, TurnState, WaitingState
from core.domain.clock import in_london, london
from core.domain.errors import NotPossible

_NOW = london(2026, 11, 23, 10)
_FROM, _TO = london(2026, 10, 1), london(2027, 4, 30)
_instants = some.datetimes(_FROM.replace(tzinfo=None), _TO.replace(tzinfo=None)).map(
    lambda at: london(at.year, at.month, at.day, at.hour, at.minute)
)
_ahead = some.timedeltas(timedelta(minutes=-60), timedelta(days=60))


@pytest.mark.parametrize(
    ("starts_at", "until"),
    [
        (london(2026, 12, 1, 9), london(2026, 11, 24, 10)),
        (london(2026, 11, 27, 9), london(2026, 11, 23, 18)),
        (london(2026, 11, 25, 9), london(2026, 11, 23, 14)),
        (london(2026, 11, 23, 15), london(2026, 11, 23, 11)),
        (london(2026, 11, 23, 11, 45), london(2026, 11, 23, 10, 45)),
        (london(2026, 11, 23, 11, 20), None),
        (london(2026, 11, 23, 9), None),
    ],
)
def test_the_nearer_the_sitting_the_shorter_the_turn(starts_at: datetime, until: datetime | None) -> None:
    assert rules.turn_ends(_NOW, starts_at) == until


def test_what_comes_free_at_night_can_be_answered_in_the_morning() -> None:
    assert rules.turn_ends(london(2026, 11, 23, 23), london(2026, 11, 25, 9)) == london(2026, 11, 24, 12)
    assert rules.turn_ends(london(2026, 11, 23, 20), london(2026, 11, 25, 15)) == london(2026, 11, 24, 11)
    # Only night would be left: nobody is asked, everyone may have it.
    assert rules.turn_ends(london(2026, 11, 23, 22), london(2026, 11, 24, 9)) is None


@pytest.mark.parametrize("change", [(2026, 10, 24), (2027, 3, 27)])
def test_a_turn_over_the_night_of_a_change_ends_at_the_same_time_on_the_clock(change: tuple[int, int, int]) -> None:
    now = london(*change, 14)
    ends = rules.turn_ends(now, now + timedelta(days=30))
    assert ends is not None
    assert (in_london(ends).hour, in_london(ends).date() - in_london(now).date()) == (14, timedelta(days=1))


@given(now=_instants, ahead=_ahead)
def test_every_turn_leaves_half_an_hour_awake_and_an_hour_to_get_there(now: datetime, ahead: timedelta) -> None:
    ends = rules.turn_ends(now, now + ahead)
    if ends is not None:
        assert rules.waking(now, ends) >= timedelta(minutes=30)
        assert ends <= now + ahead - rules.LAST_ANSWER
        assert ends - now <= timedelta(hours=25)


@given(now=_instants, near=_ahead, more=some.timedeltas(timedelta(), timedelta(days=30)))
def test_a_sitting_further_away_never_gets_less_time(now: datetime, near: timedelta, more: timedelta) -> None:
    shorter, longer = rules.turn_ends(now, now + near), rules.turn_ends(now, now + near + more)
    if shorter is not None:
        assert longer is not None
        assert longer >= shorter


def test_every_step_is_in_the_tables_or_not_possible() -> None:
    for state in WaitingState:
        for step in WaitingStep:
            if (state, step) in WAITING_STEPS:
                assert rules.waiting_after(state, step) is WAITING_STEPS[state, step]
            else:
                with pytest.raises(NotPossible):
                    rules.waiting_after(state, step)
    for turn in TurnState:
        for turn_step in TurnStep:
            if (turn, turn_step) not in TURN_STEPS:
                with pytest.raises(NotPossible):
                    rules.turn_after(turn, turn_step)


@given(days=some.frozensets(some.integers(0, 6)), parts=some.frozensets(some.sampled_from(DayPart)))
def test_wishes_are_read_back_as_they_were_written(days: frozenset[int], parts: frozenset[DayPart]) -> None:
    assert rules.days_of(rules.day_bits(days)) == days
    assert rules.parts_of(rules.part_bits(parts)) == parts


def test_parts_of_the_day_are_londons() -> None:
    assert rules.part_of_day(london(2026, 7, 1, 11, 59)) is DayPart.MORNING
    assert rules.part_of_day(london(2026, 7, 1, 12)) is DayPart.AFTERNOON
    assert rules.part_of_day(london(2026, 12, 1, 17)) is DayPart.EVENING

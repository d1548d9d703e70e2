"""Whose turn it is and for how long. Pure: `now` is given.

A place that comes free is kept for whoever waited longest and can use it. They have longer to answer when the sitting
is far away and less when it is near. Only the hours between 8 in the morning and 9 at night count, so nobody loses a
place in their sleep: an offer made late in the evening runs on into the morning."""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum

from booking.waiting_words import DayPart, TurnState, WaitingState
from core.domain.clock import LONDON, in_london, london_day
from core.domain.errors import NotPossible

MOST_MISSED = 2
# A worker passes a place on within seconds of its turn running out. Should none be there, it is anyone's after this.
TURN_GRACE = timedelta(minutes=15)
# Nobody is offered a place they could hardly get to, or hardly had time to read about.
LAST_ANSWER = timedelta(hours=1)
SHORTEST = timedelta(minutes=30)

_WAKES, _SLEEPS = time(8), time(21)
# How far away the sitting is → how long there is to answer, in waking hours. Thirteen of them are a day.
_LENGTHS = (
    (timedelta(days=7), timedelta(hours=13)),
    (timedelta(days=3), timedelta(hours=8)),
    (timedelta(days=1), timedelta(hours=4)),
    (timedelta(), timedelta(hours=1)),
)


class WaitingStep(StrEnum):
    OFFER = "offer"
    ACCEPT = "accept"
    GIVE_BACK = "decline, run out or lose"
    RUN_OUT_AGAIN = "run out again"
    LEAVE = "leave"


class TurnStep(StrEnum):
    ACCEPT = "accept"
    DECLINE = "decline"
    RUN_OUT = "run out"
    LOSE = "place taken away"


WAITING_STEPS: Mapping[tuple[WaitingState, WaitingStep], WaitingState] = {
    (WaitingState.WAITING, WaitingStep.OFFER): WaitingState.OFFERED,
    (WaitingState.WAITING, WaitingStep.LEAVE): WaitingState.LEFT,
    (WaitingState.OFFERED, WaitingStep.ACCEPT): WaitingState.BOOKED,
    (WaitingState.OFFERED, WaitingStep.GIVE_BACK): WaitingState.WAITING,
    (WaitingState.OFFERED, WaitingStep.RUN_OUT_AGAIN): WaitingState.ENDED,
    (WaitingState.OFFERED, WaitingStep.LEAVE): WaitingState.LEFT,
}

TURN_STEPS: Mapping[tuple[TurnState, TurnStep], TurnState] = {
    (TurnState.OPEN, TurnStep.ACCEPT): TurnState.TAKEN,
    (TurnState.OPEN, TurnStep.DECLINE): TurnState.DECLINED,
    (TurnState.OPEN, TurnStep.RUN_OUT): TurnState.LAPSED,
    (TurnState.OPEN, TurnStep.LOSE): TurnState.LOST,
}


def waiting_after(state: WaitingState, step: WaitingStep) -> WaitingState:
    """NotPossible from a state without that step."""
    if (following := WAITING_STEPS.get((state, step))) is None:
        raise NotPossible(f"{step} from {state}")
    return following


def turn_after(state: TurnState, step: TurnStep) -> TurnState:
    """NotPossible from a state without that step."""
    if (following := TURN_STEPS.get((state, step))) is None:
        raise NotPossible(f"{step} from {state}")
    return following


def turn_ends(now: datetime, starts_at: datetime) -> datetime | None:
    """Until when a place offered now is kept, in UTC: at the latest an hour before it begins. None when that leaves
    less than half an hour between 8am and 9pm: such a place goes to the public at once."""
    length = next((length for far, length in _LENGTHS if starts_at - now >= far), timedelta())
    ends = min(_after_waking(now, length), starts_at - LAST_ANSWER).astimezone(UTC)
    return ends if ends > now and waking(now, ends) >= SHORTEST else None


def waking(start: datetime, end: datetime) -> timedelta:
    """The time between two instants when people are awake, in London."""
    total, day = timedelta(), london_day(start)
    while day <= london_day(end):
        opens, closes = _waking_day(day)
        total += max(timedelta(), min(end, closes) - max(start, opens))
        day += timedelta(days=1)
    return total


def _after_waking(start: datetime, length: timedelta) -> datetime:
    day, left = london_day(start), length
    while True:
        opens, closes = _waking_day(day)
        begins = max(start.astimezone(UTC), opens)
        if closes > begins and begins + left <= closes:
            return begins + left
        left -= max(timedelta(), closes - begins)
        day += timedelta(days=1)


def _waking_day(day: date) -> tuple[datetime, datetime]:
    return _at(day, _WAKES), _at(day, _SLEEPS)


def _at(day: date, wall: time) -> datetime:
    return datetime.combine(day, wall, tzinfo=LONDON).astimezone(UTC)


def part_of_day(starts_at: datetime) -> DayPart:
    hour = in_london(starts_at).hour
    return DayPart.MORNING if hour < 12 else DayPart.AFTERNOON if hour < 17 else DayPart.EVENING


def day_bits(days: Iterable[int]) -> int:
    """Weekdays as one number, Monday 1, Tuesday 2, Wednesday 4 …"""
    return sum(1 << day for day in set(days))


def part_bits(parts: Iterable[DayPart]) -> int:
    return sum(1 << _PARTS.index(part) for part in set(parts))


def days_of(bits: int) -> frozenset[int]:
    return frozenset(day for day in range(7) if bits >> day & 1)


def parts_of(bits: int) -> frozenset[DayPart]:
    return frozenset(part for n, part in enumerate(_PARTS) if bits >> n & 1)


_PARTS = tuple(DayPart)

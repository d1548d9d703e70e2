"""How many calls a day is likely to bring, and whether the rota can take them. Pure.

A call somebody asked of one therapy needs a session that gives it; a call of no therapy yet, any session. What cannot
be taken is found exactly, by Hall's theorem: no set of therapies may ask for more than the sessions that give one.
"""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import combinations

from advice_line.rota_words import Session
from core.domain.calendar import ServiceCalendar
from core.domain.identity import Discipline

WEEKS = 12
Therapy = Discipline | None
Key = tuple[int, Therapy]


@dataclass(frozen=True, slots=True)
class DayAhead:
    """One day: calls expected and slots by therapy, and how many calls are likely to stay over. Where somebody gives
    two therapies, their slots count for each, so that the slots of the therapies may add up to more than `slots`."""

    day: date
    closed: str
    expected: Mapping[Therapy, int]
    offered: Mapping[Discipline, int]
    slots: int
    short: int
    short_of: Mapping[Discipline, int]

    @property
    def calls(self) -> int:
        return sum(self.expected.values())


def since(today: date) -> date:
    """The first day of the weeks that are looked back on: whole weeks, up to yesterday."""
    return today - timedelta(weeks=WEEKS)


def expected(
    due: Mapping[tuple[date, Therapy], int], calls_each: float, calendar: ServiceCalendar, today: date
) -> dict[Key, int]:
    """(weekday, therapy) → calls of an average day of the last weeks, rounded up. `due` is how many messages were
    promised a call on each day; every message takes `calls_each` calls. Days that were closed count neither way."""
    days = [since(today) + timedelta(days=n) for n in range(WEEKS * 7)]
    held = Counter(day.weekday() for day in days if calendar.is_open_on(day))
    sums: Counter[Key] = Counter()
    for (day, therapy), count in due.items():
        if day in days and calendar.is_open_on(day):
            sums[day.weekday(), therapy] += count
    return {key: _up(count * max(1.0, calls_each) / held[key[0]]) for key, count in sums.items()}


def ahead(day: date, sessions: Sequence[Session], usual: Mapping[Key, int], calendar: ServiceCalendar) -> DayAhead:
    """What a day is likely to bring beside what its sessions can take. Nothing is expected on a closed day."""
    if not calendar.is_open_on(day):
        return DayAhead(day, calendar.closed.get(day, "Closed"), {}, {}, 0, 0, {})
    calls = {therapy: count for (weekday, therapy), count in usual.items() if weekday == day.weekday()}
    offered = {one: _slots(sessions, (one,)) for one in Discipline}
    alone = {one: max(0, calls.get(one, 0) - offered[one]) for one in Discipline}
    return DayAhead(
        day, "", calls, offered, sum(s.slots for s in sessions), short(calls, sessions),
        {one: count for one, count in alone.items() if count},
    )  # fmt: skip


def short(calls: Mapping[Therapy, int], sessions: Iterable[Session]) -> int:
    """The calls that stay over however the others are shared out."""
    sessions = list(sessions)
    worst = sum(calls.values()) - sum(one.slots for one in sessions)
    for size in range(1, len(Discipline) + 1):
        for some in combinations(Discipline, size):
            worst = max(worst, sum(calls.get(one, 0) for one in some) - _slots(sessions, some))
    return max(0, worst)


def _slots(sessions: Iterable[Session], some: Sequence[Discipline]) -> int:
    return sum(one.slots for one in sessions if not one.disciplines.isdisjoint(some))


def _up(number: float) -> int:
    # What is 3 but for the last bit is 3.
    return math.ceil(number - 1e-9)

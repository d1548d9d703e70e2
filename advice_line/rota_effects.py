"""What a change of the rota would do, found by doing it and taking it all back."""

from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from advice_line import demand, demand_queries, rota_queries
from advice_line.rota_queries import Stretch
from advice_line.rota_words import Session as Held
from core.domain.calendar import ServiceCalendar
from core.domain.clock import london_day
from core.storage.session import Database, Session

DAYS = 28
Act = Callable[[Session], Awaitable[object]]
Calls = Mapping[tuple[UUID, date], int]


class _OnlyTried(Exception):
    """Takes everything back."""


@dataclass(frozen=True, slots=True)
class DayEffect:
    """What becomes of one person's day. `calls` are theirs to make on it by now; `short` is how many calls are likely
    to stay over that day before and after the change."""

    day: date
    staff_id: UUID
    slots: tuple[int, int]
    calls: int
    short: tuple[int, int]

    @property
    def moving(self) -> int:
        """Calls given out that no longer fit: they go to others."""
        return max(0, self.calls - self.slots[1]) if self.slots[1] < self.slots[0] else 0


async def tried_out(db: Database, act: Act, calendar: ServiceCalendar, now: datetime) -> list[DayEffect]:
    """The days of the next four weeks that a change would alter, person by person. Whatever `act` raises is raised;
    nothing stays."""
    found: list[DayEffect] = []
    try:
        async with db.transaction() as session:
            found = await _effects(session, act, calendar, now)
            raise _OnlyTried
    except _OnlyTried:
        return found


async def _effects(session: Session, act: Act, calendar: ServiceCalendar, now: datetime) -> list[DayEffect]:
    today = london_day(now)
    last = today + timedelta(days=DAYS - 1)
    usual = await demand_queries.usual(session, calendar, today)
    calls = await rota_queries.calls_given_out(session, now, DAYS)
    before = await rota_queries.stretch(session, today, last)
    await act(session)
    await session.flush()
    after = await rota_queries.stretch(session, today, last)
    days = [today + timedelta(days=n) for n in range(DAYS)]
    return [one for day in days for one in of_day(day, (before, after), calls, usual, calendar)]


def of_day(
    day: date, both: tuple[Stretch, Stretch], calls: Calls, usual: Mapping[demand.Key, int], calendar: ServiceCalendar
) -> list[DayEffect]:
    """One day, before and after: everybody who has other slots."""
    held = tuple(one.on(day, calendar) for one in both)
    if held[0] == held[1]:
        return []
    before, after = (_slots(sessions) for sessions in held)
    short = tuple(demand.ahead(day, sessions, usual, calendar).short for sessions in held)
    return [
        DayEffect(day, one, (before[one], after[one]), calls.get((one, day), 0), (short[0], short[1]))
        for one in sorted({*before, *after})
        if before[one] != after[one]
    ]


def _slots(sessions: Iterable[Held]) -> Counter[UUID]:
    counted: Counter[UUID] = Counter()
    for one in sessions:
        counted[one.staff_id] += one.slots
    return counted

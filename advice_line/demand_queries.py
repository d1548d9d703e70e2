"""What the last weeks brought, counted in the database."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

import sqlalchemy as sa

from advice_line import demand, rota_queries
from advice_line.demand import DayAhead, Key, Therapy
from advice_line.rota_queries import Stretch
from core.domain.calendar import ServiceCalendar
from core.domain.clock import LONDON
from core.domain.identity import Discipline
from core.storage.session import Session

_DUE = sa.text("""
    select due_on, discipline, count(*) as messages from advice_message
    where due_on >= :first and due_on < :today group by due_on, discipline
""")
# Ringing again is work, too: how often that is, the last weeks tell. Counted from an index alone: to find the calls of
# each message would take as long as the rest of the board.
_LATELY = timedelta(weeks=4)
_CALLS = sa.text("""
    select count(*) from advice_call where at >= :first and at < :today and outcome <> 'reviewed'
""")


@dataclass(frozen=True)
class WeeksAhead:
    """Some days that follow each other: who is on duty, and what is likely to be wanted of them."""

    stretch: Stretch
    days: tuple[DayAhead, ...]


async def usual(session: Session, calendar: ServiceCalendar, today: date) -> dict[Key, int]:
    """(weekday, therapy) → calls of an average day. Two queries."""
    connection, given = await session.connection(), {"first": demand.since(today), "today": today}
    due: dict[tuple[date, Therapy], int] = {
        (row.due_on, Discipline(row.discipline) if row.discipline else None): int(row.messages)
        for row in await connection.execute(_DUE, given)
    }
    lately = today - _LATELY
    rung = {"first": _midnight(lately), "today": _midnight(today)}
    calls = (await connection.execute(_CALLS, rung)).scalar_one()
    messages = sum(count for (day, _), count in due.items() if day >= lately)
    return demand.expected(due, calls / messages if messages else 1.0, calendar, today)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=LONDON)


async def look_ahead(session: Session, calendar: ServiceCalendar, first: date, days: int, today: date) -> WeeksAhead:
    """So many days from `first`. Five queries, however many."""
    brings = await usual(session, calendar, today)
    found = await rota_queries.stretch(session, first, first + timedelta(days=days - 1))
    each = (first + timedelta(days=n) for n in range(days))
    return WeeksAhead(
        found, tuple(demand.ahead(day, found.on(day, calendar), brings, calendar) for day in each)
    )  # fmt: skip

"""What the board counts. Only open messages are read, whatever is kept beside them; no count has a lower bound in
time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import col, select

from advice_line import rules
from advice_line.board_models import AdviceMove
from advice_line.board_words import Load, RunLine, Therapy
from advice_line.models import AdviceAssignment, AdviceMessage, AdviceRun
from advice_line.words import Why
from core.domain.clock import london_day
from core.domain.identity import Discipline
from core.storage.session import Session

SHOWN = 50

# One look at the index that holds all this (`ix_advice_message_late`). What is alike is counted first: of many open
# messages few kinds are left to be added up four ways.
_OPEN = sa.text("""
    select grouping(owner_id) as not_people, grouping(discipline) as not_therapies, grouping(areas) as not_areas,
        owner_id, discipline, areas, day,
        sum(n) filter (where is_call and is_today) as today,
        sum(n) filter (where is_call and is_today and is_urgent) as urgent,
        sum(n) filter (where is_late) as overdue,
        sum(n) filter (where is_call and is_week) as week,
        sum(n) filter (where owner_id is null) as nobodys,
        sum(n) filter (where not is_call) as set_aside,
        sum(n) filter (where is_call) as calls
    from (
        select owner_id, discipline, areas, state <> 'review' as is_call, urgency = 'urgent' as is_urgent,
            call_from < :tomorrow as is_today, call_from < :week as is_week, next_action_at < :now as is_late,
            width_bucket(next_action_at, :midnights) as day, count(*) as n
        from advice_message where closed_at is null group by 1, 2, 3, 4, 5, 6, 7, 8, 9
    ) alike group by grouping sets ((owner_id), (discipline), (areas), (day))
""").bindparams(sa.bindparam("midnights", type_=ARRAY(sa.DateTime(timezone=True))))
# As many days are planned for as a board shows, and a Sunday more.
_AHEAD = 14
_MADE = sa.text("""
    select staff_id, count(*) as calls from advice_call where at >= :today and outcome <> 'reviewed' group by staff_id
""")
_RUNS = sa.text("""
    select run.*, (
        select count(*) from advice_assignment moved
        where moved.run_id = run.id
    ) as moved
    from advice_run run where run.day between :first and :last and (cast(:cause as text) is null or run.cause = :cause)
    order by run.day desc, run.version desc limit :most
""").bindparams(sa.bindparam("cause", type_=sa.Text))


def _moments(now: datetime) -> dict[str, datetime | date]:
    """`week` is the end of Sunday."""
    sunday = timedelta(days=6 - london_day(now).weekday())
    return {"now": now, "tomorrow": rules.end_of_day(now), "week": rules.end_of_day(now + sunday)}


@dataclass(frozen=True, slots=True)
class OpenWork:
    """Open calls: whose they are, what was asked for, and how many are to be made by which day of the next two weeks;
    what is overdue counts for today. A message of two teams counts for both, one of none under None."""

    people: dict[UUID, Load]
    therapies: dict[Therapy, Load]
    areas: dict[str | None, Load]
    planned: dict[date, int]


async def open_work(session: Session, now: datetime) -> OpenWork:
    """All that is open. One query."""
    today = london_day(now)
    # Whole days are counted by their ends: turning each moment into a London date would cost more than counting it.
    midnights = [rules.end_of_day(now + timedelta(days=n)) for n in range(_AHEAD)]
    given = _moments(now) | {"midnights": midnights}
    rows = (await (await session.connection()).execute(_OPEN, given)).all()
    return OpenWork(
        {row.owner_id: _load(row) for row in rows if not row.not_people and row.owner_id},
        {Discipline(row.discipline) if row.discipline else None: _load(row) for row in rows if not row.not_therapies},
        _by_area([row for row in rows if not row.not_areas]),
        {today + timedelta(days=row.day): int(row.calls) for row in rows if _is_a_day(row) and row.calls},
    )


def _is_a_day(row: Any) -> bool:
    return row.day is not None and row.day < _AHEAD


def _by_area(rows: Sequence[Any]) -> dict[str | None, Load]:
    """The database counts messages of the same teams together; few teams share an area."""
    found: dict[str | None, Load] = {}
    for row in rows:
        for area in row.areas or (None,):
            found[area] = found.get(area, Load()) + _load(row)
    return found


async def made_today(session: Session, now: datetime) -> dict[UUID, int]:
    """Calls each person has made today. One query."""
    rows = await (await session.connection()).execute(_MADE, {"today": rules.start_of_day(now)})
    return {row.staff_id: int(row.calls) for row in rows}


async def runs(session: Session, first: date, last: date, cause: str | None = None) -> list[RunLine]:
    """The runs of these days, newest first; or the one of a cause. One query."""
    given = {"first": first, "last": last, "cause": cause, "most": SHOWN}
    rows = await (await session.connection()).execute(_RUNS, given)
    return [
        RunLine(row.id, row.day, row.cause, row.solver, row.ran_at, row.placed, row.left_out, int(row.moved))
        for row in rows
    ]


async def moves(session: Session, since: datetime, until: datetime) -> list[tuple[AdviceMove, str]]:
    """(move, the reference of its message), newest first. One query."""
    found = (
        select(AdviceMove, AdviceMessage.reference)
        .join(AdviceMessage, col(AdviceMessage.id) == AdviceMove.message_id)
        .where(AdviceMove.at >= since, AdviceMove.at < until)
        .order_by(col(AdviceMove.at).desc(), col(AdviceMove.id).desc())
        .limit(SHOWN)
    )
    return [(move, reference) for move, reference in (await session.exec(found)).all()]


async def a_move(session: Session, move_id: UUID) -> tuple[AdviceMove, str] | None:
    """One move with the reference of its message."""
    found = select(AdviceMove, AdviceMessage.reference).join(
        AdviceMessage, col(AdviceMessage.id) == AdviceMove.message_id
    )
    row = (await session.exec(found.where(AdviceMove.id == move_id))).one_or_none()
    return (row[0], row[1]) if row else None


async def a_run(session: Session, run_id: UUID) -> AdviceRun | None:
    return await session.get(AdviceRun, run_id)


async def gave(session: Session, run: AdviceRun, after: str = "") -> Sequence[tuple[AdviceAssignment, str, Why]]:
    """Where a run put each message it wrote, in the order of their references: a page of them. One query."""
    found = (
        select(AdviceAssignment, AdviceMessage.reference)
        .join(AdviceMessage, col(AdviceMessage.id) == AdviceAssignment.message_id)
        .where(AdviceAssignment.run_id == run.id, col(AdviceMessage.reference) > after)
        .order_by(col(AdviceMessage.reference))
        .limit(SHOWN + 1)
    )
    rows = (await session.exec(found)).all()
    return [(one, reference, Why(run.solver, one.parts)) for one, reference in rows]


def _load(row: Any) -> Load:
    counts = (row.today, row.urgent, row.overdue, row.week, row.nobodys, row.set_aside)
    return Load(*(int(count or 0) for count in counts))

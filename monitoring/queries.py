"""What is asked of the database to know how it all stands."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from core.storage.session import Session
from core.storage.tasks import Task
from monitoring.models import CheckResult
from monitoring.words import DeadTask, Finding, QueueFigures

_FIGURES = sa.text("""
    select count(*) filter (where run_at <= :now) as due, count(*) filter (where run_at > :now) as waiting,
        (select count(*) from task where dead_at is not null) as dead,
        coalesce(extract(epoch from cast(:now as timestamptz) - min(run_at)), 0) as oldest
    from task where done_at is null and dead_at is null
""")
_WORKER_SEEN = sa.text(
    "select exists(select 1 from worker_beat"
    " where role = 'worker' and seen_at > clock_timestamp() - interval '30 seconds')"
)


async def queue_figures(session: Session, now: datetime) -> QueueFigures:
    """How much work is due, waiting and dead."""
    row = (await (await session.connection()).execute(_FIGURES, {"now": now})).one()
    return QueueFigures(row.due, row.waiting, row.dead, max(float(row.oldest), 0.0))


async def worker_was_seen(session: Session) -> bool:
    """True when some worker's heartbeat is less than 30 seconds old, by the database's clock."""
    return bool(await (await session.connection()).scalar(_WORKER_SEEN))


async def latest_findings(session: Session) -> list[Finding]:
    """What the auditor found when it last looked; empty before its first round."""
    rows = (await session.exec(select(CheckResult).order_by(CheckResult.name))).all()
    return [Finding(row.name, row.broken) for row in rows]


async def last_round(session: Session) -> datetime | None:
    """When the auditor looked last; None before its first round."""
    return (await session.exec(select(sa.func.max(CheckResult.checked_at)))).one()


async def dead_tasks(session: Session, after: datetime | None = None, limit: int = 50) -> list[DeadTask]:
    """Newest first, keyset by the moment they were given up."""
    found = select(Task).where(col(Task.dead_at).is_not(None)).order_by(col(Task.dead_at).desc()).limit(limit)
    if after:
        found = found.where(col(Task.dead_at) < after)
    return [
        DeadTask(t.id, t.kind, t.dead_at, t.attempts, t.last_error or "")
        for t in (await session.exec(found)).all()
        if t.dead_at
    ]


async def dead_task(session: Session, task_id: UUID) -> Task | None:
    """One dead task, locked."""
    found = select(Task).where(Task.id == task_id, col(Task.dead_at).is_not(None)).with_for_update()
    return (await session.exec(found)).one_or_none()

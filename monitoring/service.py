"""The auditor's round, the probes, and giving a dead task another life."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import TypeAlias
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from core.domain.errors import NotFound
from core.domain.identity import Actor
from core.storage import audit
from core.storage.session import Session, note_planned_task
from monitoring import queries, rules
from monitoring.models import CheckResult
from monitoring.words import Finding

Check: TypeAlias = Callable[[Session, datetime], Awaitable[list[tuple[str, int]]]]


async def run_round(session: Session, checks: Sequence[Check], now: datetime) -> list[Finding]:
    """Runs every check and keeps what it found; names what was well before and is not now by its `since`."""
    findings = rules.queue_findings(await queries.queue_figures(session, now))
    for check in checks:
        findings += [Finding(name, broken) for name, broken in await check(session, now)]
    known = {row.name: row for row in (await session.exec(select(CheckResult))).all()}
    for gone in set(known) - {finding.name for finding in findings}:
        await session.delete(known[gone])
    for finding in findings:
        before = known.get(finding.name)
        unchanged = before is not None and (before.broken == 0) == (finding.broken == 0)
        since = before.since if before and unchanged else now
        row = {"name": finding.name, "broken": finding.broken, "checked_at": now, "since": since}
        await session.exec(
            insert(CheckResult).values(row).on_conflict_do_update(index_elements=[col(CheckResult.name)], set_=row)
        )
    return findings


async def try_again(session: Session, actor: Actor, task_id: UUID, now: datetime) -> None:
    """Gives a dead task another set of tries. NotFound when it is not dead (any more)."""
    task = await queries.dead_task(session, task_id)
    if task is None:
        raise NotFound("no such dead task")
    task.dead_at, task.attempts, task.run_at = None, 0, now
    audit.record(session, actor, "task.tried-again", "task", task.id, now, kind=task.kind)
    note_planned_task(session)

"""The queue of record: work that must happen later, written in the transaction of its cause.

`run_at` is service time and decides what is due; leases are liveness and use the database's own clock. A task is
never deleted: it ends as done, or dead and on the exceptions list. Payloads hold ids only.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlmodel import Field, SQLModel, col

from core.domain.ids import new_id
from core.storage.base import instant, optional_instant
from core.storage.session import Session, note_planned_task

URGENT, NORMAL, LATER = 100, 50, 10


class Task(SQLModel, table=True):
    """A piece of work. `dedupe_key` makes planning it twice the same as planning it once."""

    __tablename__ = "task"
    __table_args__ = (
        sa.CheckConstraint("done_at is null or dead_at is null", name="ends_once"),
        sa.Index(
            "ix_task_due",
            sa.text("priority desc"),
            "run_at",
            "id",
            postgresql_where=sa.text("done_at is null and dead_at is null"),
        ),
        sa.Index("ix_task_dead", "dead_at", postgresql_where=sa.text("dead_at is not null")),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    kind: str = Field(max_length=80)
    dedupe_key: str = Field(max_length=200, unique=True)
    payload: dict[str, Any] = Field(default_factory=dict, sa_type=JSONB)
    priority: int = Field(default=NORMAL, sa_type=sa.SmallInteger)
    run_at: datetime = instant()
    attempts: int = Field(default=0, sa_type=sa.SmallInteger, sa_column_kwargs={"server_default": "0"})
    lease_owner: UUID | None = None
    lease_until: datetime | None = optional_instant()
    done_at: datetime | None = optional_instant()
    dead_at: datetime | None = optional_instant()
    last_error: str | None = Field(default=None, max_length=200)


class JobTick(SQLModel, table=True):
    """One beat of a schedule that has been turned into a task; `(name, tick_at)` makes it happen once."""

    __tablename__ = "job_tick"

    name: str = Field(primary_key=True, max_length=80)
    tick_at: datetime = instant(primary_key=True)


class WorkerBeat(SQLModel, table=True):
    """A process that was alive at `seen_at`, by the database's clock."""

    __tablename__ = "worker_beat"

    worker_id: UUID = Field(primary_key=True)
    role: str = Field(max_length=20)
    seen_at: datetime = instant(sa_column_kwargs={"server_default": sa.func.clock_timestamp()})


# Built once: every act plans something.
_ONCE = insert(Task.__table__).on_conflict_do_nothing(index_elements=[col(Task.dedupe_key)])  # type: ignore[attr-defined]


async def plan(
    session: Session,
    kind: str,
    *,
    key: str,
    run_at: datetime,
    priority: int = NORMAL,
    **ids: UUID | str | int,
) -> None:
    """Plans one task, once for this `key`, to run when service time reaches `run_at`.

    >>> await plan(session, "advice.remind", key=f"remind:{message.id}:1", run_at=now, message_id=message.id)
    """
    payload = {name: str(value) if isinstance(value, UUID) else value for name, value in ids.items()}
    row = {
        "id": new_id(),
        "kind": kind,
        "dedupe_key": key,
        "payload": payload,
        "priority": priority,
        "run_at": run_at,
    }
    await session.exec(_ONCE, params=row)
    note_planned_task(session)

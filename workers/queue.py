"""Claiming and finishing tasks (design §5).

A batch is claimed with a lease, and the claim is committed before anything runs. Its in-database jobs then run together
in one transaction that also marks them done and claims the next batch: their effects and their being done commit
together or not at all. If one of them fails, the batch is rolled back and each runs alone, so that one bad task costs
the others nothing but time. Jobs that leave the database mostly wait for somebody else: they run side by side.
"""

import asyncio
import itertools
import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import UUID as PG_UUID

from core.domain.ids import new_id
from core.storage.jobs import Job, NotYet, Workbench
from core.storage.session import Session
from core.storage.together import Together

log = logging.getLogger("frontdoor.queue")

BATCH = 200
MOST_ATTEMPTS = 12
_LEASE = timedelta(seconds=60)
_LONGEST_WAIT = timedelta(hours=1)
# Seconds; under the lease, so that nobody else takes over what still runs.
_LONGEST_JOB = 45
_SUSPICIOUS = 3
OUTSIDE_AT_ONCE = 24
# A lease older than this is renewed before work outside the database begins: with the longest job it must not run out.
_STILL_FRESH = 10.0

_CLAIM = sa.text("""
    with due as (
        select id from task
        where done_at is null and dead_at is null and run_at <= :now and kind = any(:kinds)
          and (lease_until is null or lease_until < clock_timestamp())
        order by priority desc, run_at, id
        limit :batch
        for update skip locked
    )
    update task set lease_owner = :owner, lease_until = clock_timestamp() + :lease, attempts = attempts + 1
    from due where task.id = due.id
    returning task.id, task.kind, task.payload, task.attempts, task.priority
""").bindparams(sa.bindparam("kinds", type_=ARRAY(sa.String)), sa.bindparam("lease", type_=sa.Interval))

_FINISH = sa.text("""
    update task set done_at = :now, lease_owner = null, lease_until = null, last_error = null
    where id = any(:ids) and lease_owner = :owner and done_at is null
    returning id
""").bindparams(sa.bindparam("ids", type_=ARRAY(PG_UUID(as_uuid=True))))

_RENEW = sa.text("""
    update task set lease_until = clock_timestamp() + :lease
    where id = :id and lease_owner = :owner and done_at is null returning id
""").bindparams(sa.bindparam("lease", type_=sa.Interval))

_PAUSE = sa.text("""
    update task set lease_owner = null, lease_until = null, run_at = :run_at, attempts = attempts - 1
    where id = :id and lease_owner = :owner and done_at is null
""")

_PUT_BACK = sa.text("""
    update task set lease_owner = null, lease_until = null, last_error = :error,
        run_at = case when :dead then run_at else cast(:run_at as timestamptz) end,
        dead_at = case when :dead then cast(:now as timestamptz) end
    where id = :id and lease_owner = :owner and done_at is null
""")


class LeaseLost(Exception):
    """Another worker took the task over while this one was working on it; everything here is rolled back."""


@dataclass(frozen=True, slots=True)
class Claimed:
    """A task in hand."""

    id: UUID
    kind: str
    payload: dict[str, Any]
    attempts: int


class Queue:
    """One worker's view of the queue. `jobs` maps a kind to what runs it; kinds unknown to this version are left
    for a newer worker."""

    def __init__(self, bench: Workbench, jobs: Mapping[str, Job], *, batch: int = BATCH) -> None:
        self._bench, self._jobs, self._batch = bench, jobs, batch
        self.owner = new_id()
        self._finished: Together[Claimed, bool] = Together(self._finish_together)

    async def drain(self, *, most_batches: int = 10_000) -> int:
        """Runs everything due until nothing is left, or so many batches; returns how many tasks were finished."""
        finished, claimed = 0, await self.claim()
        for left in reversed(range(most_batches)):
            if not claimed:
                break
            done, claimed = await self._run(claimed, claim_more=left > 0)
            finished += done
        return finished

    async def claim(self) -> list[Claimed]:
        """Takes a lease on the most pressing tasks that are due. Commits before anything is run."""
        async with self._bench.db.transaction() as session:
            return await self._claim(session)

    async def _claim(self, session: Session) -> list[Claimed]:
        given = {
            "now": self._bench.clock.now(),
            "kinds": list(self._jobs),
            "batch": self._batch,
            "owner": self.owner,
            "lease": _LEASE,
        }
        rows = (await (await session.connection()).execute(_CLAIM, given)).all()
        # RETURNING keeps no order; ids sort by the time tasks were planned.
        return [Claimed(r.id, r.kind, r.payload, r.attempts) for r in sorted(rows, key=lambda r: (-r.priority, r.id))]

    async def _run(self, claimed: list[Claimed], *, claim_more: bool) -> tuple[int, list[Claimed]]:
        """(how many were finished, the next batch)."""
        if all(self._may_share(task) for task in claimed):
            try:
                # One transaction finishes this batch and takes the next: half the commits of doing both apart.
                return len(claimed), await self._in_one_transaction(claimed, claim_more=claim_more)
            except Exception as error:  # noqa: BLE001 - whatever a job raises, the others must not suffer
                if len(claimed) == 1:
                    await self._put_back(claimed[0], error)
                    return 0, await self.claim() if claim_more else []
        return await self._run_in_groups(claimed), await self.claim() if claim_more else []

    def _may_share(self, task: Claimed) -> bool:
        """Work outside the database runs alone, and so does what was begun often: it may be what kills the worker."""
        return not self._jobs[task.kind].outside and task.attempts <= _SUSPICIOUS

    async def _run_in_groups(self, claimed: list[Claimed]) -> int:
        finished, since = 0, time.monotonic()
        # In the order claimed: what is urgent is not overtaken by what can be done together.
        for (together, outside), group in itertools.groupby(claimed, self._how):
            tasks = list(group)
            if together:
                finished += await self._run_together(tasks)
            elif outside:
                finished += await self._run_side_by_side(tasks, since)
            else:
                finished += sum([await self._run_alone(t) for t in tasks])
        return finished

    def _how(self, task: Claimed) -> tuple[bool, bool]:
        return self._may_share(task), self._jobs[task.kind].outside

    async def _run_side_by_side(self, tasks: list[Claimed], since: float) -> int:
        """Work outside the database, begun in the order claimed; the leases were taken at `since`."""
        slots = asyncio.Semaphore(OUTSIDE_AT_ONCE if self._bench.db.is_parallel else 1)

        async def in_turn(task: Claimed) -> int:
            async with slots:
                fresh = time.monotonic() - since < _STILL_FRESH
                return await self._run_alone(task) if fresh or await self._renew(task) else 0

        return sum(await asyncio.gather(*[in_turn(task) for task in tasks]))

    async def _renew(self, task: Claimed) -> bool:
        """Whether the task is still ours, and for another minute."""
        async with self._bench.db.transaction() as session:
            given = {"id": task.id, "owner": self.owner, "lease": _LEASE}
            return (await (await session.connection()).execute(_RENEW, given)).first() is not None

    async def _run_alone(self, task: Claimed) -> int:
        if task.attempts > MOST_ATTEMPTS:
            # It was begun that often and never came back to say why: whoever ran it died.
            await self._put_back(task, TimeoutError("never came back"))
            return 0
        return await (self._run_outside(task) if self._jobs[task.kind].outside else self._run_together([task]))

    async def _run_together(self, tasks: list[Claimed]) -> int:
        try:
            await self._in_one_transaction(tasks, claim_more=False)
        except Exception as error:  # noqa: BLE001 - as above
            if len(tasks) == 1:
                await self._put_back(tasks[0], error)
                return 0
            return sum([await self._run_together([task]) for task in tasks])
        return len(tasks)

    async def _in_one_transaction(self, tasks: list[Claimed], *, claim_more: bool) -> list[Claimed]:
        """Runs them and marks them done, all or none; returns the next batch if it was wanted."""
        async with self._bench.db.transaction() as session:
            # For the whole batch: it shares one lease.
            async with asyncio.timeout(_LONGEST_JOB):
                for task in tasks:
                    await self._jobs[task.kind].run(session, self._bench, **task.payload)
            await self._finish(session, tasks)
            return await self._claim(session) if claim_more else []

    async def _run_outside(self, task: Claimed) -> int:
        try:
            async with asyncio.timeout(_LONGEST_JOB):
                await self._jobs[task.kind].run(self._bench, **task.payload)
            if not await self._finished(task):
                raise LeaseLost("1 of 1")
        except NotYet as pause:
            await self._pause(task, pause)
            return 0
        except Exception as error:  # noqa: BLE001 - kept with the task and retried
            await self._put_back(task, error)
            return 0
        return 1

    async def _finish_together(self, tasks: list[Claimed]) -> list[bool]:
        """Which of them were still ours to finish."""
        async with self._bench.db.transaction() as session:
            finished = await self._mark_done(session, tasks)
        return [task.id in finished for task in tasks]

    async def _pause(self, task: Claimed, pause: NotYet) -> None:
        async with self._bench.db.transaction() as session:
            given = {"id": task.id, "owner": self.owner, "run_at": pause.at}
            await (await session.connection()).execute(_PAUSE, given)

    async def _finish(self, session: Session, tasks: list[Claimed]) -> None:
        await session.flush()
        finished = await self._mark_done(session, tasks)
        if len(finished) != len(tasks):
            raise LeaseLost(f"{len(tasks) - len(finished)} of {len(tasks)}")

    async def _mark_done(self, session: Session, tasks: list[Claimed]) -> set[UUID]:
        given = {"now": self._bench.clock.now(), "ids": [task.id for task in tasks], "owner": self.owner}
        return set((await (await session.connection()).execute(_FINISH, given)).scalars())

    async def _put_back(self, task: Claimed, error: Exception) -> None:
        if isinstance(error, LeaseLost):
            log.warning("lease lost", extra={"task": str(task.id), "kind": task.kind})
            return
        now = self._bench.clock.now()
        dead = task.attempts >= MOST_ATTEMPTS
        given = {
            "id": task.id,
            "owner": self.owner,
            "now": now,
            "dead": dead,
            "run_at": now + back_off(task.id, task.attempts),
            "error": _in_short(error),
        }
        # The kind of error only: its message may hold what a person typed.
        log.error(
            "task failed",
            extra={"task": str(task.id), "kind": task.kind, "error": given["error"], "dead": dead},
        )
        async with self._bench.db.transaction() as session:
            await (await session.connection()).execute(_PUT_BACK, given)


def back_off(task_id: UUID, attempts: int) -> timedelta:
    """Doubling from 2 s to an hour, spread by up to a quarter so that what failed together does not return together."""
    wait = min(timedelta(seconds=2**attempts), _LONGEST_WAIT)
    return wait * (1 + (task_id.int % 256) / 1024)


def _in_short(error: Exception) -> str:
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    where = f"{trace.tb_frame.f_code.co_filename.rsplit('/', 1)[-1]}:{trace.tb_lineno}" if trace else "?"
    return f"{type(error).__name__} at {where}"[:200]


__all__ = ["BATCH", "MOST_ATTEMPTS", "Claimed", "LeaseLost", "Queue", "back_off"]

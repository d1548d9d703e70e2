"""The queue of record: nothing is lost, nothing is done twice, one bad task does not hold up the others."""

import asyncio
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import col, select

from core.domain.clock import MovedClock
from core.storage.jobs import Job, NotYet, Workbench
from core.storage.session import Database, Session
from core.storage.tasks import NORMAL, URGENT, Task, plan
from tests.support.house import make_house
from workers.queue import MOST_ATTEMPTS, OUTSIDE_AT_ONCE, Queue, back_off


async def leave_mark(session: Session, bench: Workbench, *, name: str) -> None:
    """A job whose effect can be counted: one audit-like row a run."""
    await (await session.connection()).execute(
        sa.text("insert into job_tick values (:n, clock_timestamp())"), {"n": name}
    )


async def fail(session: Session, bench: Workbench, **_: str) -> None:
    await leave_mark(session, bench, name="half-done")
    raise ValueError("something personal")


async def outside(bench: Workbench, *, name: str) -> None:
    async with bench.db.transaction() as session:
        await leave_mark(session, bench, name=name)


JOBS = {"mark": Job(leave_mark), "fail": Job(fail), "outside": Job(outside, outside=True)}


async def plan_marks(bench: Workbench, *names: str, kind: str = "mark", **more: Any) -> None:
    async with bench.db.transaction() as session:
        for name in names:
            await plan(
                session,
                kind,
                key=f"{kind}:{name}",
                run_at=more.get("run_at", bench.clock.now()),
                priority=more.get("priority", NORMAL),
                name=name,
            )


async def marks(bench: Workbench) -> list[str]:
    async with bench.db.transaction() as session:
        rows = await (await session.connection()).execute(sa.text("select name from job_tick order by tick_at"))
        return [row.name for row in rows]


async def tasks(bench: Workbench) -> list[Task]:
    async with bench.db.transaction() as session:
        return list((await session.exec(select(Task).order_by(col(Task.id)))).all())


async def test_planning_twice_is_planning_once(bench: Workbench) -> None:
    await plan_marks(bench, "a")
    await plan_marks(bench, "a")
    assert await Queue(bench, JOBS).drain() == 1
    assert await marks(bench) == ["a"]


async def test_what_is_not_due_waits_for_its_time(bench: Workbench, clock: MovedClock) -> None:
    await plan_marks(bench, "later", run_at=clock.now().replace(hour=15))
    assert await Queue(bench, JOBS).drain() == 0
    clock.move_on(hours=6)
    assert await Queue(bench, JOBS).drain() == 1


async def test_urgent_work_goes_first_even_behind_a_backlog(bench: Workbench) -> None:
    await plan_marks(bench, *[f"old {n}" for n in range(30)])
    await plan_marks(bench, "urgent", priority=URGENT)
    claimed = await Queue(bench, JOBS).claim()
    assert claimed[0].payload == {"name": "urgent"}


async def test_a_failing_task_leaves_no_effect_and_costs_its_neighbours_nothing(bench: Workbench) -> None:
    await plan_marks(bench, "before")
    await plan_marks(bench, "bad", kind="fail")
    await plan_marks(bench, "after")
    assert await Queue(bench, JOBS).drain(most_batches=1) == 2
    assert await marks(bench) == ["before", "after"]
    bad = next(task for task in await tasks(bench) if task.kind == "fail")
    assert bad.done_at is None
    assert bad.run_at > bench.clock.now()
    assert bad.last_error is not None
    assert bad.last_error.startswith("ValueError at test_queue.py:")


async def test_the_reason_kept_with_a_failed_task_holds_nothing_personal(bench: Workbench) -> None:
    await plan_marks(bench, "bad", kind="fail")
    await Queue(bench, JOBS).drain()
    assert all("personal" not in (task.last_error or "") for task in await tasks(bench))


async def test_a_task_that_keeps_failing_ends_dead_and_is_kept(bench: Workbench, clock: MovedClock) -> None:
    await plan_marks(bench, "bad", kind="fail")
    for _ in range(MOST_ATTEMPTS + 3):
        await Queue(bench, JOBS).drain()
        clock.move_on(hours=2)
    [bad] = await tasks(bench)
    assert bad.dead_at is not None
    assert bad.attempts == MOST_ATTEMPTS


async def test_a_kind_this_version_does_not_know_is_left_for_a_newer_worker(bench: Workbench) -> None:
    await plan_marks(bench, "x", kind="from-the-future")
    assert await Queue(bench, JOBS).drain() == 0
    [waiting] = await tasks(bench)
    assert (waiting.attempts, waiting.done_at, waiting.dead_at) == (0, None, None)


async def test_work_outside_the_database_is_finished_too(bench: Workbench) -> None:
    await plan_marks(bench, "sent", kind="outside")
    assert await Queue(bench, JOBS).drain() == 1
    assert await marks(bench) == ["sent"]


async def test_a_worker_that_died_holding_tasks_loses_none_of_them(bench: Workbench) -> None:
    await plan_marks(bench, "a", "b", "c")
    dead = Queue(bench, JOBS)
    assert len(await dead.claim()) == 3
    assert await Queue(bench, JOBS).drain() == 0
    await let_leases_end(bench)
    assert await Queue(bench, JOBS).drain() == 3
    assert sorted(await marks(bench)) == ["a", "b", "c"]


async def test_a_worker_that_was_taken_for_dead_cannot_finish_what_another_took_over(
    bench: Workbench,
) -> None:
    await plan_marks(bench, "a")
    slow = Queue(bench, JOBS)
    [task] = await slow.claim()
    await let_leases_end(bench)
    assert await Queue(bench, JOBS).drain() == 1
    assert await slow._run([task], claim_more=False) == (0, [])
    assert await marks(bench) == ["a"]


async def test_what_kills_its_worker_every_time_ends_dead_and_takes_nobody_along(
    bench: Workbench, clock: MovedClock
) -> None:
    await plan_marks(bench, "killer")
    for _ in range(MOST_ATTEMPTS):
        assert len(await Queue(bench, JOBS).claim()) == 1
        await let_leases_end(bench)
    await plan_marks(bench, "neighbour")
    assert await Queue(bench, JOBS).drain() == 1
    assert await marks(bench) == ["neighbour"]
    assert [task.dead_at is not None for task in await tasks(bench)] == [True, False]


async def test_a_job_that_never_ends_is_put_back(bench: Workbench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("workers.queue._LONGEST_JOB", 0.05)

    async def hang(bench: Workbench, **_: str) -> None:
        await asyncio.Event().wait()

    await plan_marks(bench, "stuck", kind="hang")
    assert await Queue(bench, {"hang": Job(hang, outside=True)}).drain(most_batches=1) == 0
    [stuck] = await tasks(bench)
    assert (stuck.lease_owner, stuck.done_at) == (None, None)


@pytest.mark.parametrize("attempts", range(1, MOST_ATTEMPTS + 1))
async def test_waiting_before_another_try_grows_and_stays_under_an_hour_and_a_quarter(
    bench: Workbench, attempts: int
) -> None:
    await plan_marks(bench, "a")
    [task] = await tasks(bench)
    assert back_off(task.id, attempts).total_seconds() <= 3600 * 1.25
    assert back_off(task.id, attempts + 1) >= back_off(task.id, attempts)


async def test_four_workers_at_once_do_everything_exactly_once(
    real_db: Database, clock: MovedClock, redis: Any
) -> None:
    bench = at(real_db, clock, redis)
    await plan_marks(bench, *[f"{n}" for n in range(200)])
    done = await asyncio.gather(*[Queue(bench, JOBS, batch=7).drain() for _ in range(4)])
    assert sum(done) == 200
    assert max(Counter(await marks(bench)).values()) == 1


async def test_without_the_row_lock_the_same_race_does_work_twice(
    real_db: Database, clock: MovedClock, redis: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control: with the protection off, the test above would notice."""
    from workers import queue as module

    unlocked = sa.text("""
        with due as (select id, pg_sleep(0.002) from task where done_at is null and kind = any(:kinds)
            and run_at <= :now limit :batch)
        update task set lease_owner = :owner, lease_until = clock_timestamp() + :lease from due where task.id = due.id
        returning task.id, task.kind, task.payload, task.attempts, task.priority
    """).bindparams(*module._CLAIM._bindparams.values())
    careless = sa.text(
        "update task set done_at = :now where id = any(:ids) and cast(:owner as uuid) is not null returning id"
    )
    monkeypatch.setattr(module, "_CLAIM", unlocked)
    monkeypatch.setattr(module, "_FINISH", careless.bindparams(module._FINISH._bindparams["ids"]))
    bench = at(real_db, clock, redis)
    await plan_marks(bench, *[f"{n}" for n in range(20)])
    await asyncio.gather(*[Queue(bench, JOBS, batch=20).drain(most_batches=1) for _ in range(4)])
    assert max(Counter(await marks(bench)).values()) > 1


def at(db: Database, clock: MovedClock, redis: Any) -> Workbench:
    house = make_house(db, clock, redis)
    return Workbench(db=db, clock=clock, profile=house.profile, address=house.address)


async def let_leases_end(bench: Workbench) -> None:
    """As if the lease's minute had passed on the database's clock."""
    async with bench.db.transaction() as session:
        await (await session.connection()).execute(
            sa.text("update task set lease_until = clock_timestamp() - interval '1 second'")
        )


async def test_work_that_is_not_finished_comes_back_when_it_said_and_that_is_no_attempt(
    bench: Workbench, clock: MovedClock
) -> None:
    began = clock.now()

    async def wait(bench: Workbench, *, name: str) -> None:
        if bench.clock.now() < began + timedelta(hours=1):
            raise NotYet(began + timedelta(hours=1))
        await outside(bench, name=name)

    jobs = {"wait": Job(wait, outside=True)}
    await plan_marks(bench, "a", kind="wait")
    for _ in range(MOST_ATTEMPTS + 2):
        assert await Queue(bench, jobs).drain() == 0
        [task] = await tasks(bench)
        assert (task.attempts, task.lease_owner, task.run_at) == (0, None, began + timedelta(hours=1))
        clock.move_to(task.run_at - timedelta(seconds=1))
    clock.move_on(seconds=1)
    assert await Queue(bench, jobs).drain() == 1
    assert await marks(bench) == ["a"]


async def test_work_outside_the_database_runs_side_by_side_and_is_finished_once(
    real_db: Database, clock: MovedClock, redis: Any
) -> None:
    bench, running, most = at(real_db, clock, redis), 0, 0

    async def slow(bench: Workbench, *, name: str) -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.02)
        await outside(bench, name=name)
        running -= 1

    await plan_marks(bench, *[f"{n}" for n in range(60)], kind="slow")
    jobs = {"slow": Job(slow, outside=True)}
    assert sum(await asyncio.gather(*[Queue(bench, jobs).drain() for _ in range(2)])) == 60
    assert max(Counter(await marks(bench)).values()) == 1
    assert 1 < most <= 2 * OUTSIDE_AT_ONCE


async def test_a_lease_that_grew_old_while_others_ran_is_renewed_or_given_up(
    bench: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workers.queue._STILL_FRESH", -1.0)
    await plan_marks(bench, "mine", "taken over", kind="outside")
    slow = Queue(bench, JOBS)
    claimed = await slow.claim()
    async with bench.db.transaction() as session:
        other = {"id": claimed[1].id, "owner": Queue(bench, JOBS).owner}
        taken = sa.text("update task set lease_owner = :owner where id = :id")
        await (await session.connection()).execute(taken, other)
    assert await slow._run(claimed, claim_more=False) == (1, [])
    assert await marks(bench) == [claimed[0].payload["name"]]

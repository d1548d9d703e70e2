"""A wake-up is a favour: without it work is late, never lost."""

import asyncio
import json
from typing import Any

from redis.asyncio import Redis

from core.storage.jobs import Job, Workbench
from core.storage.tasks import plan
from workers.bells import QUEUE
from workers.queue import Queue
from workers.sweep import show_life, sweep, sweep_from_web, worker_is_alive
from workers.wake import Wakening


async def test_a_wake_up_says_drain_and_nothing_else(redis: Redis) -> None:
    await Wakening(redis)()
    [name] = await redis.zrange(QUEUE, 0, -1)
    told = json.loads(await redis.get(b"arq:job:" + name))
    assert (told["f"], told["a"], told["k"]) == ("drain", [], {})


async def test_commits_that_come_together_ring_once_more_and_none_is_forgotten(redis: Redis) -> None:
    # The first rings at once; whoever comes while it rings is told of with one ring that begins after them
    wakening = Wakening(redis)
    await asyncio.gather(*(wakening() for _ in range(20)))
    assert await redis.zcard(QUEUE) in (1, 2)
    await wakening()
    assert await redis.zcard(QUEUE) in (2, 3)


async def test_without_redis_nobody_is_woken_and_nobody_is_troubled() -> None:
    await Wakening(Redis.from_url("redis://127.0.0.1:1", socket_connect_timeout=0.05))()


async def count(session: Any, bench: Workbench) -> None:
    """Does nothing."""


async def plan_one(bench: Workbench, key: str = "one") -> None:
    async with bench.db.transaction() as session:
        await plan(session, "count", key=key, run_at=bench.clock.now())


async def test_the_sweep_does_what_nobody_was_woken_for(bench: Workbench) -> None:
    await plan_one(bench)
    await sweep(bench, ())
    assert await Queue(bench, {"count": Job(count)}).drain() == 1


async def test_the_web_process_works_only_while_no_worker_is_seen(bench: Workbench) -> None:
    queue = Queue(bench, {"count": Job(count)})
    await plan_one(bench)
    await show_life(bench.db, queue.owner, "worker")
    assert await worker_is_alive(bench.db)
    assert await sweep_from_web(bench, queue, ()) == 0
    async with bench.db.transaction() as session:
        connection = await session.connection()
        await connection.exec_driver_sql("update worker_beat set seen_at = clock_timestamp() - interval '31 seconds'")
    assert await sweep_from_web(bench, queue, ()) == 1

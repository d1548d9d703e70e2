"""A worker's life: it shows that it is there, sweeps, and drains whenever it is rung."""

import asyncio
import contextlib
import logging
import signal
from typing import Any

from arq.connections import ArqRedis
from arq.worker import Worker, func
from redis.asyncio import Redis

from core.storage.jobs import Workbench
from core.storage.key_holders import TELL_EVERY, tell_keys
from workers.beats import BEATS
from workers.bells import QUEUE, deserialize, serialize
from workers.jobs import all_jobs
from workers.queue import OUTSIDE_AT_ONCE, Queue
from workers.sweep import BEAT_EVERY, SWEEP_EVERY, repeat, show_life, sweep

log = logging.getLogger("frontdoor.worker")

_REDIS_AWAY = 2.0
_GRACE = 25.0
_BATCHES_AT_ONCE = 10


async def run(bench: Workbench, redis: Redis) -> None:
    """Works until SIGTERM or SIGINT; the batch in hand is finished first. Ends with an error when one of its loops
    does: whoever started the process starts it again."""
    stopping, bells = asyncio.Event(), (asyncio.Event(), asyncio.Event())
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stopping.set)
    queue, outside = _lanes(bench)
    loops = [
        asyncio.create_task(
            repeat(lambda: show_life(bench.db, queue.owner, "worker"), BEAT_EVERY, stopping, "heartbeat")
        ),
        asyncio.create_task(repeat(lambda: tell_keys(bench.db, queue.owner, "worker"), TELL_EVERY, stopping, "keys")),
        asyncio.create_task(_work(bench, queue, bells[0], stopping)),
        asyncio.create_task(_work(bench, outside, bells[1], stopping)),
        asyncio.create_task(_listen(redis, bells, stopping)),
    ]
    told = asyncio.create_task(stopping.wait())
    log.info("worker ready", extra={"worker": str(queue.owner)})
    ended, _ = await asyncio.wait([told, *loops], return_when=asyncio.FIRST_COMPLETED)
    stopping.set()
    for bell in bells:
        bell.set()
    _, late = await asyncio.wait(loops, timeout=_GRACE)
    for loop in late:
        loop.cancel()
    if told not in ended:
        raise RuntimeError("a loop of the worker ended by itself")


def _lanes(bench: Workbench) -> tuple[Queue, Queue]:
    """Two queues: a provider that takes its time must not hold up what only the database is needed for. The second
    claims little at a time, so that what is urgent is soon taken up."""
    jobs = all_jobs()
    inside = {kind: job for kind, job in jobs.items() if not job.outside}
    outside = {kind: job for kind, job in jobs.items() if job.outside}
    return Queue(bench, inside), Queue(bench, outside, batch=2 * OUTSIDE_AT_ONCE)


async def _work(bench: Workbench, queue: Queue, bell: asyncio.Event, stopping: asyncio.Event) -> None:
    """Drains one lane: when it is rung, and every 30 seconds in any case."""
    while not stopping.is_set():
        bell.clear()
        try:
            await sweep(bench, BEATS)
            while not stopping.is_set() and await queue.drain(most_batches=_BATCHES_AT_ONCE):
                continue
        except Exception as error:  # noqa: BLE001 - PostgreSQL may be restarting; the loop must outlive it
            log.error("failed", extra={"loop": "work", "error": type(error).__name__})
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(bell.wait(), SWEEP_EVERY)


async def _listen(redis: Redis, bells: tuple[asyncio.Event, ...], stopping: asyncio.Event) -> None:
    """Listens for wake-ups through arq, whose job does nothing but ring. arq gives up when Redis goes away; we begin
    again until told to stop."""

    async def ring(_: dict[str, Any]) -> None:
        for bell in bells:
            bell.set()

    while not stopping.is_set():
        worker = _arq_worker(redis, ring)
        listening = asyncio.create_task(worker.async_run())
        told = asyncio.create_task(stopping.wait())
        await asyncio.wait([listening, told], return_when=asyncio.FIRST_COMPLETED)
        told.cancel()
        listening.cancel()
        # Collected, not awaited: arq passes on cancellations of its own, which must not end this loop.
        await asyncio.gather(listening, worker.close(), return_exceptions=True)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stopping.wait(), _REDIS_AWAY)


def _arq_worker(redis: Redis, drain: Any) -> Worker:
    pool = ArqRedis(
        connection_pool=redis.connection_pool,
        default_queue_name=QUEUE,
        job_serializer=serialize,
        job_deserializer=deserialize,
    )
    return Worker(
        functions=[func(drain, name="drain", keep_result=0, timeout=300, max_tries=1000)],
        redis_pool=pool,
        queue_name=QUEUE,
        handle_signals=False,
        poll_delay=0.05,
        max_jobs=50,
        queue_read_limit=5000,
        keep_result=0,
        max_tries=1000,
        log_results=False,
        job_serializer=serialize,
        job_deserializer=deserialize,
    )

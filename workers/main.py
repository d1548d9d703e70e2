"""A worker's life: it shows that it is there, sweeps, and drains whenever it is rung."""

import asyncio
import contextlib
import logging
import signal
from typing import Any

from arq.connections import ArqRedis
from arq.worker import Worker, func
from redis.asyncio import Redis
from redis.exceptions import RedisError

from core.storage.jobs import Workbench
from workers.beats import BEATS
from workers.bells import QUEUE, deserialize, serialize
from workers.drainer import Drainer
from workers.jobs import all_jobs
from workers.queue import Queue
from workers.sweep import BEAT_EVERY, SWEEP_EVERY, repeat, show_life, sweep

log = logging.getLogger("frontdoor.worker")

_REDIS_AWAY = 2.0
_GRACE = 25.0


async def run(bench: Workbench, redis: Redis) -> None:
    """Works until SIGTERM or SIGINT; the batch in hand is finished first."""
    stopping = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stopping.set)
    queue = Queue(bench, all_jobs())
    drainer = Drainer(queue)
    loops = [
        asyncio.create_task(_live(bench, queue, stopping)),
        asyncio.create_task(_sweep_and_drain(bench, queue, drainer, stopping)),
        asyncio.create_task(_listen(redis, drainer, stopping)),
    ]
    log.info("worker ready", extra={"worker": str(queue.owner)})
    await stopping.wait()
    _, late = await asyncio.wait(loops, timeout=_GRACE)
    for loop in late:
        loop.cancel()


async def _live(bench: Workbench, queue: Queue, stopping: asyncio.Event) -> None:
    await repeat(lambda: show_life(bench.db, queue.owner, "worker"), BEAT_EVERY, stopping, "heartbeat")


async def _sweep_and_drain(bench: Workbench, queue: Queue, drainer: Drainer, stopping: asyncio.Event) -> None:
    async def once() -> None:
        await sweep(bench, queue, BEATS)
        await drainer.ring()

    await repeat(once, SWEEP_EVERY, stopping, "sweep")


async def _listen(redis: Redis, drainer: Drainer, stopping: asyncio.Event) -> None:
    """Listens for wake-ups through arq. arq gives up when Redis goes away; we begin again until told to stop."""

    async def drain(_: dict[str, Any]) -> None:
        await drainer.ring()

    while not stopping.is_set():
        worker = _arq_worker(redis, drain)
        listening = asyncio.create_task(worker.async_run())
        told = asyncio.create_task(stopping.wait())
        await asyncio.wait([listening, told], return_when=asyncio.FIRST_COMPLETED)
        told.cancel()
        if not listening.done():
            listening.cancel()
        with contextlib.suppress(asyncio.CancelledError, RedisError, OSError, TimeoutError):
            await listening
        with contextlib.suppress(RedisError, OSError, TimeoutError):
            await worker.close()
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

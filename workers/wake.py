"""Tells a worker that there is something to do. Best effort: what is lost here the sweep finds.

arq stays behind this file and `main.py`, so that it can be changed for another waker."""

import asyncio
import logging

from arq import ArqRedis
from redis.asyncio import Redis
from redis.exceptions import RedisError

from core.storage.together import Together
from workers.bells import QUEUE, deserialize, serialize

log = logging.getLogger("frontdoor.wake")
_PATIENCE = 0.2


class Wakening:
    """Called after every commit that planned a task; never raises, never takes longer than 0.2 s at Redis. Commits that
    come while it rings are told of together, with the next ring."""

    def __init__(self, redis: Redis) -> None:
        self._arq = ArqRedis(
            connection_pool=redis.connection_pool,
            default_queue_name=QUEUE,
            job_serializer=serialize,
            job_deserializer=deserialize,
        )
        self._together: Together[None, None] = Together(self._ring)

    async def __call__(self) -> None:
        await self._together(None)

    async def _ring(self, commits: list[None]) -> list[None]:
        try:
            # No job id: with one, arq refuses a wake-up while another runs, and new work would wait.
            async with asyncio.timeout(_PATIENCE):
                await self._arq.enqueue_job("drain")
        except (RedisError, OSError, TimeoutError):
            log.warning("could not wake a worker; the sweep will find the work")
        return commits

"""One drain at a time: rings that come while one runs make it look once more, so that nothing is left lying."""

import asyncio

from workers.queue import Queue


class Drainer:
    """`ring` may be called as often as one likes, from many places at once."""

    def __init__(self, queue: Queue) -> None:
        self._queue = queue
        self._running = asyncio.Lock()
        self._rung = False

    async def ring(self) -> None:
        """Returns when everything that was due at the time of the ring has been looked at."""
        self._rung = True
        async with self._running:
            while self._rung:
                self._rung = False
                await self._queue.drain()

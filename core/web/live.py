"""Open pages hear that something changed, and read it again themselves: what is told is a topic, never a record.

Redis only carries the news. Whatever gets lost there (Redis away, a process that died between commit and news) a page
finds when it looks by itself. One connection a process listens for all its pages, while there are any.
"""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Iterable
from contextlib import suppress

from redis.asyncio import Redis
from redis.exceptions import RedisError

from core.domain.errors import Unavailable
from core.storage.together import Together

log = logging.getLogger("frontdoor.live")

STREAM = "text/event-stream"
_PREFIX = "live:"
_PATIENCE = 0.2
_READY_WITHIN = 1.0
_PULSE = 15.0
_PAUSE = 0.5
# A stream ends after so long and the browser opens another: whoever is no longer signed in hears nothing more.
_AT_MOST = 300.0
_MOST_STREAMS = 1000


class Herald:
    """Called after every commit that changed what pages show; never raises, never takes longer than 0.2 s at Redis.
    Topics of commits that come meanwhile are told together, each once."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._together: Together[Iterable[str], None] = Together(self._tell)

    async def __call__(self, topics: Iterable[str]) -> None:
        await self._together(topics)

    async def _tell(self, commits: list[Iterable[str]]) -> list[None]:
        try:
            async with asyncio.timeout(_PATIENCE):
                for topic in {topic for topics in commits for topic in topics}:
                    await self._redis.publish(_PREFIX + topic, "")
        except (RedisError, OSError, TimeoutError):
            log.warning("could not tell open pages; they look again by themselves")
        return [None] * len(commits)


class Listener:
    """One open page."""

    def __init__(self, topic: str) -> None:
        self.topic = topic
        self.changed = asyncio.Event()
        self.ended = False

    def end(self) -> None:
        """Nothing more will be heard here; the page is to ask anew."""
        self.ended = True
        self.changed.set()


class Live:
    """Passes on what heralds say, to every page of this process that listens; each stream ends after `at_most` s."""

    def __init__(self, redis: Redis, *, at_most: float = _AT_MOST) -> None:
        self._redis = redis
        self._at_most = at_most
        self._listeners: set[Listener] = set()
        self._ready = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def open(self, topic: str) -> Listener:
        """Whatever changes after this returns is heard. Unavailable when Redis does not answer, or too many listen."""
        if len(self._listeners) >= _MOST_STREAMS:
            raise Unavailable("too many listen")
        self._listeners.add(listener := Listener(topic))
        if self._task is None:
            self._ready.clear()
            self._task = asyncio.create_task(self._listen())
        try:
            async with asyncio.timeout(_READY_WITHIN):
                await self._ready.wait()
        except TimeoutError:
            self.close(listener)
        if listener.ended or listener not in self._listeners:
            raise Unavailable("nobody tells what changes")
        return listener

    def close(self, listener: Listener) -> None:
        """The page has gone."""
        self._listeners.discard(listener)

    async def stop(self) -> None:
        """Ends every stream."""
        if task := self._task:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def events(self, listener: Listener) -> AsyncIterator[str]:
        """Server-sent events of one page: at first that it listens, then that something changed, several changes in one
        when they come together. Ends when nothing more can be heard, and after a few minutes in any case."""
        ends = time.monotonic() + self._at_most
        try:
            yield "retry: 2000\nevent: listening\ndata:\n\n"
            while not listener.ended and (left := ends - time.monotonic()) > 0:
                with suppress(TimeoutError):
                    await asyncio.wait_for(listener.changed.wait(), min(left, _PULSE))
                if not listener.changed.is_set():
                    yield ": still here\n\n"
                    continue
                listener.changed.clear()
                if not listener.ended:
                    yield "event: changed\ndata:\n\n"
                    await asyncio.sleep(_PAUSE)
        finally:
            self.close(listener)

    async def _listen(self) -> None:
        """Until nobody listens, or Redis is lost: then every page asks anew, and reads what it may have missed."""
        pubsub = self._redis.pubsub()
        try:
            await pubsub.psubscribe(f"{_PREFIX}*")
            while self._listeners:
                message = await pubsub.get_message(timeout=_PULSE)
                if message is None:
                    await pubsub.ping()
                elif message["type"] == "psubscribe":
                    self._ready.set()
                elif message["type"] == "pmessage":
                    self._pass_on(message["channel"].decode().removeprefix(_PREFIX))
        except (RedisError, OSError):
            log.warning("lost the connection that tells what changes; pages look again by themselves")
        finally:
            for listener in list(self._listeners):
                listener.end()
                self.close(listener)
            # Whoever comes from now on begins a connection of their own; whoever waited for this one waits no longer.
            self._task = None
            self._ready.set()
            with suppress(RedisError, OSError):
                await pubsub.aclose()  # type: ignore[no-untyped-call]

    def _pass_on(self, topic: str) -> None:
        for listener in self._listeners:
            if listener.topic == topic:
                listener.changed.set()

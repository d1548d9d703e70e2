"""What benchmarks and faults of messages stand on: PostgreSQL, Redis, a stand-in for GOV.UK Notify in a process of its
own, and workers in processes that may be killed."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable, Coroutine, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID

import asyncpg
import httpx

from app.embedded import EmbeddedPostgres, EmbeddedRedis
from app.migrate import migrate
from app.wiring import make_redis
from core.domain.clock import Clock
from core.domain.ids import new_id
from core.domain.profile import load_profile
from core.storage.children import keys_of
from core.storage.columns import use_keys
from core.storage.jobs import Workbench
from core.storage.keys import new_keyring
from core.storage.session import Database, make_engine
from notifications.api import Channel, Recipient, send_message
from notifications.jobs import JOBS
from notifications.pace import Pace, Rate
from notifications.postroom import PostRoom
from notifications.providers.notify import Notify
from notifications.samples import names, sample_words
from tests.support.notify_stand_in import API_KEY, CALLBACK_TOKEN
from workers.queue import OUTSIDE_AT_ONCE, Queue

ROOT = Path(__file__).parent.parent
_PROFILE = load_profile(ROOT / "profiles" / "hertfordshire.toml")


@dataclass(frozen=True)
class Place:
    """Addresses of everything."""

    database: str
    redis: str
    notify: str

    async def ask(self, sql: str, *given: Any) -> list[Any]:
        connection = await asyncpg.connect(self.database.replace("+asyncpg", ""))
        try:
            return list(await connection.fetch(sql, *given))
        finally:
            await connection.close()

    def stand_in(self, path: str, told: dict[str, Any] | None = None) -> dict[str, Any]:
        """What the stand-in says: its log, and counts of what it refused and was asked."""
        reply = httpx.post(f"{self.notify}/{path}", json=told or {}, timeout=30, trust_env=False)
        said: dict[str, Any] = reply.json()
        return said


@contextmanager
def running_place(*, durable: bool = True) -> Iterator[Place]:
    """Fresh servers with fresh keys; everything is thrown away afterwards."""
    use_keys(new_keyring())
    with TemporaryDirectory(prefix="frontdoor-post-") as folder:
        postgres = EmbeddedPostgres(Path(folder), durable=durable)
        redis = EmbeddedRedis(Path(folder), durable=durable)
        stand_in = subprocess.Popen(
            [sys.executable, "-m", "tests.support.notify_stand_in"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            postgres.start()
            redis.start()
            asyncio.run(migrate(postgres.url))
            assert stand_in.stdout
            yield Place(postgres.url, redis.url, stand_in.stdout.readline().strip())
        finally:
            stand_in.kill()
            stand_in.wait()
            redis.stop()
            postgres.stop(immediate=True)


@dataclass
class Office:
    """A worker's bench on a place, with its queue."""

    place: Place
    clock: Clock
    a_minute: int = 0

    async def __aenter__(self) -> "Office":
        self.engine, self.redis = make_engine(self.place.database, 20), make_redis(self.place.redis)
        self.notify = Notify(API_KEY, self.place.notify, dict.fromkeys(Channel, "pass-through"))
        post = PostRoom(
            dict.fromkeys(Channel, self.notify),
            Pace(self.redis, Rate(self.a_minute)) if self.a_minute else None,
            {"notify": CALLBACK_TOKEN},
        )
        self.bench = Workbench(Database(self.engine), self.clock, _PROFILE, "https://example.org", post_room=post)
        self.queue = Queue(self.bench, JOBS, batch=2 * OUTSIDE_AT_ONCE)
        return self

    async def __aexit__(self, *_: object) -> None:
        self.notify.close()
        await self.redis.aclose()
        await self.engine.dispose()

    async def write(self, count: int, priority: int = 50) -> list[UUID]:
        """So many messages to invented people, each a cause of its own."""
        template, written = names()[0], list[UUID]()
        for _ in range(0, count, 500):
            async with self.bench.db.transaction() as session:
                for n in range(min(500, count - len(written))):
                    to = Recipient(Channel.EMAIL, f"parent.{n}@example.org")
                    given = {"template": template, "to": to, "purpose": "invented", "words": sample_words(template)}
                    told = {"subject_id": new_id(), "occasion": "1", "now": self.clock.now(), "priority": priority}
                    told["child"] = keys_of(named=b"%031d" % n)
                    written.append(await send_message(session, **given, **told))  # type: ignore[arg-type]
        return written


def in_child(work: Callable[[], Coroutine[Any, Any, None]]) -> int:
    """Forks and runs it there; the id of the process. Nobody's event loop or thread may be running here."""
    if pid := os.fork():
        return pid
    code = 1
    try:
        asyncio.run(work())
        code = 0
    except BaseException as error:  # noqa: BLE001 - told by the exit code
        print(f"child: {type(error).__name__}: {error}", file=sys.stderr)
    finally:
        os._exit(code)


def ended(pid: int) -> int:
    """Waits for a child: 0 when it ended well, -9 when it was killed."""
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


class Killing:
    """Kills this process at the n-th moment at which any coroutine is suspended or resumed."""

    def __init__(self, at: int) -> None:
        self.at, self.seen = at, 0

    def tick(self) -> None:
        self.seen += 1
        if self.seen == self.at:
            os.kill(os.getpid(), signal.SIGKILL)

    def begin(self) -> None:
        """Every task made from now on is counted."""

        def counted(loop: asyncio.AbstractEventLoop, coroutine: Any, **more: Any) -> "asyncio.Task[Any]":
            async def run() -> Any:
                return await _Counted(coroutine, self.tick)

            return asyncio.Task(run(), loop=loop, **more)

        asyncio.get_running_loop().set_task_factory(counted)


class _Counted(Awaitable[Any]):
    def __init__(self, coroutine: Any, tick: Callable[[], None]) -> None:
        self._coroutine, self._tick = coroutine, tick

    def __await__(self) -> Generator[Any, Any, Any]:
        inner = self._coroutine.__await__()
        step, given = inner.send, None
        while True:
            try:
                waits_for = step(given)
            except StopIteration as end:
                return end.value
            self._tick()
            try:
                step, given = inner.send, (yield waits_for)
            except BaseException as error:  # noqa: BLE001 - a cancellation is passed on
                step, given = inner.throw, error
            self._tick()

"""The whole service in the test's own event loop: a real server on a real port, its own database, a clock to move."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from uuid import UUID

import uvicorn
from redis.asyncio import Redis

from app.demo.staff import DEMO_SIGN_INS
from app.seed import seed_demo
from app.serve import BoundedHead
from app.wiring import bench_of, make_redis
from core.domain.clock import MovedClock
from core.storage.files_store import MemoryStore
from core.storage.jobs import Workbench
from core.storage.session import APP_ROLE, Database, make_engine
from core.web.house import House
from core.web.live import Herald
from tests.support.house import built, make_house
from tests.support.servers import Servers, address_of, copy_of, empty_redis, fresh_database
from workers.beats import BEATS
from workers.jobs import all_jobs
from workers.queue import Queue
from workers.sweep import show_life, sweep


@dataclass
class Service:
    """`address` is where a browser finds it; `staff` maps demo names to ids."""

    address: str
    house: House
    clock: MovedClock
    bench: Workbench
    staff: dict[str, UUID]
    redis: Redis

    async def worker_runs(self) -> int:
        """One sweep of a worker: beats that have come are planned, everything due is done."""
        queue = Queue(self.bench, all_jobs())
        await show_life(self.bench.db, queue.owner, "worker")
        await sweep(self.bench, BEATS)
        return await queue.drain()

    @staticmethod
    def sign_in(name: str) -> tuple[str, str]:
        """The e-mail and password of a demo colleague."""
        return next((s.email, s.password) for s in DEMO_SIGN_INS if s.email.startswith(name))


@dataclass(frozen=True)
class Seeded:
    """A database with the demo in it that nobody changes, and what goes with it."""

    database: str
    staff: dict[str, UUID]
    files: dict[str, bytes]

    def stored(self) -> MemoryStore:
        """The files once more, for one story."""
        store = MemoryStore()
        store.objects.update(self.files)
        return store


# Seeding takes some seconds, a copy a moment: once a process for each moment a story begins at.
_seeded: dict[datetime, Seeded] = {}


async def seeded(servers: Servers, clock: MovedClock) -> Seeded:
    """The demo as of the clock's time."""
    moment = clock.now()
    if moment not in _seeded:
        name, redis = await copy_of(servers), make_redis(servers.redis)
        engine = make_engine(address_of(servers, name), role=APP_ROLE)
        house = make_house(Database(engine), MovedClock(moment), redis, address=f"http://127.0.0.1:{_port()}")
        staff, files = await seed_demo(bench_of(house)), house.files
        assert isinstance(files, MemoryStore)
        await redis.aclose()
        await engine.dispose()
        _seeded[moment] = Seeded(name, staff, files.objects)
    return _seeded[moment]


@lru_cache(maxsize=1)
def _listening() -> socket.socket:
    """The one place where this process serves: links in the seeded messages lead there. Nobody gets it in between."""
    return socket.create_server(("127.0.0.1", 0))


def _port() -> int:
    port: int = _listening().getsockname()[1]
    return port


@asynccontextmanager
async def running_service(
    servers: Servers, clock: MovedClock, *, host: str = "127.0.0.1", second_factor_required: bool = False
) -> AsyncIterator[Service]:
    """Seeded with the demo as of the clock's time, and served until the block ends. `host` is the name it goes by:
    browsers make passkeys for "localhost" only."""
    address, demo = f"http://{host}:{_port()}", await seeded(servers, clock)
    async with fresh_database(servers, demo.database) as url:
        await empty_redis(servers.redis)
        engine, redis = make_engine(url, role=APP_ROLE), make_redis(servers.redis)
        house = make_house(Database(engine, tell=Herald(redis)), clock, redis, address=address)
        house = replace(house, second_factor_required=second_factor_required, files=demo.stored())
        try:
            async with serving(house, redis):
                yield Service(address, house, clock, bench_of(house), dict(demo.staff), redis)
        finally:
            await redis.aclose()
            await engine.dispose()


@asynccontextmanager
async def serving(house: House, redis: Redis) -> AsyncIterator[None]:
    """The house answers at its address, until the block ends."""
    app = built(house, redis)
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", http=BoundedHead))
    running = asyncio.create_task(server.serve(sockets=[_listening().dup()]))
    while not server.started:  # noqa: ASYNC110 - uvicorn offers nothing to wait for
        await asyncio.sleep(0.01)
    try:
        yield
    finally:
        server.should_exit = True
        await running
        await app.state.live.stop()

"""The whole service in the test's own event loop: a real server on a real port, its own database, a clock to move."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from uuid import UUID

import uvicorn
from redis.asyncio import Redis

from app.demo.staff import DEMO_SIGN_INS
from app.embedded import free_port
from app.factory import build
from app.seed import seed_demo
from app.serve import BoundedHead
from app.wiring import bench_of, make_redis
from core.domain.clock import MovedClock
from core.storage.jobs import Workbench
from core.storage.session import APP_ROLE, Database, make_engine
from core.web.house import House
from core.web.live import Herald
from tests.support.house import make_house
from tests.support.servers import Servers, empty_redis, fresh_database
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


@asynccontextmanager
async def running_service(
    servers: Servers, clock: MovedClock, *, host: str = "127.0.0.1", second_factor_required: bool = False
) -> AsyncIterator[Service]:
    """Seeded with the demo as of the clock's time, and served until the block ends. `host` is the name it goes by:
    browsers make passkeys for "localhost" only."""
    port = free_port()
    address = f"http://{host}:{port}"
    async with fresh_database(servers) as url:
        await empty_redis(servers.redis)
        engine, redis = make_engine(url, role=APP_ROLE), make_redis(servers.redis)
        house = make_house(Database(engine, tell=Herald(redis)), clock, redis, address=address)
        house = replace(house, second_factor_required=second_factor_required)
        bench = bench_of(house)
        staff = await seed_demo(bench)
        config = uvicorn.Config(
            build(house, redis=redis), host="127.0.0.1", port=port, log_level="warning", http=BoundedHead
        )
        server = uvicorn.Server(config)
        serving = asyncio.create_task(server.serve())
        while not server.started:  # noqa: ASYNC110 - uvicorn offers nothing to wait for
            await asyncio.sleep(0.01)
        try:
            yield Service(address, house, clock, bench, staff, redis)
        finally:
            server.should_exit = True
            await serving
            await redis.aclose()
            await engine.dispose()

"""Puts the web application together."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from litestar import Litestar
from litestar.config.allowed_hosts import AllowedHostsConfig
from litestar.di import Provide
from litestar.exceptions import HTTPException
from litestar.static_files import create_static_files_router

from accounts.api import Federation, cards_for
from app.assets import DIST
from app.check import refuse_unsafe
from app.logs import configure_logs
from app.migrate import head
from app.provider import make_federation
from app.routes import HANDLERS, MAY_READ_ABOUT, NEEDS_ME
from app.strangers import refuse_demo_accounts
from app.wiring import bench_of, make_engine_for, make_house, make_redis
from core.domain.errors import FrontDoorError
from core.domain.ids import new_id
from core.domain.settings import Settings
from core.storage.key_holders import TELL_EVERY, tell_keys
from core.web.csrf import check_form_token
from core.web.errors import error_page
from core.web.guards import routes_without_access
from core.web.house import House
from core.web.live import Live
from core.web.middleware import FrontDoor, KnowsWhoAsks
from workers.beats import BEATS
from workers.jobs import all_jobs
from workers.queue import Queue
from workers.sweep import SWEEP_EVERY, repeat, sweep_from_web

ONE_MEGABYTE = 1024 * 1024


def create_app() -> Litestar:
    """The application as the settings of the environment want it; what uvicorn is told to run."""
    settings = Settings()
    refuse_unsafe(settings)
    configure_logs(settings.log_level)
    engine, redis = make_engine_for(settings), make_redis(settings.redis_url or "")
    house = make_house(settings, engine, redis)

    @asynccontextmanager
    async def without_strangers(_: Litestar) -> AsyncIterator[None]:
        if not settings.demo:
            await refuse_demo_accounts(house.db)
        yield

    @asynccontextmanager
    async def closing(app: Litestar) -> AsyncIterator[None]:
        try:
            yield
        finally:
            await app.state.live.stop()
            await redis.aclose()
            await engine.dispose()

    lifespan = [closing, without_strangers, sweeping, telling_keys]
    return build(house, hosts=settings.hosts, lifespan=lifespan, redis=redis, federation=make_federation(settings))


def build(
    house: House,
    *,
    hosts: list[str] | None = None,
    lifespan: list[Any] | None = None,
    redis: Any = None,
    federation: Federation | None = None,
) -> FrontDoor:
    """The application around a house. RuntimeError when a route does not say who may open it."""
    app = FrontDoor(
        route_handlers=[*HANDLERS, _static("/static", DIST), _static("/assets", DIST / "nhsuk-assets")],
        dependencies={"house": Provide(lambda: app.state.house, sync_to_thread=False)},
        middleware=[KnowsWhoAsks],
        guards=[check_form_token],
        exception_handlers={
            HTTPException: error_page,
            FrontDoorError: error_page,
            500: error_page,
            Exception: error_page,
        },
        allowed_hosts=AllowedHostsConfig(allowed_hosts=hosts) if hosts else None,
        request_max_body_size=ONE_MEGABYTE,
        openapi_config=None,
        logging_config=None,
        lifespan=lifespan or [],
        debug=False,
    )
    move_in(app, house, redis=redis, federation=federation)
    if unguarded := routes_without_access(app):
        raise RuntimeError(f"routes that do not say who may open them: {unguarded}")
    return app


def move_in(app: Litestar, house: House, *, redis: Any = None, federation: Federation | None = None) -> None:
    """Gives the application its house, and what goes with it."""
    app.state.house = house
    app.state.redis = redis
    app.state.live = Live(redis)
    app.state.federation = federation
    app.state.needs_me = NEEDS_ME
    app.state.may_read_about = MAY_READ_ABOUT
    app.state.rooms_of = cards_for
    app.state.revision = head()


@asynccontextmanager
async def sweeping(app: Litestar) -> AsyncIterator[None]:
    """The web process's own sweep, so that a lost Redis or a dead worker cannot stop the service."""
    bench = bench_of(app.state.house)
    queue, stopping = Queue(bench, all_jobs()), asyncio.Event()

    async def once() -> None:
        await sweep_from_web(bench, queue, BEATS)

    loop = asyncio.create_task(repeat(once, SWEEP_EVERY, stopping, "web sweep"))
    try:
        yield
    finally:
        stopping.set()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(loop, 10)


@asynccontextmanager
async def telling_keys(app: Litestar) -> AsyncIterator[None]:
    """Says every few seconds which keys this process holds, so that it is known when a new one may be used."""
    process, stopping, db = new_id(), asyncio.Event(), app.state.house.db
    loop = asyncio.create_task(repeat(lambda: tell_keys(db, process, "web"), TELL_EVERY, stopping, "keys"))
    try:
        yield
    finally:
        stopping.set()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(loop, 10)


def _static(path: str, folder: Any) -> Any:
    return create_static_files_router(path=path, directories=[folder], include_in_schema=False)

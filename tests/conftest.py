"""What every test may ask for. Servers are real and started once; each test gets a database that forgets."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any

import httpx
import pytest
from argon2 import PasswordHasher
from hypothesis import settings
from litestar import Litestar
from redis.asyncio import Redis
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from accounts import service
from app.wiring import bench_of, make_redis
from core.domain.clock import MovedClock, london
from core.domain.identity import Discipline, Role
from core.storage.jobs import Workbench
from core.storage.session import APP_ROLE, Database, make_engine
from core.web.house import House
from core.web.live import Live
from tests.support.house import ADDRESS, built, make_house
from tests.support.order import long_first
from tests.support.servers import Servers, empty_redis, fresh_database, make_template, running_servers
from tests.support.visit import Visit
from workers.jobs import all_jobs
from workers.queue import Queue

# Two busy cores: what is slow once is not wrong.
settings.register_profile("house", deadline=None)
settings.load_profile("house")

# Hashing a password as the service does takes 50 ms and 46 MiB, and most tests with staff hash one.
HASHER = service._HASHER
service._HASHER = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)

MONDAY = london(2026, 11, 23, 10)

StaffVisit = Callable[..., Awaitable[Visit]]
Drain = Callable[[], Awaitable[int]]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Where several processes share the tests, long ones begin first."""
    if told := getattr(config, "workerinput", None):
        items[:] = long_first(items, int(told["workercount"]))


@pytest.fixture(scope="session")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    """PostgreSQL and Redis for this run."""
    with running_servers(tmp_path_factory.mktemp("servers")) as running:
        yield running


@pytest.fixture(scope="session")
async def template(servers: Servers) -> Servers:
    """The servers, with a migrated database to copy."""
    await make_template(servers)
    return servers


@pytest.fixture(scope="session")
async def shared_engine(template: Servers) -> AsyncIterator[AsyncEngine]:
    """One database for every test that rolls back."""
    async with fresh_database(template) as url:
        engine = create_async_engine(url, hide_parameters=True)
        yield engine
        await engine.dispose()


@pytest.fixture
def real_hashes(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Passwords are hashed with as much work as the service does, for tests of just that."""
    monkeypatch.setattr(service, "_HASHER", HASHER)
    service._nobodys_hash.cache_clear()
    yield
    service._nobodys_hash.cache_clear()


@pytest.fixture
def clock() -> MovedClock:
    """Monday 23 November 2026, 10:00 in London, until it is moved."""
    return MovedClock(MONDAY)


@pytest.fixture
async def redis(servers: Servers) -> AsyncIterator[Redis]:
    """An empty Redis."""
    await empty_redis(servers.redis)
    client = make_redis(servers.redis)
    yield client
    await client.aclose()


@pytest.fixture
async def db(shared_engine: AsyncEngine) -> AsyncIterator[Database]:
    """A database in which all the test does is undone at its end; one connection, so nothing runs in parallel."""
    async with shared_engine.connect() as connection:
        everything = await connection.begin()
        yield Database(connection)
        await everything.rollback()


@pytest.fixture
async def real_db(template: Servers) -> AsyncIterator[Database]:
    """A database of the test's own with real commits on parallel connections, for races."""
    async with fresh_database(template) as url:
        engine = make_engine(url, pool_size=20, role=APP_ROLE)
        yield Database(engine)
        await engine.dispose()


@pytest.fixture
def house(db: Database, clock: MovedClock, redis: Redis) -> House:
    return make_house(db, clock, redis)


@pytest.fixture
async def app(house: House, redis: Redis) -> AsyncIterator[Litestar]:
    """Streams end as soon as they have begun, because `client` waits for the end of every reply."""
    moved_into = built(house, redis)
    moved_into.state.live = live = Live(redis, at_most=0)
    yield moved_into
    await live.stop()


@pytest.fixture
async def client(app: Litestar) -> AsyncIterator[httpx.AsyncClient]:
    """Talks to the app in the test's own event loop, over https so that cookies are kept."""
    async with new_client(app) as one:
        yield one


def new_client(app: Litestar) -> httpx.AsyncClient:
    transport: Any = httpx.ASGITransport(app=app, raise_app_exceptions=False)  # type: ignore[arg-type]
    return httpx.AsyncClient(transport=transport, base_url=ADDRESS)


@pytest.fixture
def visit(client: httpx.AsyncClient) -> Visit:
    """Somebody from the public."""
    return Visit(client)


@pytest.fixture
async def staff_visit(app: Litestar, house: House, client: httpx.AsyncClient) -> AsyncIterator[StaffVisit]:
    """`await staff_visit(Role.TRIAGE)`: a signed-in colleague with these roles, in a browser of their own."""
    opened: list[httpx.AsyncClient] = []

    async def sign_in(*roles: Role, disciplines: tuple[Discipline, ...] = (), name: str = "Sam Invented") -> Visit:
        from accounts.api import add_staff, start_session

        async with house.db.transaction() as session:
            staff_id = await add_staff(
                session,
                name=name,
                email=f"{name.split(maxsplit=1)[0].lower()}.{len(opened)}@example.org",
                password="correct horse battery staple",
                roles=set(roles),
                disciplines=set(disciplines),
                now=house.clock.now(),
            )
            token = await start_session(session, staff_id, house.clock.now())
        opened.append(browser := new_client(app))
        browser.cookies.set("__Host-staff", token)
        colleague = Visit(browser)
        await colleague.get("/staff/sign-out")
        return colleague

    yield sign_in
    for browser in opened:
        await browser.aclose()


@pytest.fixture
def bench(house: House) -> Workbench:
    return bench_of(house)


@pytest.fixture
def drain(bench: Workbench) -> Drain:
    """Runs every task that is due until none is left, and says how many there were."""
    return Queue(bench, all_jobs()).drain

"""Where a rush happens: sittings of one public offer, the service that serves them, and what was counted afterwards."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import sqlalchemy as sa

from app.factory import build
from app.stack import Stack
from app.wiring import make_engine_for, make_house, make_redis
from benchmarks.replay import Recording, recording
from benchmarks.robot import Robot
from benchmarks.rush_family import LIST, PREFERS, Answers, learn_answers
from booking import forms, queries, timetable
from booking.api import audit_checks
from booking.models import Offer
from booking.words import OfferKind
from core.domain.ids import new_id
from core.domain.settings import Settings
from core.storage.session import Database, make_engine
from core.web.house import House

# Of both processes together, as they are started here; the ceiling gets as many.
CONNECTIONS = 40
SERVE = ("--workers", "2", "--trust-proxy", "127.0.0.1")


@dataclass(frozen=True)
class Scene:
    """One offer; `sittings` are (id, start, address of the list page that shows it)."""

    offer_id: UUID
    sittings: list[tuple[UUID, datetime, str]]
    places: int


@dataclass(frozen=True)
class Walk:
    """One family's way, recorded: what it said to the database, and which values in there were its own."""

    recorded: Recording
    answers: Answers
    scene: Scene
    visitor: bytes
    hold_id: UUID
    draft_id: UUID


async def quiet(stack: Stack) -> None:
    """No worker, and none missed: what is measured is the web and its database, not what follows later."""
    await asyncio.to_thread(stack.stop_worker)
    async with connected(stack) as connection:
        await connection.execute(
            "insert into worker_beat (worker_id, role, seen_at) values ($1, 'worker', now() + interval '1 day')",
            new_id(),
        )


async def make_scene(stack: Stack, sittings: int, places: int) -> Scene:
    """The only public offer there is, with so many places at each of its sittings."""
    engine = make_engine(stack.database_url)
    offer = Offer(
        kind=OfferKind.INFORMATION, title="Invented session", about="Invented.", audience="parents and carers",
        minutes=60, capacity=places, link_pattern="https://video.example.org/{code}",
    )  # fmt: skip
    begins = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) + timedelta(days=1)
    starts = [begins + timedelta(hours=n) for n in range(sittings)]
    async with Database(engine).transaction() as session:
        await (await session.connection()).execute(sa.text("update offer set is_public = false"))
        session.add(offer)
        await session.flush()
        made = [(await timetable.add_sitting(session, offer, at), at) for at in starts]
    async with engine.connect() as connection:
        for table in ("place", "sitting", "booking", "place_hold", "draft", "task", "offer"):
            await connection.execute(sa.text(f"analyze {table}"))
    await engine.dispose()
    shown = [(id_, at, _page_of(n, made)) for n, (id_, at) in enumerate(made) if id_]
    return Scene(offer.id, shown, sittings * places)


def _page_of(n: int, made: list[tuple[UUID | None, datetime]]) -> str:
    before = n // queries.PAGE * queries.PAGE
    last = made[before - 1][0] if before else None
    return f"{LIST}?after={forms.mark(made[before - 1][1], last)}" if last else LIST


async def walk(stack: Stack, house: House, app: Any) -> Walk:
    """Sends one family through the same application in this process, and writes down what it says to the database."""
    scene = await make_scene(stack, 2, 5)
    told: list[str] = []
    async with _inside(app) as client:
        answers = await learn_answers(client)
    async with _inside(app) as client:
        with recording(_engine_of(house)) as recorded:

            async def note(request: httpx.Request) -> None:
                recorded.serving = f"{request.method} {request.url.path}"
                told.append(request.url.path)

            client.event_hooks["request"].append(note)
            robot = Robot(client, PREFERS | {"sitting": str(scene.sittings[0][0])})
            await robot.opens(LIST)
            await robot.sends("hold")
            await robot.goes_on()
        visitor = house.keys.fingerprint("visitor", client.cookies["visitor"])
    async with connected(stack) as connection:
        draft = await connection.fetchrow("select id, about from draft where owner = $1", visitor)
    return Walk(recorded, answers, scene, visitor, draft["about"], draft["id"])


@asynccontextmanager
async def house_of(stack: Stack) -> AsyncIterator[tuple[House, Any]]:
    """The application in this process, on the stack's servers and keys."""
    settings = Settings(database_url=stack.database_url, redis_url=stack.redis_url, data_dir=stack.data_dir, demo=True)
    engine, redis = make_engine_for(settings), make_redis(stack.redis_url)
    house = make_house(settings, engine, redis)
    try:
        yield house, build(house, redis=redis)
    finally:
        await redis.aclose()
        await engine.dispose()


def _inside(app: Any) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://localhost")


def _engine_of(house: House) -> Any:
    return house.db.engine


@asynccontextmanager
async def connected(stack: Stack) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(bare_url(stack))
    try:
        yield connection
    finally:
        await connection.close()


def bare_url(stack: Stack) -> str:
    return stack.database_url.replace("+asyncpg", "")


_COUNTS = """
    select
      (select count(*) from place p where p.offer_id = $1 and p.state = 'booked') as booked,
      (select count(*) from booking b join sitting s on s.id = b.sitting_id
        where s.offer_id = $1 and b.state = 'booked') as bookings,
      (select count(*) from place p where p.offer_id = $1 and p.state in ('held', 'offered')) as held,
      (select count(*) - count(distinct draft_id) from booking) as twice_sent,
      (select coalesce(sum(n - 1), 0) from (select count(*) as n from place where booking_id is not null
        group by booking_id) as owned where n > 1) as twice_placed,
      (select count(*) from booking where reference = any($2)) as found
"""


async def count(stack: Stack, scene: Scene, references: list[str], unfinished: int) -> dict[str, int]:
    """What the database says after everybody has left. `oversold`: bookings beyond the places, or without one of their
    own. `stuck`: places nobody finished with, and families who were not told. `doubled`: anything there twice, or a
    reference that was shown and is not there."""
    async with connected(stack) as connection:
        row = await connection.fetchrow(_COUNTS, scene.offer_id, references)
    engine = make_engine(stack.database_url)
    async with Database(engine).transaction() as session:
        broken = sum(n for _, n in await audit_checks(session, datetime.now(UTC)))
    await engine.dispose()
    lost = len(references) - row["found"]
    return {
        "oversold": max(row["bookings"] - scene.places, 0) + abs(row["bookings"] - row["booked"]) + broken,
        "stuck": row["held"] + unfinished,
        "doubled": int(row["twice_sent"] + row["twice_placed"]) + lost + len(references) - len(set(references)),
        "booked": row["bookings"],
        "places": scene.places,
    }

"""The web process is killed at every await from the press that holds a time to the one that books it. Each time there
is no booking or exactly one, and the family's pages say which, and lead on."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import pytest
from litestar import Litestar
from redis.asyncio import Redis
from sqlmodel import select

from app.factory import build
from benchmarks.robot import REFERENCE
from booking.api import audit_checks
from booking.models import Booking, PlaceHold
from core.domain.clock import MovedClock
from core.domain.ids import new_id, new_token
from core.storage.drafts import Draft
from core.storage.session import Database, make_engine
from tests.booking.race_scene import EARLY, browser, form_token
from tests.booking.support import TUESDAY_9AM, information, planned
from tests.booking.test_races_over_http import _filled_in as filled_in
from tests.support.dying import dies, everything_else_ended
from tests.support.house import make_house
from tests.support.servers import Servers, fresh_database

_MOST_AWAITS = 400


@dataclass(frozen=True)
class Family:
    """One that is before its list of times, with a sitting of one place; the draft is written as soon as it holds."""

    visitor: str
    sitting: UUID
    draft_id: UUID


@pytest.fixture
async def apps(template: Servers) -> AsyncIterator[tuple[Litestar, Litestar]]:
    """Two over one database. The second has opened nothing: a process that begins with it opens its own connections."""
    async with fresh_database(template) as url, application(url, template) as one, application(url, template) as two:
        yield one, two


@asynccontextmanager
async def application(url: str, servers: Servers) -> AsyncIterator[Litestar]:
    async with Redis.from_url(servers.redis) as redis:
        engine = make_engine(url)
        yield build(make_house(Database(engine), MovedClock(EARLY), redis), redis=redis)
        await engine.dispose()


async def holds_and_books(app: Litestar, family: Family, filled: Draft) -> None:
    """Two presses, and between them the answers. What is awaited here dies with the process."""
    house = app.state.house
    async with browser(app) as client:
        client.cookies.set("__Host-visitor", family.visitor)
        sent = {"form_token": form_token(house, family.visitor)}
        held = await client.post("/sessions/hold", data=sent | {"sitting": str(family.sitting)})
        base = held.headers["location"]
        await write_answers(house.db, house.keys.fingerprint("visitor", family.visitor), base, family, filled)
        await client.post(
            f"{base}/check", data=sent | {"draft": str(family.draft_id), "stands_for": str(family.sitting)}
        )


async def write_answers(db: Database, owner: bytes, base: str, family: Family, filled: Draft) -> None:
    async with db.transaction() as session:
        session.add(
            Draft(
                id=family.draft_id, owner=owner, journey=filled.journey, version=filled.version,
                about=UUID(base.rsplit("/", 1)[-1]), answers=dict(filled.answers), started_at=EARLY, saved_at=EARLY,
            )
        )  # fmt: skip


async def test_killed_at_any_await_there_is_no_booking_or_one_and_the_page_says_so(
    apps: tuple[Litestar, Litestar],
) -> None:
    app, unused = apps
    db: Database = app.state.house.db
    filled = await filled_in(app)
    died = 0
    for n in range(1, _MOST_AWAITS):
        [sitting] = await planned(db, information(capacity=1), TUESDAY_9AM + timedelta(minutes=n))
        family = Family(new_token(), sitting, new_id())
        if not dies(lambda one=family: holds_and_books(unused, one, filled), at=n):  # type: ignore[misc]
            break
        died += 1
        await everything_else_ended(db)
        assert await bookings(db, sitting) <= 1
        await the_page_tells_the_truth(app, family, filled)
        assert await bookings(db, sitting) == 1
    async with db.transaction() as session:
        assert {name: count for name, count in await audit_checks(session, EARLY) if count} == {}
    assert died > 20


async def bookings(db: Database, sitting: UUID) -> int:
    async with db.transaction() as session:
        return len((await session.exec(select(Booking).where(Booking.sitting_id == sitting))).all())


async def the_page_tells_the_truth(app: Litestar, family: Family, filled: Draft) -> None:
    """The family opens its page again: either it sees its reference, or it can still book and then sees it."""
    house = app.state.house
    owner = house.keys.fingerprint("visitor", family.visitor)
    async with browser(app) as client:
        client.cookies.set("__Host-visitor", family.visitor)
        sent = {"form_token": form_token(house, family.visitor)}
        async with house.db.transaction() as session:
            hold = (await session.exec(select(PlaceHold).where(PlaceHold.visitor == owner))).one_or_none()
        was_booked = await bookings(house.db, family.sitting)
        if hold is None:
            held = await client.post("/sessions/hold", data=sent | {"sitting": str(family.sitting)})
            base = held.headers["location"]
        else:
            base = f"/sessions/hold/{hold.id}"
        start = await client.get(base)
        assert start.headers["location"].endswith("/sent") == bool(was_booked)
        if not was_booked:
            await _books_now(client, house.db, owner, base, family, filled, sent)
        page = await client.get(f"{base}/sent")
        await _shows_its_reference(house.db, family.sitting, page.text)


async def _books_now(
    client: object, db: Database, owner: bytes, base: str, family: Family, filled: Draft, sent: dict[str, str]
) -> None:
    async with db.transaction() as session:
        kept = await session.get(Draft, family.draft_id)
    if kept is None:
        await write_answers(db, owner, base, family, filled)
    last = sent | {"draft": str(family.draft_id), "stands_for": str(family.sitting)}
    reply = await client.post(f"{base}/check", data=last)  # type: ignore[attr-defined]
    assert reply.headers["location"].endswith("/sent")


async def _shows_its_reference(db: Database, sitting: UUID, page: str) -> None:
    async with db.transaction() as session:
        booking = (await session.exec(select(Booking).where(Booking.sitting_id == sitting))).one()
    assert re.findall(REFERENCE, page)[:1] == [booking.reference]

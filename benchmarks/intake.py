"""What families send through a journey, against the same rows written with nothing but asyncpg.

What is timed is the request that sends: visitor, form token, rules, sealing, rows, audit, facts, the receipt, the
commit, with two web processes and the load on the same machine. The ceiling writes the very rows that request wrote
from two processes, in one transaction each, sealing the same texts, and asks and checks nothing.
"""

import asyncio
import itertools
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import httpx

from app.stack import Stack
from benchmarks import bare_rows
from benchmarks.lean import Browser, Stopwatch
from benchmarks.replay import Recording, Renewed, Statement, recording, replay
from benchmarks.robot import Robot
from benchmarks.rows import Row, against_ceiling
from benchmarks.rush_scene import CONNECTIONS, SERVE, bare_url, connected, house_of, quiet
from benchmarks.stack import running_stack
from core.storage.columns import keys
from core.web.house import House

AT_ONCE = 32
_ADDRESSES = itertools.count()


@dataclass(frozen=True)
class Intake:
    """A journey that is sent: its first page and its check, what the robot prefers to answer, how many a table holds of
    some drafts (`$1`), and how many drafts were sent and are not there."""

    name: str
    unit: str
    goal: float
    first: str
    prefers: Mapping[str, Any]
    stored: str
    lost: str

    @property
    def check(self) -> str:
        return self.first.rsplit("/", 1)[0] + "/check"

    @property
    def sent(self) -> str:
        return self.first.rsplit("/", 1)[0] + "/sent"


@dataclass(frozen=True)
class Way:
    """One family's way, recorded, and which values in there were its own."""

    intake: Intake
    recorded: Recording
    visitor: bytes
    draft_id: UUID


@dataclass
class Family:
    """Somebody with everything answered, in front of the button."""

    browser: Browser
    form: dict[str, str]
    draft_id: UUID


async def measured(intake: Intake, families: int, rounds: int) -> Row:
    """So many sent a second, in turn with their ceiling. It fails when one is lost."""
    with running_stack(serve=SERVE) as stack:
        await quiet(stack)
        async with house_of(stack) as (house, app):
            way = await _walk(stack, house, app, intake)
            await _accepted(stack, house, way, min(families, 64), Stopwatch())
            rates, ceilings, watch = [], [], Stopwatch()
            for _ in range(rounds):
                rates.append(await _accepted(stack, house, way, families, watch))
                ceilings.append(await _bare(stack, way, families))
            async with connected(stack) as connection:
                lost = int(await connection.fetchval(intake.lost))
    p99 = round(watch.percentile(0.99, f"POST {intake.check}"), 3)
    row = against_ceiling(intake.name, rates, ceilings, intake.unit, intake.goal, p99_s=p99, lost=lost)
    return row if lost == 0 else replace(row, holds=False)


async def _walk(stack: Stack, house: House, app: Any, intake: Intake) -> Way:
    """Sends one through the same application in this process, and writes down what it says to the database."""
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        with recording(house.db.engine) as recorded:

            async def note(request: httpx.Request) -> None:
                recorded.serving = f"{request.method} {request.url.path}"

            client.event_hooks["request"].append(note)
            await Robot(client, intake.prefers).walks(intake.first, most_pages=90)
        visitor = house.keys.fingerprint("visitor", client.cookies["visitor"])
    async with connected(stack) as connection:
        draft_id = await connection.fetchval("select id from draft where owner = $1", visitor)
    return Way(intake, recorded, visitor, draft_id)


async def _accepted(stack: Stack, house: House, way: Way, families: int, watch: Stopwatch) -> float:
    """Sent a second, from the first press to the last confirmation."""
    waiting = await _before_the_button(stack, house, way, families, watch)
    left = iter(waiting)

    async def door() -> None:
        for one in left:
            reply = await one.browser.post(way.intake.check, one.form)
            assert (reply.status, reply.location) == (303, way.intake.sent), reply
            one.browser.close()

    began = time.perf_counter()
    await asyncio.gather(*(door() for _ in range(AT_ONCE)))
    seconds = time.perf_counter() - began
    async with connected(stack) as connection:
        drafts = [one.draft_id for one in waiting]
        stored = await connection.fetchval(way.intake.stored, drafts)
    assert stored == families, f"{stored} of {families}"
    return families / seconds


async def _before_the_button(stack: Stack, house: House, way: Way, families: int, watch: Stopwatch) -> list[Family]:
    """Families whose answers are kept already: each asked for a page of its own, so it has its cookie and token."""
    browsers = [Browser(stack.web_url, _address(), watch) for _ in range(families)]
    tokens = [(await browser.get(way.intake.first)).hidden["form_token"] for browser in browsers]
    answered = way.recorded.only(lambda name: name.startswith("POST") and not name.endswith("/check"))
    found, scripts = [], []
    for browser, token in zip(browsers, tokens, strict=True):
        own = Renewed({way.visitor: house.keys.fingerprint("visitor", browser.cookie("visitor"))})
        scripts.append(own.transactions(answered))
        draft_id = own.value(way.draft_id)
        found.append(Family(browser, {"form_token": token, "draft": str(draft_id), "stands_for": ""}, draft_id))
    await replay(bare_url(stack), scripts, 32, CONNECTIONS)
    return found


def _address() -> str:
    n = next(_ADDRESSES)
    return f"10.{n >> 16 & 255}.{n >> 8 & 255}.{n & 255}"


async def _bare(stack: Stack, way: Way, families: int) -> float:
    """The rows of so many a second."""
    sends = way.recorded.only(lambda name: name == f"POST {way.intake.check}")
    answered = way.recorded.only(lambda name: name.startswith("POST") and not name.endswith("/check"))
    drafts, scripts = [], []
    for _ in range(families):
        own = Renewed({})
        drafts.append(own.transactions(answered))
        scripts.append([one for transaction in own.transactions(sends) for one in transaction if _writes(one)])
    await replay(bare_url(stack), drafts, 32, CONNECTIONS)
    seconds = await asyncio.to_thread(bare_rows.write, bare_url(stack), scripts, keys(), AT_ONCE)
    return families / seconds


def _writes(statement: Statement) -> bool:
    return statement[0].lstrip().lower().startswith(("insert", "update"))

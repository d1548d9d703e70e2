"""Families in a rush for places, against the same SQL with nothing but asyncpg.

`booking_rush_*`: whole journeys, list → hold → details → check → confirm → reference. `place_claim_*`: the two requests
that write a place, hold and confirm, with the details filled in beforehand. Two web processes, PostgreSQL with fsync,
and the load on the same machine. On whole journeys a quarter more families come than there are places, so somebody is
always told that it has gone.
"""

import asyncio
import itertools
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from app.stack import Stack
from benchmarks.lean import Browser, Stopwatch
from benchmarks.replay import Renewed, Statement, replay
from benchmarks.rows import Row
from benchmarks.rush_family import HOLD, Family, Unclear
from benchmarks.rush_scene import (
    CONNECTIONS,
    SERVE,
    Scene,
    Walk,
    bare_url,
    connected,
    count,
    house_of,
    make_scene,
    quiet,
    walk,
)
from benchmarks.stack import running_stack
from core.web.house import House

_JOURNEY_GOAL, _CLAIM_GOAL, _P99 = 0.15, 0.30, 1.5
_ADDRESSES = itertools.count()


@dataclass(frozen=True)
class Variant:
    """`families` come, `at_once` of them together; there are four places for every five families."""

    name: str
    at_once: int
    sittings: int
    families: int

    @property
    def places(self) -> int:
        return self.families * 4 // 5 // self.sittings


VARIANTS = (
    Variant("32_hot", 32, 1, 250),
    Variant("200_hot", 200, 1, 500),
    Variant("32_200sittings", 32, 200, 250),
    Variant("200_200sittings", 200, 200, 500),
)


@dataclass
class Rush:
    """What one rush came to. `share` is how much of the machine's time the load itself took."""

    booked: int
    seconds: float
    counts: dict[str, int]
    watch: Stopwatch
    share: float

    @property
    def rate(self) -> float:
        return self.booked / self.seconds


async def run() -> AsyncIterator[Row]:
    """Two rows a variant, each as it comes."""
    with running_stack(serve=SERVE) as stack:
        await quiet(stack)
        async with house_of(stack) as (house, app):
            way = await walk(stack, house, app)
            await _warm(stack, way)
            for variant in VARIANTS:
                yield await _journeys(stack, way, variant)
                yield await _claims(stack, house, way, variant)


async def _warm(stack: Stack, way: Walk) -> None:
    """Templates compiled, connections open, in both processes."""
    scene = await make_scene(stack, 1, 60)
    await rush(stack, scene, way, 60, 32, Family.books)


async def rush(
    stack: Stack, scene: Scene, way: Walk, families: int, at_once: int, does: Callable[..., Awaitable[None]]
) -> Rush:
    """So many families, each at a sitting of their own choice, one after the other at so many doors."""
    watch, done = Stopwatch(), []
    waiting = iter(gather_families(stack, scene, way, families, watch))

    async def door() -> None:
        for family, page in waiting:
            try:
                await does(family, page)
            except (Unclear, OSError, TimeoutError, asyncio.IncompleteReadError) as error:
                family.told = f"unclear: {error!r}"
            finally:
                family.browser.close()
            done.append(family)

    before, began = time.process_time(), time.perf_counter()
    await asyncio.gather(*(door() for _ in range(at_once)))
    seconds = time.perf_counter() - began
    share = (time.process_time() - before) / seconds / 2
    return Rush(
        booked=sum(one.told == "booked" for one in done),
        seconds=seconds,
        counts=await tally(stack, scene, done),
        watch=watch,
        share=share,
    )


def gather_families(
    stack: Stack, scene: Scene, way: Walk, families: int, watch: Stopwatch
) -> Iterator[tuple[Family, str]]:
    for n in range(families):
        sitting, _, page = scene.sittings[n % len(scene.sittings)]
        # From everywhere: a rush is many homes, and limits that hold one address back are tested elsewhere.
        number = next(_ADDRESSES)
        browser = Browser(stack.web_url, f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}", watch)
        yield Family(browser, way.answers, str(sitting)), page


async def tally(stack: Stack, scene: Scene, done: list[Family]) -> dict[str, int]:
    references = [one.reference for one in done if one.reference]
    unfinished = sum(one.told not in ("booked", "gone") for one in done)
    told = await count(stack, scene, references, unfinished)
    return told | {"told_booked": len(references), "told_gone": sum(one.told == "gone" for one in done)}


async def _journeys(stack: Stack, way: Walk, variant: Variant) -> Row:
    scene = await make_scene(stack, variant.sittings, variant.places)
    ours = await rush(stack, scene, way, variant.families, variant.at_once, Family.books)
    bare = await _bare(stack, way, variant, lambda _: True)
    p99 = ours.watch.percentile(0.99)
    more: dict[str, Any] = {"p99_s": round(p99, 3), "p50_s": round(ours.watch.percentile(0.5), 3)}
    return _row(f"booking_rush_{variant.name}", "journeys/s", ours, bare, _JOURNEY_GOAL, p99 <= _P99, more)


async def _claims(stack: Stack, house: House, way: Walk, variant: Variant) -> Row:
    """Hold, then confirm, a place for everyone; what lies between is put in by the recorded statements."""
    scene = await make_scene(stack, variant.sittings, variant.places)
    watch = Stopwatch()
    families = [one for one, _ in gather_families(stack, scene, way, scene.places, watch)]
    await _at_once(families, 32, Family.looks)
    tokens = [one.check.hidden if one.check else {} for one in families]
    began, used = time.perf_counter(), time.process_time()
    await _at_once(families, variant.at_once, Family.holds)
    seconds, used = time.perf_counter() - began, time.process_time() - used
    held = [one for one in families if not one.told]
    await _fill_in(stack, house, way, held, dict(zip(map(id, families), tokens, strict=True)))
    began, used_before = time.perf_counter(), time.process_time()
    await _at_once(held, variant.at_once, Family.confirms)
    seconds += time.perf_counter() - began
    used += time.process_time() - used_before
    await _at_once([one for one in held if one.told == "booked"], 32, Family.reads_reference)
    for one in families:
        one.browser.close()
    booked = sum(one.told == "booked" for one in families)
    ours = Rush(booked, seconds, await tally(stack, scene, families), watch, used / seconds / 2)
    bare = await _bare(stack, way, variant, is_claim)
    return _row(f"place_claim_{variant.name}", "claims/s", ours, bare, _CLAIM_GOAL, True, {})


def is_claim(request: str) -> bool:
    return request == f"POST {HOLD}" or (request.startswith("POST") and request.endswith("/check"))


async def _at_once(families: list[Family], doors: int, does: Callable[[Family], Awaitable[Any]]) -> None:
    waiting = iter(families)

    async def door() -> None:
        for one in waiting:
            await does(one)

    await asyncio.gather(*(door() for _ in range(doors)))


async def _fill_in(
    stack: Stack, house: House, way: Walk, held: list[Family], tokens: dict[int, dict[str, str]]
) -> None:
    details = way.recorded.only(lambda name: name.startswith("POST") and not is_claim(name))
    families: list[list[list[Statement]]] = []
    for one in held:
        own = Renewed(_of_them(house, way, one))
        families.append(own.transactions(details))
        hidden = {"draft": str(own.value(way.draft_id)), "stands_for": one.sitting}
        one.check = one.check and type(one.check)(200, "", _as_page(tokens[id(one)] | hidden))
    await replay(bare_url(stack), families, 32, CONNECTIONS)


def _of_them(house: House, way: Walk, one: Family) -> dict[Any, Any]:
    visitor = house.keys.fingerprint("visitor", one.browser.cookie("visitor"))
    hold_id = UUID(one.base.rsplit("/", 1)[-1])
    sitting, _, _ = way.scene.sittings[0]
    return {way.visitor: visitor, way.hold_id: hold_id, sitting: UUID(one.sitting)}


def _as_page(hidden: dict[str, str]) -> str:
    return "".join(f'<input type="hidden" name="{name}" value="{value}">' for name, value in hidden.items())


async def _bare(stack: Stack, way: Walk, variant: Variant, wanted: Callable[[str], bool]) -> float:
    """The recorded statements of so many families who all get a place, a second."""
    families = variant.places * variant.sittings
    scene = await make_scene(stack, variant.sittings, variant.places)
    recorded, (old, old_start, _) = way.recorded.only(wanted), way.scene.sittings[0]
    scripts = []
    for n in range(families):
        sitting, start, _ = scene.sittings[n % len(scene.sittings)]
        same = {old: sitting, old_start: start, way.scene.offer_id: scene.offer_id}
        scripts.append(Renewed(same).transactions(recorded))
    seconds = await replay(bare_url(stack), scripts, variant.at_once, CONNECTIONS)
    async with connected(stack) as connection:
        booked = await connection.fetchval(
            "select count(*) from place where offer_id = $1 and state = 'booked'", scene.offer_id
        )
    assert booked == families, f"the ceiling booked {booked} of {families}"
    return families / seconds


def _row(name: str, unit: str, ours: Rush, bare: float, goal: float, quick: bool, more: dict[str, Any]) -> Row:
    ratio = ours.rate / bare
    sound = not (ours.counts["oversold"] or ours.counts["stuck"] or ours.counts["doubled"])
    words = f"ratio >= {goal}, oversold = stuck = doubled = 0" + (f", p99 <= {_P99} s" if more else "")
    told = ours.counts | more | {"load_share": round(ours.share, 3)}
    return Row(name, ours.rate, unit, words, ratio >= goal and sound and quick, bare, ratio, told)

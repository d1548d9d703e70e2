"""The moment a clinic is released: 1,000 families press for 40 places, the most within the first seconds.

The page stays up, everybody gets a clear answer, those who pressed first have the places, none is sold twice and none
left hanging. `late_winners` are families who got a place though somebody who had pressed a second before them did not.
"""

import asyncio
import random

from app.stack import Stack
from benchmarks.booking_rush import gather_families, tally
from benchmarks.lean import Stopwatch
from benchmarks.rows import Row
from benchmarks.rush_family import Family, Unclear
from benchmarks.rush_scene import SERVE, Scene, Walk, house_of, make_scene, quiet, walk
from benchmarks.stack import running_stack

_FAMILIES, _PLACES = 1_000, 40
# Five minutes told in twenty seconds: a harder rush than the one that was asked for.
_SECONDS = 20.0
_A_MOMENT = 1.0


async def run() -> list[Row]:
    """One row. It holds by what was counted; how long the slowest in a hundred waited for a page is told."""
    with running_stack(serve=SERVE) as stack:
        await quiet(stack)
        async with house_of(stack) as (house, app):
            way = await walk(stack, house, app)
        scene = await make_scene(stack, 1, _PLACES)
        watch = Stopwatch()
        done = await _release(stack, scene, way, watch)
        told = await tally(stack, scene, done)
    late = late_winners(done)
    unclear = sum(one.told not in ("booked", "gone") for one in done)
    p99 = watch.percentile(0.99)
    clean = not (told["oversold"] or told["stuck"] or told["doubled"] or late or unclear)
    more = told | {
        "families": _FAMILIES,
        "unclear": unclear,
        "late_winners": late,
        "p50_s": round(watch.percentile(0.5), 3),
    }
    words = "all places booked, oversold = stuck = doubled = late_winners = unclear = 0"
    holds = clean and told["booked"] == _PLACES
    return [Row("fair_release", p99, "s", words, holds, more=more)]


async def _release(stack: Stack, scene: Scene, way: Walk, watch: Stopwatch) -> list[Family]:
    chance = random.Random(4)
    waits = sorted(min(chance.expovariate(4 / _SECONDS), _SECONDS) for _ in range(_FAMILIES))
    families = [family for family, _ in gather_families(stack, scene, way, _FAMILIES, watch)]

    async def comes(family: Family, after: float) -> None:
        await asyncio.sleep(after)
        try:
            await family.books()
        except (Unclear, OSError, TimeoutError, asyncio.IncompleteReadError) as error:
            family.told = f"unclear: {error!r}"
        finally:
            family.browser.close()

    await asyncio.gather(*(comes(one, wait) for one, wait in zip(families, waits, strict=True)))
    return families


def late_winners(done: list[Family]) -> int:
    """How many were let in though they pressed a moment after somebody who was not."""
    turned_away = min((one.pressed_at for one in done if one.told == "gone"), default=float("inf"))
    return sum(one.told == "booked" and one.pressed_at > turned_away + _A_MOMENT for one in done)

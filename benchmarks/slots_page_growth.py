"""The pages of free times as places grow from 10,000 to 1,000,000: the same requests, in turn, over HTTP."""

import statistics
import time
from uuid import UUID

import asyncpg
import httpx

from app.stack import Stack
from benchmarks.rows import Row
from benchmarks.rush_scene import connected, quiet
from benchmarks.stack import running_stack
from core.domain.ids import new_id

_SMALL, _LARGE, _MOST = 10_000, 1_000_000, 1.5
_WARM, _ROUNDS = 20, 120
_SEATS, _OFFERS = 10, 20
PAGES = ("/sessions", "/clinics")

_OFFER = """
    insert into offer
        (id, kind, discipline, title, about, audience, minutes, capacity, link_pattern, asks_child, is_public)
    values ($1, $2, $3, $4, 'Invented.', 'parents and carers', 30, 10, 'https://video.example.org/{code}', $5, true)
"""
# Sittings every quarter of an hour of each offer; nine places of ten are booked or held, as in a service that is used.
_SITTINGS = """
    insert into sitting (id, offer_id, starts_at, ends_at, state, join_code)
    select gen_random_uuid(), $1::uuid, at, at + interval '15 minutes', 'planned', 'invented'
    from generate_series(1 + $2::int, $3::int) n,
        lateral (select now() + interval '1 day' + n * interval '15 minutes') t(at)
"""
_PLACES = """
    insert into place (id, sitting_id, offer_id, starts_at, seat, state, held_by, held_until)
    select gen_random_uuid(), s.id, s.offer_id, s.starts_at, seat,
        case when taken then 'held' else 'free' end,
        case when taken then gen_random_uuid() end, case when taken then now() + interval '1 hour' end
    from sitting s, generate_series(1, 10) seat, lateral (select seat > 1) t(taken)
    where s.offer_id = $1 and not exists (select 1 from place p where p.sitting_id = s.id)
"""


async def run() -> list[Row]:
    """The factor of the medians, page by page; each round asks the small service and, once it has grown, the large."""
    with running_stack() as stack:
        await quiet(stack)
        async with connected(stack) as connection:
            offers = await _make_offers(connection)
            await _grow(connection, offers, 0, _SMALL)
            small = await _ask(stack)
            await _grow(connection, offers, _SMALL, _LARGE)
            large = await _ask(stack)
            places = await connection.fetchval("select count(*) from place")
    return [_row(page, small[page], large[page], places) for page in PAGES]


def _row(page: str, small: float, large: float, places: int) -> Row:
    factor = large / small
    told = {"ms_small": round(small * 1000, 2), "ms_large": round(large * 1000, 2), "places": places}
    name = f"slots_page_growth_{page.strip('/')}"
    return Row(name, factor, "factor", f"<= {_MOST}", factor <= _MOST, more=told)


async def _make_offers(connection: asyncpg.Connection) -> list[UUID]:
    ids = [new_id() for _ in range(_OFFERS)]
    for n, offer_id in enumerate(ids):
        kind, discipline = ("screening", "slt") if n % 2 else ("information", None)
        await connection.execute(_OFFER, offer_id, kind, discipline, f"Invented offer {n}", kind == "screening")
    return ids


async def _grow(connection: asyncpg.Connection, offers: list[UUID], before: int, after: int) -> None:
    each = _OFFERS * _SEATS
    for offer_id in offers:
        await connection.execute(_SITTINGS, offer_id, before // each, after // each)
        await connection.execute(_PLACES, offer_id, timeout=120)
    await connection.execute("vacuum analyze place")
    await connection.execute("vacuum analyze sitting")


async def _ask(stack: Stack) -> dict[str, float]:
    """Seconds of each page, the median; in turn."""
    taken: dict[str, list[float]] = {page: [] for page in PAGES}
    async with httpx.AsyncClient(base_url=stack.web_url, timeout=30) as client:
        for n in range(_WARM + _ROUNDS):
            for page in PAGES:
                began = time.perf_counter()
                reply = await client.get(page)
                assert reply.status_code == 200, (page, reply.status_code)
                if n >= _WARM:
                    taken[page].append(time.perf_counter() - began)
    return {page: statistics.median(times) for page, times in taken.items()}

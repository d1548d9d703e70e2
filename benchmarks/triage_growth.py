"""The pages of triage and its search as referrals grow from 10,000 to 1,000,000: the same requests, in turn, over HTTP.
One in ten is open, so that the queue grows a hundredfold too; what is called rare is five referrals of the first
10,000, and no more of them among the million: whoever looks for them looks past everything else."""

import json
import re
import statistics
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack

import asyncpg
import httpx

from app.stack import Stack
from benchmarks.page_cpu import signed_in
from benchmarks.rows import Row
from benchmarks.rush_scene import connected, quiet
from benchmarks.stack import running_stack
from benchmarks.triage_rows import AREAS, grow
from core.web.csrf import FIELD

_SMALL, _LARGE, _MOST = 10_000, 1_000_000, 1.5
_WARM, _ROUNDS = 10, 60
TRIAGE = "/staff/triage"
PAGES = {
    "first_page": "",
    "therapy": "?discipline=slt",
    "therapy_rare": "?discipline=physio",
    "area": "?area={common}",
    "area_rare": "?area={rare}",
    "area_none": "?area=outside",
    "flagged": "?view=flagged",
    "flagged_rare": "?view=flagged&area={rare}&discipline=physio",
    "waiting": "?view=waiting-for-information",
    "waiting_rare": "?view=waiting-for-information&discipline=physio",
    "overdue": "?view=overdue",
    "overdue_rare": "?view=overdue&area={rare}",
    "mine": "?view=mine",
    "nobodys": "?view=unassigned",
    "received": "?state=received",
    "accepted": "?state=accepted",
    "accepted_rare": "?state=accepted&discipline=physio",
    "accepted_area_rare": "?state=accepted&area={rare}",
    "turned_away": "?state=not-accepted",
    "turned_away_rare": "?state=not-accepted&area={rare}",
}
# A therapist sees what is of their therapy, in their team: most of the queue is not.
THERAPIST = {"therapist_rare": "", "therapist_flagged": "?view=flagged"}
# One of the common team looks for what is decided elsewhere: for what somebody may see of it, which is next to nothing.
TEAM = {
    "team_turned_away_rare": "?state=not-accepted&area={rare}",
    "team_turned_away_therapy": "?state=not-accepted&discipline=ot",
    "team_accepted_other": "?state=accepted&area=west",
}
_TOKEN = re.compile(rf'name="{FIELD}" value="([^"]+)"')

Ask = Callable[[], Awaitable[httpx.Response]]


async def run(small: int = _SMALL, large: int = _LARGE) -> list[Row]:
    """The factor of the medians of each page and each way to search, as the service has `small` and then `large`."""
    with running_stack() as stack:
        await quiet(stack)
        async with connected(stack) as connection:
            known = await _known(connection)
            await grow(connection, 0, small)
            before = await _ask(stack, known)
            began = time.perf_counter()
            await grow(connection, small, large)
            filled = time.perf_counter() - began
            after = await _ask(stack, known)
            count = await connection.fetchval("select count(*) from referral")
    told = {"referrals": count, "seconds_to_fill": round(filled)}
    return [_row(name, before[name], after[name], told) for name in before]


def _row(name: str, small: float, large: float, more: Mapping[str, int]) -> Row:
    factor = large / small
    told = {"ms_small": round(small * 1000, 2), "ms_large": round(large * 1000, 2), **more}
    return Row(f"triage_growth_{name}", factor, "factor", f"<= {_MOST}", factor <= _MOST, more=told)


async def _known(connection: asyncpg.Connection) -> Mapping[str, Mapping[str, str]]:
    """What somebody may type to find one of the demo's children. Maya is four; what day that is follows from when she
    was received."""
    reference, received = await connection.fetchrow(
        "select reference, received_at from referral where nhs_number is not null limit 1"
    )
    born = {"born-day": "5", "born-month": "3", "born-year": str(received.year - 4)}
    return {
        "search_reference": {"reference": reference},
        "search_nhs_number": {"nhs_number": "9990000018"},
        "search_name": {"last": "Example", **born},
    }


async def _ask(stack: Stack, known: Mapping[str, Mapping[str, str]]) -> dict[str, float]:
    """Seconds of each, the median; in turn."""
    async with AsyncExitStack() as people:
        manager = await people.enter_async_context(signed_in(stack))
        therapist = await people.enter_async_context(signed_in(stack, "chloe"))
        asks = await _asks(manager, known)
        one_of_team = await people.enter_async_context(signed_in(stack, "amira"))
        asks |= {name: _getting(therapist, f"{TRIAGE}{query}") for name, query in THERAPIST.items()}
        asks |= {name: _getting(one_of_team, f"{TRIAGE}{query}".format(**AREAS)) for name, query in TEAM.items()}
        taken: dict[str, list[float]] = {name: [] for name in asks}
        for n in range(_WARM + _ROUNDS):
            for name, ask in asks.items():
                began = time.perf_counter()
                reply = await ask()
                if n >= _WARM:
                    taken[name].append(time.perf_counter() - began)
                assert reply.status_code in (200, 303), (name, reply.status_code, json.dumps(reply.text[-2000:]))
    return {name: statistics.median(times) for name, times in taken.items()}


async def _asks(client: httpx.AsyncClient, known: Mapping[str, Mapping[str, str]]) -> dict[str, Ask]:
    page = await client.get(f"{TRIAGE}/search")
    found = _TOKEN.search(page.text)
    assert found, page.status_code
    token = {FIELD: found[1]}
    pages = {name: f"{TRIAGE}{query}".format(**AREAS) for name, query in PAGES.items()}
    asks: dict[str, Ask] = {name: _getting(client, path) for name, path in pages.items()}
    return asks | {name: _posting(client, {**token, **typed}) for name, typed in known.items()}


def _getting(client: httpx.AsyncClient, path: str) -> Ask:
    return lambda: client.get(path)


def _posting(client: httpx.AsyncClient, body: dict[str, str]) -> Ask:
    return lambda: client.post(f"{TRIAGE}/search", data=body)

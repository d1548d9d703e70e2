"""The first pages of triage and its search as referrals grow from 10,000 to 1,000,000: the same requests, in turn, over
HTTP, by somebody who sees every referral. One in ten is open, so the queue itself grows a hundredfold too."""

import json
import re
import statistics
import time
from collections.abc import Awaitable, Callable, Mapping

import asyncpg
import httpx

from app.stack import Stack
from benchmarks.page_cpu import signed_in
from benchmarks.rows import Row
from benchmarks.rush_scene import connected, quiet
from benchmarks.stack import running_stack
from core.web.csrf import FIELD

_SMALL, _LARGE, _MOST = 10_000, 1_000_000, 1.5
_WARM, _ROUNDS = 10, 60
TRIAGE = "/staff/triage"
PAGES = {
    "first_page": "",
    "therapy": "?discipline=slt",
    "area": "?area={area}",
    "flagged": "?view=flagged",
    "waiting": "?view=waiting-for-information",
    "overdue": "?view=overdue",
    "accepted": "?state=accepted",
}
_TOKEN = re.compile(rf'name="{FIELD}" value="([^"]+)"')

_AREA = re.compile(r'id="area".*?<option value="([^"]+)"', re.DOTALL)

# Copies of one invented referral. What is encrypted may be the same in each; what is searched for is not: hashes of
# NHS numbers and names differ, birthdays are those of 18 years.
_REFERRALS = """
    insert into referral (
        id, reference, draft_id, referrer, questions_version, answers, child_first, child_last, child_born, nhs_number,
        address, postcode, phone, email, nhs_number_key, surname_born_key, born_key, phone_key, email_key, area_ids,
        received_at, pressing, open_for, flagged, asked_until)
    select gen_random_uuid(),
        overlay(translate(lpad(to_hex(n), 8, '0'), '0123456789abcdef', '34679ACDEFGHJKMN') placing '-' from 5 for 0),
        gen_random_uuid(), m.referrer, m.questions_version, m.answers, m.child_first, m.child_last, m.child_born,
        m.nhs_number, m.address, m.postcode, m.phone, m.email,
        sha256(('nhs' || n)::bytea), sha256(('name' || n)::bytea), sha256(('born' || n % 6570)::bytea),
        sha256(('phone' || n)::bytea), sha256(('email' || n)::bytea),
        array[($1::text[])[1 + n % cardinality($1::text[])]],
        case when is_open then now() - n % 400 * interval '1 day' else now() - n % 3650 * interval '1 day' end,
        case when is_open then case when n % 200 < 20 then 0 when n % 200 < 80 then 1 else 2 end end,
        case when is_open then array[therapy] else '{}' end, is_open and n % 70 = 0,
        case when is_open and n % 90 = 0 then current_date + (n % 30) - 20 end
    from (select * from referral where nhs_number is not null order by id limit 1) m,
        generate_series($2::int + 1, $3::int) n,
        lateral (select n % 10 = 0 as is_open, (array['slt', 'slt', 'ot', 'physio'])[1 + n / 10 % 4] as therapy) t
    on conflict do nothing
"""
_REQUESTS = """
    insert into referral_request (id, referral_id, discipline, state, urgency, target_on, area_id, version)
    select gen_random_uuid(), r.id, coalesce(r.open_for[1], 'slt'),
        case when r.asked_until is not null then 'waiting-for-information' when r.pressing is not null then 'in-triage'
            when r.reference < 'D' then 'accepted' else 'discharged' end,
        (array['urgent', 'soon', 'routine'])[1 + coalesce(r.pressing, 2)], r.received_at::date + 126, r.area_ids[1], 1
    from referral r where not exists (select 1 from referral_request q where q.referral_id = r.id)
"""
_FLAGS = """
    insert into referral_flag (id, referral_id, kind, raised_at)
    select gen_random_uuid(), r.id, 'choking', r.received_at from referral r
    where r.flagged and not exists (select 1 from referral_flag f where f.referral_id = r.id)
"""
_ENQUIRIES = """
    insert into information_request (id, request_id, what, asked_of, due_on, asked_at, asked_by)
    select gen_random_uuid(), q.id, (select what from information_request limit 1), 'family', r.asked_until, now(),
        'system:bench'
    from referral r join referral_request q on q.referral_id = r.id
    where r.asked_until is not null and not exists (select 1 from information_request i where i.request_id = q.id)
"""
_TABLES = ("referral", "referral_request", "referral_flag", "information_request")

Ask = Callable[[], Awaitable[httpx.Response]]


async def run(small: int = _SMALL, large: int = _LARGE) -> list[Row]:
    """The factor of the medians of each page and each way to search, as the service has `small` and then `large`."""
    with running_stack() as stack:
        await quiet(stack)
        known = await _known(stack)
        await _grow(stack, 0, small)
        before = await _ask(stack, known)
        await _grow(stack, small, large)
        after = await _ask(stack, known)
        async with connected(stack) as connection:
            count = await connection.fetchval("select count(*) from referral")
    return [_row(name, before[name], after[name], count) for name in before]


def _row(name: str, small: float, large: float, referrals: int) -> Row:
    factor = large / small
    told = {"ms_small": round(small * 1000, 2), "ms_large": round(large * 1000, 2), "referrals": referrals}
    return Row(f"triage_growth_{name}", factor, "factor", f"<= {_MOST}", factor <= _MOST, more=told)


async def _known(stack: Stack) -> Mapping[str, Mapping[str, str]]:
    """What somebody may type to find one of the demo's children."""
    async with connected(stack) as connection:
        reference = await connection.fetchval("select reference from referral where nhs_number is not null limit 1")
        born = await _born(connection)
    return {
        "search_reference": {"reference": reference},
        "search_nhs_number": {"nhs_number": "9990000018"},
        "search_name": {"last": "Example", **born},
    }


async def _born(connection: asyncpg.Connection) -> dict[str, str]:
    """The demo's Maya is four; what day that is follows from when she was received."""
    received = await connection.fetchval("select received_at from referral where nhs_number is not null limit 1")
    return {"born-day": "5", "born-month": "3", "born-year": str(received.year - 4)}


async def _grow(stack: Stack, before: int, after: int) -> None:
    async with connected(stack) as connection:
        areas = await connection.fetchval("select array_agg(distinct a order by a) from referral, unnest(area_ids) a")
        for first in range(before, after, 100_000):
            last = min(first + 100_000, after)
            await connection.execute(_REFERRALS, areas, first, last, timeout=600)
        for statement in (_REQUESTS, _FLAGS, _ENQUIRIES):
            await connection.execute(statement, timeout=600)
        for table in _TABLES:
            await connection.execute(f"vacuum analyze {table}", timeout=600)


async def _ask(stack: Stack, known: Mapping[str, Mapping[str, str]]) -> dict[str, float]:
    """Seconds of each, the median; in turn."""
    async with signed_in(stack) as client:
        asks = await _asks(client, known)
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
    area = _AREA.search((await client.get(TRIAGE)).text)
    assert area, "the page lists the service's areas"
    pages = {name: f"{TRIAGE}{query}".format(area=area[1]) for name, query in PAGES.items()}
    asks: dict[str, Ask] = {name: _getting(client, path) for name, path in pages.items()}
    return asks | {name: _posting(client, {**token, **typed}) for name, typed in known.items()}


def _getting(client: httpx.AsyncClient, path: str) -> Ask:
    return lambda: client.get(path)


def _posting(client: httpx.AsyncClient, body: dict[str, str]) -> Ask:
    return lambda: client.post(f"{TRIAGE}/search", data=body)

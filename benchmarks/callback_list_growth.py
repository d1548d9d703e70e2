"""The first page of the list of calls as messages grow from 10,000 to 1,000,000, one in fifty of them open: the same
request over HTTP by a manager, who sees everybody's, and by a therapist, who sees their own: a full page of them, as
many before as after, since one person's day does not grow."""

import statistics
import time
from uuid import UUID

import asyncpg
import httpx

from accounts.api import start_session
from app.stack import Stack
from benchmarks.rows import Row
from benchmarks.rush_scene import connected, house_of, quiet
from benchmarks.stack import running_stack

_SMALL, _LARGE, _MOST = 10_000, 1_000_000, 1.5
_OPEN = 50
_WARM, _ROUNDS = 20, 120
_PAGE = "/staff/callbacks"
WHO = ("manager", "therapist")

# Copies of one sealed message, which opens wherever it stands. Closed ones go three years back; of the open ones each
# is somebody's, but for one in a hundred that nobody has yet.
_GROW = """
    with one as (select * from advice_message where child is not null limit 1)
    insert into advice_message (
        id, reference, draft_id, caller_kind, caller, phone_key, child, child_key, said, discipline, topic, signs,
        urgency, needs, areas, good_times, interpreter_ok, safe_to_leave_message, received_at, clock_start, due_on,
        due_at, calendar_version, state, owner_id, exception_reason, call_from, next_action_at, closed_at
    )
    select gen_random_uuid(), 'B' || lpad(n::text, 8, '0'), gen_random_uuid(), one.caller_kind, one.caller,
        sha256(('phone ' || n)::bytea), one.child, sha256(('child ' || n)::bytea), one.said,
        (array['slt', 'ot', 'physio'])[1 + n % 3], one.topic, '{}',
        case when n % 1000 = 0 then 'urgent' else 'routine' end,
        '{}', '{}', '{}', true, false, at, at, (at + interval '1 day')::date, at + interval '1 day',
        one.calendar_version, case when is_open then 'new' else 'closed' end,
        case when is_open and not nobodys then ($3::uuid[])[1 + (n / 50) % cardinality($3::uuid[])] end,
        case when is_open and nobodys then 'no-slots' end, at, case when is_open then at + interval '1 day' end,
        case when not is_open then at + interval '1 day' end
    from one, generate_series($1::int + 1, $2::int) n,
        lateral (select n % 50 = 0, n % 5000 = 0) kinds(is_open, nobodys),
        lateral (select now() - case when is_open then n % 86400 * interval '1 second'
            else interval '2 days' + n % 1576800 * interval '1 minute' end) t(at)
"""


async def run(small: int = _SMALL, large: int = _LARGE) -> list[Row]:
    """The factor of the medians; each reader asks the small list and, once it has grown, the large one."""
    with running_stack() as stack:
        await quiet(stack)
        async with connected(stack) as connection:
            people = await _people(connection)
            cookies, (asked, *others) = await _signed_in(stack, people), people["therapists"]
            await _grow(connection, [asked], large, large + 60 * _OPEN)
            await _grow(connection, others, 0, small)
            before = await _ask(stack, cookies)
            await _grow(connection, others, small, large)
            after = await _ask(stack, cookies)
            held = await connection.fetchval("select count(*) from advice_message")
    return [_row(who, before[who], after[who], held) for who in WHO]


def _row(who: str, small: float, large: float, messages: int) -> Row:
    factor = large / small
    told = {"ms_small": round(small * 1000, 2), "ms_large": round(large * 1000, 2), "messages": messages}
    return Row(f"callback_list_growth_{who}", factor, "factor", f"<= {_MOST}", factor <= _MOST, more=told)


async def _people(connection: asyncpg.Connection) -> dict[str, list[UUID]]:
    found = "select id from staff_account where active and roles @> array[$1] order by id"
    return {
        "managers": [row["id"] for row in await connection.fetch(found, "manager")],
        "therapists": [row["id"] for row in await connection.fetch(found, "therapist")],
    }


async def _signed_in(stack: Stack, people: dict[str, list[UUID]]) -> dict[str, str]:
    """Who → the cookie of somebody like that."""
    async with house_of(stack) as (house, _), house.db.transaction() as session:
        now = house.clock.now()
        return {who: await start_session(session, people[f"{who}s"][0], now) for who in WHO}


async def _grow(connection: asyncpg.Connection, therapists: list[UUID], before: int, after: int) -> None:
    for start in range(before, after, 100_000):
        await connection.execute(_GROW, start, min(start + 100_000, after), therapists, timeout=300)
    await connection.execute("vacuum analyze advice_message", timeout=300)


async def _ask(stack: Stack, cookies: dict[str, str]) -> dict[str, float]:
    """Seconds of the page, the median for each reader; in turn."""
    taken: dict[str, list[float]] = {who: [] for who in WHO}
    async with httpx.AsyncClient(base_url=stack.web_url, timeout=30) as client:
        for n in range(_WARM + _ROUNDS):
            for who in WHO:
                began = time.perf_counter()
                reply = await client.get(_PAGE, headers={"cookie": f"staff={cookies[who]}"})
                assert reply.status_code == 200, (who, reply.status_code)
                if n >= _WARM:
                    taken[who].append(time.perf_counter() - began)
    return {who: statistics.median(times) for who, times in taken.items()}

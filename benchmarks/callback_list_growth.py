"""Every page of the advice line that staff and families open, as messages grow from 10,000 to 1,000,000: the same
requests over HTTP, in turn to a service with few messages and to one with many.

The history grows at 120 messages a day to 23 years, which is how long a child's records are kept; and what is open
grows with it, one message in fifty, though no real backlog does. A therapist's own day and what nobody has are a full
page in both: what is measured is the finding, not the length of a page."""

import statistics
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

import asyncpg
import httpx

from accounts.api import start_session
from advice_line.models import AdviceMessage
from advice_line.service import link_to
from app.stack import Stack
from benchmarks.robot import Robot
from benchmarks.rows import Row
from benchmarks.rush_scene import connected, house_of, quiet
from benchmarks.stack import running_stack

_SMALL, _LARGE, _MOST = 10_000, 1_000_000, 1.5
# One in fifty is open: sixty calls, which is more than a page of a list.
_PAGE = 60 * 50
_WARM, _ROUNDS = 10, 60
_LIST = "/staff/callbacks"
PAGES = {
    "manager": {
        "manager": _LIST,
        "one_therapy": f"{_LIST}?show=slt",
        "case": f"{_LIST}/{{message}}",
        "board": f"{_LIST}/board",
        "board_person": f"{_LIST}/board/people/{{therapist}}",
        "board_history": f"{_LIST}/board/history",
        "figures": f"{_LIST}/figures",
        "rota": "/staff/rota",
    },
    "therapist": {"therapist": _LIST},
    "family": {"family": "/advice/{token}"},
}

# Copies of one sealed message, which opens wherever it stands; ids are in time order, as ours are. Of the open ones
# each is somebody's, but for one in a hundred that nobody has yet.
_GROW = """
    with one as (select * from advice_message where child is not null limit 1)
    insert into advice_message (
        id, reference, draft_id, caller_kind, caller, phone_key, child, child_key, said, discipline, topic, signs,
        urgency, needs, areas, good_times, interpreter_ok, safe_to_leave_message, received_at, clock_start, due_on,
        due_at, calendar_version, state, owner_id, exception_reason, call_from, next_action_at, first_called_at,
        closed_at
    )
    select (lpad(to_hex((extract(epoch from at) * 1000)::bigint), 12, '0') || '7' || left(md5(n::text), 3)
            || '8' || right(md5(n::text), 15))::uuid,
        'B' || lpad(n::text, 8, '0'), gen_random_uuid(), one.caller_kind, one.caller,
        sha256(('phone ' || n)::bytea), one.child, sha256(('child ' || n)::bytea), one.said,
        (array['slt', 'ot', 'physio'])[1 + n % 3], one.topic, '{}',
        case when n % 1000 = 0 then 'urgent' else 'routine' end,
        '{}', '{}', '{}', true, false, at, at, (at + interval '1 day')::date, at + interval '1 day',
        one.calendar_version, case when is_open then 'new' else 'closed' end,
        case when is_open and not nobodys then ($3::uuid[])[1 + (n / 50) % cardinality($3::uuid[])] end,
        case when is_open and nobodys then 'no-slots' end, at, case when is_open then at + interval '1 day' end,
        case when not is_open then at + interval '20 hours' end, case when not is_open then at + interval '1 day' end
    from one, generate_series($1::int + 1, $2::int) n,
        lateral (select n % 50 = 0, n % 5000 = 0 or cardinality($3::uuid[]) = 0) kinds(is_open, nobodys),
        lateral (select now() - case when is_open then n % 86400 * interval '1 second'
            else interval '2 days' + n * interval '12 minutes' end) t(at)
"""
# What every message has beside it: a link, its history, and once it is closed the call that was made.
_BESIDE = (
    """
    insert into advice_link (fingerprint, message_id, made_at)
    select sha256(id::text::bytea), id, received_at from advice_message m
    where not exists (select from advice_link l where l.message_id = m.id)
    """,
    """
    insert into advice_event (id, message_id, at, by, happened)
    select gen_random_uuid(), id, received_at, 'public', happened
    from advice_message m, unnest(array['left', 'called']) happened
    where not exists (select from advice_event e where e.message_id = m.id)
        and (happened = 'left' or closed_at is not null)
    """,
    """
    insert into advice_call (id, message_id, staff_id, at, outcome, notes, state_after)
    select gen_random_uuid(), m.id, ($1::uuid[])[1 + get_byte(uuid_send(m.id), 0) % cardinality($1::uuid[])],
        m.first_called_at, 'reached', one.notes, 'closed'
    from advice_message m, (select notes from advice_call where notes is not null limit 1) one
    where m.first_called_at is not null and not exists (select from advice_call c where c.message_id = m.id)
    """,
)
_TABLES = ("advice_message", "advice_link", "advice_event", "advice_call")


@dataclass(frozen=True)
class Desk:
    """A service that runs: the cookies of its readers, and what stands in its addresses."""

    address: str
    readers: Mapping[str, str]
    known: Mapping[str, str]


async def run(small: int = _SMALL, large: int = _LARGE) -> list[Row]:
    """The factor of the medians: two services, one with few messages and one with many, are asked in turn."""
    with running_stack() as little, running_stack() as much:
        desks = [await _filled(little, small, large), await _filled(much, large, large)]
        async with connected(much) as connection:
            held = await connection.fetchval("select count(*) from advice_message")
        taken = await _ask(desks)
    return [_row(name, statistics.median(few), statistics.median(many), held) for name, (few, many) in taken.items()]


async def _filled(stack: Stack, messages: int, large: int) -> Desk:
    await quiet(stack)
    async with connected(stack) as connection:
        people = await _people(connection)
        asked, *others = people["therapists"]
        desk = await _desk(stack, connection, people)
        # A page of one person's calls, and one of calls that nobody has: as long in both.
        await _fill(connection, [asked], large, _PAGE)
        await _fill(connection, [], large + _PAGE, _PAGE)
        await _fill(connection, others, 0, messages)
        await _finish(connection, others)
    return desk


def _row(name: str, small: float, large: float, messages: int) -> Row:
    factor = large / small
    told = {"ms_small": round(small * 1000, 2), "ms_large": round(large * 1000, 2), "messages": messages}
    return Row(f"callback_list_growth_{name}", factor, "factor", f"<= {_MOST}", factor <= _MOST, more=told)


async def _people(connection: asyncpg.Connection) -> dict[str, list[UUID]]:
    found = "select id from staff_account where active and roles @> array[$1] order by id"
    return {
        "managers": [row["id"] for row in await connection.fetch(found, "manager")],
        "therapists": [row["id"] for row in await connection.fetch(found, "therapist")],
    }


async def _desk(stack: Stack, connection: asyncpg.Connection, people: Mapping[str, list[UUID]]) -> Desk:
    """Its readers: a manager, a therapist, a family that was let in."""
    message_id = await connection.fetchval(
        "select id from advice_message where child is not null and closed_at is null order by id limit 1"
    )
    async with house_of(stack) as (house, _), house.db.transaction() as session:
        now = house.clock.now()
        manager = await start_session(session, people["managers"][0], now)
        therapist = await start_session(session, people["therapists"][0], now)
        token = link_to(session, message_id, now)
        message = await session.get(AdviceMessage, message_id)
    assert message
    assert message.child
    family = await _let_in(stack, token, date.fromisoformat(message.child["born"]))
    readers = {"manager": f"staff={manager}", "therapist": f"staff={therapist}", "family": family}
    known = {"message": str(message_id), "therapist": str(people["therapists"][0]), "token": token}
    return Desk(stack.web_url, readers, known)


async def _let_in(stack: Stack, token: str, born: date) -> str:
    async with httpx.AsyncClient(base_url=stack.web_url, timeout=30) as client:
        answers = {"born-day": str(born.day), "born-month": str(born.month), "born-year": str(born.year)}
        robot = Robot(client, answers)
        await robot.opens(f"/advice/{token}")
        await robot.sends("")
        return "; ".join(f"{name}={value}" for name, value in client.cookies.items())


async def _fill(connection: asyncpg.Connection, owners: list[UUID], before: int, more: int) -> None:
    """So many messages after the first `before`; what is open of them is the owners', or nobody's without any."""
    for start in range(before, before + more, 100_000):
        await connection.execute(_GROW, start, min(start + 100_000, before + more), owners, timeout=300)


async def _finish(connection: asyncpg.Connection, therapists: list[UUID]) -> None:
    links, events, calls = _BESIDE
    await connection.execute(links, timeout=300)
    await connection.execute(events, timeout=300)
    await connection.execute(calls, therapists, timeout=300)
    for table in _TABLES:
        await connection.execute(f"vacuum analyze {table}", timeout=300)


async def _ask(desks: Sequence[Desk]) -> dict[str, tuple[list[float], ...]]:
    """Seconds of each page, for each desk; in turn, so that a noisy moment is one for both."""
    pages = [(name, who, path) for who, found in PAGES.items() for name, path in found.items()]
    taken: dict[str, tuple[list[float], ...]] = {name: tuple([] for _ in desks) for name, _, _ in pages}
    async with httpx.AsyncClient(timeout=30) as client:
        for n in range(_WARM + _ROUNDS):
            for name, who, path in pages:
                for desk, times in zip(desks, taken[name], strict=True):
                    address = desk.address + path.format_map(desk.known)
                    began = time.perf_counter()
                    reply = await client.get(address, headers={"cookie": desk.readers[who]})
                    if n >= _WARM:
                        times.append(time.perf_counter() - began)
                    assert reply.status_code == 200, (name, reply.status_code)
    return taken

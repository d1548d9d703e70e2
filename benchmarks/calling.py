"""Therapists under the load: they open their list, choose a family, and record what came of the call. What they were
shown as recorded is there afterwards once, whatever died meanwhile."""

import random
import re
from collections.abc import Sequence

import asyncpg
import httpx

from accounts.api import start_session
from app.stack import Stack
from benchmarks.robot import Gone, Robot
from benchmarks.rush_scene import connected, house_of

_LIST = "/staff/callbacks?show=all"
_CASE = re.compile(r'href="(/staff/callbacks/[0-9a-f-]{36})"')
_WHO = "select id from staff_account where active and roles @> array['therapist'] order by id limit $1"
# Somebody answered, the first thing offered is done next, and no child is in danger.
_ANSWERS = {"outcome": "reached", "worried": None}
# Of the calls shown as recorded: how often the history says so, beside how often that family was called.
_FOUND = """
    select call.id::text as id, message.closed_at is not null as closed,
        (select count(*) from advice_event e where e.message_id = message.id and e.happened = 'called') as told,
        (select count(*) from advice_call c where c.message_id = message.id and c.outcome <> 'reviewed') as made
    from advice_call call join advice_message message on message.id = call.message_id
    where call.id::text = any($1)
"""


async def sign_in(stack: Stack, people: int) -> list[str]:
    """So many therapists of the demo: the session of each."""
    async with connected(stack) as connection:
        found = [row["id"] for row in await connection.fetch(_WHO, people)]
    async with house_of(stack) as (house, _), house.db.transaction() as session:
        return [await start_session(session, one, house.clock.now()) for one in found]


async def ring_back(client: httpx.AsyncClient) -> str:
    """One call from the list to "recorded": its id. Gone when there is nobody to call, or a colleague was quicker."""
    robot = Robot(client, _ANSWERS)
    cases = _CASE.findall((await robot.opens(_LIST)).text)
    if not cases:
        raise Gone("nobody to call")
    await robot.opens(random.choice(cases))
    recorded = await robot.sends("/outcome")
    return recorded.url.path.rsplit("/", 1)[-1]


async def went_wrong(connection: asyncpg.Connection, recorded: Sequence[str]) -> tuple[int, int]:
    """How many of these calls are not there whole, and how many were written down twice."""
    found = await connection.fetch(_FOUND, recorded)
    whole = {row["id"] for row in found if row["closed"]}
    twice = sum(row["told"] != row["made"] for row in found) + len(recorded) - len(set(recorded))
    return len(set(recorded) - whole), twice

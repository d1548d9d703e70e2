"""The load of `make faults` sees it when something is gone: what families brought, and what therapists recorded."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from uuid import UUID

import httpx
import pytest
import sqlalchemy as sa

from accounts.api import start_session
from advice_line.models import AdviceCall, AdviceEvent
from advice_line.words import Happened
from benchmarks import belongings, calling
from benchmarks.faults import ANSWERS
from benchmarks.robot import Robot
from core.domain.clock import MovedClock
from core.domain.ids import new_id
from core.storage.files_store import MemoryStore
from core.web.house import House
from tests.advice_line.support import a_therapist, leave


class Connection:
    """Asks as asyncpg does, in the test's own transaction."""

    def __init__(self, house: House) -> None:
        self.house = house

    async def fetch(self, statement: str, references: list[str]) -> list[dict[str, object]]:
        async with self.house.db.transaction() as session:
            asked = sa.text(statement.replace("$1", ":told")).bindparams(told=references)
            return [dict(row) for row in (await (await session.connection()).execute(asked)).mappings()]


@pytest.mark.parametrize("brings", [belongings.refer_with_report, belongings.say_message])
async def test_what_is_brought_is_found_once_and_missed_when_it_is_gone(
    client: httpx.AsyncClient, house: House, tmp_path: Path, brings: Callable[[Robot], Awaitable[str]]
) -> None:
    reference, there = await brings(Robot(client, ANSWERS)), Connection(house)
    assert isinstance(house.files, MemoryStore)
    assert await belongings.missing(there, tmp_path, [reference]) == (1, 0)
    [key] = house.files.objects
    (tmp_path / key[-2:]).mkdir()
    (tmp_path / key[-2:] / key).touch()
    assert await belongings.missing(there, tmp_path, [reference]) == (0, 0)


async def test_a_recorded_call_is_found_once_and_missed_when_it_is_gone_or_told_twice(
    client: httpx.AsyncClient, house: House, clock: MovedClock
) -> None:
    async with house.db.transaction() as session:
        amira = await a_therapist(session, clock.now())
        assert amira.id
        message = await leave(session, clock.now())
        message.owner_id, message.exception_reason = amira.id, None
        client.cookies.set("__Host-staff", await start_session(session, amira.id, clock.now()))
    recorded, there = await calling.ring_back(client), Connection(house)
    assert await calling.went_wrong(there, [recorded]) == (0, 0)
    assert await calling.went_wrong(there, [recorded, str(new_id())]) == (1, 0)
    async with house.db.transaction() as session:
        call = await session.get_one(AdviceCall, UUID(recorded))
        told = AdviceEvent(message_id=call.message_id, at=clock.now(), by="public", happened=Happened.CALLED)
        session.add(told)
    assert await calling.went_wrong(there, [recorded]) == (0, 1)

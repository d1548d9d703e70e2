"""The families of `make faults` bring a report or a recording, and what was brought is missed when it is gone."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import httpx
import pytest
import sqlalchemy as sa

from benchmarks import belongings
from benchmarks.faults import ANSWERS
from benchmarks.robot import Robot
from core.storage.files_store import MemoryStore
from core.web.house import House


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

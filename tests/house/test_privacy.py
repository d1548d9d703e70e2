"""Rule 8: no personal data in addresses, logs, tasks, facts, Redis, error pages or in clear in the database.

A whole day of the service is lived with names nobody else has, and everything that could hold them is searched.
"""

import logging

import pytest
import sqlalchemy as sa
from redis.asyncio import Redis

from app.seed import seed_demo
from core.domain.clock import MovedClock
from core.storage.jobs import Workbench
from core.storage.session import Database, Session
from tests.conftest import Drain
from tests.support.visit import Visit

# The words of the demo's invented families, staff and messages.
PERSONAL = (
    "Maya",
    "Kuba",
    "ana.example",
    "7700900101",
    "9990000018",
    "AL1 3JE",
    "Invented Road",
    "brother was born",
    "Amira",
    "amira@",
)


@pytest.fixture
async def lived(bench: Workbench, drain: Drain, visit: Visit, caplog: pytest.LogCaptureFixture) -> str:
    """The demo seeded, worked through, and a visitor who types such words; returns the log."""
    caplog.set_level(logging.DEBUG)
    await seed_demo(bench)
    await drain()
    await visit.get("/advice/message/who?name=Maya")
    await visit.post("/advice/message/who", {"who": "Maya of Invented Road"})
    await visit.get("/referral-status")
    await visit.post("/referral-status", {"reference": "Maya", "born-day": "1"})
    ours = [
        record for record in caplog.records if record.name.startswith(("frontdoor", "litestar", "sqlalchemy", "arq"))
    ]
    return "\n".join(str(vars(record)) for record in ours)


async def everything(session: Session, table: str) -> str:
    """All rows of a table as PostgreSQL itself would print them."""
    rows = await (await session.connection()).execute(sa.text(f"select row.*::text from {table} as row"))  # noqa: S608
    return "\n".join(str(row) for row in rows)


async def test_logs_hold_nothing_personal(lived: str) -> None:
    assert [word for word in PERSONAL if word in lived] == []


async def test_redis_holds_nothing_personal(lived: str, redis: Redis) -> None:
    told = "\n".join([f"{key!r} {await redis.dump(key)!r}" for key in await redis.keys("*")])
    assert [word for word in PERSONAL if word in told] == []


async def test_a_stolen_dump_shows_nothing_personal_in_clear(lived: str, db: Database) -> None:
    async with db.transaction() as session:
        names = sa.text("select table_name from information_schema.tables where table_schema = 'public'")
        tables = (await (await session.connection()).execute(names)).scalars().all()
        told = {table: await everything(session, table) for table in tables}
    assert {"task", "outbox_fact", "audit_entry", "referral", "message", "draft"} <= set(told)
    # Bytes are printed in hexadecimal: what was stored as bytes but not encrypted would show like that.
    assert [(table, word) for table, text in told.items() for word in PERSONAL if holds(text, word)] == []


def holds(text: str, word: str) -> bool:
    return word in text or word.encode().hex() in text


def test_the_search_would_find_what_was_stored_in_clear() -> None:
    assert holds("(1,Maya)", "Maya")
    assert holds(r"(1,\\x" + b"name: Maya".hex() + ")", "Maya")


async def test_an_error_page_repeats_nothing_that_was_typed(visit: Visit, clock: MovedClock) -> None:
    reply = await visit.get("/clinics/Maya?day=Maya")
    assert "Maya" not in reply.text

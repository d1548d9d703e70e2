"""Rule 8: no personal data in addresses, logs, tasks, facts, Redis, error pages or in clear in the database.

A whole day of the service is lived with names nobody else has, and everything that could hold them is searched.
"""

import logging

import pytest
import sqlalchemy as sa
from redis.asyncio import Redis
from sqlmodel import col, select

from app.seed import seed_demo
from core.domain.clock import MovedClock
from core.storage.jobs import Workbench
from core.storage.session import Database, Session
from core.web.csrf import FIELD
from core.web.house import House
from referral.models import Referral
from tests.conftest import Drain
from tests.support.visit import Visit

# What newer questions ask: who must not be told, hospitals, schools, care, what was measured, the family's words.
ASKED = (
    "uncle Lee",
    "7700900198",
    "No contact with her uncle",
    "Children’s Hospital",
    "heel cord",
    "Invented School",
    "Invented College",
    "Kit Invented",
    "thin drinks",
)
# The words of the demo's invented families, staff and messages.
PERSONAL = (
    *ASKED,
    "Maya",
    "Kuba",
    "ana.example",
    "7700900101",
    "9990000018",
    "AL1 3JE",
    "Invented Road",
    "brother was born",
    "new college in January",
    "since September",
    # A form that was begun, with a page left half filled in, a file and a link.
    "Halfway Hal",
    "halfway@example.org",
    "letter-about-halfway-hal",
    # What a family sent later.
    "report-for-her-splint",
    "invented splint has come",
    "Amira",
    "amira@",
)


@pytest.fixture
async def lived(bench: Workbench, drain: Drain, visit: Visit, house: House, caplog: pytest.LogCaptureFixture) -> str:
    """The demo seeded, worked through, and a visitor who types such words; returns the log."""
    caplog.set_level(logging.DEBUG)
    await seed_demo(bench)
    await drain()
    await visit.get("/advice/message/who?name=Maya")
    await visit.post("/advice/message/who", {"who": "Maya of Invented Road"})
    await visit.get("/referral-status")
    await visit.post("/referral-status", {"reference": "Maya", "born-day": "1"})
    await begins_a_referral(visit, house)
    await sends_a_file_later(visit, house)
    await drain()
    ours = [
        record for record in caplog.records if record.name.startswith(("frontdoor", "litestar", "sqlalchemy", "arq"))
    ]
    return "\n".join(str(vars(record)) for record in ours)


async def begins_a_referral(visit: Visit, house: House) -> None:
    """Up to the child's name, which is left half filled in; with a file, and a link to come back to it."""
    for slug, told in {"who": "parent", "urgent": "no", "therapies": "slt", "signs": "none"}.items():
        await visit.get(f"/refer/{slug}")
        name = {"urgent": "urgent_now", "therapies": "disciplines"}.get(slug, slug)
        assert (await visit.post(f"/refer/{slug}", {name: told})).status_code == 303
    await visit.post("/refer/save-for-later/page/child", {"child_first": "Halfway Hal"})
    await visit.get("/refer/files")
    paper = ("letter-about-halfway-hal.pdf", b"%PDF-1.7\nAbout Halfway Hal\n%%EOF")
    reply = await visit.client.post("/refer/file/added", data={FIELD: visit._token}, files={"file": paper})
    assert reply.status_code == 303
    link = {"how": "email", "save_email": "halfway@example.org"}
    born = {"born-day": "27", "born-month": "3", "born-year": "2022"}
    await visit.get("/refer/save-for-later")
    assert (await visit.post("/refer/save-for-later", link | born)).status_code == 303


async def sends_a_file_later(visit: Visit, house: House) -> None:
    """On the page of the first referral there is."""
    async with house.db.transaction() as session:
        referral = (await session.exec(select(Referral).order_by(col(Referral.id)).limit(1))).one()
    year, month, day = referral.child_born.split("-")
    await visit.get("/referral-status")
    born = {"born-day": day, "born-month": month, "born-year": year}
    where = (await visit.post("/referral-status", {"reference": referral.reference, **born})).headers["location"]
    await visit.get(f"{where}/add")
    paper = ("report-for-her-splint.pdf", b"%PDF-1.7\nreport-for-her-splint\n%%EOF")
    told = {FIELD: visit._token, "text": "Her invented splint has come."}
    reply = await visit.client.post(f"{where}/add", data=told, files={"file": paper})
    assert reply.headers["location"] == f"{where}?done=added"


async def everything(session: Session, table: str) -> str:
    """All rows of a table as PostgreSQL itself would print them."""
    rows = await (await session.connection()).execute(sa.text(f"select row.*::text from {table} as row"))  # noqa: S608
    return "\n".join(str(row) for row in rows)


async def test_logs_and_redis_hold_nothing_personal(lived: str, redis: Redis) -> None:
    assert [word for word in PERSONAL if word in lived] == []
    told = "\n".join([f"{key!r} {await redis.dump(key)!r}" for key in await redis.keys("*")])
    assert told
    assert [word for word in PERSONAL if word in told] == []


async def test_a_stolen_dump_shows_nothing_personal_in_clear(lived: str, db: Database) -> None:
    async with db.transaction() as session:
        names = sa.text("select table_name from information_schema.tables where table_schema = 'public'")
        tables = (await (await session.connection()).execute(names)).scalars().all()
        told = {table: await everything(session, table) for table in tables}
        answered = str([one.answers for one in (await session.exec(select(Referral))).all()])
    assert {"task", "outbox_fact", "audit_entry"} <= set(told)
    # A table nobody lived in proves nothing, nor does a word nobody wrote.
    assert [word for word in ASKED if word not in answered] == []
    assert all(told[table] for table in ("referral", "message", "draft", "stored_file", "saved_referral"))
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

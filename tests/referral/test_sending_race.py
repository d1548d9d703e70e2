"""Two tabs send the same form at the same moment, over HTTP and on real connections."""

import asyncio
import re
from collections.abc import AsyncIterator

import pytest
import sqlalchemy as sa
from sqlmodel import select

from core.domain.ids import new_id
from core.storage.drafts import Draft
from core.storage.session import Database, make_engine
from core.web.csrf import FIELD
from referral.models import Referral
from tests.referral.support import PARENT, fill_in
from tests.support.servers import Servers, fresh_database
from tests.support.unprotected import unprotected
from tests.support.visit import Visit

_TABS = 4


@pytest.fixture
async def db(template: Servers) -> AsyncIterator[Database]:
    """A database with parallel connections; the owner's, so that a control can take its constraints out."""
    async with fresh_database(template) as url:
        engine = make_engine(url, pool_size=10)
        yield Database(engine)
        await engine.dispose()


async def test_tabs_that_send_together_send_once_and_without_the_lock_they_would_not(
    visit: Visit, db: Database
) -> None:
    assert (await fill_in(visit, PARENT))[-1] == "check"
    found = re.search(r'name="draft" value="([^"]+)"', visit.last.text if visit.last else "")
    assert found
    again = await _copy(db)
    assert await _all_send(visit, found[1]) == [(303, "/refer/sent")] * _TABS
    assert await _count(db) == 1
    # The same once more, with nothing that keeps the second tab waiting or out.
    async with db.transaction() as session:
        await (await session.connection()).execute(sa.text("alter table referral drop constraint uq_referral_draft"))
        session.add(again)
    with unprotected(db.engine):
        await _all_send(visit, str(again.id))
    assert await _count(db) > 1 + 1


async def _copy(db: Database) -> Draft:
    """The same answers of the same browser, as another form that is not sent."""
    async with db.transaction() as session:
        draft = (await session.exec(select(Draft))).one()
        names = ("owner", "journey", "version", "answers", "started_at", "saved_at")
        return Draft(id=new_id(), **{name: getattr(draft, name) for name in names})


async def _all_send(visit: Visit, draft: str) -> list[tuple[int, str]]:
    token = visit._token
    replies = await asyncio.gather(
        *(visit.client.post("/refer/check", data={FIELD: token, "draft": draft}) for _ in range(_TABS))
    )
    return [(reply.status_code, reply.headers.get("location", "")) for reply in replies]


async def _count(db: Database) -> int:
    async with db.transaction() as session:
        return len((await session.exec(select(Referral.id))).all())

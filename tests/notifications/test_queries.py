"""Lists of messages: the right ones, in order, and as fast with many as with few."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from core.domain.clock import MovedClock
from core.domain.ids import new_id
from core.storage.session import Session
from core.web.house import House
from notifications import queries
from notifications.queries import PER_PAGE, Chosen
from notifications.words import DeliveryState
from tests.conftest import Drain
from tests.notifications.support import say

pytestmark = pytest.mark.usefixtures("made_up")

_MANY = """
    insert into message (
        id, purpose, subject_id, recipient, occasion, channel, address, template, subject_line, body, state, created_at
    )
    select gen_random_uuid(), 'p' || n % 5, gen_random_uuid(), '\\x00', n::text,
        'email', '\\x00', 't', 's', '\\x00', 'waiting', now() - n * interval '1 second'
    from generate_series(1, 20000) n
"""


async def test_pages_hold_every_message_once_newest_first(house: House, clock: MovedClock) -> None:
    said = []
    for n in range(PER_PAGE * 2 + 3):
        said.append(await say(house.db, house))
        if n % 3:
            clock.move_on(seconds=1)  # some are said in the same instant
    seen, before = [], None
    async with house.db.transaction() as session:
        for more_expected in (True, True, False):
            found, more = await queries.newest(session, Chosen(before=before))
            assert more is more_expected
            seen += [line.id for line in found]
            before = found[-1].id
    assert seen == said[::-1]


async def test_filters_keep_what_matches(house: House, drain: Drain) -> None:
    await say(house.db, house, purpose="a")
    await drain()
    waiting = await say(house.db, house, purpose="b")
    await say(house.db, house, purpose="c", now=house.clock.now() + timedelta(hours=1))

    async def found(**wanted: object) -> list[str]:
        async with house.db.transaction() as session:
            lines, _ = await queries.newest(session, Chosen(**wanted))  # type: ignore[arg-type]
        return [line.purpose for line in lines]

    assert await found() == ["c", "b", "a"]
    assert await found(purpose="b") == ["b"]
    assert await found(state=DeliveryState.SENT) == ["a"]
    assert await found(purpose="a", state=DeliveryState.WAITING) == []
    assert await found(before=waiting) == ["a"]
    assert await found(before=new_id()) == []
    async with house.db.transaction() as session:
        assert await queries.purposes(session) == ["a", "b", "c"]


async def test_no_messages_have_no_purposes(house: House) -> None:
    async with house.db.transaction() as session:
        assert await queries.purposes(session) == []
        assert await queries.newest(session, Chosen()) == ([], False)


async def _plan(session: Session, statement: str) -> str:
    connection = await session.connection()
    return "\n".join((await connection.execute(sa.text(f"explain {statement}"))).scalars())


async def test_a_page_reads_an_index_not_the_table(house: House) -> None:
    async with house.db.transaction() as session:
        connection = await session.connection()
        await connection.execute(sa.text(_MANY))
        await connection.execute(sa.text("analyze message"))
        page = await _plan(
            session,
            "select * from message where (created_at, id) < (select created_at, id from message limit 1) "
            "order by created_at desc, id desc limit 26",
        )
        assert "ix_message_newest" in page
        assert "Sort" not in page
        assert await queries.purposes(session) == ["p0", "p1", "p2", "p3", "p4"]

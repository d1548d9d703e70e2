"""What was said about a child after a message was written counts when it leaves."""

import pytest
from sqlmodel import col, select

from core.domain.clock import MovedClock
from core.domain.errors import NotPossible
from core.domain.identity import system
from core.domain.ids import new_id
from core.storage.children import ChildKeys, keys_of
from core.storage.columns import keys
from core.storage.guards import ChildGuard
from core.storage.session import Database
from core.web.house import House
from notifications import desk
from notifications.models import Message
from notifications.words import Channel, DeliveryState, Recipient
from tests.conftest import Drain
from tests.notifications.support import say

pytestmark = pytest.mark.usefixtures("made_up")

CHILD = keys_of(named=b"an invented child of 32 bytes...")
PHONE = Recipient(Channel.TEXT, "+447700900666")
BOTH = Recipient(Channel.EMAIL, "Uncle@example.org", alternatives=(PHONE,))
EMAIL_KEY, PHONE_KEY = ("email", "uncle@example.org"), ("phone", "+447700900666")
SENT, DROPPED = DeliveryState.SENT, DeliveryState.DROPPED


async def bar(db: Database, *ways: tuple[str, str], child: ChildKeys = CHILD) -> None:
    """Somebody says about the child that these are never used."""
    hashes = [keys().fingerprint(kind, value) for kind, value in ways]
    async with db.transaction() as session:
        named = next(iter(child.named))
        session.add(ChildGuard(record_id=new_id(), surname_born_key=named, words="Invented", ways=hashes))


async def messages(db: Database) -> list[tuple[Channel, DeliveryState, bool]]:
    """(how, how far it came, whether a person must see to it) of each message, oldest first."""
    async with db.transaction() as session:
        rows = (await session.exec(select(Message).order_by(col(Message.created_at), col(Message.id)))).all()
        return [(row.channel, row.state, row.needs_person_since is not None) for row in rows]


async def test_who_is_barred_after_it_was_queued_gets_nothing_and_the_other_way_is_used(
    house: House, db: Database, drain: Drain
) -> None:
    await say(db, house, to=BOTH, child=CHILD)
    await bar(db, EMAIL_KEY)
    await drain()
    assert await messages(db) == [(Channel.EMAIL, DROPPED, False), (Channel.TEXT, SENT, False)]


async def test_where_every_way_is_barred_a_person_hears_of_it(house: House, db: Database, drain: Drain) -> None:
    await say(db, house, to=BOTH, child=CHILD)
    await bar(db, EMAIL_KEY, PHONE_KEY)
    await drain()
    assert await messages(db) == [(Channel.EMAIL, DROPPED, True)]


async def test_barred_before_it_is_written_it_goes_the_other_way_at_once(
    house: House, db: Database, drain: Drain
) -> None:
    await bar(db, EMAIL_KEY)
    await say(db, house, to=BOTH, child=CHILD)
    await drain()
    assert await messages(db) == [(Channel.TEXT, SENT, False)]


async def test_a_message_about_another_child_reaches_them(house: House, db: Database, drain: Drain) -> None:
    await bar(db, EMAIL_KEY, PHONE_KEY, child=keys_of(named=b"another invented child 32 bytes."))
    await say(db, house, to=BOTH, child=CHILD)
    await drain()
    assert await messages(db) == [(Channel.EMAIL, SENT, False)]


async def test_nobody_sends_it_again_to_who_is_barred_since(
    house: House, db: Database, drain: Drain, clock: MovedClock
) -> None:
    first = await say(db, house, to=BOTH, child=CHILD)
    await drain()
    await bar(db, EMAIL_KEY)
    with pytest.raises(NotPossible):
        async with db.transaction() as session:
            await desk.send_again(session, system("test"), first, 1, "They asked", clock.now())
    assert len(await messages(db)) == 1

"""How people want to be written to is kept by address, and in no words."""

import pytest
from sqlmodel import select

from core.domain.clock import MovedClock
from core.domain.identity import system
from core.storage.audit import AuditEntry
from core.storage.session import Database
from notifications.wish_models import ContactWish
from notifications.wishes import set_wishes, wishes_of
from notifications.words import Channel, Recipient, Wishes

pytestmark = pytest.mark.usefixtures("house")

SAM = Recipient(Channel.EMAIL, "sam@example.org")
PHONE = Recipient(Channel.TEXT, "+447700900123")


async def test_the_last_word_counts(db: Database, clock: MovedClock) -> None:
    async with db.transaction() as session:
        await set_wishes(session, system("test"), [SAM], Wishes(language="pl"), clock.now())
        await set_wishes(session, system("test"), [SAM, PHONE], Wishes(no_texts=True), clock.now())
    async with db.transaction() as session:
        assert await wishes_of(session, SAM) == Wishes(no_texts=True)
        assert await wishes_of(session, PHONE) == Wishes(no_texts=True)
        assert await wishes_of(session, Recipient(Channel.EMAIL, "ash@example.org")) is None


@pytest.mark.parametrize("wishes", [Wishes(never=True), Wishes(language="ur", easy_read=True, large_print=True)])
async def test_no_address_is_kept_and_the_change_is_on_the_trail(
    db: Database, clock: MovedClock, wishes: Wishes
) -> None:
    async with db.transaction() as session:
        await set_wishes(session, system("test"), [SAM], wishes, clock.now())
    async with db.transaction() as session:
        (row,) = (await session.exec(select(ContactWish))).all()
        (entry,) = (await session.exec(select(AuditEntry).where(AuditEntry.action == "wishes.changed"))).all()
    assert "sam" not in repr(row)
    assert entry.subject_id == row.id
    assert "sam" not in str(entry.detail)

"""/staff/messages/…/wishes: what a family wants is noted once and heeded from then on."""

import pytest
from sqlmodel import col, select

from core.domain.identity import Role
from core.domain.ids import new_id
from core.storage.audit import AuditEntry
from core.web.house import House
from notifications import dispatch
from notifications.models import Message
from notifications.wishes import wishes_of
from notifications.words import Channel, DeliveryState, Receipt, Recipient, Wishes
from tests.conftest import Drain, StaffVisit
from tests.notifications.support import ADDRESS, say

pytestmark = pytest.mark.usefixtures("made_up")

LIST = "/staff/messages"
PHONE = Recipient(Channel.TEXT, "+447700900123")
BOTH = Recipient(ADDRESS.channel, ADDRESS.address, alternatives=(PHONE,))


async def wished(house: House, to: Recipient) -> Wishes | None:
    async with house.db.transaction() as session:
        return await wishes_of(session, to)


async def messages(house: House) -> list[Message]:
    async with house.db.transaction() as session:
        return list(await session.exec(select(Message).order_by(col(Message.id))))


async def test_wishes_count_for_each_address_and_are_on_record(staff_visit: StaffVisit, house: House) -> None:
    message_id = await say(house.db, house, to=BOTH)
    manager = await staff_visit(Role.MANAGER)
    page = await manager.get(f"{LIST}/{message_id}/wishes")
    assert "p…@example.org" in page.text
    assert "parent@example.org" not in page.text
    assert "Nothing is sent at all." in page.text
    typed = {"language": "ur", "wishes": ["easy_read", "large_print"]}
    assert (await manager.post(f"{LIST}/{message_id}/wishes", typed)).status_code == 303
    asked = Wishes(language="ur", easy_read=True, large_print=True)
    assert [await wished(house, to) for to in (ADDRESS, PHONE)] == [asked, asked]
    assert "They asked for: Urdu, easy read, large print." in (await manager.get(f"{LIST}/{message_id}")).text
    async with house.db.transaction() as session:
        told = select(AuditEntry).where(AuditEntry.action == "wishes.changed")
        assert len((await session.exec(told)).all()) == 2


async def test_what_is_known_is_filled_in_and_may_be_taken_back(staff_visit: StaffVisit, house: House) -> None:
    address = f"{LIST}/{await say(house.db, house)}/wishes"
    manager = await staff_visit(Role.MANAGER)
    await manager.get(address)
    await manager.post(address, {"language": "pl", "wishes": "no_texts"})
    page = await manager.get(address)
    assert '<option value="pl" selected' in page.text
    assert page.text.count(" checked") == 1
    await manager.post(address, {"language": "en"})
    assert await wished(house, ADDRESS) == Wishes()


@pytest.mark.parametrize("typed", [{}, {"language": "xx"}])
async def test_what_is_not_a_choice_is_refused(staff_visit: StaffVisit, house: House, typed: dict[str, str]) -> None:
    address = f"{LIST}/{await say(house.db, house)}/wishes"
    manager = await staff_visit(Role.MANAGER)
    await manager.get(address)
    assert (await manager.post(address, typed)).status_code == 422
    assert await wished(house, ADDRESS) is None


async def test_who_must_not_be_contacted_gets_nothing_that_waited_nor_what_comes_and_a_person_is_told(
    staff_visit: StaffVisit, house: House, drain: Drain
) -> None:
    message_id = await say(house.db, house)
    manager = await staff_visit(Role.MANAGER)
    await manager.get(f"{LIST}/{message_id}/wishes")
    await manager.post(f"{LIST}/{message_id}/wishes", {"language": "en", "wishes": "never"})
    later = await say(house.db, house, subject_id=new_id())
    await drain()
    assert [one.state for one in await messages(house)] == [DeliveryState.DROPPED] * 2
    waiting = (await manager.get(f"{LIST}/undelivered")).text
    assert waiting.count("Must not be contacted") == 2
    for one in (message_id, later):
        page = (await manager.get(f"{LIST}/{one}")).text
        assert "Not sent: must not be contacted." in page
        assert "Send it again" not in page
    again = await manager.post(f"{LIST}/{message_id}/again", {"why": "They asked", "turn": "1"})
    assert again.status_code == 409
    assert len(await messages(house)) == 2


async def test_who_wants_no_texts_and_has_no_address_is_shown_with_the_reason(
    staff_visit: StaffVisit, house: House
) -> None:
    message_id = await say(house.db, house, to=PHONE)
    manager = await staff_visit(Role.MANAGER)
    await manager.get(f"{LIST}/{message_id}/wishes")
    await manager.post(f"{LIST}/{message_id}/wishes", {"language": "en", "wishes": "no_texts"})
    await say(house.db, house, to=PHONE, subject_id=new_id())
    assert "Wants no texts, and we have no other address" in (await manager.get(f"{LIST}/undelivered")).text


async def test_another_way_is_not_taken_once_they_do_not_want_it(staff_visit: StaffVisit, house: House) -> None:
    message_id = await say(house.db, house, to=BOTH)
    manager = await staff_visit(Role.MANAGER)
    await manager.get(f"{LIST}/{message_id}/wishes")
    await manager.post(f"{LIST}/{message_id}/wishes", {"language": "en", "wishes": "no_texts"})
    async with house.db.transaction() as session:
        await dispatch.hear(session, message_id, Receipt(DeliveryState.FAILED), house.clock.now(), "n")
    (one,) = await messages(house)
    assert one.needs_person_since is not None

"""/staff/messages: who may read what was said, and that reading it is on record."""

import pytest
import sqlalchemy as sa
from sqlmodel import col, select

from accounts.api import RIGHTS
from core.domain.identity import Right, Role
from core.domain.ids import new_id
from core.storage.audit import AuditEntry
from core.web.house import House
from notifications.queries import PER_PAGE
from tests.conftest import Drain, StaffVisit
from tests.notifications.support import WORDS, say
from tests.support.visit import Visit

pytestmark = pytest.mark.usefixtures("made_up")

LIST = "/staff/messages"


async def readings(house: House) -> list[AuditEntry]:
    async with house.db.transaction() as session:
        return list(await session.exec(select(AuditEntry).where(AuditEntry.action == "message.read")))


async def test_the_public_is_asked_to_sign_in(visit: Visit, house: House) -> None:
    message_id = await say(house.db, house)
    for address in (LIST, f"{LIST}/{message_id}"):
        reply = await visit.get(address)
        assert reply.status_code == 303
        assert reply.headers["location"].startswith("/staff/sign-in")
    assert await readings(house) == []


@pytest.mark.parametrize("role", Role)
async def test_those_who_speak_with_families_read_what_was_said(
    staff_visit: StaffVisit, house: House, role: Role
) -> None:
    message_id = await say(house.db, house)
    colleague = await staff_visit(role)
    allowed = role is Role.MANAGER
    # Those who read about their own records are not told whether a message about another's is there.
    refused = 404 if Right.READ_MESSAGES in RIGHTS[role] else 403
    assert (await colleague.get(LIST)).status_code == (200 if allowed else 403)
    assert (await colleague.get(f"{LIST}/{message_id}")).status_code == (200 if allowed else refused)
    assert len(await readings(house)) == allowed


async def test_what_was_sent_about_a_record_and_who_must_not_be_told_is_not_looked_at_unrecorded(
    staff_visit: StaffVisit, house: House
) -> None:
    message_id = await say(house.db, house, subject_id=(subject := new_id()))
    manager, other = await staff_visit(Role.MANAGER), await staff_visit(Role.SYSTEM_ADMIN, name="Rae Invented")
    for address in (f"{LIST}/about/{subject}", f"{LIST}/{message_id}/wishes"):
        assert (await manager.get(address)).status_code == 200
        assert (await other.get(address)).status_code == 403
    # Of what is not there, nothing was seen.
    assert (await manager.get(f"{LIST}/about/{new_id()}")).status_code == 200
    async with house.db.transaction() as session:
        entries = select(AuditEntry).where(col(AuditEntry.action).startswith("message.")).order_by(col(AuditEntry.id))
        seen = [(entry.action, entry.subject_id, entry.detail) for entry in await session.exec(entries)]
    about = {"about": str(subject)}
    assert seen == [("message.listed", subject, about), ("message.wishes-seen", message_id, about)]


async def test_the_list_shows_neither_words_nor_whole_addresses(
    staff_visit: StaffVisit, house: House, drain: Drain
) -> None:
    message_id = await say(house.db, house)
    await drain()
    page = await (await staff_visit(Role.MANAGER)).get(LIST)
    assert f'href="{LIST}/{message_id}"' in page.text
    assert "p…@example.org" in page.text
    assert "parent@" not in page.text
    assert "Dear parent" not in page.text
    assert await readings(house) == []


async def test_a_message_is_shown_word_for_word_and_that_is_on_record(
    staff_visit: StaffVisit, house: House, drain: Drain
) -> None:
    about = new_id()
    message_id = await say(house.db, house, subject_id=about, words=WORDS | {"parent_name": "<b>Ann</b>"})
    await drain()
    page = await (await staff_visit(Role.MANAGER)).get(f"{LIST}/{message_id}")
    assert "Dear parent or carer,\n\nFor &lt;b&gt;Ann&lt;/b&gt;: https://testserver/bookings/x" in page.text
    assert "parent@example.org" in page.text
    (entry,) = await readings(house)
    assert (entry.subject_id, entry.detail) == (message_id, {"about": str(about)})
    assert entry.actor.startswith("staff:")


@pytest.mark.parametrize("wrong", ["00000000-0000-0000-0000-000000000000", "not-an-id"])
async def test_a_message_nobody_wrote_is_not_found(staff_visit: StaffVisit, house: House, wrong: str) -> None:
    colleague = await staff_visit(Role.MANAGER)
    assert (await colleague.get(f"{LIST}/{wrong}")).status_code == 404
    assert (await colleague.get(LIST, params={"before": "not-an-id"})).status_code == 404
    assert await readings(house) == []


async def test_the_list_goes_on_page_by_page(staff_visit: StaffVisit, house: House) -> None:
    for _ in range(PER_PAGE + 1):
        await say(house.db, house)
    colleague = await staff_visit(Role.MANAGER)
    page = await colleague.get(LIST, params={"purpose": "booking-confirmed"})
    assert page.text.count(f'href="{LIST}/0') == PER_PAGE
    older = page.text.split('">Older messages')[0].rsplit('href="', 1)[1].replace("&amp;", "&")
    assert "purpose=booking-confirmed" in older
    page = await colleague.get(older)
    assert page.text.count(f'href="{LIST}/0') == 1
    assert "Back to the newest messages" in page.text


async def test_filters_stay_chosen_and_unknown_ones_filter_nothing(staff_visit: StaffVisit, house: House) -> None:
    await say(house.db, house)
    colleague = await staff_visit(Role.MANAGER)
    page = await colleague.get(LIST, params={"state": "waiting"})
    assert '<option value="waiting" selected' in page.text
    assert "No message matches" in (await colleague.get(LIST, params={"state": "sent"})).text
    assert "Booking confirmed" in (await colleague.get(LIST, params={"state": "'; drop table message"})).text
    assert "No message matches" in (await colleague.get(LIST, params={"purpose": "<script>"})).text


async def test_a_page_costs_as_many_queries_with_many_messages_as_with_one(
    staff_visit: StaffVisit, house: House
) -> None:
    colleague = await staff_visit(Role.MANAGER)
    counted: list[int] = []
    for extra in (1, PER_PAGE):
        for _ in range(extra):
            await say(house.db, house)
        statements: list[str] = []

        def heard(*args: object, into: list[str] = statements) -> None:
            into.append(str(args[2]))

        sa.event.listen(sa.Engine, "before_cursor_execute", heard)
        await colleague.get(LIST)
        sa.event.remove(sa.Engine, "before_cursor_execute", heard)
        counted.append(sum(not one.upper().startswith(("SAVEPOINT", "RELEASE")) for one in statements))
    assert counted[0] == counted[1] <= 4

"""What staff do about messages: every act has a reason, is on record, and pressing twice does it once."""

from uuid import UUID

import pytest
from sqlmodel import col, select

from core.domain.identity import Role
from core.domain.ids import new_id
from core.storage.audit import AuditEntry
from core.storage.tasks import Task
from core.web.house import House
from notifications import dispatch
from notifications.models import Message
from notifications.postroom import ON_SCREEN
from notifications.words import DeliveryState, Receipt
from tests.conftest import Drain, StaffVisit
from tests.notifications.support import say

pytestmark = pytest.mark.usefixtures("made_up")

LIST = "/staff/messages"


async def messages(house: House) -> list[Message]:
    async with house.db.transaction() as session:
        return list(await session.exec(select(Message).order_by(col(Message.id))))


async def acts(house: House) -> list[str]:
    async with house.db.transaction() as session:
        return [entry.action for entry in await session.exec(select(AuditEntry).order_by(col(AuditEntry.id)))]


async def fail(house: House, message_id: object) -> None:
    async with house.db.transaction() as session:
        failed = Receipt(DeliveryState.FAILED)
        await dispatch.hear(session, message_id, failed, house.clock.now(), "n")  # type: ignore[arg-type]


async def test_a_stopped_purpose_waits_and_is_sent_once_it_is_switched_on(
    staff_visit: StaffVisit, house: House, drain: Drain
) -> None:
    await say(house.db, house)
    manager = await staff_visit(Role.MANAGER)
    stop = f"{LIST}/switches/booking-confirmed/stop"
    await manager.get(stop)
    assert (await manager.post(stop, {})).status_code == 422
    assert (await manager.post(stop, {"why": "Wrong date in the words"})).status_code == 303
    await say(house.db, house)
    await drain()
    assert [one.state for one in await messages(house)] == [DeliveryState.WAITING] * 2
    page = await manager.get(f"{LIST}/switches")
    assert "Wrong date in the words" in page.text
    assert "Switch on and send 2" in page.text
    assert (await manager.post(f"{LIST}/switches/booking-confirmed/release", {})).status_code == 303
    await drain()
    assert [one.state for one in await messages(house)] == [DeliveryState.SENT] * 2
    assert {"messages.stopped", "messages.released"} <= set(await acts(house))


async def test_what_waits_may_be_dropped_with_a_reason(staff_visit: StaffVisit, house: House, drain: Drain) -> None:
    await say(house.db, house)
    manager = await staff_visit(Role.MANAGER)
    await manager.get(f"{LIST}/switches/booking-confirmed/stop")
    await manager.post(f"{LIST}/switches/booking-confirmed/stop", {"why": "x"})
    await drain()
    drop = f"{LIST}/switches/booking-confirmed/drop"
    await manager.get(drop)
    assert (await manager.post(drop, {})).status_code == 422
    assert (await manager.post(drop, {"why": "The clinic is on after all"})).status_code == 303
    (one,) = await messages(house)
    assert (one.state, one.why, one.held_at) == (DeliveryState.DROPPED, "The clinic is on after all", None)
    await manager.post(f"{LIST}/switches/booking-confirmed/release", {})
    await drain()
    assert (await messages(house))[0].state is DeliveryState.DROPPED


async def test_sending_again_needs_a_reason_and_pressing_twice_sends_once(
    staff_visit: StaffVisit, house: House, drain: Drain
) -> None:
    first = await say(house.db, house)
    manager = await staff_visit(Role.MANAGER)
    again = f"{LIST}/{first}/again"
    page = await manager.get(f"{LIST}/{first}")
    assert "Send again" not in page.text
    assert (await manager.post(again, {"why": "x", "turn": "1"})).status_code == 409
    await drain()
    await manager.get(f"{LIST}/{first}")
    assert (await manager.post(again, {"turn": "1"})).status_code == 422
    for _ in range(2):
        assert (await manager.post(again, {"why": "They lost it", "turn": "1"})).status_code == 303
    await drain()
    one, two = await messages(house)
    assert (two.body, two.address, two.follows, two.state) == (one.body, one.address, first, DeliveryState.SENT)
    assert two.said_by.startswith("staff:")
    page = await manager.get(f"{LIST}/{two.id}")
    assert "They lost it" in page.text
    assert "Sam Invented" in page.text
    assert (await acts(house)).count("message.sent-again") == 1


async def test_what_reached_nobody_is_on_a_list_until_somebody_says_what_they_did(
    staff_visit: StaffVisit, house: House, drain: Drain
) -> None:
    first = await say(house.db, house)
    await drain()
    manager = await staff_visit(Role.MANAGER)
    assert "There are none" in (await manager.get(f"{LIST}/undelivered")).text
    await fail(house, first)
    assert "1 message reached nobody" in (await manager.get(LIST)).text
    assert f"{LIST}/undelivered/{first}" in (await manager.get(f"{LIST}/undelivered")).text
    tick = f"{LIST}/undelivered/{first}"
    await manager.get(tick)
    assert (await manager.post(tick, {})).status_code == 422
    assert (await manager.post(tick, {"done": "Phoned the mother"})).status_code == 303
    assert (await manager.post(tick, {"done": "Phoned the mother"})).status_code == 409
    assert "There are none" in (await manager.get(f"{LIST}/undelivered")).text
    assert (await messages(house))[0].seen_to_why == "Phoned the mother"


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.MANAGER])
async def test_nobody_but_managers_opens_these_pages(staff_visit: StaffVisit, house: House, role: Role) -> None:
    message_id, about = await say(house.db, house, subject_id=(subject := new_id())), subject
    colleague = await staff_visit(role)
    for path in ("switches", "undelivered", "templates", f"about/{about}", f"{message_id}"):
        assert (await colleague.get(f"{LIST}/{path}")).status_code in (403, 404)


async def test_whoever_may_see_the_record_reads_its_messages_and_no_others(
    staff_visit: StaffVisit, house: House, app: object
) -> None:
    mine, other = new_id(), new_id()
    first, second = await say(house.db, house, subject_id=mine), await say(house.db, house, subject_id=other)

    async def may_read_about(_: object, __: object, ids: list[UUID], ____: object) -> set[UUID]:
        return {mine} & set(ids)

    app.state.may_read_about = [may_read_about]  # type: ignore[attr-defined]
    colleague = await staff_visit(Role.THERAPIST)
    assert (await colleague.get(f"{LIST}/about/{mine}")).status_code == 200
    assert (await colleague.get(f"{LIST}/{first}/wishes")).status_code == 200
    page = await colleague.get(f"{LIST}/{first}")
    assert page.status_code == 200
    assert "Send again" not in page.text
    for path in (f"about/{other}", f"{second}", f"{second}/wishes"):
        assert (await colleague.get(f"{LIST}/{path}")).status_code == 404
    assert (await colleague.post(f"{LIST}/{second}/wishes", {"language": "pl"})).status_code == 404
    assert (await colleague.get(LIST)).status_code == 403


async def test_the_auditor_finds_what_was_written_and_forgotten(house: House) -> None:
    from notifications.api import audit_checks

    await say(house.db, house)
    async with house.db.transaction() as session:
        assert await audit_checks(session, house.clock.now()) == [("messages: written and forgotten", 0)]
        for task in await session.exec(select(Task)):
            task.done_at = house.clock.now()
        await session.flush()
        assert await audit_checks(session, house.clock.now()) == [("messages: written and forgotten", 1)]


def test_without_a_provider_everything_is_on_screen() -> None:
    assert {provider.name for provider in ON_SCREEN.providers.values()} == {"on screen"}

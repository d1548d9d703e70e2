"""A message leaves the house once, wherever the worker dies."""

from dataclasses import dataclass, field
from uuid import UUID

import pytest
from sqlmodel import col, select

from core.domain.ids import new_id
from core.storage.jobs import Workbench
from core.storage.tasks import Task
from core.web.house import House
from notifications import jobs, service
from notifications.models import Message, MessageStep
from notifications.words import Channel, DeliveryState, Outgoing
from tests.conftest import Drain
from tests.notifications.support import say

pytestmark = pytest.mark.usefixtures("made_up")


class Dies(Exception):
    """The worker is killed on this line."""


@dataclass
class Post:
    """A provider that writes down what it took, and fails as told."""

    name: str = "post of the tests"
    taken: list[Outgoing] = field(default_factory=list)
    fails_before: list[Exception] = field(default_factory=list)
    fails_after: list[Exception] = field(default_factory=list)
    asked: int = 0

    async def send(self, outgoing: Outgoing) -> None:
        if self.fails_before:
            raise self.fails_before.pop()
        self.taken.append(outgoing)
        if self.fails_after:
            raise self.fails_after.pop()

    async def has(self, reference: UUID) -> bool:
        self.asked += 1
        return reference in [one.reference for one in self.taken]


async def deliver(post: Post, bench: Workbench, message_id: UUID) -> None:
    await jobs.deliver_by(dict.fromkeys(Channel, post), bench, message_id)


async def state_of(house: House, message_id: UUID) -> tuple[DeliveryState, list[DeliveryState]]:
    async with house.db.transaction() as session:
        row = await session.get_one(Message, message_id)
        steps = select(MessageStep).where(MessageStep.message_id == message_id).order_by(col(MessageStep.id))
        return row.state, [step.state for step in await session.exec(steps)]


async def test_the_queue_sends_it_on_screen(house: House, drain: Drain) -> None:
    message_id = await say(house.db, house)
    assert await drain() == 1
    assert await state_of(house, message_id) == (DeliveryState.SENT, [DeliveryState.SENDING, DeliveryState.SENT])
    async with house.db.transaction() as session:
        row = await session.get_one(Message, message_id)
        assert row.sent_at == house.clock.now()
        assert all(task.done_at for task in await session.exec(select(Task)))


async def test_running_it_again_sends_nothing(house: House, bench: Workbench) -> None:
    message_id, post = await say(house.db, house), Post()
    for _ in range(3):
        await deliver(post, bench, message_id)
    assert [one.reference for one in post.taken] == [message_id]
    assert post.asked == 0


async def test_a_message_that_is_gone_is_nothing_to_do(bench: Workbench) -> None:
    await deliver(Post(), bench, new_id())


async def test_a_provider_that_refuses_is_asked_then_told_again(house: House, bench: Workbench) -> None:
    message_id, post = await say(house.db, house), Post(fails_before=[ConnectionError("away")])
    with pytest.raises(ConnectionError):
        await deliver(post, bench, message_id)
    assert (await state_of(house, message_id))[0] is DeliveryState.UNKNOWN
    await deliver(post, bench, message_id)
    assert len(post.taken) == post.asked == 1
    assert (await state_of(house, message_id))[0] is DeliveryState.SENT


async def test_a_provider_that_took_it_and_said_nothing_is_not_told_twice(house: House, bench: Workbench) -> None:
    message_id, post = await say(house.db, house), Post(fails_after=[TimeoutError()])
    with pytest.raises(TimeoutError):
        await deliver(post, bench, message_id)
    await deliver(post, bench, message_id)
    assert len(post.taken) == 1
    assert (await state_of(house, message_id))[0] is DeliveryState.SENT


async def test_a_worker_killed_after_the_provider_took_it_does_not_send_twice(
    house: House, bench: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    message_id, post = await say(house.db, house), Post()

    async def dies(*_: object) -> None:
        raise Dies

    with monkeypatch.context() as killed:
        killed.setattr(service, "note_sent", dies)
        with pytest.raises(Dies):
            await deliver(post, bench, message_id)
    assert (await state_of(house, message_id))[0] is DeliveryState.SENDING
    await deliver(post, bench, message_id)
    assert len(post.taken) == 1
    assert (await state_of(house, message_id))[0] is DeliveryState.SENT


async def test_a_worker_killed_before_the_provider_heard_of_it_sends_it_later(house: House, bench: Workbench) -> None:
    message_id, post = await say(house.db, house), Post()
    async with house.db.transaction() as session:
        await service.take_up(session, message_id, house.clock.now())
    await deliver(post, bench, message_id)
    assert len(post.taken) == post.asked == 1


async def test_what_is_kept_about_a_failure_is_its_kind(house: House, bench: Workbench) -> None:
    message_id, post = await say(house.db, house), Post(fails_before=[ValueError("parent@example.org is wrong")])
    with pytest.raises(ValueError, match="wrong"):
        await deliver(post, bench, message_id)
    async with house.db.transaction() as session:
        steps = await session.exec(select(MessageStep).where(MessageStep.state == DeliveryState.UNKNOWN))
        assert [step.why for step in steps] == ["ValueError"]

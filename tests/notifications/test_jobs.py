"""A message leaves the house once, wherever the worker dies and whatever the provider says."""

import asyncio
from dataclasses import dataclass, field, replace
from uuid import UUID

import pytest
from sqlmodel import col, select

from core.domain.clock import MovedClock
from core.domain.ids import new_id
from core.storage.jobs import NotYet, Workbench
from core.storage.session import Database
from core.storage.tasks import Task
from core.web.house import House
from notifications import dispatch, jobs
from notifications.delivery import MOST_TRIES
from notifications.models import Message, MessageStep
from notifications.postroom import PostRoom
from notifications.words import (
    Channel,
    DeliveryState,
    Final,
    Outgoing,
    Receipt,
    Recipient,
    Retryable,
    Throttled,
)
from tests.conftest import Drain
from tests.notifications.support import say

pytestmark = pytest.mark.usefixtures("made_up")

SENT = DeliveryState.SENT


class Dies(BaseException):
    """The worker is killed on this line."""


@dataclass
class Post:
    """A provider that writes down what it took, and fails as told. What it took it shows after `lag` questions."""

    name: str = "post of the tests"
    can_be_asked: bool = True
    taken: list[Outgoing] = field(default_factory=list)
    before: list[BaseException] = field(default_factory=list)
    after: list[BaseException] = field(default_factory=list)
    asking: list[BaseException] = field(default_factory=list)
    lag: int = 0
    asked: int = 0

    async def send(self, outgoing: Outgoing) -> Receipt:
        if self.before:
            raise self.before.pop()
        self.taken.append(outgoing)
        if self.after:
            raise self.after.pop()
        return Receipt(SENT, "theirs")

    async def find(self, reference: UUID) -> Receipt | None:
        self.asked += 1
        if self.asking:
            raise self.asking.pop()
        known = self.asked > self.lag and reference in [one.reference for one in self.taken]
        return Receipt(SENT, "theirs") if known else None


async def deliver(post: Post, bench: Workbench, message_id: UUID) -> NotYet | None:
    """Carries it once; what it said if it wants to come back."""
    try:
        await jobs.carry(PostRoom(dict.fromkeys(Channel, post)), bench, message_id)
    except NotYet as pause:
        return pause
    return None


async def until_done(post: Post, bench: Workbench, clock: MovedClock, message_id: UUID) -> int:
    """Carries it again whenever it wants to; how often."""
    for n in range(100):
        pause = await deliver(post, bench, message_id)
        if pause is None:
            return n + 1
        clock.move_to(max(pause.at, clock.now()))
    raise AssertionError("never done")


async def row_of(house: House, message_id: UUID) -> Message:
    async with house.db.transaction() as session:
        return await session.get_one(Message, message_id)


async def steps(house: House, message_id: UUID) -> list[DeliveryState]:
    async with house.db.transaction() as session:
        found = select(MessageStep).where(MessageStep.message_id == message_id).order_by(col(MessageStep.id))
        return [step.state for step in await session.exec(found)]


async def test_the_queue_sends_it_on_screen(house: House, drain: Drain) -> None:
    message_id = await say(house.db, house)
    assert await drain() == 1
    assert await steps(house, message_id) == [DeliveryState.SENDING, SENT]
    row = await row_of(house, message_id)
    assert (row.state, row.sent_at, row.provider) == (SENT, house.clock.now(), "on screen")
    async with house.db.transaction() as session:
        assert all(task.done_at for task in await session.exec(select(Task)))


async def test_running_it_again_sends_nothing(house: House, bench: Workbench) -> None:
    message_id, post = await say(house.db, house), Post()
    for _ in range(3):
        assert await deliver(post, bench, message_id) is None
    assert [one.reference for one in post.taken] == [message_id]
    assert post.asked == 0
    assert (await row_of(house, message_id)).provider_id == "theirs"


async def test_a_message_that_is_gone_is_nothing_to_do(bench: Workbench) -> None:
    assert await deliver(Post(), bench, new_id()) is None


@pytest.mark.parametrize("said", [Retryable("timeout"), Retryable("500"), ValueError("x@example.org"), OSError()])
async def test_a_provider_that_may_have_taken_it_is_asked_twice_well_apart_before_it_is_told_again(
    house: House, bench: Workbench, clock: MovedClock, said: Exception
) -> None:
    message_id, post, began = await say(house.db, house), Post(before=[said]), clock.now()
    pause = await deliver(post, bench, message_id)
    assert pause is not None
    assert (pause.at - began).total_seconds() == 30
    assert (await row_of(house, message_id)).state is DeliveryState.UNKNOWN
    assert await deliver(post, bench, message_id) is not None
    assert post.asked == 0
    await until_done(post, bench, clock, message_id)
    assert (len(post.taken), post.asked) == (1, 2)
    assert (clock.now() - began).total_seconds() >= 120
    assert (await row_of(house, message_id)).state is SENT


@pytest.mark.parametrize("lag", [0, 1])
async def test_what_was_taken_over_without_an_answer_is_not_sent_twice_even_if_it_shows_late(
    house: House, bench: Workbench, clock: MovedClock, lag: int
) -> None:
    message_id, post = await say(house.db, house), Post(after=[Retryable("timeout")], lag=lag)
    await until_done(post, bench, clock, message_id)
    assert (len(post.taken), post.asked) == (1, lag + 1)
    assert (await row_of(house, message_id)).state is SENT


async def test_a_provider_that_does_not_answer_questions_is_asked_on_and_after_an_hour_a_person_is_told(
    house: House, bench: Workbench, clock: MovedClock
) -> None:
    silent = [Retryable("timeout")] * 60
    message_id, post = await say(house.db, house), Post(before=[Retryable("timeout")], asking=list(silent))
    for _ in range(60):
        if pause := await deliver(post, bench, message_id):
            clock.move_to(max(pause.at, clock.now()))
        clock.move_on(minutes=2)
    row = await row_of(house, message_id)
    assert (row.state, len(post.taken)) == (DeliveryState.UNKNOWN, 0)
    assert row.needs_person_since is not None
    post.asking.clear()
    await until_done(post, bench, clock, message_id)
    row = await row_of(house, message_id)
    assert (row.state, len(post.taken), row.needs_person_since) == (SENT, 1, None)


async def test_a_worker_killed_after_the_provider_took_it_does_not_send_twice(
    house: House, bench: Workbench, clock: MovedClock
) -> None:
    message_id, post = await say(house.db, house), Post(after=[Dies()])
    with pytest.raises(Dies):
        await deliver(post, bench, message_id)
    assert (await row_of(house, message_id)).state is DeliveryState.SENDING
    await until_done(post, bench, clock, message_id)
    assert len(post.taken) == 1
    assert (await row_of(house, message_id)).state is SENT


async def test_a_worker_killed_before_the_provider_heard_of_it_sends_it_later(
    house: House, bench: Workbench, clock: MovedClock
) -> None:
    message_id, post = await say(house.db, house), Post()
    async with house.db.transaction() as session:
        await dispatch.take_up(session, [(message_id, clock.now())])
    await until_done(post, bench, clock, message_id)
    assert (len(post.taken), post.asked) == (1, 2)


async def test_two_workers_on_one_row_send_it_once(real_db: Database, house: House, clock: MovedClock) -> None:
    parallel = replace(house, db=real_db)
    message_id, post = await say(real_db, parallel), Post()
    from app.wiring import bench_of

    benches = [bench_of(replace(house, db=real_db)) for _ in range(8)]
    await asyncio.gather(*(deliver(post, bench, message_id) for bench in benches))
    assert len(post.taken) == 1


async def test_a_provider_that_surely_did_not_take_it_is_told_again_later_and_later(
    house: House, bench: Workbench, clock: MovedClock
) -> None:
    refusals: list[BaseException] = [Retryable("refused", may_have_left=False)] * (MOST_TRIES - 1)
    message_id, post, began = await say(house.db, house), Post(before=refusals), clock.now()
    await until_done(post, bench, clock, message_id)
    assert (len(post.taken), post.asked) == (1, 0)
    assert (clock.now() - began).total_seconds() == 5 + 10 + 20 + 40 + 80


async def test_what_was_tried_often_enough_is_on_a_persons_list(
    house: House, bench: Workbench, clock: MovedClock
) -> None:
    refusals: list[BaseException] = [Retryable("refused", may_have_left=False)] * 99
    message_id, post = await say(house.db, house), Post(before=refusals)
    await until_done(post, bench, clock, message_id)
    row = await row_of(house, message_id)
    assert (row.state, row.tries) == (DeliveryState.FAILED, MOST_TRIES)
    assert row.needs_person_since == clock.now()


async def test_being_told_to_wait_is_no_try(house: House, bench: Workbench, clock: MovedClock) -> None:
    too_many: list[BaseException] = [Throttled("429", 10)] * 30
    message_id, post, began = await say(house.db, house), Post(before=too_many), clock.now()
    await until_done(post, bench, clock, message_id)
    assert (await row_of(house, message_id)).tries == 1
    assert (clock.now() - began).total_seconds() == 300


async def test_what_is_refused_for_good_is_not_tried_again(house: House, bench: Workbench) -> None:
    message_id, post = await say(house.db, house), Post(before=[Final("400 BadRequestError")])
    assert await deliver(post, bench, message_id) is None
    row = await row_of(house, message_id)
    assert (row.state, row.needs_person_since) == (DeliveryState.FAILED, house.clock.now())


OTHER = Recipient(Channel.EMAIL, "parent@example.org", alternatives=(Recipient(Channel.TEXT, "+447700900982"),))


async def test_what_cannot_be_delivered_is_tried_by_one_other_channel_once(
    house: House, drain: Drain, bench: Workbench
) -> None:
    message_id = await say(house.db, house, to=OTHER)
    await deliver(Post(before=[Final("400")]), bench, message_id)
    async with house.db.transaction() as session:
        (second,) = await session.exec(select(Message).where(Message.follows == message_id))
    assert (second.channel, second.address, second.is_other_way) == (Channel.TEXT, "+447700900982", True)
    assert (await row_of(house, message_id)).needs_person_since is None
    await deliver(Post(before=[Final("400")]), bench, second.id)
    async with house.db.transaction() as session:
        everything = list(await session.exec(select(Message)))
    assert len(everything) == 2
    assert (await row_of(house, second.id)).needs_person_since == house.clock.now()


async def test_a_provider_that_cannot_be_asked_is_never_told_twice(
    house: House, bench: Workbench, clock: MovedClock
) -> None:
    message_id = await say(house.db, house)
    post = Post(after=[Retryable("timeout")], can_be_asked=False)
    await until_done(post, bench, clock, message_id)
    row = await row_of(house, message_id)
    assert (row.state, row.needs_person_since is not None, len(post.taken)) == (DeliveryState.UNKNOWN, True, 1)


async def test_what_is_kept_about_a_failure_is_its_kind(house: House, bench: Workbench) -> None:
    message_id, post = await say(house.db, house), Post(before=[ValueError("parent@example.org is wrong")])
    await deliver(post, bench, message_id)
    async with house.db.transaction() as session:
        found = await session.exec(select(MessageStep).where(MessageStep.state == DeliveryState.UNKNOWN))
        assert [step.why for step in found] == ["ValueError"]


@pytest.mark.parametrize(
    "told",
    [
        (SENT, DeliveryState.DELIVERED),
        (DeliveryState.DELIVERED, SENT),
        (DeliveryState.DELIVERED, DeliveryState.FAILED),
        (DeliveryState.FAILED, DeliveryState.DELIVERED),
        (DeliveryState.DELIVERED, DeliveryState.DELIVERED),
    ],
)
async def test_receipts_may_come_in_any_order_and_twice_and_delivered_wins(
    house: House, bench: Workbench, told: tuple[DeliveryState, ...]
) -> None:
    message_id = await say(house.db, house)
    async with house.db.transaction() as session:
        await dispatch.take_up(session, [(message_id, house.clock.now())])
    for state in told:
        async with house.db.transaction() as session:
            assert await dispatch.hear(session, message_id, Receipt(state), house.clock.now(), "notify")
    note = dispatch.Note(message_id, dispatch.Heard.RECEIPT, house.clock.now(), "n", receipt=Receipt(SENT))
    async with house.db.transaction() as session:
        await dispatch.note(session, [note])
    row = await row_of(house, message_id)
    assert (row.state, row.needs_person_since) == (DeliveryState.DELIVERED, None)
    assert (await steps(house, message_id)).count(DeliveryState.DELIVERED) == 1


async def test_a_receipt_for_nothing_of_ours_is_no_error(house: House) -> None:
    async with house.db.transaction() as session:
        assert not await dispatch.hear(session, new_id(), Receipt(SENT), house.clock.now(), "notify")

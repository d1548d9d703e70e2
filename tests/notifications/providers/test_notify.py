"""The real client of GOV.UK Notify, over loopback, against a stand-in that speaks its contract."""

import asyncio
import math
import time
from collections.abc import AsyncIterator, Iterator

import pytest

from core.domain.ids import new_id
from notifications.providers import notify as module
from notifications.providers.notify import Notify
from notifications.words import Channel, DeliveryState, Final, Outgoing, Retryable, Throttled
from tests.support.notify_stand_in import API_KEY, StandIn, running_stand_in

TEMPLATES = {Channel.EMAIL: "email-template", Channel.TEXT: "text-template", Channel.LETTER: "letter-template"}
ADDRESSES = {
    Channel.EMAIL: "parent@example.org",
    Channel.TEXT: "+447700900982",
    Channel.LETTER: "Ann Invented\n1 Invented Road\nSt Albans\nAL1 3JE",
}


@pytest.fixture
async def stand_in() -> AsyncIterator[StandIn]:
    async with running_stand_in() as one:
        yield one


@pytest.fixture
def notify(stand_in: StandIn) -> Iterator[Notify]:
    client = Notify(API_KEY, stand_in.url, TEMPLATES, threads=8)
    yield client
    client.close()


def outgoing(channel: Channel = Channel.EMAIL, send_before: float = math.inf) -> Outgoing:
    subject = "" if channel is Channel.TEXT else "Your booking"
    return Outgoing(new_id(), channel, ADDRESSES[channel], subject, "Dear parent or carer", send_before)


@pytest.mark.parametrize("channel", Channel)
async def test_each_channel_arrives_with_its_words_and_our_reference(
    stand_in: StandIn, notify: Notify, channel: Channel
) -> None:
    one = outgoing(channel)
    receipt = await notify.send(one)
    (arrived,) = stand_in.log
    assert receipt.state is DeliveryState.SENT
    assert receipt.provider_id == arrived.id
    assert arrived.reference == str(one.reference)
    assert arrived.personalisation["body"] == "Dear parent or carer"
    assert arrived.personalisation.get("subject", "") == one.subject_line
    assert arrived.to == one.address.splitlines()[0]


async def test_a_long_address_keeps_its_postcode_last(stand_in: StandIn, notify: Notify) -> None:
    lines = [f"line {n}" for n in range(9)]
    await notify.send(Outgoing(new_id(), Channel.LETTER, "\n".join([*lines, "AL1 3JE"]), "s", "b"))
    words = stand_in.log[0].personalisation
    assert [words[f"address_line_{n}"] for n in (1, 6, 7)] == ["line 0", "line 5", "AL1 3JE"]


async def test_what_arrived_is_found_by_our_reference_and_nothing_else_is(stand_in: StandIn, notify: Notify) -> None:
    one = outgoing()
    assert await notify.find(one.reference) is None
    await notify.send(one)
    found = await notify.find(one.reference)
    assert found is not None
    assert (found.state, found.provider_id) == (DeliveryState.DELIVERED, stand_in.log[0].id)
    stand_in.behaviour.becomes = "permanent-failure"
    found = await notify.find(one.reference)
    assert found is not None
    assert found.state is DeliveryState.FAILED


async def test_a_reference_may_show_late(stand_in: StandIn, notify: Notify) -> None:
    stand_in.behaviour.lag = 0.2
    one = outgoing()
    await notify.send(one)
    assert await notify.find(one.reference) is None
    await asyncio.sleep(0.25)
    assert await notify.find(one.reference) is not None


@pytest.mark.parametrize(
    ("status", "kind", "may_have_left"),
    [
        (400, Final, None),
        (429, Throttled, None),
        (403, Retryable, False),
        (404, Retryable, False),
        (500, Retryable, True),
        (503, Retryable, True),
    ],
)
async def test_refusals_are_of_three_kinds(
    stand_in: StandIn, notify: Notify, status: int, kind: type[Exception], may_have_left: bool | None
) -> None:
    stand_in.behaviour.fail = [status]
    with pytest.raises(kind) as said:
        await notify.send(outgoing())
    assert getattr(said.value, "may_have_left", None) is may_have_left
    assert str(status) in str(said.value)
    assert "parent@" not in str(said.value)
    assert stand_in.log == []
    await notify.send(outgoing())
    assert len(stand_in.log) == 1


async def test_a_wrong_key_is_a_fault_of_ours_that_leaves_nothing(stand_in: StandIn) -> None:
    wrong = Notify(API_KEY[:-4] + "0000", stand_in.url, TEMPLATES, threads=1)
    with pytest.raises(Retryable, match="403 AuthError") as said:
        await wrong.send(outgoing())
    assert not said.value.may_have_left
    assert stand_in.log == []
    wrong.close()


async def test_an_answer_after_our_patience_may_have_left(
    stand_in: StandIn, notify: Notify, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_READ", 0.2)
    stand_in.behaviour.delay = 1.0
    with pytest.raises(Retryable) as said:
        await notify.send(outgoing())
    assert said.value.may_have_left
    assert len(stand_in.log) == 1


async def test_a_line_that_is_cut_may_have_left(stand_in: StandIn, notify: Notify) -> None:
    stand_in.behaviour.hang_up = 1
    with pytest.raises(Retryable) as said:
        await notify.send(outgoing())
    assert said.value.may_have_left
    assert len(stand_in.log) == 1


async def test_where_nobody_listens_nothing_has_left() -> None:
    nobody = Notify(API_KEY, "http://127.0.0.1:1", TEMPLATES, threads=1)
    with pytest.raises(Retryable) as said:
        await nobody.send(outgoing())
    assert not said.value.may_have_left
    nobody.close()


async def test_what_was_kept_waiting_too_long_is_not_handed_over_any_more(stand_in: StandIn, notify: Notify) -> None:
    with pytest.raises(Retryable, match="too late") as said:
        await notify.send(outgoing(send_before=time.monotonic() - 1))
    assert not said.value.may_have_left
    assert stand_in.log == []


async def test_no_two_threads_share_a_client_and_connections_are_kept(stand_in: StandIn, notify: Notify) -> None:
    await asyncio.gather(*(notify.send(outgoing()) for _ in range(64)))
    assert len(set(stand_in.references())) == 64


async def test_the_stand_in_allows_three_thousand_a_minute(stand_in: StandIn, notify: Notify) -> None:
    stand_in.behaviour.rate = 3
    for _ in range(3):
        await notify.send(outgoing())
    with pytest.raises(Throttled, match="RateLimitError"):
        await notify.send(outgoing())
    assert stand_in.refused == {429: 1}

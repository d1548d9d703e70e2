"""What Notify tells us: only from Notify, in any order, and never twice."""

from dataclasses import replace
from typing import Any

import httpx
import pytest
from litestar import Litestar
from redis.asyncio import Redis

from app.factory import build
from core.domain.clock import MovedClock
from core.domain.ids import new_id
from core.storage.session import Database
from core.web.house import House
from notifications.api import messages_about
from notifications.postroom import ON_SCREEN
from notifications.words import DeliveryState
from tests.notifications.support import say
from tests.support.house import make_house

pytestmark = pytest.mark.usefixtures("made_up")

PAGE = "/messages/callback/notify"
TOKEN = "an invented token of thirty-two signs"
OURS = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture
def house(db: Database, clock: MovedClock, redis: Redis) -> House:
    return replace(make_house(db, clock, redis), post_room=replace(ON_SCREEN, callback_secrets={"notify": TOKEN}))


def receipt(message_id: object, status: str = "delivered") -> dict[str, Any]:
    return {"id": str(new_id()), "reference": str(message_id), "to": "parent@example.org", "status": status}


async def state(house: House, about: Any) -> DeliveryState:
    async with house.db.transaction() as session:
        return (await messages_about(session, about))[0].state


async def test_a_receipt_moves_the_message_on_however_often_it_comes(house: House, client: httpx.AsyncClient) -> None:
    about = new_id()
    message_id = await say(house.db, house, subject_id=about)
    for status in ("sending", "delivered", "delivered", "temporary-failure", "sending"):
        reply = await client.post(PAGE, json=receipt(message_id, status), headers=OURS)
        assert reply.status_code == 200
    assert await state(house, about) is DeliveryState.DELIVERED


@pytest.mark.parametrize("header", [{}, {"Authorization": f"Bearer {TOKEN}x"}, {"Authorization": TOKEN}])
async def test_nobody_else_is_listened_to(house: House, client: httpx.AsyncClient, header: dict[str, str]) -> None:
    about = new_id()
    message_id = await say(house.db, house, subject_id=about)
    assert (await client.post(PAGE, json=receipt(message_id), headers=header)).status_code == 403
    assert await state(house, about) is DeliveryState.WAITING


async def test_guessing_is_limited_and_does_not_shut_notify_out(house: House, client: httpx.AsyncClient) -> None:
    wrong = {"Authorization": "Bearer guess"}
    codes = [(await client.post(PAGE, json={}, headers=wrong)).status_code for _ in range(62)]
    assert codes[0] == 403
    assert codes[-1] == 429
    assert (await client.post(PAGE, json=receipt(new_id()), headers=OURS)).status_code == 200


@pytest.mark.parametrize("content", [b"", b"[]", b"{", b'"x"', b"{" + b" " * 30_000])
async def test_what_is_no_receipt_is_refused(client: httpx.AsyncClient, content: bytes) -> None:
    assert (await client.post(PAGE, content=content, headers=OURS)).status_code == 400


@pytest.mark.parametrize(
    "told", [{}, {"reference": "x"}, {"reference": None, "status": "delivered"}, receipt(new_id(), "new-word")]
)
async def test_what_is_no_news_to_us_is_heard_and_changes_nothing(
    client: httpx.AsyncClient, told: dict[str, Any]
) -> None:
    assert (await client.post(PAGE, json=told, headers=OURS)).status_code == 200


async def test_without_a_token_there_is_no_such_page(db: Database, clock: MovedClock, redis: Redis) -> None:
    from tests.conftest import new_client

    app: Litestar = build(make_house(db, clock, redis))
    async with new_client(app) as client:
        assert (await client.post(PAGE, json={}, headers={"Authorization": "Bearer "})).status_code == 404

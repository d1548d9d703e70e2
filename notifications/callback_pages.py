"""What providers tell us about messages, when they please: each proves itself by a token that only it and we know."""

import hmac
import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, ClassVar
from uuid import UUID

from litestar import Controller, Response, post
from litestar.exceptions import ClientException

from core.domain.errors import NotAllowed, NotFound
from core.web.bodies import PageRequest
from core.web.guards import anyone
from core.web.house import House, InHouse
from core.web.limits import Limit
from notifications import dispatch
from notifications.postroom import post_room_of
from notifications.providers.notify import Notify, receipt_of

# Counted for the wrong ones only: nobody can shut the provider out by guessing.
_WRONG = Limit("notify-callback", 60, timedelta(minutes=1))
_LONGEST = 20_000


class Callbacks(Controller):
    """Delivery receipts. They come in any order, more than once, and before our own request was answered."""

    include_in_schema = False
    # The page checks a bearer token of the provider's; no browser and no session is involved.
    guards: ClassVar = [anyone]  # type: ignore[misc]
    opt: ClassVar = {"csrf": False}  # type: ignore[misc]

    @post("/messages/callback/notify", status_code=200)
    async def notify(self, request: PageRequest, house: InHouse) -> Response[dict[str, str]]:
        """200 once it is written down, and for what is no news: anything else makes Notify say it again."""
        await _check_token(request, house)
        told = await _read(request)
        reference, receipt = _reference(told), receipt_of(told)
        if reference and receipt:
            async with house.db.transaction() as session:
                await dispatch.hear(session, reference, receipt, house.clock.now(), Notify.name)
        return Response({"status": "heard"})


async def _check_token(request: PageRequest, house: House) -> None:
    secret = post_room_of(house.post_room).callback_secrets.get("notify", "")
    offered = request.headers.get("authorization", "")
    if not secret:
        raise NotFound("nobody calls back")
    if not hmac.compare_digest(offered.encode(), f"Bearer {secret}".encode()):
        await house.limits.spend(_WRONG, "anyone")
        raise NotAllowed("callback token")


async def _read(request: PageRequest) -> Mapping[str, Any]:
    body = await request.body()
    try:
        told = json.loads(body) if len(body) <= _LONGEST else None
    except ValueError:
        told = None
    if not isinstance(told, dict):
        raise ClientException("not a receipt")
    return told


def _reference(told: Mapping[str, Any]) -> UUID | None:
    try:
        return UUID(str(told.get("reference")))
    except ValueError:
        return None


HANDLERS = [Callbacks]

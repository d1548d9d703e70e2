"""Where a telephony provider hands voicemail over. It signs what it sends; no browser and no session is involved."""

import logging
from datetime import timedelta
from typing import ClassVar

from litestar import Controller, Response, post
from litestar.exceptions import ClientException

from advice_line import voicemail_service
from advice_line.service import Desk
from advice_line.voicemail_words import MOST_BODY, SIGNATURE, TIMESTAMP, is_signed, read
from core.domain.errors import NotAllowed, NotFound
from core.web.bodies import PageRequest
from core.web.guards import anyone
from core.web.house import House, InHouse
from core.web.limits import Limit

log = logging.getLogger("frontdoor.voicemail")
# Counted for the wrong ones only: nobody can shut the provider out by guessing.
_WRONG = Limit("advice-voicemail", 60, timedelta(minutes=1))


class Voicemails(Controller):
    """Voicemail comes in any order, and again when our answer was lost on the way."""

    include_in_schema = False
    # The signature over time and body is checked before anything is read.
    guards: ClassVar = [anyone]  # type: ignore[misc]
    opt: ClassVar = {"csrf": False}  # type: ignore[misc]

    @post("/advice/voicemail", status_code=200, request_max_body_size=MOST_BODY)
    async def take(self, request: PageRequest, house: InHouse) -> Response[dict[str, str]]:
        """200 once it is stored, and for what was stored before; anything else: hand it over again."""
        body = await _signed(request, house)
        try:
            told = read(body)
        except ValueError as wrong:
            log.warning("voicemail cannot be read", extra={"why": str(wrong)[:80]})
            raise ClientException("not a voicemail") from None
        desk = Desk(house.profile, house.address, house.clock.now())
        message = await voicemail_service.take(house.db, house.files, house.scanner, desk, told)
        return Response({"status": "kept", "reference": message.reference})


async def _signed(request: PageRequest, house: House) -> bytes:
    secret = house.voicemail_secret
    if not secret:
        raise NotFound("nobody hands voicemail over")
    body = await request.body()
    timestamp, offered = request.headers.get(TIMESTAMP, ""), request.headers.get(SIGNATURE, "")
    if not is_signed(secret, timestamp, offered, body, house.clock.now()):
        await house.limits.spend(_WRONG, "anyone")
        raise NotAllowed("voicemail signature")
    return body


HANDLERS = [Voicemails]

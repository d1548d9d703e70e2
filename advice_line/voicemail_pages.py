"""Where a telephony provider hands voicemail over. It signs what it sends; no browser and no session is involved.
`docs/voicemail.md` is the contract."""

import logging
from datetime import timedelta
from typing import ClassVar

from litestar import Controller, Response, post
from litestar.exceptions import HTTPException

from advice_line import voicemail_service
from advice_line.service import Desk
from advice_line.voicemail_words import MOST_BODY, SIGNATURE, TIMESTAMP, is_signed, read
from core.domain.errors import NotFound
from core.web.bodies import PageRequest
from core.web.guards import anyone
from core.web.house import House, InHouse
from core.web.limits import Limit

log = logging.getLogger("frontdoor.voicemail")
# Counted for the wrong ones only: nobody can shut the provider out by guessing.
_WRONG = Limit("advice-voicemail", 60, timedelta(minutes=1))

Reply = Response[dict[str, str]]


def _refused(_: PageRequest, error: HTTPException) -> Reply:
    """A machine asked: it gets a status and no page."""
    return Response({"status": "refused"}, status_code=error.status_code)


class Voicemails(Controller):
    """Voicemail comes in any order, and again when our answer was lost on the way."""

    include_in_schema = False
    # The signature over time and body is checked before anything is read.
    guards: ClassVar = [anyone]  # type: ignore[misc]
    opt: ClassVar = {"csrf": False}  # type: ignore[misc]
    exception_handlers: ClassVar = {HTTPException: _refused}  # type: ignore[misc]

    @post("/advice/voicemail", status_code=200, request_max_body_size=MOST_BODY)
    async def take(self, request: PageRequest, house: InHouse) -> Reply:
        """200 once it is stored, and for what was stored before; 5xx: hand it over again; 4xx: it never will be."""
        body = await request.body()
        if not await _is_from_provider(request, house, body):
            return Response({"status": "not signed"}, status_code=401, headers={"WWW-Authenticate": "Signature"})
        try:
            told = read(body)
        except ValueError as wrong:
            log.warning("voicemail cannot be read", extra={"why": str(wrong)[:80]})
            return Response({"status": "no voicemail"}, status_code=400)
        desk = Desk(house.profile, house.address, house.clock.now())
        message = await voicemail_service.take(house.db, house.files, house.scanner, desk, told)
        return Response({"status": "kept", "reference": message.reference})


async def _is_from_provider(request: PageRequest, house: House, body: bytes) -> bool:
    """NotFound where nobody hands voicemail over, TooManyTries when very many were wrong."""
    secret = house.voicemail_secret
    if not secret:
        raise NotFound("nobody hands voicemail over")
    timestamp, offered = request.headers.get(TIMESTAMP, ""), request.headers.get(SIGNATURE, "")
    if is_signed(secret, timestamp, offered, body, house.clock.now()):
        return True
    log.warning("voicemail is not signed")
    await house.limits.spend(_WRONG, "anyone")
    return False


HANDLERS = [Voicemails]

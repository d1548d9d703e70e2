"""Signing in and out through another organisation, and what it tells us behind the scenes."""

import json
import logging
from datetime import timedelta
from typing import Any, ClassVar

from litestar import Controller, Response, get, post
from litestar.enums import MediaType
from litestar.params import FromPath

from accounts import federation_service as service
from accounts.devices import seen
from accounts.federation import Federation
from accounts.federation_words import Refused, Why
from accounts.words import Seen
from core.domain.errors import NotFound
from core.domain.identity import PUBLIC, Actor
from core.web.bodies import PageRequest, first, read_body
from core.web.csrf import STAFF_COOKIE
from core.web.guards import anyone
from core.web.house import House, InHouse
from core.web.limits import Limit
from core.web.replies import Page, local, page, see
from core.web.visitors import cookie_name, owner_hash, secure_cookie

log = logging.getLogger("frontdoor.federation")

HOME = "/staff"
_FROM_ONE_ADDRESS = Limit("oidc", allowed=300, window=timedelta(minutes=15))
_LONGEST = 4000

# Status and words for whoever did not come in; {name} is the provider's.
_TOLD: dict[Why, tuple[int, str, str]] = {
    Why.CANCELLED: (403, "You did not sign in", "You or {name} stopped the sign-in. You can try again."),
    Why.LOST: (
        403,
        "Sign in again",
        "This sign-in took too long, was used before, or began in another browser. Nothing was opened. Try again.",
    ),
    Why.NOT_TRUE: (
        403,
        "We could not check your sign-in",
        "What {name} sent us does not hold, so nothing was opened. Try again. If it stays, tell your administrator.",
    ),
    Why.TOO_WEAK: (
        403,
        "Sign in with a stronger method",
        "You signed in to {name} with less than we need, or too long ago. Use your smartcard or security key there.",
    ),
    Why.NO_ACCOUNT: (
        403,
        "You do not have an account here",
        "{name} knows you, but nobody has invited you here under that email address. Ask whoever runs accounts.",
    ),
    Why.CLOSED: (403, "Your account is closed", "Ask the person who runs accounts in your service."),
    Why.AWAY: (
        503,
        "{name} is not answering",
        "Wait a minute and try again. If it stays like this, phone your IT service desk.",
    ),
}


class FederationPages(Controller):
    """Open to anyone: whoever is not known yet must be able to come in. Each proves itself otherwise."""

    include_in_schema = False
    guards: ClassVar = [anyone]  # type: ignore[misc]

    @get("/oidc/start")
    async def start(self, request: PageRequest, house: InHouse) -> Page:
        """Sends the browser to the provider with an attempt that only this browser can bring back. With `again`,
        whoever is in shows there once more who they are."""
        federation, wanted = _federation(request), _wanted(request.query_params.get("next", ""))
        again = "again" in request.query_params
        if _actor(request).is_staff and not again:
            return see(request, wanted)
        await _spend(request, house)
        attempt = service.new_attempt(wanted, fresh=again)
        try:
            address = await federation.way_in(attempt)
        except Refused as refusal:
            return _refused(request, refusal)
        async with house.db.transaction() as session:
            await service.remember_attempt(session, attempt, owner_hash(request, house), house.clock.now())
        return _away(address)

    @get("/oidc/back")
    async def back(self, request: PageRequest, house: InHouse) -> Page:
        """Where the provider sends the browser back to. Every way on leads to an address without the code in it."""
        federation = _federation(request)
        await _spend(request, house)
        try:
            token, wanted = await _come_in(request, house, federation)
        except Refused as refusal:
            async with house.db.transaction() as session:
                service.note_refused(session, refusal, house.clock.now())
            return _refused(request, refusal)
        reply = see(request, wanted)
        reply.headers["Set-Cookie"] = secure_cookie(STAFF_COOKIE, token, house, max_age=None)
        return reply

    @get("/oidc/refused/{why:str}")
    async def refused(self, request: PageRequest, house: InHouse, why: FromPath[str]) -> Page:
        """Why nobody came in, in plain words."""
        if why not in list(Why):
            raise NotFound("no such reason")
        name = _federation(request).name
        status, heading, words = _TOLD[Why(why)]
        told = {"heading": heading.format(name=name), "words": words.format(name=name), "name": name}
        return page(request, house, "accounts/federation_refused.html", status=status, **told)

    @post("/oidc/notice", status_code=200, opt={"csrf": False})
    async def notice(self, request: PageRequest, house: InHouse) -> Page:
        """Back-channel logout: the provider says that somebody signed out, and signs it. Their sessions end here."""
        federation, now = _federation(request), house.clock.now()
        await _spend(request, house)
        try:
            told = await federation.notice(first(await read_body(request), "logout_token"), now)
            async with house.db.transaction() as session:
                ended = await service.end_sessions(session, federation.provider.issuer, told, now)
        except Refused as refusal:
            log.warning("notice refused", extra={"why": refusal.why.value, "detail": str(refusal)})
            status, error = (503, "temporarily_unavailable") if refusal.why is Why.AWAY else (400, "invalid_request")
            return Response(json.dumps({"error": error}), status_code=status, media_type=MediaType.JSON)
        log.info("signed out by the provider", extra={"sessions": ended})
        return Response("", media_type=MediaType.TEXT)

    @get("/oidc/keys.json")
    async def our_keys(self, request: PageRequest) -> Response[str]:
        """The public half of the key we sign with, where the provider fetches it."""
        return Response(json.dumps(_federation(request).our_keys), media_type=MediaType.JSON)


async def leave_there_too(request: PageRequest, house: House, token: str) -> Page | None:
    """The page that leads on to the provider's own sign-out, for a session that began there; None for others.

    A page and not a redirect: a browser does not let a form of ours lead to another site (Content-Security-Policy).
    """
    federation: Federation | None = request.app.state.get("federation")
    if federation is None or not token:
        return None
    async with house.db.transaction() as session:
        id_token = await service.token_for_sign_out(session, token)
    where = await federation.way_out(id_token) if id_token else None
    if where is None:
        return None
    reply = page(request, house, "accounts/federation_goodbye.html", name=federation.name, where=where)
    reply.headers["Refresh"] = f"0; url={where}"
    return reply


async def _come_in(request: PageRequest, house: House, federation: Federation) -> tuple[str, str]:
    """(the token of a new session, where to go). Refused says why not."""
    told, now = request.query_params, house.clock.now()
    state, code = told.get("state", ""), told.get("code", "")
    async with house.db.transaction() as session:
        attempt = await service.take_attempt(session, state[:_LONGEST], owner_hash(request, house), now)
    if attempt is None:
        raise Refused(Why.LOST, "no such attempt of this browser")
    if told.get("error"):
        raise Refused(Why.CANCELLED, "the provider refused")
    if not 0 < len(code) <= _LONGEST:
        raise Refused(Why.LOST, "no code")
    # Between the transactions: a slow provider must not keep a connection waiting.
    known, tokens = await federation.who_came_back(attempt, code, told.get("iss"), now)
    presented = request.cookies.get(cookie_name(STAFF_COOKIE, house), "")
    async with house.db.transaction() as session:
        token = await service.come_in(
            session, federation.provider.issuer, known, tokens, presented, now, _seen(request)
        )
    return token, _wanted(attempt.wanted)


def _federation(request: PageRequest) -> Federation:
    federation: Federation | None = request.app.state.get("federation")
    if federation is None:
        raise NotFound("no provider is set")
    return federation


async def _spend(request: PageRequest, house: House) -> None:
    await house.limits.spend(_FROM_ONE_ADDRESS, request.client.host if request.client else "unknown")


def _wanted(where: str) -> str:
    """A page of the staff side of this site, else its home."""
    ours = where.startswith(f"{HOME}/") and not where.startswith((f"{HOME}/sign-in", f"{HOME}/sign-out"))
    return local(where, HOME) if ours else HOME


def _refused(request: PageRequest, refusal: Refused) -> Page:
    log.warning("sign-in through the provider refused", extra={"why": refusal.why.value, "detail": str(refusal)})
    return see(request, f"/oidc/refused/{refusal.why.value}")


def _seen(request: PageRequest) -> Seen:
    return seen(request.headers.get("user-agent", ""), request.client.host if request.client else "")


def _away(address: str) -> Page:
    return Response("", status_code=303, headers={"Location": address}, media_type=MediaType.HTML)


def _actor(request: PageRequest) -> Actor:
    actor: Actor = request.scope.get("user") or PUBLIC
    return actor


HANDLERS: list[Any] = [FederationPages]

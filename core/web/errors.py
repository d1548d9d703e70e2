"""The one table from what went wrong to what a person is told. Error pages stand alone: they may be shown where
nobody has been identified and no route was found. Nothing here repeats what was typed or says how the service works."""

import logging
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from urllib.parse import quote, urlsplit

from litestar.exceptions import HTTPException
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from core.domain import errors
from core.domain.identity import PUBLIC, Actor, Right
from core.web.bodies import PageRequest
from core.web.csrf import ForgedForm
from core.web.house import House
from core.web.replies import Page, local, page, see

log = logging.getLogger("frontdoor.web")


@dataclass(frozen=True, slots=True)
class Told:
    """Status, heading and words of an error page."""

    status: int
    heading: str
    words: str
    way_on: str = "Go to the start page"
    where: str = "/"


NOT_FOUND = Told(
    404,
    "Page not found",
    "If you typed the web address, check it is correct. If you used a link we sent you, it may have run out.",
)
FORGED = Told(
    403,
    "Go back and try again",
    "We could not tell that this form came from our own page. This can happen when cookies are switched off, or when "
    "you signed out in another tab. Nothing was sent. Go back, reload the page, and send it again.",
)
BROKEN = Told(
    500,
    "Sorry, there is a problem with the service",
    "Nothing you were not told about has been sent. Try again in a few minutes.",
)
AWAY = Told(
    503,
    "Sorry, the service is not available right now",
    "Nothing was sent. Wait a minute, then go back and try again: what you typed is still on the page before this one.",
)

TABLE: tuple[tuple[type[Exception], Told], ...] = (
    (ForgedForm, FORGED),
    (errors.NotFound, NOT_FOUND),
    (
        errors.OwnFamily,
        Told(
            403,
            "You cannot open this record",
            "It is about a child of your family. Ask a colleague to do what is needed. If this is wrong, tell "
            "information governance.",
        ),
    ),
    (
        errors.ReasonNeeded,
        Told(
            403,
            "You need a reason to open this record",
            "It is not one of your cases, your calls, your clinics or your triage.",
        ),
    ),
    (
        errors.NotAllowed,
        Told(403, "You cannot open this page", "Your account does not have the right to see this."),
    ),
    (errors.PlaceGone, Told(409, "That time has just gone", "Someone else took it. Choose another time.")),
    (
        errors.Stale,
        Told(409, "Someone else has changed this", "Go back and load the page again to see what changed."),
    ),
    (
        errors.Conflict,
        Told(
            409,
            "This can no longer be done",
            "Things have changed since you opened the page. Go back and look again.",
        ),
    ),
    (
        errors.TooManyTries,
        Told(429, "Too many tries", "To keep children’s details safe you need to wait before you try again."),
    ),
    (errors.Unavailable, AWAY),
    (OperationalError, AWAY),
    (PoolTimeout, AWAY),
    (ConnectionError, AWAY),
    (TimeoutError, AWAY),
)

# Classes of SQLSTATE (PostgreSQL manual, appendix A) that pass by themselves.
_PASSING = ("08", "40", "53", "57P")

_BY_STATUS = {
    400: Told(400, "We could not read what was sent", "Go back and try again. If it happens again, contact us."),
    401: Told(401, "Sign in to see this page", "This page is for staff.", "Sign in", "/staff/sign-in"),
    403: Told(403, "You cannot open this page", "You do not have the right to see this."),
    404: NOT_FOUND,
    405: Told(405, "This page cannot be used that way", "Go back and use the buttons and links on the page."),
    413: Told(
        413, "That is too much to send", "What you sent is larger than we can take at once. Send less and try again."
    ),
}


def told_for(error: Exception) -> Told:
    """What a person is told about this error."""
    for kind, told in TABLE:
        if isinstance(error, kind):
            return told
    if isinstance(error, DBAPIError) and _is_away(error):
        return AWAY
    if isinstance(error, HTTPException):
        return _BY_STATUS.get(error.status_code, BROKEN if error.status_code >= 500 else _BY_STATUS[400])
    return BROKEN


def _is_away(error: DBAPIError) -> bool:
    """Connection lost or refused, shutting down, too many clients, deadlock: the database may well answer next time."""
    state = str(getattr(error.orig, "sqlstate", None) or "")
    return error.connection_invalidated or isinstance(error, InterfaceError) or state.startswith(_PASSING)


def error_page(request: PageRequest, error: Exception) -> Page:
    """The exception handler of the whole application."""
    house: House = request.app.state.house
    if isinstance(error, errors.SignInNeeded):
        return see(request, f"/staff/sign-in?next={quote(_came_from(request), safe='')}")
    if isinstance(error, errors.ProofNeeded):
        return see(request, f"/staff/confirm?next={quote(_page_before(request), safe='')}")
    told = told_for(error)
    if isinstance(error, errors.TooManyTries):
        told = replace(told, words=f"{told.words} {_wait(error.retry_after)}")
    if isinstance(error, errors.ReasonNeeded) and _may_break_glass(request):
        told = replace(told, way_on="Open it in an emergency", where=f"/staff/break-glass/{error.kind}/{error.id}")
    _log(request, error, told)
    reply = page(request, house, "errors/page.html", status=told.status, told=told, phone=house.profile.phone)
    reply.headers |= _headers(error)
    return reply


def _may_break_glass(request: PageRequest) -> bool:
    actor: Actor = request.scope.get("user") or PUBLIC
    return actor.may(Right.BREAK_GLASS)


def _wait(time_left: timedelta) -> str:
    minutes = max(1, round(time_left.total_seconds() / 60))
    return f"Try again in {minutes} minute{'s' if minutes > 1 else ''}."


def _came_from(request: PageRequest) -> str:
    return request.url.path if request.method == "GET" else "/staff"


def _page_before(request: PageRequest) -> str:
    """The page itself, or the one its form stood on: a form is filled in again after the proof."""
    if request.method == "GET":
        return request.url.path
    return local(urlsplit(request.headers.get("referer", "")).path, "/staff")


def _headers(error: Exception) -> dict[str, Any]:
    if isinstance(error, errors.TooManyTries):
        return {"Retry-After": str(int(error.retry_after.total_seconds()))}
    if isinstance(error, HTTPException) and error.headers:
        return {k: v for k, v in error.headers.items() if k.lower() == "allow"}
    return {"Retry-After": "30"} if told_for(error) is AWAY else {}


def _log(request: PageRequest, error: Exception, told: Told) -> None:
    # The kind of error and where, never its message or values: those may hold what a person typed.
    if isinstance(error, errors.NotAllowed):
        log.warning("refused", extra={"kind": type(error).__name__})
    if told.status >= 500:
        log.error("failed", extra={"kind": type(error).__name__, "at": _where(error)})
        log.debug("trace", exc_info=error)


def _where(error: Exception) -> str:
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    return f"{trace.tb_frame.f_code.co_filename.rsplit('/', 1)[-1]}:{trace.tb_lineno}" if trace else "unknown"

"""Proof that a form came from our own page.

Each form carries a nonce and an HMAC of it bound to the visitor and, for staff, to their session, so that a token
dies at sign-out and cannot be made by another site or sub-domain. A fresh nonce each time keeps compression from
giving it away.
"""

import hashlib
import hmac
import secrets
from typing import Any
from urllib.parse import urlsplit

from litestar.connection import ASGIConnection
from litestar.exceptions import PermissionDeniedException
from litestar.handlers import BaseRouteHandler

from core.web.bodies import PageRequest, first, read_body
from core.web.house import House
from core.web.uploads import read_uploads
from core.web.visitors import cookie_name, visitor

FIELD = "form_token"
STAFF_COOKIE = "staff"
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_NONCE = 22

Connection = ASGIConnection[Any, Any, Any, Any]


class ForgedForm(PermissionDeniedException):
    """The form did not come from a page we gave this visitor, or they came back to it after signing out."""


def make_token(connection: Connection, house: House) -> str:
    """A token for one rendering of a form."""
    nonce = secrets.token_urlsafe(16)
    return nonce + _seal(connection, house, nonce)


def _seal(connection: Connection, house: House, nonce: str) -> str:
    staff = connection.cookies.get(cookie_name(STAFF_COOKIE, house), "")
    bound_to = f"csrf\0{nonce}\0{visitor(connection, house).token}\0{staff}"
    return hmac.digest(house.secret, bound_to.encode(), hashlib.sha256).hex()


async def check_form_token(connection: Connection, handler: BaseRouteHandler) -> None:
    """A guard on the whole application: every request that may change something must carry a true token, unless its
    route says `opt={"csrf": False}` and proves itself otherwise (a signed webhook)."""
    request: PageRequest = PageRequest(connection.scope, connection.receive, connection.send)
    if request.method in _SAFE or handler.opt.get("csrf") is False:
        return
    house: House = connection.app.state.house
    _check_origin(connection, house)
    # Read also where the token stands in a header: what is no small form is refused before any page.
    if handler.opt.get("upload"):
        await read_uploads(request, "", 0)
    body = await read_body(request)
    offered = request.headers.get("x-form-token") or first(body, FIELD)
    nonce, seal = offered[:_NONCE], offered[_NONCE:]
    if not hmac.compare_digest(_seal(connection, house, nonce).encode(), seal.encode()):
        raise ForgedForm("form token does not fit")


def _check_origin(connection: Connection, house: House) -> None:
    if connection.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        raise ForgedForm("sent from another site")
    origin = connection.headers.get("origin")
    if origin and _host_of(origin) not in (
        urlsplit(house.address).netloc,
        connection.headers.get("host"),
    ):
        raise ForgedForm("sent from another origin")


def _host_of(origin: str) -> str:
    try:
        return urlsplit(origin).netloc
    except ValueError:
        raise ForgedForm("no such origin") from None

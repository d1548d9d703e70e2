"""A visitor of the public pages: a secret in a cookie, known to no table until there is something to keep.

Drafts belong to it and form tokens are bound to it. It is made when a page first shows a form, lives seven days so
that a closed phone loses nothing, and is only ever stored as a keyed hash.
"""

import re
from dataclasses import dataclass
from typing import Any

from litestar.connection import ASGIConnection
from litestar.datastructures import Cookie

from core.domain.ids import new_token
from core.web.house import House

_SHAPE = re.compile(r"[A-Za-z0-9_-]{43}")
_SEVEN_DAYS = 7 * 24 * 3600
_STATE = "frontdoor_visitor"


@dataclass(slots=True)
class Visitor:
    """`is_new` asks for a Set-Cookie on the way out."""

    token: str
    is_new: bool


def cookie_name(name: str, house: House) -> str:
    """Over TLS the name pins the cookie to this host and to TLS (`__Host-`); a browser enforces it."""
    return f"__Host-{name}" if house.secure else name


def visitor(connection: ASGIConnection[Any, Any, Any, Any], house: House) -> Visitor:
    """The visitor of this request, made now when there is none."""
    state = connection.scope["state"]
    if _STATE not in state:
        offered = connection.cookies.get(cookie_name("visitor", house), "")
        known = bool(_SHAPE.fullmatch(offered))
        state[_STATE] = Visitor(offered if known else new_token(), is_new=not known)
    found: Visitor = state[_STATE]
    return found


def owner_hash(connection: ASGIConnection[Any, Any, Any, Any], house: House) -> bytes:
    """How the database knows this visitor: 32 bytes that cannot be turned back into the cookie."""
    return house.keys.fingerprint("visitor", visitor(connection, house).token)


def cookie_to_set(scope: Any, house: House) -> str | None:
    """The Set-Cookie header of a visitor made during this request."""
    made: Visitor | None = scope.get("state", {}).get(_STATE)
    if made is None or not made.is_new:
        return None
    return secure_cookie("visitor", made.token, house, max_age=_SEVEN_DAYS)


def secure_cookie(name: str, value: str, house: House, max_age: int | None) -> str:
    """A Set-Cookie header no script can read and no other site can send along with a form."""
    return Cookie(
        key=cookie_name(name, house),
        value=value,
        max_age=max_age,
        path="/",
        httponly=True,
        secure=house.secure,
        samesite="lax",
    ).to_header(header="")

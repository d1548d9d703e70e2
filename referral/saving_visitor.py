"""Whose a referral under way is: this browser's, or that of all browsers somebody came back to it with."""

import re

from core.domain.ids import new_token
from core.web.bodies import PageRequest
from core.web.house import House
from core.web.replies import Page
from core.web.visitors import cookie_name, owner_hash, secure_cookie
from referral.saving_rules import KEPT_FOR
from referral.saving_service import holder_key

_COOKIE = "referral"
_SHAPE = re.compile(r"[A-Za-z0-9_-]{43}")


def holder(request: PageRequest, house: House) -> str:
    """The secret this browser shares with others; empty until something was saved for later."""
    offered = request.cookies.get(cookie_name(_COOKIE, house), "")
    return offered if _SHAPE.fullmatch(offered) else ""


def new_holder() -> str:
    return new_token()


def whose(request: PageRequest, house: House) -> bytes:
    """How drafts of a referral know this browser."""
    shared = holder(request, house)
    return holder_key(shared) if shared else owner_hash(request, house)


def share(house: House, reply: Page, secret: str) -> Page:
    """The same reply; from it on, this browser is one of those the draft belongs to."""
    days = int(KEPT_FOR.total_seconds())
    reply.headers["Set-Cookie"] = secure_cookie(_COOKIE, secret, house, max_age=days)
    return reply


def forget(house: House, reply: Page) -> Page:
    """The same reply; this browser shares nothing any more."""
    reply.headers["Set-Cookie"] = secure_cookie(_COOKIE, "", house, max_age=0)
    return reply

"""The family's door: an unguessable link, and something only the family knows, before anything about a child is shown.

A feature's page asks `is_open`; if not, it shows `ask` with one question (the child's date of birth, say). The answer
comes back to the feature, which calls `knock` first (tries are counted), compares, and lets in with `let_in`. A door
stays open for 30 minutes of service time, in this browser only. Whoever has just sent the thing is let in at once.
"""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import timedelta

from core.web.bodies import PageRequest
from core.web.forms import Form
from core.web.house import House
from core.web.limits import Limit
from core.web.questions import Question
from core.web.replies import Page, page
from core.web.visitors import cookie_name, secure_cookie, visitor

OPEN_FOR = timedelta(minutes=30)
TRIES = Limit("family-door", allowed=5, window=timedelta(hours=1))
# A school or surgery shares one address, so this is wide; it only stops someone walking through thousands of doors.
TRIES_FROM_ONE_ADDRESS = Limit("family-door-address", allowed=200, window=timedelta(hours=1))
_REMEMBERED = 6
_COOKIE = "family"


@dataclass(frozen=True, slots=True)
class Door:
    """`room` is the feature; `key` names the thing behind the door without revealing it (a link's fingerprint)."""

    room: str
    key: bytes

    @property
    def name(self) -> str:
        return hashlib.sha256(self.room.encode() + b"\0" + self.key).hexdigest()[:24]


def is_open(request: PageRequest, house: House, door: Door) -> bool:
    """True when this browser was let in at this door less than 30 minutes ago."""
    now = int(house.clock.now().timestamp())
    return any(
        name == door.name and int(until) > now and hmac.compare_digest(seal, _seal(request, house, name, until))
        for name, until, seal in _remembered(request, house)
    )


def let_in(request: PageRequest, house: House, reply: Page, door: Door) -> Page:
    """The same reply, with the door open for this browser."""
    until = str(int((house.clock.now() + OPEN_FOR).timestamp()))
    others = [kept for kept in _remembered(request, house) if kept[0] != door.name][: _REMEMBERED - 1]
    doors = [(door.name, until, _seal(request, house, door.name, until)), *others]
    value = "_".join(".".join(parts) for parts in doors)
    reply.headers["Set-Cookie"] = secure_cookie(_COOKIE, value, house, max_age=int(OPEN_FOR.total_seconds()))
    return reply


async def knock(request: PageRequest, house: House, door: Door) -> None:
    """Counts one try at this door and from this address. Raises TooManyTries."""
    address = request.client.host if request.client else "unknown"
    await house.limits.spend(TRIES_FROM_ONE_ADDRESS, address)
    await house.limits.spend(TRIES, door.name)


async def forgive(house: House, door: Door) -> None:
    """Forgets the tries at a door that has just been opened rightly."""
    await house.limits.forgive(TRIES, door.name)


def ask(
    request: PageRequest,
    house: House,
    question: Question,
    *,
    heading: str,
    why: str,
    action: str,
    form: Form | None = None,
) -> Page:
    """The page with the one question, posting to `action`. With a refused `form` it is shown again, status 422."""
    shown = form or Form.blank((question,))
    status = 422 if shown.errors else 200
    return page(
        request,
        house,
        "components/family_door.html",
        status=status,
        form=shown,
        heading=heading,
        why=why,
        action=action,
    )


def _remembered(request: PageRequest, house: House) -> list[tuple[str, str, str]]:
    value = request.cookies.get(cookie_name(_COOKIE, house), "")
    split = (tuple(door.split(".")) for door in value.split("_") if door)
    return [(d[0], d[1], d[2]) for d in split if len(d) == 3 and value.isascii() and d[1].isdigit() and len(d[1]) <= 12]


def _seal(request: PageRequest, house: House, name: str, until: str) -> str:
    # Bound to the visitor: a cookie copied to another browser opens nothing there.
    told = f"family\0{name}\0{until}\0{visitor(request, house).token}"
    return hmac.digest(house.secret, told.encode(), hashlib.sha256).hex()

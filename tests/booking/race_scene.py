"""What two people race for: rounds made by SQL, each with an offer of its own, and what each of them presses.

A press is an HTTP request to the application. What has no page (a worker's job, the desk's change) is reached through a
route of the test's own, so that its errors become pages as they do everywhere.
"""

import hashlib
import hmac
import itertools
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, ClassVar
from uuid import UUID

import httpx
from litestar import Controller, Litestar, post
from litestar.params import FromPath
from sqlalchemy.ext.asyncio import AsyncEngine

from booking import records
from booking.links import link_key
from booking.models import Booking, Offer, Place, PlaceHold, Sitting
from booking.waiting_models import Turn, Waiting
from booking.words import PlaceState
from core.domain.clock import london
from core.domain.ids import new_id, new_token
from core.storage.drafts import Draft
from core.storage.session import Database, Session
from core.web import family
from core.web.bodies import PageRequest
from core.web.family import Door
from core.web.guards import anyone
from core.web.house import House
from core.web.replies import Page, see
from tests.booking.support import PARENT, TUESDAY_9AM, information
from tests.support.house import ADDRESS

EARLY = london(2026, 11, 23, 10)
# What runs out in between: a hold after 15 minutes, and an offered place a minute after EARLY, which anyone may take
# another quarter of an hour later.
HOLD_ENDS, TURN_ENDS = EARLY + timedelta(minutes=15), EARLY + timedelta(minutes=1)
LATE = EARLY + timedelta(minutes=16)


class Op(StrEnum):
    """What can be done with a place."""

    HOLD = "hold"
    CONFIRM = "confirm"
    OFFER = "offer"
    ACCEPT = "accept"
    CANCEL = "cancel"
    MOVE = "move"
    EXPIRE = "expire"
    CUT = "capacity cut"
    CANCEL_SITTING = "sitting cancelled"


@dataclass
class Round:
    """One offer with the sitting that is raced for and another beside it. `place` is the seat in question."""

    offer: Offer
    sitting: Sitting
    other: Sitting
    places: list[Place]
    rows: list[Any] = field(default_factory=list)
    presses: list[Callable[[], Awaitable[httpx.Response]]] = field(default_factory=list)

    @property
    def place(self) -> Place:
        return self.places[0]


class Presses(Controller):
    """A route for what has no page. `what` names a piece of work of the test."""

    path = "/race"
    include_in_schema = False
    guards: ClassVar = [anyone]  # type: ignore[misc]
    opt: ClassVar = {"csrf": False}  # type: ignore[misc]
    work: ClassVar[dict[UUID, Callable[[], Awaitable[object]]]] = {}

    @post("/{what:uuid}", status_code=200)
    async def press(self, request: PageRequest, what: FromPath[UUID]) -> Page:
        """Does it, and sends on."""
        await self.work.pop(what)()
        return see(request, "/")


@dataclass
class Stage:
    """Two applications over one database: what the first reads off its clock is older than the second's. So is the
    clock of whoever has waited for a lock. `filled_in` is the draft of a family before its last button."""

    early: Litestar
    late: Litestar
    engine: AsyncEngine
    filled_in: Draft

    @property
    def db(self) -> Database:
        return self.house(self.early).db

    def house(self, app: Litestar) -> House:
        house: House = app.state.house
        return house

    def http(self, app: Litestar, cookies: dict[str, str] | None = None) -> httpx.AsyncClient:
        one = browser(app)
        for name, value in (cookies or {}).items():
            one.cookies.set(f"__Host-{name}", value)
        return one

    def later(self, work: Callable[[], Awaitable[object]]) -> Callable[[], Awaitable[httpx.Response]]:
        """A press of what has no page."""

        async def press() -> httpx.Response:
            what = new_id()
            Presses.work[what] = work
            async with self.http(self.early) as one:
                return await one.post(f"/race/{what}")

        return press


_HOMES = itertools.count()


def browser(app: Litestar) -> httpx.AsyncClient:
    """A browser in a home of its own: what one address may do is tested elsewhere."""
    n = next(_HOMES)
    home = (f"10.{n >> 16 & 255}.{n >> 8 & 255}.{n & 255}", 1)
    transport: Any = httpx.ASGITransport(app=app, raise_app_exceptions=False, client=home)  # type: ignore[arg-type]
    return httpx.AsyncClient(transport=transport, base_url=ADDRESS)


def form_token(house: House, visitor: str) -> str:
    """What a page would have put into its form for this visitor."""
    nonce = new_token()[:22]
    return nonce + hmac.digest(house.secret, f"csrf\0{nonce}\0{visitor}\0".encode(), hashlib.sha256).hex()


def new_round(n: int, *, seats: int) -> Round:
    """An offer, two sittings and their places, not stored yet."""
    offer = information(capacity=seats)
    offer.id = new_id()
    at = TUESDAY_9AM + timedelta(minutes=n)
    one, two = (_sitting(offer, at + hours) for hours in (timedelta(), timedelta(hours=2)))
    made = Round(offer, one, two, [_place(one, seat) for seat in range(1, seats + 1)])
    made.rows = [*made.places]
    return made


def _sitting(offer: Offer, at: datetime) -> Sitting:
    return Sitting(
        id=new_id(), offer_id=offer.id, starts_at=at, ends_at=at + timedelta(minutes=30), join_code=new_token()
    )


def _place(sitting: Sitting, seat: int) -> Place:
    return Place(id=new_id(), sitting_id=sitting.id, offer_id=sitting.offer_id, starts_at=sitting.starts_at, seat=seat)


async def store(session: Session, rounds: list[Round]) -> None:
    """Parents before children; nobody is told, nothing is planned: only the rows are there."""
    session.add_all([one.offer for one in rounds])
    await session.flush()
    session.add_all([sitting for one in rounds for sitting in (one.sitting, one.other)])
    await session.flush()
    rows = [row for one in rounds for row in one.rows]
    for kind in (Booking, Waiting, PlaceHold, Draft, Place, Turn):
        session.add_all([row for row in rows if type(row) is kind])
        await session.flush()


# What each of them needs, and the press itself


def add_hold(stage: Stage, it: Round, app: Litestar) -> None:
    """A family that has the list open and presses the time."""
    visitor = new_token()
    token = form_token(stage.house(app), visitor)

    async def press() -> httpx.Response:
        async with stage.http(app, {"visitor": visitor}) as browser:
            return await browser.post("/sessions/hold", data={"form_token": token, "sitting": str(it.sitting.id)})

    it.presses.append(press)


def add_confirm(stage: Stage, it: Round, app: Litestar, *, keeps: bool, twice: bool = False) -> None:
    """A family on the page that shows their answers. `keeps`: their hold still has the place; else it ran out."""
    visitor, house = new_token(), stage.house(app)
    owner, hold_id, draft_id = house.keys.fingerprint("visitor", visitor), new_id(), new_id()
    until = HOLD_ENDS if keeps else EARLY
    it.rows.append(
        PlaceHold(id=hold_id, visitor=owner, offer_id=it.offer.id, sitting_id=it.sitting.id, until=until, made_at=EARLY)
    )
    if keeps:
        it.place.state, it.place.held_by, it.place.held_until = PlaceState.HELD, hold_id, HOLD_ENDS
    it.rows.append(
        Draft(
            id=draft_id, owner=owner, journey=stage.filled_in.journey, version=stage.filled_in.version,
            about=hold_id, answers=dict(stage.filled_in.answers), started_at=EARLY, saved_at=EARLY,
        )
    )  # fmt: skip
    sent = {"form_token": form_token(house, visitor), "draft": str(draft_id), "stands_for": str(it.sitting.id)}

    async def press() -> httpx.Response:
        async with stage.http(app, {"visitor": visitor}) as browser:
            return await browser.post(f"/sessions/hold/{hold_id}/check", data=sent)

    it.presses += [press, press] if twice else [press]


def booking_on(sitting: Sitting, token: str) -> Booking:
    """A live booking that has no place yet."""
    booking = records.new_booking(sitting, new_id(), token, PARENT, EARLY)
    booking.id = new_id()
    return booking


def add_cancel(stage: Stage, it: Round, app: Litestar, place: Place) -> None:
    """A family whose booking has this place, and who presses cancel, and presses it again."""
    token, visitor, house = new_token(), new_token(), stage.house(app)
    booking = booking_on(it.sitting, token)
    place.state, place.booking_id = PlaceState.BOOKED, booking.id
    it.rows.append(booking)
    cookies, sent = let_in(house, visitor, token), {"form_token": form_token(house, visitor), "why": ""}

    async def press() -> httpx.Response:
        async with stage.http(app, cookies) as browser:
            return await browser.post(f"/bookings/{token}/cancel", data=sent)

    it.presses += [press, press]


def add_move(stage: Stage, it: Round, app: Litestar) -> None:
    """A family booked on the other sitting who moves to this one."""
    token, visitor, house = new_token(), new_token(), stage.house(app)
    booking = booking_on(it.other, token)
    place = _place(it.other, 1 + sum(isinstance(row, Place) and row.sitting_id == it.other.id for row in it.rows))
    place.state, place.booking_id = PlaceState.BOOKED, booking.id
    it.rows += [booking, place]
    sent = {"form_token": form_token(house, visitor), "sitting": str(it.sitting.id)}
    cookies = let_in(house, visitor, token)

    async def press() -> httpx.Response:
        async with stage.http(app, cookies) as browser:
            return await browser.post(f"/bookings/{token}/move", data=sent)

    it.presses.append(press)


def let_in(house: House, visitor: str, token: str) -> dict[str, str]:
    """The cookies of a family whose door is open."""
    cookie = f"__Host-visitor={visitor}".encode()
    request: PageRequest = PageRequest({"type": "http", "headers": [(b"cookie", cookie)], "state": {}})  # type: ignore[arg-type]
    reply = family.let_in(request, house, Page("", status_code=200), Door("booking", link_key(token)))
    _, _, value = reply.headers["Set-Cookie"].partition(";")[0].partition("=")
    return {"visitor": visitor, "family": value.strip('"')}

"""One's own duties in one's own calendar: giving out the address, ending it, and what a calendar reads there."""

from datetime import timedelta
from typing import Any, ClassVar
from urllib.parse import urlsplit
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.params import FromPath

from accounts.api import actor_of, staff_views
from advice_line import rota_calendar, rota_feed, rota_queries
from advice_line.rota_pages import ROTA
from core.domain.clock import london_day
from core.domain.errors import NotFound
from core.domain.identity import Right
from core.storage.session import Session
from core.web.bodies import PageRequest
from core.web.guards import anyone, staff
from core.web.house import InHouse
from core.web.replies import Page, download, page, see

FEED = "/duty-feed"


class RotaCalendar(Controller):
    """Following one's duties, and ending it."""

    path = f"{ROTA}/calendar"
    include_in_schema = False
    guards: ClassVar = [staff(Right.MAKE_CALLS)]  # type: ignore[misc]

    @get("/")
    async def show(self, request: PageRequest, house: InHouse) -> Page:
        async with house.db.transaction() as session:
            since = await rota_feed.started_at(session, request.scope["user"])
        ended = "ended" in request.query_params
        return page(request, house, "advice_line/rota_feed.html", since=since, feed="", ended=ended)

    @post("/", status_code=200)
    async def follow(self, request: PageRequest, house: InHouse) -> Page:
        """A new address, shown this once."""
        async with house.db.transaction() as session:
            secret = await rota_feed.start(session, request.scope["user"], house.clock.now())
        feed = f"webcal://{urlsplit(house.address).netloc}{FEED}/{secret}.ics"
        return page(request, house, "advice_line/rota_feed.html", since=house.clock.now(), feed=feed, ended=False)

    @post("/stop", status_code=200)
    async def stop(self, request: PageRequest, house: InHouse) -> Page:
        async with house.db.transaction() as session:
            await rota_feed.stop(session, request.scope["user"], house.clock.now())
        return see(request, f"{ROTA}/calendar?ended=1")


class DutyFeed(Controller):
    """What a calendar reads again and again; it cannot sign in, so it learns hours and nothing else."""

    path = FEED
    include_in_schema = False
    guards: ClassVar = [anyone]  # type: ignore[misc]

    @get("/{name:str}")
    async def feed(self, house: InHouse, name: FromPath[str]) -> Response[Any]:
        """The sessions of two weeks behind and twelve ahead, as they stand. NotFound once its owner has left."""
        house, now = await house.today(), house.clock.now()
        first, last = rota_calendar.days_shown(london_day(now))
        async with house.db.transaction() as session:
            mine = await _whose(session, name.removesuffix(".ics"))
            found = await rota_queries.stretch(session, first, last)
        days = (first + timedelta(days=n) for n in range((last - first).days + 1))
        held = [(day, one) for day in days for one in found.on(day, house.profile.calendar) if one.staff_id == mine]
        content = rota_calendar.calendar_file(held, house.profile, now)
        return download(content, "text/calendar; charset=utf-8", "duties.ics")


async def _whose(session: Session, secret: str) -> UUID:
    staff_id = await rota_feed.whose(session, secret)
    view = (await staff_views(session, {staff_id})).get(staff_id) if staff_id else None
    if view is None or not view.active or not actor_of(view).may(Right.MAKE_CALLS):
        raise NotFound("no such feed")
    return view.id


HANDLERS = [RotaCalendar, DutyFeed]

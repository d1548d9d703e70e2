"""What anyone may see and do: find a time, hold it, say who comes, confirm."""

from typing import Any, ClassVar
from uuid import UUID

from litestar import Controller, get, post
from litestar.params import FromPath

from booking import forms, presenters, queries, service
from booking.letters import Letterhead
from booking.words import HoldView, OfferKind, OfferView, Wanted
from core.domain.clock import london_day
from core.domain.errors import NotFound, PlaceGone
from core.domain.identity import PUBLIC
from core.domain.ids import new_token
from core.storage.drafts import Draft
from core.storage.session import Session
from core.web.bodies import PageRequest, first, read_body
from core.web.family import Door, let_in
from core.web.guards import anyone
from core.web.house import House, InHouse
from core.web.journey import Journey
from core.web.journey_pages import JourneyPages, Sent
from core.web.questions import Answers
from core.web.replies import Page, is_htmx, page, see
from core.web.visitors import owner_hash

ROOM = "booking"
_SCREENINGS = (OfferKind.SCREENING,)
_SESSIONS = (OfferKind.INFORMATION, OfferKind.WORKSHOP)
_NEXT_FREE = 8


class Clinics(Controller):
    """Screening clinics: free times by day, for the disciplines that offer them."""

    path = "/clinics"
    include_in_schema = False
    guards: ClassVar = [anyone]  # type: ignore[misc]

    @get("/")
    async def times(self, request: PageRequest, house: InHouse) -> Page:
        """Free times, soonest first; `discipline`, `day` and `after` in the address narrow them."""
        wanted, now = forms.wanted(request.query_params, _SCREENINGS), house.clock.now()
        async with house.db.transaction() as session:
            offers = await queries.public_offers(session, _SCREENINGS)
            found = await queries.free_sittings(session, wanted, now, queries.PAGE + 1)
        shown = found[: queries.PAGE]
        day = request.query_params.get("day", "") if wanted.since else ""
        context: dict[str, Any] = {
            "offers": list(offers.values()),
            "therapies": presenters.therapies(offers.values(), house.profile, wanted.discipline),
            "days": presenters.by_day(shown, offers),
            "discipline": wanted.discipline or "",
            "day": day,
            "day_items": presenters.days_ahead(
                house.profile.calendar, london_day(now), house.profile.booking.weeks_ahead, day
            ),
            "more": forms.mark(shown[-1].starts_at, shown[-1].id) if len(found) > len(shown) else "",
        }
        template = "booking/times.html" if is_htmx(request) else "booking/clinics.html"
        return page(request, house, template, **context)

    @get("/{offer_id:uuid}")
    async def clinic(self, request: PageRequest, house: InHouse, offer_id: FromPath[UUID]) -> Page:
        """What a clinic is for, and its next free times."""
        return await _offer_page(request, house, offer_id, _SCREENINGS)

    @post("/hold", status_code=200)
    async def hold(self, request: PageRequest, house: InHouse) -> Page:
        """Keeps the chosen time while the form is filled in."""
        return await _hold(request, house)


class Sessions(Controller):
    """Information sessions and workshops, with the places left."""

    path = "/sessions"
    include_in_schema = False
    guards: ClassVar = [anyone]  # type: ignore[misc]

    @get("/")
    async def sessions(self, request: PageRequest, house: InHouse) -> Page:
        """What is coming up, full ones too, soonest first."""
        wanted, now = forms.wanted(request.query_params, _SESSIONS), house.clock.now()
        async with house.db.transaction() as session:
            offers = await queries.public_offers(session, _SESSIONS)
            found = await queries.upcoming_sittings(session, wanted, now, queries.PAGE + 1)
        shown = found[: queries.PAGE]
        lines = [presenters.line(sitting, offers[sitting.offer_id]) for sitting in shown]
        more = forms.mark(shown[-1].starts_at, shown[-1].id) if len(found) > len(shown) else ""
        return page(request, house, "booking/sessions.html", lines=lines, more=more)

    @get("/{offer_id:uuid}")
    async def one(self, request: PageRequest, house: InHouse, offer_id: FromPath[UUID]) -> Page:
        """What a session is about, and when it is held."""
        return await _offer_page(request, house, offer_id, _SESSIONS)

    @post("/hold", status_code=200)
    async def hold(self, request: PageRequest, house: InHouse) -> Page:
        """Keeps a place while the form is filled in."""
        return await _hold(request, house)


async def _offer_page(request: PageRequest, house: House, offer_id: UUID, kinds: tuple[OfferKind, ...]) -> Page:
    wanted = Wanted(kinds, offer_id=offer_id, after=forms.read_mark(request.query_params.get("after", "")))
    async with house.db.transaction() as session:
        offer = await queries.public_offer(session, offer_id)
        if offer is None or offer.kind not in kinds:
            raise NotFound("no such offer")
        found = await queries.free_sittings(session, wanted, house.clock.now(), queries.PAGE + 1)
    shown = found[: queries.PAGE]
    more = forms.mark(shown[-1].starts_at, shown[-1].id) if len(found) > len(shown) else ""
    days = presenters.by_day(shown, {offer.id: offer})
    return page(request, house, "booking/offer.html", offer=offer, days=days, more=more, room=presenters.room(offer))


async def _hold(request: PageRequest, house: House) -> Page:
    sitting_id = forms.read_id(first(await read_body(request), "sitting"))
    if sitting_id is None:
        raise NotFound("not a sitting")
    visitor, minutes = owner_hash(request, house), house.profile.booking.hold_minutes
    try:
        async with house.db.transaction() as session:
            hold_id = await service.hold_place(session, visitor, sitting_id, minutes, house.clock.now())
            offer = await queries.offer_of(session, sitting_id)
    except PlaceGone:
        return await _gone(request, house, sitting_id)
    if offer is None:
        raise NotFound("no such sitting")
    return see(request, f"{presenters.room(offer)}/hold/{hold_id}")


async def _gone(request: PageRequest, house: House, sitting_id: UUID) -> Page:
    """Someone else was first: says so plainly, with the next free times."""
    async with house.db.transaction() as session:
        offer = await queries.offer_of(session, sitting_id)
        if offer is None:
            raise NotFound("no such sitting")
        days = await _next_free(session, offer, house)
    return page(request, house, "booking/gone.html", status=409, offer=offer, days=days, room=presenters.room(offer))


async def _next_free(session: Session, offer: OfferView, house: House) -> list[presenters.Day]:
    wanted = Wanted((offer.kind,), offer_id=offer.id)
    found = await queries.free_sittings(session, wanted, house.clock.now(), _NEXT_FREE)
    return presenters.by_day(found, {offer.id: offer})


def _to_gone(request: PageRequest, _: PlaceGone) -> Page:
    """A held time was lost on the way: to the page that says so, where what was typed is still kept."""
    room = request.url.path.split("/hold/")[0]
    return see(request, f"{room}/hold/{request.path_params['about']}/gone")


class HoldPages(JourneyPages):
    """From a held time to a booking. `about` is the hold; its draft stays when another time is chosen."""

    asked_on: ClassVar[str] = "booking/step.html"
    checked_on: ClassVar[str] = "booking/check.html"
    asked: ClassVar[Journey]
    exception_handlers: ClassVar = {PlaceGone: _to_gone}  # type: ignore[misc]

    def journey(self, house: House) -> Journey:
        return self.asked

    @get("/")
    async def start(self, request: PageRequest, house: InHouse, about: FromPath[UUID]) -> Page:
        """Where a hold begins; after it was booked, its confirmation."""
        hold = await self._hold(request, house, about)
        return see(request, f"{self.base(request)}/{'sent' if hold.ended else self.asked.steps[0].slug}")

    @get("/gone")
    async def gone(self, request: PageRequest, house: InHouse, about: FromPath[UUID]) -> Page:
        """The time was let go and someone else has it: the next free ones. What was typed is kept."""
        hold = await self._hold(request, house, about)
        if hold.ended:
            return see(request, f"{self.base(request)}/sent")
        async with house.db.transaction() as session:
            days = await _next_free(session, hold.offer, house)
        return page(
            request,
            house,
            "booking/gone.html",
            status=409,
            offer=hold.offer,
            days=days,
            room=presenters.room(hold.offer),
        )

    @post("/let-go", status_code=200)
    async def let_go(self, request: PageRequest, house: InHouse, about: FromPath[UUID]) -> Page:
        """Gives the time back at once."""
        async with house.db.transaction() as session:
            await service.let_go(session, owner_hash(request, house), about, house.clock.now())
        return see(request, self.way_out(request))

    async def stands_for(self, request: PageRequest, house: House) -> str:
        """The sitting whose time is held: another tab may have chosen another since."""
        return str((await self._hold(request, house, request.path_params["about"])).sitting_id)

    def way_out(self, request: PageRequest) -> str:
        """The list of times."""
        return self.path.split("/hold/")[0]

    async def aside(self, request: PageRequest, house: House) -> dict[str, Any]:
        """The time that is held and how long. Raises PlaceGone when it has been booked already."""
        hold = await self._hold(request, house, request.path_params["about"])
        if hold.ended:
            raise PlaceGone("booked already")
        return presenters.hold_words(hold, house.clock.now())

    async def _hold(self, request: PageRequest, house: House, about: UUID) -> HoldView:
        async with house.db.transaction() as session:
            hold = await queries.hold_of(session, owner_hash(request, house), about)
        if hold is None or not self.path.startswith(presenters.room(hold.offer)):
            raise NotFound("no such hold of this visitor")
        return hold

    async def send(self, session: Session, house: House, draft: Draft, answers: Answers) -> Sent:
        """Books the held place, or a free one of the same time when the hold ran out."""
        head = letterhead(house, new_token())
        attendee, now = forms.attendee(answers), house.clock.now()
        booking = await service.confirm(session, PUBLIC, draft.owner, draft.about, draft.id, attendee, head, now)
        return Sent(booking.id, head.token)

    async def sent_page(self, request: PageRequest, house: House, draft: Draft) -> Page:
        """The reference, the time in words, and the way back to this booking."""
        async with house.db.transaction() as session:
            booking = draft.sent_subject and await queries.booking_by_id(session, draft.sent_subject)
        if not booking:
            raise NotFound("no such booking")
        rows, link = presenters.booking_rows(booking), f"/bookings/{draft.sent_token}"
        reply = page(request, house, "booking/sent.html", booking=booking, rows=rows, link=link)
        return let_in(request, house, reply, Door(ROOM, booking.link))


def letterhead(house: House, token: str) -> Letterhead:
    return Letterhead(house.profile.service, house.profile.phone, house.address, token)


class ScreeningPages(HoldPages):
    path = "/clinics/hold/{about:uuid}"
    asked = forms.SCREENING


class SessionPages(HoldPages):
    path = "/sessions/hold/{about:uuid}"
    asked = forms.SESSION


HANDLERS = [Clinics, Sessions, ScreeningPages, SessionPages]

"""The waiting list: join it, see where one stands, leave it, and say yes or no to a place with one tap."""

from typing import Any, ClassVar
from uuid import UUID

from litestar import Controller, get, post
from litestar.params import FromPath

from booking import family_queries, forms, links, presenters, queries, waiting, waiting_forms
from booking.hold_pages import letterhead
from booking.limits import TwiceAlready
from booking.waiting_words import LinkKind, TurnView, WaitingView
from booking.words import OfferView, Wanted
from core.domain.errors import NotFound, PlaceGone
from core.domain.identity import PUBLIC
from core.domain.ids import new_token
from core.storage.drafts import Draft
from core.storage.session import Session
from core.web.bodies import PageRequest
from core.web.guards import family
from core.web.house import House, InHouse
from core.web.journey import Journey
from core.web.journey_pages import JourneyPages, Sent
from core.web.questions import Answers
from core.web.replies import Page, page, see

_NEXT_FREE = 8


class WaitPages(JourneyPages):
    """Joining the list of one offer; `about` is the offer."""

    asked_on: ClassVar[str] = "booking/wait_step.html"
    checked_on: ClassVar[str] = "booking/wait_check.html"
    asked: ClassVar[Journey]

    def journey(self, house: House) -> Journey:
        return self.asked

    @get("/")
    async def start(self, request: PageRequest, house: InHouse, about: FromPath[UUID]) -> Page:
        """The first question."""
        await self._offer(house, about)
        return see(request, f"{self.base(request)}/{self.asked.steps[0].slug}")

    def way_out(self, request: PageRequest) -> str:
        return self.path.split("/wait/")[0]

    async def aside(self, session: Session, request: PageRequest, house: House) -> dict[str, object]:
        return {"offer": await self._public(session, request.path_params["about"])}

    async def send(self, session: Session, house: House, draft: Draft, answers: Answers) -> Sent:
        """Puts them on the list. Whoever was on it already gets the link where they were told of it first."""
        wish, who = waiting_forms.wish(draft.about, answers), forms.attendee(answers)
        joined = await waiting.join(session, PUBLIC, draft.id, wish, who, letterhead(house, ""), house.clock.now())
        return Sent(joined.waiting_id, joined.token)

    async def sent_page(self, request: PageRequest, house: House, draft: Draft) -> Page:
        """What happens next, and the way to their place on the list."""
        offer = await self._offer(house, draft.about)
        return page(request, house, "booking/wait_sent.html", offer=offer, token=draft.sent_token or "")

    async def _offer(self, house: House, offer_id: UUID) -> OfferView:
        async with house.db.transaction() as session:
            return await self._public(session, offer_id)

    async def _public(self, session: Session, offer_id: UUID) -> OfferView:
        offer = await queries.public_offer(session, offer_id)
        if offer is None or not self.path.startswith(presenters.room(offer)):
            raise NotFound("no such offer")
        return offer


class WaitForClinic(WaitPages):
    path = "/clinics/wait/{about:uuid}"
    asked = waiting_forms.WAIT_SCREENING


class WaitForSession(WaitPages):
    path = "/sessions/wait/{about:uuid}"
    asked = waiting_forms.WAIT_SESSION


class WaitingList(Controller):
    """One's own place on the list, by its secret link. Nothing about a child is shown, so nothing more is asked."""

    path = "/waiting"
    include_in_schema = False
    guards: ClassVar = [family]  # type: ignore[misc]

    @get("/{token:str}")
    async def place(self, request: PageRequest, house: InHouse, token: FromPath[str]) -> Page:
        """How many come first, and what they wait for."""
        view = await _waiting(house, token)
        wishes = presenters.wishes(view.days, view.parts)
        context: dict[str, Any] = {
            "waiting": view,
            "wishes": wishes,
            "base": f"/waiting/{token}",
            "room": presenters.room(view.offer),
        }
        return page(request, house, "booking/waiting.html", **context)

    @post("/{token:str}/leave", status_code=200)
    async def leave(self, request: PageRequest, house: InHouse, token: FromPath[str]) -> Page:
        """Takes them off the list."""
        view = await _waiting(house, token)
        async with house.db.transaction() as session:
            await waiting.leave(session, PUBLIC, view.id, letterhead(house, ""), house.clock.now())
        return see(request, f"/waiting/{token}")

    @get("/offers/{token:str}")
    async def offered(self, request: PageRequest, house: InHouse, token: FromPath[str]) -> Page:
        """The place that is kept, until when, and two buttons. Opening it takes nothing: mail programs open links."""
        return await _turn_page(request, house, token)

    @post("/offers/{token:str}/yes", status_code=200)
    async def accept(self, request: PageRequest, house: InHouse, token: FromPath[str]) -> Page:
        """Books the place with all that was told when joining."""
        turn_id, now = await _subject(house, LinkKind.TURN, token), house.clock.now()
        try:
            async with house.db.transaction() as session:
                await waiting.accept(session, PUBLIC, turn_id, letterhead(house, new_token()), now)
        except PlaceGone:
            return await _turn_page(request, house, token, gone=True)
        except TwiceAlready:
            return page(request, house, "booking/twice.html", status=409, room="/clinics")
        return see(request, f"/waiting/offers/{token}")

    @post("/offers/{token:str}/no", status_code=200)
    async def decline(self, request: PageRequest, house: InHouse, token: FromPath[str]) -> Page:
        """Lets the next one have it; they wait on."""
        turn_id = await _subject(house, LinkKind.TURN, token)
        async with house.db.transaction() as session:
            await waiting.decline(session, PUBLIC, turn_id, letterhead(house, ""), house.clock.now())
        return see(request, f"/waiting/offers/{token}")


async def _subject(house: House, kind: LinkKind, token: str) -> UUID:
    async with house.db.transaction() as session:
        subject = await links.subject_of(session, kind, token)
    if subject is None:
        raise NotFound("no such link")
    return subject


async def _waiting(house: House, token: str) -> WaitingView:
    waiting_id = await _subject(house, LinkKind.WAITING, token)
    async with house.db.transaction() as session:
        view = await family_queries.waiting_view(session, waiting_id)
    if view is None:
        raise NotFound("nobody waits here")
    return view


async def _turn_page(request: PageRequest, house: House, token: str, *, gone: bool = False) -> Page:
    turn_id, now = await _subject(house, LinkKind.TURN, token), house.clock.now()
    async with house.db.transaction() as session:
        turn = await family_queries.turn_view(session, turn_id, now)
        if turn is None:
            raise NotFound("no such turn")
        days = [] if turn.still or turn.state == "taken" else await _next_free(session, turn, house)
    gone = gone or (turn.state == "open" and not turn.still)
    context: dict[str, Any] = {
        "turn": turn,
        "days": days,
        "base": f"/waiting/offers/{token}",
        "room": presenters.room(turn.offer),
    }
    return page(request, house, "booking/turn.html", status=409 if gone else 200, gone=gone, **context)


async def _next_free(session: Session, turn: TurnView, house: House) -> list[presenters.Day]:
    wanted = Wanted((turn.offer.kind,), offer_id=turn.offer.id)
    found = await queries.free_sittings(session, wanted, house.clock.now(), _NEXT_FREE)
    return presenters.by_day(found, {turn.offer.id: turn.offer})


HANDLERS = [WaitForClinic, WaitForSession, WaitingList]

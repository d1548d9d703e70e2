"""From a held time to a booking: say who comes, check, confirm. Every way out of a lost race is a plain page."""

from dataclasses import replace
from typing import Any, ClassVar
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath

from booking import family_queries, fitting, forms, holds, known, known_holds, presenters, queries, service
from booking.hold_choice import gone_page
from booking.holds import OtherTime
from booking.known_words import FamilyOver
from booking.letters import Letterhead
from booking.limits import TwiceAlready
from booking.words import HoldView
from core.domain.errors import NotFound, PlaceGone
from core.domain.identity import PUBLIC
from core.domain.ids import new_token
from core.storage.drafts import Draft
from core.storage.session import Session
from core.web import journey as walk
from core.web.bodies import PageRequest, first, read_body, read_form
from core.web.family import Door, let_in
from core.web.house import House, InHouse
from core.web.journey import Journey
from core.web.journey_pages import JourneyPages, Sent
from core.web.questions import Answers
from core.web.replies import Page, page, see
from core.web.visitors import owner_hash

ROOM = "booking"


def _to_gone(request: PageRequest, lost: PlaceGone) -> Page:
    """A held time was lost on the way: to the page that says so, where what was typed is still kept."""
    room = request.url.path.split("/hold/")[0]
    group = "?group=1" if isinstance(lost, service.GroupGone) else ""
    return see(request, f"{room}/hold/{request.path_params['about']}/gone{group}")


def _to_check(request: PageRequest, _: OtherTime) -> Page:
    """Another time was chosen in another tab: shown once more before anything is booked."""
    return see(request, request.url.path)


def _family_over(request: PageRequest, _: FamilyOver) -> Page:
    """What was known of the family is no longer kept: whoever pressed something is told; whoever only looks is led
    back to the times."""
    room = request.url.path.split("/hold/")[0]
    if request.method == "GET":
        return see(request, room)
    return page(request, request.app.state.house, "booking/family_over.html", status=409, room=room)


def _twice(request: PageRequest, _: TwiceAlready) -> Page:
    house: House = request.app.state.house
    return page(request, house, "booking/twice.html", status=409, room=request.url.path.split("/hold/")[0])


class HoldPages(JourneyPages):
    """From a held time to a booking. `about` is the hold; its draft stays when another time is chosen."""

    asked_on: ClassVar[str] = "booking/step.html"
    checked_on: ClassVar[str] = "booking/check.html"
    asked: ClassVar[Journey]
    exception_handlers: ClassVar = {  # type: ignore[misc]
        PlaceGone: _to_gone,
        OtherTime: _to_check,
        TwiceAlready: _twice,
        FamilyOver: _family_over,
    }

    def journey(self, house: House) -> Journey:
        return self.asked

    @get("/")
    async def start(self, request: PageRequest, house: InHouse, about: FromPath[UUID]) -> Page:
        """Where a hold begins; after it was booked, its confirmation."""
        hold = await self._hold(request, house, about)
        if hold.ended:
            return see(request, f"{self.base(request)}/sent")
        begins = "fit" if hold.offer.asks else await self._first_page(request, house, hold)
        return see(request, f"{self.base(request)}/{begins}")

    async def _first_page(self, request: PageRequest, house: House, hold: HoldView) -> str:
        """The first question; for a family that is known, the first that nobody has answered, and from there to the
        next of those."""
        if hold.family is None:
            return self.asked.steps[0].slug
        async with house.db.transaction() as session:
            draft = await self._draft(session, request, house)
        following = walk.first_unanswered(self.asked, draft.answers if draft else {})
        return f"{following.slug}?change=1" if following else "check"

    @get("/fit")
    async def fit(self, request: PageRequest, house: InHouse, about: FromPath[UUID]) -> Page:
        """Is this the right thing? Asked once, kept nowhere."""
        hold = await self._hold(request, house, about)
        return self._fit(request, house, hold, fitting.blank(hold.offer))

    @post("/fit", status_code=200)
    async def advise(self, request: PageRequest, house: InHouse, about: FromPath[UUID]) -> Page:
        """Says what may help more where an answer was no. Everyone may go on."""
        hold = await self._hold(request, house, about)
        form = await read_form(request, house, fitting.questions(hold.offer))
        if form.answers is None:
            return self._fit(request, house, hold, form)
        way_on = f"{self.base(request)}/{await self._first_page(request, house, hold)}"
        if not (advice := fitting.advice(hold.offer, form.answers)):
            return see(request, way_on)
        words = self._beside(request, house, hold)
        return page(request, house, "booking/advice.html", advice=advice, way_on=way_on, journey=self.asked, **words)

    def _fit(self, request: PageRequest, house: House, hold: HoldView, form: Any) -> Page:
        status, words = (422 if form.errors else 200), self._beside(request, house, hold)
        return page(request, house, "booking/fit.html", status=status, form=form, journey=self.asked, **words)

    @post("/extend", status_code=200)
    async def extend(self, request: PageRequest, house: InHouse, about: FromPath[UUID]) -> Page:
        """Keeps the time for longer, once, and leads back to where they were."""
        minutes, now = house.profile.booking.hold_minutes, house.clock.now()
        async with house.db.transaction() as session:
            await holds.extend_hold(session, owner_hash(request, house), about, minutes, now)
        back, _, change = first(await read_body(request), "back").partition("?")
        slugs = {"check", "fit", *(step.slug for step in self.asked.steps)}
        still = "?change=1" if change and back in slugs else ""
        return see(request, f"{self.base(request)}/{back if back in slugs else ''}{still}")

    @get("/gone")
    async def gone(self, request: PageRequest, house: InHouse, about: FromPath[UUID]) -> Page:
        """The time was let go and someone else has it: the next free ones. What was typed is kept."""
        hold = await self._hold(request, house, about)
        if hold.ended:
            return see(request, f"{self.base(request)}/sent")
        return await gone_page(request, house, hold.offer, group="group" in request.query_params)

    @post("/let-go", status_code=200)
    async def let_go(self, request: PageRequest, house: InHouse, about: FromPath[UUID]) -> Page:
        """Gives the time back at once."""
        async with house.db.transaction() as session:
            await service.let_go(session, owner_hash(request, house), about, house.clock.now())
        return see(request, self.way_out(request))

    async def still_stands(self, session: Session, request: PageRequest, house: House, shown: str) -> None:
        hold = await holds.check_time(session, owner_hash(request, house), request.path_params["about"], shown)
        await known_holds.still_for(session, hold, request.user, house.clock.now())

    async def nothing_to_send(self, session: Session, request: PageRequest, house: House) -> None:
        """FamilyOver when it was for a family this colleague books for no more."""
        await self._own(session, request, house, request.path_params["about"])

    def way_out(self, request: PageRequest) -> str:
        """The list of times."""
        return self.path.split("/hold/")[0]

    async def aside(self, session: Session, request: PageRequest, house: House) -> dict[str, Any]:
        """The time that is held and how long. Raises PlaceGone when it has been booked already. What is sent besides
        the answers is the sitting: another tab may choose another meanwhile."""
        hold = await self._own(session, request, house, request.path_params["about"])
        return self._beside(request, house, hold) | {"stands_for": str(hold.sitting_id)}

    def _beside(self, request: PageRequest, house: House, hold: HoldView) -> dict[str, Any]:
        if hold.ended:
            raise PlaceGone("booked already")
        here = request.url.path.rstrip("/").rsplit("/", 1)[-1]
        here += "?change=1" if "change" in request.query_params else ""
        return presenters.hold_words(hold, house.clock.now()) | {"hold_base": self.base(request), "here": here}

    async def _hold(self, request: PageRequest, house: House, about: UUID) -> HoldView:
        async with house.db.transaction() as session:
            return await self._own(session, request, house, about)

    async def _own(self, session: Session, request: PageRequest, house: House, about: UUID) -> HoldView:
        hold = await queries.hold_of(session, owner_hash(request, house), about)
        if hold is None or not self.path.startswith(presenters.room(hold.offer)):
            raise NotFound("no such hold of this visitor")
        family = await known_holds.family_of(session, hold, request.user, house.clock.now())
        return replace(hold, family=await known.inset_of(session, family)) if family else hold

    async def send(self, session: Session, house: House, draft: Draft, answers: Answers) -> Sent:
        """Books the held place, or a free one of the same time when the hold ran out."""
        head = letterhead(house, new_token())
        attendee, now, family = forms.attendee(answers), house.clock.now(), known_holds.kept_for(session)
        actor = known_holds.who_books(family) if family else PUBLIC
        attendee = known_holds.on_behalf_of(family, attendee) if family else attendee
        booking = await service.confirm(session, actor, draft.owner, draft.about, draft.id, attendee, head, now)
        if family:
            await known.booked(session, family, booking, actor, now)
        return Sent(booking.id, head.token)

    async def sent_page(self, request: PageRequest, house: House, draft: Draft) -> Page:
        """The reference, the time in words, and the way back to this booking."""
        async with house.db.transaction() as session:
            booking = draft.sent_subject and await queries.booking_by_id(session, draft.sent_subject)
            others = await family_queries.group_names(session, booking.id) if booking else ()
        if not booking:
            raise NotFound("no such booking")
        rows, link = presenters.booking_rows(booking, others), f"/bookings/{draft.sent_token}"
        if (hold := await self._hold(request, house, draft.about)).family:
            # The link is the family's own: it does not stay in a colleague's browser, whatever they said of themselves.
            return page(
                request, house, "booking/sent_for_family.html", booking=booking, rows=rows, for_family=hold.family
            )
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


HANDLERS = [ScreeningPages, SessionPages]

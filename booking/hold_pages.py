"""From a held time to a booking: say who comes, check, confirm. Every way out of a lost race is a plain page."""

from datetime import timedelta
from typing import Any, ClassVar
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath

from booking import family_queries, fitting, forms, holds, limits, presenters, queries, service
from booking.holds import OtherTime
from booking.letters import Letterhead
from booking.limits import TwiceAlready
from booking.words import HoldView, OfferView, Wanted
from core.domain.errors import NotFound, PlaceGone
from core.domain.identity import PUBLIC
from core.domain.ids import new_token
from core.storage.drafts import Draft
from core.storage.session import Session
from core.web.bodies import PageRequest, first, read_body, read_form
from core.web.family import Door, let_in
from core.web.house import House, InHouse
from core.web.journey import Journey
from core.web.journey_pages import JourneyPages, Sent
from core.web.limits import Limit
from core.web.questions import Answers
from core.web.replies import Page, page, see
from core.web.visitors import owner_hash

ROOM = "booking"
_NEXT_FREE = 8
_FROM_ONE_ADDRESS = timedelta(minutes=15)


async def hold_place(request: PageRequest, house: House) -> Page:
    """Keeps the time that was pressed, and leads to the questions; or says plainly why not."""
    sitting_id = forms.read_id(first(await read_body(request), "sitting"))
    if sitting_id is None:
        raise NotFound("not a sitting")
    visitor, minutes, address = owner_hash(request, house), house.profile.booking.hold_minutes, _address(request, house)
    if address:
        allowed = house.profile.booking.holds_per_address
        await house.limits.spend(Limit("hold-address", allowed, _FROM_ONE_ADDRESS), address.hex())
    try:
        async with house.db.transaction() as session:
            now = house.clock.now()
            hold_id = await service.hold_place(session, visitor, sitting_id, minutes, now, address=address)
            offer = await queries.offer_of(session, sitting_id)
    except PlaceGone:
        return await _gone(request, house, sitting_id)
    except (limits.TooManyHolds, limits.AddressBusy) as over:
        return await _too_many(request, house, over)
    if offer is None:
        raise NotFound("no such sitting")
    return see(request, f"{presenters.room(offer)}/hold/{hold_id}")


def _address(request: PageRequest, house: House) -> bytes | None:
    """Where somebody asks from, as a keyed hash; None where addresses are not counted."""
    if not (house.profile.booking.holds_per_address and request.client):
        return None
    return house.keys.fingerprint("address", request.client.host)


async def _too_many(request: PageRequest, house: House, over: Exception) -> Page:
    async with house.db.transaction() as session:
        held = await family_queries.live_holds(session, owner_hash(request, house), house.clock.now())
    shown = held if isinstance(over, limits.TooManyHolds) else []
    lines = [
        (presenters.hold_words(hold, house.clock.now()), f"{presenters.room(hold.offer)}/hold/{hold.id}")
        for hold in shown
    ]
    return page(request, house, "booking/too_many.html", status=409, held=lines)


async def _gone(request: PageRequest, house: House, sitting_id: UUID) -> Page:
    """Someone else was first: says so plainly, with the next free times."""
    async with house.db.transaction() as session:
        offer = await queries.offer_of(session, sitting_id)
    if offer is None:
        raise NotFound("no such sitting")
    return await _gone_page(request, house, offer)


async def _gone_page(request: PageRequest, house: House, offer: OfferView, *, group: bool = False) -> Page:
    now, wanted = house.clock.now(), Wanted((offer.kind,), offer_id=offer.id)
    async with house.db.transaction() as session:
        found = await queries.free_sittings(session, wanted, now, _NEXT_FREE)
        release = None if found else await family_queries.next_release(session, wanted, now)
    days, room = presenters.by_day(found, {offer.id: offer}), presenters.room(offer)
    return page(
        request, house, "booking/gone.html", status=409, offer=offer, days=days, room=room, group=group, release=release
    )


def _to_gone(request: PageRequest, lost: PlaceGone) -> Page:
    """A held time was lost on the way: to the page that says so, where what was typed is still kept."""
    room = request.url.path.split("/hold/")[0]
    group = "?group=1" if isinstance(lost, service.GroupGone) else ""
    return see(request, f"{room}/hold/{request.path_params['about']}/gone{group}")


def _to_check(request: PageRequest, _: OtherTime) -> Page:
    """Another time was chosen in another tab: shown once more before anything is booked."""
    return see(request, request.url.path)


def _twice(request: PageRequest, _: TwiceAlready) -> Page:
    house: House = request.app.state.house
    return page(request, house, "booking/twice.html", status=409, room=request.url.path.split("/hold/")[0])


class HoldPages(JourneyPages):
    """From a held time to a booking. `about` is the hold; its draft stays when another time is chosen."""

    asked_on: ClassVar[str] = "booking/step.html"
    checked_on: ClassVar[str] = "booking/check.html"
    asked: ClassVar[Journey]
    exception_handlers: ClassVar = {PlaceGone: _to_gone, OtherTime: _to_check, TwiceAlready: _twice}  # type: ignore[misc]

    def journey(self, house: House) -> Journey:
        return self.asked

    @get("/")
    async def start(self, request: PageRequest, house: InHouse, about: FromPath[UUID]) -> Page:
        """Where a hold begins; after it was booked, its confirmation."""
        hold = await self._hold(request, house, about)
        begins = "fit" if hold.offer.asks else self.asked.steps[0].slug
        return see(request, f"{self.base(request)}/{'sent' if hold.ended else begins}")

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
        way_on = f"{self.base(request)}/{self.asked.steps[0].slug}"
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
        back = first(await read_body(request), "back")
        slugs = {"check", "fit", *(step.slug for step in self.asked.steps)}
        return see(request, f"{self.base(request)}/{back if back in slugs else ''}")

    @get("/gone")
    async def gone(self, request: PageRequest, house: InHouse, about: FromPath[UUID]) -> Page:
        """The time was let go and someone else has it: the next free ones. What was typed is kept."""
        hold = await self._hold(request, house, about)
        if hold.ended:
            return see(request, f"{self.base(request)}/sent")
        return await _gone_page(request, house, hold.offer, group="group" in request.query_params)

    @post("/let-go", status_code=200)
    async def let_go(self, request: PageRequest, house: InHouse, about: FromPath[UUID]) -> Page:
        """Gives the time back at once."""
        async with house.db.transaction() as session:
            await service.let_go(session, owner_hash(request, house), about, house.clock.now())
        return see(request, self.way_out(request))

    async def still_stands(self, session: Session, request: PageRequest, house: House, shown: str) -> None:
        await holds.check_time(session, owner_hash(request, house), request.path_params["about"], shown)

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
        return presenters.hold_words(hold, house.clock.now()) | {"hold_base": self.base(request), "here": here}

    async def _hold(self, request: PageRequest, house: House, about: UUID) -> HoldView:
        async with house.db.transaction() as session:
            return await self._own(session, request, house, about)

    async def _own(self, session: Session, request: PageRequest, house: House, about: UUID) -> HoldView:
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
            others = await family_queries.group_names(session, booking.id) if booking else ()
        if not booking:
            raise NotFound("no such booking")
        rows, link = presenters.booking_rows(booking, others), f"/bookings/{draft.sent_token}"
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

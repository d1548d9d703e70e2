"""A family's own booking, behind their link and something only they know: see, move, cancel, put in a calendar."""

from typing import Any, ClassVar

from litestar import Controller, Response, get, post
from litestar.params import FromPath

from booking import family_queries, forms, presenters, queries, rules, service
from booking.hold_pages import letterhead
from booking.words import BookingState, BookingView, Wanted
from core.domain.errors import NotFound, NotPossible, PlaceGone
from core.domain.identity import PUBLIC
from core.web import family as door
from core.web.bodies import PageRequest, first, read_body, read_form
from core.web.family import Door
from core.web.forms import Form
from core.web.guards import family
from core.web.house import House, InHouse
from core.web.replies import Page, download, page, see

_NEXT_FREE = 8
_DONE = {
    "moved": "We have moved your booking",
    "cancelled": "We have cancelled your booking",
    "contact": "We have changed how we write to you",
    "feed": "Your calendar no longer follows this booking",
}
_WHY = {
    True: "To keep your child’s details safe, tell us their date of birth.",
    False: "To keep your details safe, tell us how you booked.",
}


class Bookings(Controller):
    """`token` is the secret of the family's link. Without the door being open every page leads to it."""

    path = "/bookings/{token:str}"
    include_in_schema = False
    guards: ClassVar = [family]  # type: ignore[misc]

    @get("/")
    async def booking(self, request: PageRequest, house: InHouse, token: FromPath[str]) -> Page:
        """The booking as it stands, or the question that opens it."""
        booking = await behind(house, token)
        if not is_open(request, house, booking):
            return _ask(request, house, token, booking)
        now = house.clock.now()
        async with house.db.transaction() as session:
            others = await family_queries.group_names(session, booking.id)
            by_us = booking.state is BookingState.CANCELLED and await family_queries.we_cancelled(session, booking.id)
            wanted = Wanted((booking.offer.kind,), offer_id=booking.offer.id)
            next_free = await queries.free_sittings(session, wanted, now, _NEXT_FREE) if by_us else []
        return page(
            request,
            house,
            "booking/booking.html",
            booking=booking,
            rows=presenters.booking_rows(booking, others),
            group=1 + len(others),
            by_us=by_us,
            days=presenters.by_day(next_free, {booking.offer.id: booking.offer}),
            room=presenters.room(booking.offer),
            base=f"/bookings/{token}",
            done=_DONE.get(request.query_params.get("done", ""), ""),
            join=presenters.join_link(booking, now),
            may_change=rules.may_change(booking.state, booking.starts_at, now),
            over=booking.ends_at <= now,
        )

    @post("/", status_code=200)
    async def open(self, request: PageRequest, house: InHouse, token: FromPath[str]) -> Page:
        """Lets the family in, or asks again; each try counts."""
        booking = await behind(house, token)
        question = forms.door_question(booking.offer.asks_child)
        form = await read_form(request, house, (question,))
        if form.answers is None:
            return _ask(request, house, token, booking, form)
        await door.knock(request, house, _door(booking))
        if not _fits(booking, str(form.answers[question.id])):
            return _ask(request, house, token, booking, form.refuse(question.id, forms.NOT_THEM))
        await door.forgive(house, _door(booking))
        return door.let_in(request, house, see(request, f"/bookings/{token}"), _door(booking))

    @get("/move")
    async def other_times(self, request: PageRequest, house: InHouse, token: FromPath[str]) -> Page:
        """The free times of the same offer."""
        booking = await behind(house, token)
        if not is_open(request, house, booking):
            return see(request, f"/bookings/{token}")
        return await _times(request, house, token, booking)

    @post("/move", status_code=200)
    async def move(self, request: PageRequest, house: InHouse, token: FromPath[str]) -> Page:
        """Takes the new time and gives the old one back, or neither."""
        booking = await behind(house, token)
        if not is_open(request, house, booking):
            return see(request, f"/bookings/{token}")
        sitting_id = forms.read_id(first(await read_body(request), "sitting"))
        if sitting_id is None:
            raise NotFound("not a sitting")
        try:
            async with house.db.transaction() as session:
                head, now = letterhead(house, token), house.clock.now()
                await service.move(session, PUBLIC, booking.id, sitting_id, head, now)
        except PlaceGone:
            return await _times(request, house, token, booking, gone=True)
        return see(request, f"/bookings/{token}?done=moved")

    @get("/cancel")
    async def sure(self, request: PageRequest, house: InHouse, token: FromPath[str]) -> Page:
        """Asks whether they are sure, and why, which may be left blank."""
        booking = await behind(house, token)
        if not is_open(request, house, booking):
            return see(request, f"/bookings/{token}")
        still_changes(booking, house)
        return _sure(request, house, token, booking, Form.blank((forms.REASON,)))

    @post("/cancel", status_code=200)
    async def cancel(self, request: PageRequest, house: InHouse, token: FromPath[str]) -> Page:
        """Gives the place back."""
        booking = await behind(house, token)
        if not is_open(request, house, booking):
            return see(request, f"/bookings/{token}")
        form = await read_form(request, house, (forms.REASON,))
        if form.answers is None:
            return _sure(request, house, token, booking, form)
        why = form.answers.get(forms.REASON.id)
        async with house.db.transaction() as session:
            head, now = letterhead(house, token), house.clock.now()
            await service.cancel(session, PUBLIC, booking.id, str(why) if why else None, head, now)
        return see(request, f"/bookings/{token}?done=cancelled")

    @get("/calendar.ics")
    async def calendar(self, request: PageRequest, house: InHouse, token: FromPath[str]) -> Response[Any]:
        """The booking for a calendar; after it was cancelled, what takes it out again."""
        booking = await behind(house, token)
        if not is_open(request, house, booking):
            return see(request, f"/bookings/{token}")
        content = presenters.calendar_file(booking, house.profile.service, house.clock.now())
        return download(content, "text/calendar; charset=utf-8", "booking.ics")


async def behind(house: House, token: str) -> BookingView:
    """The booking a link opens, whether or not its door is. NotFound when we never gave it out."""
    async with house.db.transaction() as session:
        booking = await queries.booking_by_link(session, service.link_key(token))
    if booking is None:
        raise NotFound("no booking has this link")
    return booking


def _door(booking: BookingView) -> Door:
    return Door("booking", booking.link)


def is_open(request: PageRequest, house: House, booking: BookingView) -> bool:
    """True when this browser was let in to this booking."""
    return door.is_open(request, house, _door(booking))


def _ask(request: PageRequest, house: House, token: str, booking: BookingView, form: Form | None = None) -> Page:
    asks_child = booking.offer.asks_child
    return door.ask(
        request,
        house,
        forms.door_question(asks_child),
        heading="See your booking",
        why=_WHY[asks_child],
        action=f"/bookings/{token}",
        form=form,
    )


def _fits(booking: BookingView, answer: str) -> bool:
    if booking.offer.asks_child:
        return answer == booking.child_born
    return forms.is_reach(answer, booking.email, booking.phone)


def still_changes(booking: BookingView, house: House) -> None:
    if not rules.may_change(booking.state, booking.starts_at, house.clock.now()):
        raise NotPossible("begun or cancelled")


async def _times(request: PageRequest, house: House, token: str, booking: BookingView, *, gone: bool = False) -> Page:
    still_changes(booking, house)
    after = forms.read_mark(request.query_params.get("after", ""))
    wanted = Wanted((booking.offer.kind,), offer_id=booking.offer.id, after=after)
    async with house.db.transaction() as session:
        found = await queries.free_sittings(session, wanted, house.clock.now(), queries.PAGE + 1)
    shown = found[: queries.PAGE]
    others = [sitting for sitting in shown if sitting.id != booking.sitting_id]
    return page(
        request,
        house,
        "booking/move.html",
        status=409 if gone else 200,
        booking=booking,
        base=f"/bookings/{token}",
        days=presenters.by_day(others, {booking.offer.id: booking.offer}),
        more=forms.mark(shown[-1].starts_at, shown[-1].id) if len(found) > len(shown) else "",
        gone=gone,
    )


def _sure(request: PageRequest, house: House, token: str, booking: BookingView, form: Form) -> Page:
    status = 422 if form.errors else 200
    return page(
        request, house, "booking/cancel.html", status=status, booking=booking, base=f"/bookings/{token}", form=form
    )


HANDLERS = [Bookings]

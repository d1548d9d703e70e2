"""A family's booking, continued: where we write to, and a calendar that follows it."""

from typing import Any, ClassVar
from urllib.parse import urlsplit

from litestar import Controller, Response, get, post
from litestar.params import FromPath

from booking import contact_changes, forms, links, presenters, queries
from booking.family_pages import behind, is_open
from booking.hold_pages import letterhead
from booking.waiting_words import LinkKind
from booking.words import BookingView
from core.domain.errors import NotFound
from core.domain.identity import PUBLIC
from core.web.bodies import PageRequest, read_form
from core.web.forms import Form
from core.web.guards import anyone, family
from core.web.house import House, InHouse
from core.web.replies import Page, download, page, see


class BookingContact(Controller):
    """Behind the same door as the booking."""

    path = "/bookings/{token:str}"
    include_in_schema = False
    guards: ClassVar = [family]  # type: ignore[misc]

    @get("/contact")
    async def contact(self, request: PageRequest, house: InHouse, token: FromPath[str]) -> Page:
        """Where we write to now, to be changed."""
        booking = await behind(house, token)
        if not is_open(request, house, booking):
            return see(request, f"/bookings/{token}")
        answers = {"contact_by": booking.contact_by.value, "email": booking.email or "", "mobile": booking.phone or ""}
        return _contact(request, house, token, Form.blank(forms.CONTACT_CHANGE, answers))

    @post("/contact", status_code=200)
    async def change(self, request: PageRequest, house: InHouse, token: FromPath[str]) -> Page:
        """Writes there from now on, and says so there."""
        booking = await behind(house, token)
        if not is_open(request, house, booking):
            return see(request, f"/bookings/{token}")
        form = await read_form(request, house, forms.CONTACT_CHANGE)
        if form.answers is None:
            return _contact(request, house, token, form)
        async with house.db.transaction() as session:
            head, now = letterhead(house, token), house.clock.now()
            await contact_changes.change_contact(session, PUBLIC, booking.id, forms.attendee(form.answers), head, now)
        return see(request, f"/bookings/{token}?done=contact")

    @post("/feed", status_code=200)
    async def follow(self, request: PageRequest, house: InHouse, token: FromPath[str]) -> Page:
        """An address for calendars, shown this once."""
        booking = await behind(house, token)
        if not is_open(request, house, booking):
            return see(request, f"/bookings/{token}")
        async with house.db.transaction() as session:
            secret = await contact_changes.start_feed(session, PUBLIC, booking.id, house.clock.now())
        host = urlsplit(house.address).netloc
        feed = f"webcal://{host}/bookings/feed/{secret}.ics"
        return page(request, house, "booking/feed.html", feed=feed, base=f"/bookings/{token}")

    @post("/feed/stop", status_code=200)
    async def unfollow(self, request: PageRequest, house: InHouse, token: FromPath[str]) -> Page:
        """Ends that address."""
        booking = await behind(house, token)
        if not is_open(request, house, booking):
            return see(request, f"/bookings/{token}")
        async with house.db.transaction() as session:
            await contact_changes.stop_feed(session, PUBLIC, booking.id, house.clock.now())
        return see(request, f"/bookings/{token}?done=feed")


class BookingFeed(Controller):
    """What a calendar reads again and again. It cannot answer a question, so it learns nothing about a child."""

    path = "/bookings/feed"
    include_in_schema = False
    guards: ClassVar = [anyone]  # type: ignore[misc]

    @get("/{name:str}")
    async def feed(self, house: InHouse, name: FromPath[str]) -> Response[Any]:
        """The booking as it stands; a cancelled one as cancelled, so that it leaves the calendar."""
        booking = await _followed(house, name.removesuffix(".ics"))
        content = presenters.calendar_file(booking, house.profile.service, house.clock.now(), feed=True)
        return download(content, "text/calendar; charset=utf-8", "booking.ics")


async def _followed(house: House, secret: str) -> BookingView:
    async with house.db.transaction() as session:
        booking_id = await links.subject_of(session, LinkKind.FEED, secret)
        booking = booking_id and await queries.booking_by_id(session, booking_id)
    if not booking:
        raise NotFound("no such feed")
    return booking


def _contact(request: PageRequest, house: House, token: str, form: Form) -> Page:
    status = 422 if form.errors else 200
    return page(request, house, "booking/contact.html", status=status, form=form, base=f"/bookings/{token}")


HANDLERS = [BookingContact, BookingFeed]

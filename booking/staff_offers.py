"""What can be booked, as staff write it."""

from dataclasses import replace
from typing import Any, ClassVar
from uuid import UUID

from litestar import Controller, get, post
from litestar.params import FromPath

from booking import clinic_forms, clinic_offers
from booking.staff_pages import HOME
from booking.words import OfferKind
from core.domain.identity import Right
from core.web.bodies import PageRequest, first, read_body, read_form
from core.web.forms import Form
from core.web.guards import staff
from core.web.house import House, InHouse
from core.web.replies import Page, page, see

_DONE = {
    "made": "The offer is saved. The public cannot see it yet",
    "saved": "The offer is saved",
    "published": "The public can see this offer now",
    "unpublished": "The public cannot see this offer any more",
}


class StaffOffers(Controller):
    """Make, change, publish."""

    path = f"{HOME}/offers"
    include_in_schema = False
    guards: ClassVar = [staff(Right.RUN_CLINICS)]  # type: ignore[misc]

    @get("/")
    async def all(self, request: PageRequest, house: InHouse) -> Page:
        """Every offer, published ones first."""
        async with house.db.transaction() as session:
            found = await clinic_offers.all_offers(session, house.clock.now())
        done = _DONE.get(request.query_params.get("done", ""), "")
        return page(request, house, "booking/staff_offers.html", offers=found, kinds=clinic_forms.KINDS, done=done)

    @get("/new")
    async def new(self, request: PageRequest, house: InHouse) -> Page:
        """A form with nothing on it yet."""
        questions = clinic_forms.offer_questions(house.profile, new=True)
        return _form(request, house, Form.blank(questions, {"language": "en", "release": "at-once"}))

    @post("/new", status_code=200)
    async def make(self, request: PageRequest, house: InHouse) -> Page:
        """A new offer that nobody sees until it is published."""
        form = await read_form(request, house, clinic_forms.offer_questions(house.profile, new=True))
        kind = OfferKind(str(form.answers["kind"])) if form.answers else None
        form = _whole(form, kind)
        if form.errors or form.answers is None or kind is None:
            return _form(request, house, form)
        async with house.db.transaction() as session:
            details = clinic_forms.offer_details(form.answers, kind)
            await clinic_offers.make_offer(session, request.user, details, house.clock.now())
        return see(request, f"{HOME}/offers?done=made")

    @get("/{offer_id:uuid}")
    async def one(self, request: PageRequest, house: InHouse, offer_id: FromPath[UUID]) -> Page:
        """An offer as it stands, to be changed."""
        async with house.db.transaction() as session:
            row = await clinic_offers.offer(session, offer_id)
        answers = clinic_forms.offer_answers(clinic_offers.details_of(row))
        form = Form.blank(clinic_forms.offer_questions(house.profile, new=False), answers)
        return _form(request, house, form, row)

    @post("/{offer_id:uuid}", status_code=200)
    async def edit(self, request: PageRequest, house: InHouse, offer_id: FromPath[UUID]) -> Page:
        """New words and rules; bookings stay."""
        async with house.db.transaction() as session:
            row = await clinic_offers.offer(session, offer_id)
        form = await read_form(request, house, clinic_forms.offer_questions(house.profile, new=False))
        form = _whole(form, row.kind)
        if form.errors or form.answers is None:
            return _form(request, house, form, row)
        async with house.db.transaction() as session:
            details = clinic_forms.offer_details(form.answers, row.kind)
            await clinic_offers.edit_offer(session, request.user, offer_id, details, house.clock.now())
        return see(request, f"{HOME}/offers?done=saved")

    @post("/{offer_id:uuid}/publish", status_code=200)
    async def publish(self, request: PageRequest, house: InHouse, offer_id: FromPath[UUID]) -> Page:
        """Shows it to the public, or takes it away again."""
        public = first(await read_body(request), "public") == "yes"
        async with house.db.transaction() as session:
            await clinic_offers.publish(session, request.user, offer_id, public=public, now=house.clock.now())
        return see(request, f"{HOME}/offers?done={'published' if public else 'unpublished'}")


def _whole(form: Form, kind: OfferKind | None) -> Form:
    problem = clinic_forms.offer_problem(form.answers, kind) if form.answers and kind else None
    return replace(form.refuse(*problem), answers=None) if problem else form


def _form(request: PageRequest, house: House, form: Form, offer: Any = None) -> Page:
    status = 422 if form.errors else 200
    return page(
        request, house, "booking/staff_offer.html", status=status, form=form, offer=offer, kinds=clinic_forms.KINDS
    )


HANDLERS = [StaffOffers]

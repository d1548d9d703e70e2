"""Sittings nobody holds, and handing one over to another therapist."""

from typing import ClassVar
from uuid import UUID

from litestar import Controller, get, post
from litestar.params import FromPath

from accounts.api import therapists
from booking import clinic_forms, clinic_hosts, clinic_queries, rota_forms
from booking.clinic_hosts import HostAway, HostBusy
from booking.staff_pages import HOME, desk
from core.domain.identity import Right
from core.web.bodies import PageRequest, read_form
from core.web.forms import Form
from core.web.guards import staff
from core.web.house import House, InHouse
from core.web.questions import Question
from core.web.replies import Page, page, see

_AWAY = "They are away on that day. Choose somebody else"
_BUSY = "They are in another sitting at that time. Choose somebody else"


class StaffHosts(Controller):
    """Who holds which sitting."""

    path = HOME
    include_in_schema = False
    guards: ClassVar = [staff(Right.RUN_CLINICS)]  # type: ignore[misc]

    @get("/no-therapist")
    async def hostless(self, request: PageRequest, house: InHouse) -> Page:
        """Sittings ahead without a therapist, soonest first. It names nobody who booked."""
        async with house.db.transaction() as session:
            found = await clinic_hosts.without_host(session, house.clock.now())
            count = await clinic_hosts.count_without_host(session, house.clock.now())
        return page(request, house, "booking/staff_hostless.html", sittings=found, count=count)

    @get("/sittings/{sitting_id:uuid}/host")
    async def ask(self, request: PageRequest, house: InHouse, sitting_id: FromPath[UUID]) -> Page:
        """Who should hold it."""
        question = await _question(house)
        return await _ask(request, house, sitting_id, Form.blank((question,)))

    @post("/sittings/{sitting_id:uuid}/host", status_code=200)
    async def hand_over(self, request: PageRequest, house: InHouse, sitting_id: FromPath[UUID]) -> Page:
        """Hands it over, unless the therapist is away or busy: then says so and asks again."""
        form = await read_form(request, house, (await _question(house),))
        if form.answers is None:
            return await _ask(request, house, sitting_id, form)
        host_id = UUID(str(form.answers["host"]))
        try:
            async with house.db.transaction() as session:
                await clinic_hosts.change_host(session, request.user, sitting_id, host_id, desk(house))
        except (HostAway, HostBusy) as cannot:
            told = _AWAY if isinstance(cannot, HostAway) else _BUSY
            return await _ask(request, house, sitting_id, form.refuse("host", told))
        return see(request, f"{HOME}/sittings/{sitting_id}?done=host")


async def _question(house: House) -> Question:
    async with house.db.transaction() as session:
        return rota_forms.host_question(clinic_forms.hosts(await therapists(session)))


async def _ask(request: PageRequest, house: House, sitting_id: UUID, form: Form) -> Page:
    async with house.db.transaction() as session:
        sitting = await clinic_queries.one_sitting(session, request.user, sitting_id)
    status = 422 if form.errors else 200
    return page(request, house, "booking/staff_host.html", status=status, sitting=sitting, form=form)


HANDLERS = [StaffHosts]

"""Complaints about how we handle personal data: the log, the 30-day clock, the outcome."""

from datetime import datetime, time
from typing import ClassVar
from uuid import UUID

from litestar import Controller, get, post
from litestar.params import FromPath

from core.domain.clock import LONDON, london_day
from core.domain.errors import NotFound
from core.domain.identity import Right
from core.web.bodies import PageRequest, read_form
from core.web.forms import Form
from core.web.guards import staff
from core.web.house import House, InHouse
from core.web.replies import Page, page, see
from privacy import complaints, forms, presenters, queries
from privacy.staff_pages import DESK, actor_of, names_in
from privacy.words import Upheld

COMPLAINTS = f"{DESK}/complaints"


class Complaints(Controller):
    """The log, and one that somebody told us."""

    path = COMPLAINTS
    include_in_schema = False
    guards: ClassVar = [staff(Right.RUN_PRIVACY)]  # type: ignore[misc]

    @get("/")
    async def show(self, request: PageRequest, house: InHouse) -> Page:
        return await _list(request, house, Form.blank(forms.COMPLAINT_TOLD))

    @post("/new", status_code=200)
    async def receive(self, request: PageRequest, house: InHouse) -> Page:
        """A complaint by phone, by letter or in person."""
        form, now = await read_form(request, house, forms.COMPLAINT_TOLD), house.clock.now()
        answers = form.answers
        if answers is None:
            return await _list(request, house, form)
        came_on = forms.day_of(answers, "received") or london_day(now)
        if came_on > london_day(now):
            return await _list(request, house, form.refuse("received", "The day must be today or in the past"))
        came = min(now, datetime.combine(came_on, time(9), tzinfo=LONDON))
        by = {"name": str(answers["name"]), "by": "told us", "contact": str(answers["contact"])}
        async with house.db.transaction() as session:
            who, words = actor_of(request), str(answers["complaint"])
            made = await complaints.receive(session, who, by, words, now, received_at=came)
        return see(request, f"{COMPLAINTS}/{made.id}")

    @get("/{complaint_id:uuid}")
    async def one(self, request: PageRequest, house: InHouse, complaint_id: FromPath[UUID]) -> Page:
        return await _one(request, house, complaint_id)

    @post("/{complaint_id:uuid}/acknowledge", status_code=200)
    async def acknowledge(self, request: PageRequest, house: InHouse, complaint_id: FromPath[UUID]) -> Page:
        form = await read_form(request, house, (forms.HOW,))
        if form.answers is None:
            return await _one(request, house, complaint_id, form)
        async with house.db.transaction() as session:
            how = str(form.answers["how"])
            await complaints.acknowledge(session, actor_of(request), complaint_id, how, house.clock.now())
        return see(request, f"{COMPLAINTS}/{complaint_id}")

    @post("/{complaint_id:uuid}/close", status_code=200)
    async def close(self, request: PageRequest, house: InHouse, complaint_id: FromPath[UUID]) -> Page:
        form = await read_form(request, house, forms.OUTCOME)
        if form.answers is None:
            return await _one(request, house, complaint_id, form)
        upheld, outcome = Upheld(str(form.answers["upheld"])), str(form.answers["outcome"])
        async with house.db.transaction() as session:
            await complaints.close(session, actor_of(request), complaint_id, upheld, outcome, house.clock.now())
        return see(request, f"{COMPLAINTS}/{complaint_id}")


async def _list(request: PageRequest, house: House, form: Form) -> Page:
    today = london_day(house.clock.now())
    async with house.db.transaction() as session:
        waiting = await queries.complaints(session, is_open=True)
        closed = await queries.complaints(session, is_open=False)
    return page(
        request,
        house,
        "privacy/complaints.html",
        status=422 if form.errors else 200,
        form=form,
        waiting=[presenters.complaint_line(one, today) for one in waiting],
        closed=[presenters.complaint_line(one, today) for one in closed],
    )


async def _one(request: PageRequest, house: House, complaint_id: UUID, wrong: Form | None = None) -> Page:
    async with house.db.transaction() as session:
        complaint = await queries.complaint(session, complaint_id)
        if complaint is None:
            raise NotFound("no such complaint")
        complaints.note_read(session, actor_of(request), complaint, house.clock.now())
        events = await queries.history(session, complaint_id)
        names = await names_in(session, [event.by for event in events])
    asked = (forms.HOW,) if complaint.state == "received" else forms.OUTCOME
    return page(
        request,
        house,
        "privacy/complaint.html",
        status=422 if wrong else 200,
        form=wrong or Form.blank(asked),
        complaint=complaint,
        line=presenters.complaint_line(complaint, london_day(house.clock.now())),
        history=presenters.history(events, names),
    )


HANDLERS = [Complaints]

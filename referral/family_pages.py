"""Referring a child, and finding out where a referral stands."""

from typing import ClassVar
from uuid import UUID

from litestar import Controller, get, post
from litestar.params import FromPath

from core.domain.clock import london_day
from core.domain.errors import NotFound
from core.domain.identity import PUBLIC
from core.storage.columns import keys
from core.storage.drafts import Draft
from core.storage.session import Session
from core.web import family as door
from core.web import journey as walk
from core.web.bodies import PageRequest, read_form
from core.web.family import Door
from core.web.forms import Form
from core.web.guards import anyone, family
from core.web.house import House, InHouse
from core.web.journey import Journey
from core.web.journey_pages import JourneyPages, Sent
from core.web.questions import Answers
from core.web.replies import Page, page, see
from referral import forms, presenters, queries, service, steps, tasks
from referral.views import InformationView, StatusView

STATUS = "/referral-status"


def _door(reference: str) -> Door:
    return Door("referral", keys().fingerprint("referral-status", reference))


class Refer(JourneyPages):
    """One form for all therapies."""

    path = "/refer"

    @get("/")
    async def start(self, request: PageRequest, house: InHouse) -> Page:
        """Who the form is for and what it needs; a way back to a referral that was begun."""
        async with house.db.transaction() as session:
            begun = await self._draft(session, request, house)
        return page(request, house, "referral/start.html", begun=bool(begun and begun.answers))

    @get("/resume")
    async def resume(self, request: PageRequest, house: InHouse) -> Page:
        """To the first page that still needs an answer, in the browser the referral was begun in."""
        async with house.db.transaction() as session:
            draft = await self._draft(session, request, house)
        answers = draft.answers if draft else {}
        unanswered = steps.first_page(self.journey(house), answers)
        return see(request, f"{self.path}/{unanswered}" if answers else self.path)

    @get("/tasks")
    async def tasks(self, request: PageRequest, house: InHouse) -> Page:
        """How far it is: the sections in any order, once those that come first are answered."""
        journey = self.journey(house)
        async with house.db.transaction() as session:
            draft = await self._draft(session, request, house)
        answers = draft.answers if draft else {}
        if not answers or walk.comes_next(journey, answers):
            return self._turn_back(request, journey, answers)
        progress = tasks.progress(journey, answers)
        return page(request, house, "referral/tasks.html", progress=progress, journey=journey, base=self.path)

    def journey(self, house: House) -> Journey:
        return steps.journey_for(house.profile, london_day(house.clock.now()))

    async def send(self, session: Session, house: House, draft: Draft, answers: Answers) -> Sent:
        new = forms.new_referral(answers, self.journey(house))
        referral = await service.receive(session, PUBLIC, new, draft.id, house.profile, house.clock.now())
        return Sent(referral.id)

    async def sent_page(self, request: PageRequest, house: House, draft: Draft) -> Page:
        """The reference, what happens next and by when."""
        status = await _status(house, draft.sent_subject)
        parts = presenters.parts(status, house.profile)
        reply = page(request, house, "referral/sent.html", referral=status, parts=parts, where=_view(status))
        return door.let_in(request, house, reply, _door(status.reference))


class StatusDoor(Controller):
    """The way to a referral: its reference, and the date of birth of the child. Five tries an hour each."""

    path = STATUS
    include_in_schema = False
    guards: ClassVar = [anyone]  # type: ignore[misc]

    @get("/")
    async def ask(self, request: PageRequest, house: InHouse) -> Page:
        return _ask(request, house, Form.blank(forms.STATUS))

    @post("/", status_code=200)
    async def open(self, request: PageRequest, house: InHouse) -> Page:
        """Says the same whether the reference or the date is wrong, so that nobody can find out which exist."""
        form = await read_form(request, house, forms.STATUS)
        if form.answers is None:
            return _ask(request, house, form)
        reference, born = str(form.answers["reference"]), str(form.answers["born"])
        await door.knock(request, house, _door(reference))
        async with house.db.transaction() as session:
            referral_id = await queries.id_for_family(session, reference, born)
        if referral_id is None:
            return _ask(request, house, form.refuse("reference", forms.NO_MATCH))
        await door.forgive(house, _door(reference))
        return door.let_in(request, house, see(request, f"{STATUS}/view/{referral_id}"), _door(reference))


class StatusPages(Controller):
    """Where a referral stands, for whoever was let in."""

    path = STATUS + "/view/{referral_id:uuid}"
    include_in_schema = False
    guards: ClassVar = [family]  # type: ignore[misc]

    @get("/")
    async def status(self, request: PageRequest, house: InHouse, referral_id: FromPath[UUID]) -> Page:
        status = await _behind(request, house, referral_id)
        if status is None:
            return see(request, STATUS)
        parts = presenters.parts(status, house.profile)
        done = "done" in request.query_params
        return page(request, house, "referral/status.html", referral=status, parts=parts, done=done)

    @get("/information/{information_id:uuid}")
    async def asked(
        self, request: PageRequest, house: InHouse, referral_id: FromPath[UUID], information_id: FromPath[UUID]
    ) -> Page:
        """What we need to know, and room to answer."""
        status = await _behind(request, house, referral_id)
        if status is None:
            return see(request, STATUS)
        wanted = _wanted(status, information_id)
        if wanted is None:
            return see(request, _view(status))
        return _answer(request, house, status, wanted, Form.blank((forms.ANSWER,)))

    @post("/information/{information_id:uuid}", status_code=200)
    async def answer(
        self, request: PageRequest, house: InHouse, referral_id: FromPath[UUID], information_id: FromPath[UUID]
    ) -> Page:
        """Stores the answer; the referral goes back to the therapist."""
        status = await _behind(request, house, referral_id)
        if status is None:
            return see(request, STATUS)
        form = await read_form(request, house, (forms.ANSWER,))
        wanted = _wanted(status, information_id)
        if form.answers is None and wanted:
            return _answer(request, house, status, wanted, form)
        answer = str((form.answers or {}).get("answer", ""))
        async with house.db.transaction() as session:
            await service.give_information(session, PUBLIC, referral_id, information_id, answer, house.clock.now())
        return see(request, f"{_view(status)}?done=1")


def _ask(request: PageRequest, house: House, form: Form) -> Page:
    status = 422 if form.errors else 200
    return page(request, house, "referral/status_door.html", status=status, form=form)


def _answer(request: PageRequest, house: House, status: StatusView, wanted: InformationView, form: Form) -> Page:
    code = 422 if form.errors else 200
    return page(request, house, "referral/answer.html", status=code, form=form, wanted=wanted, back=_view(status))


def _wanted(status: StatusView, information_id: UUID) -> InformationView | None:
    awaited = (request.wanted for request in status.requests if request.wanted)
    return next((one for one in awaited if one.id == information_id), None)


async def _behind(request: PageRequest, house: House, referral_id: UUID) -> StatusView | None:
    """The referral, when this browser was let in to it."""
    async with house.db.transaction() as session:
        status = await queries.status(session, referral_id)
    return status if status and door.is_open(request, house, _door(status.reference)) else None


async def _status(house: House, referral_id: UUID | None) -> StatusView:
    async with house.db.transaction() as session:
        status = await queries.status(session, referral_id) if referral_id else None
    if status is None:
        raise NotFound("no such referral")
    return status


def _view(status: StatusView) -> str:
    return f"{STATUS}/view/{status.id}"


HANDLERS = [Refer, StatusDoor, StatusPages]

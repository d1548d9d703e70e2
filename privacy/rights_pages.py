"""Requests to see, correct or restrict: the list with its clocks, and each request step by step."""

from typing import Any, ClassVar
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.params import FromPath

from core.domain.clock import london_day
from core.domain.errors import NotFound
from core.domain.identity import Right
from core.storage.marks import MarkKind
from core.web.bodies import PageRequest, first, read_body, read_form
from core.web.forms import Form
from core.web.guards import staff
from core.web.house import House, InHouse
from core.web.replies import Page, download, page, see
from privacy import forms, presenters, queries, rights
from privacy.staff_pages import DESK, actor_of, names_in
from privacy.words import RequestKind, RequestState

REQUESTS = f"{DESK}/requests"


class Requests(Controller):
    """The list, and a new one."""

    path = REQUESTS
    include_in_schema = False
    guards: ClassVar = [staff(Right.RUN_PRIVACY)]  # type: ignore[misc]

    @get("/")
    async def show(self, request: PageRequest, house: InHouse) -> Page:
        today = london_day(house.clock.now())
        async with house.db.transaction() as session:
            waiting = await queries.requests(session, is_open=True)
            answered = await queries.requests(session, is_open=False)
        return page(
            request,
            house,
            "privacy/requests.html",
            waiting=[presenters.request_line(one, today) for one in waiting],
            answered=[presenters.request_line(one, today) for one in answered],
        )

    @get("/new")
    async def ask(self, request: PageRequest, house: InHouse) -> Page:
        return page(request, house, "privacy/new_request.html", form=Form.blank(forms.REQUEST))

    @post("/new", status_code=200)
    async def receive(self, request: PageRequest, house: InHouse) -> Page:
        """Records what somebody asked; the child is in the form, never in an address."""
        form, now = await read_form(request, house, forms.REQUEST), house.clock.now()
        answers = form.answers
        if answers is not None and (forms.day_of(answers, "received") or london_day(now)) > london_day(now):
            form = form.refuse("received", "The day we received it must be today or in the past")
        if answers is None or form.errors:
            return page(request, house, "privacy/new_request.html", status=422, form=form)
        kind, child, asker = RequestKind(str(answers["kind"])), forms.child_of(answers), forms.asker_of(answers)
        received_on = forms.day_of(answers, "received") or london_day(now)
        async with house.db.transaction() as session:
            asked = str(answers["asked"])
            made = await rights.receive(session, actor_of(request), kind, child, asker, asked, received_on, now)
        return see(request, f"{REQUESTS}/{made.id}")


class OneRequest(Controller):
    """One request."""

    path = REQUESTS + "/{request_id:uuid}"
    include_in_schema = False
    guards: ClassVar = [staff(Right.RUN_PRIVACY)]  # type: ignore[misc]

    @get("/")
    async def show(self, request: PageRequest, house: InHouse, request_id: FromPath[UUID]) -> Page:
        return await _show(request, house, request_id)

    @post("/records", status_code=200)
    async def choose(self, request: PageRequest, house: InHouse, request_id: FromPath[UUID]) -> Page:
        """These records are about this child."""
        ticked = (await read_body(request)).get("records", [])
        chosen = {UUID(one) for one in ticked if _is_uuid(one)}
        if not chosen:
            return await _show(request, house, request_id, wrong="Select the records that are about this child")
        async with house.db.transaction() as session:
            await rights.choose(session, actor_of(request), request_id, chosen, house.clock.now())
        return see(request, f"{REQUESTS}/{request_id}")

    @get("/copy")
    async def review(self, request: PageRequest, house: InHouse, request_id: FromPath[UUID]) -> Page:
        """The whole copy, each piece with whose it is and a box to leave it out."""
        async with house.db.transaction() as session:
            asked, copy = await queries.request(session, request_id), await queries.copy_of(session, request_id)
            if asked is None or copy is None or copy.content is None:
                raise NotFound("no copy")
            rights.note_read(session, actor_of(request), asked, house.clock.now())
        parts = presenters.copy_lines(copy)
        return page(request, house, "privacy/copy.html", asked=asked, copy=copy, parts=parts)

    @post("/copy", status_code=200)
    async def release(self, request: PageRequest, house: InHouse, request_id: FromPath[UUID]) -> Page:
        """The copy may be given, without what was ticked."""
        out = {int(one) for one in (await read_body(request)).get("out", []) if one.isdecimal() and len(one) < 7}
        async with house.db.transaction() as session:
            await rights.release(session, actor_of(request), request_id, out, house.clock.now())
        return see(request, f"{REQUESTS}/{request_id}")

    @post("/download", status_code=200)
    async def fetch(self, request: PageRequest, house: InHouse, request_id: FromPath[UUID]) -> Response[bytes]:
        """The released copy as a file. A POST, since it is put on record."""
        async with house.db.transaction() as session:
            packed = await rights.fetch(session, actor_of(request), request_id, house.clock.now())
        return download(packed, "application/zip", "record.zip")

    @post("/{act:str}", status_code=200)
    async def act(self, request: PageRequest, house: InHouse, request_id: FromPath[UUID], act: FromPath[str]) -> Page:
        """One step with its reason: extend, correct, restrict, lift, done or refuse."""
        if act not in _QUESTIONS:
            raise NotFound("no such step")
        form = await read_form(request, house, (_QUESTIONS[act],))
        if form.answers is None:
            return await _show(request, house, request_id, form=form, acting=act)
        words, now, who = str(next(iter(form.answers.values()))), house.clock.now(), actor_of(request)
        record = first(await read_body(request), "record")
        async with house.db.transaction() as session:
            match act:
                case "extend":
                    await rights.extend(session, who, request_id, words, now)
                case "correct":
                    record_id = UUID(record) if _is_uuid(record) else UUID(int=0)
                    await rights.correct(session, who, request_id, record_id, words, now)
                case "restrict":
                    await rights.restrict(session, who, request_id, words, now)
                case "lift":
                    await rights.lift(session, who, request_id, words, now)
                case _:
                    await rights.answer(session, who, request_id, words, now, refused=act == "refuse")
        return see(request, f"{REQUESTS}/{request_id}")


_QUESTIONS = {
    "extend": forms.EXTEND,
    "correct": forms.step_words("correct", "What is right, for whoever reads the record"),
    "restrict": forms.step_words("restrict", "Why its use is restricted, for whoever reads the record"),
    "lift": forms.step_words("lift", "Why the restriction ends, and how they were told"),
    "done": forms.step_words("done", "What was decided, and how they were told"),
    "refuse": forms.step_words("refuse", "Why it is refused, and how they were told"),
}


async def _show(
    request: PageRequest,
    house: House,
    request_id: UUID,
    *,
    form: Form | None = None,
    acting: str = "",
    wrong: str = "",
) -> Page:
    today = london_day(house.clock.now())
    async with house.db.transaction() as session:
        asked = await queries.request(session, request_id)
        if asked is None:
            raise NotFound("no such request")
        rights.note_read(session, actor_of(request), asked, house.clock.now())
        found = await rights.records_about(session, asked)
        copy, marks = await queries.copy_of(session, request_id), await queries.marks_of(session, request_id)
        events = await queries.history(session, request_id)
        names = await names_in(session, [event.by for event in events])
    chosen = {record_id for _, record_id in asked.records}
    return page(
        request,
        house,
        "privacy/request.html",
        status=422 if form or wrong else 200,
        form=form,
        wrong=wrong,
        asked=asked,
        line=presenters.request_line(asked, today),
        child=presenters.child_words(asked.child),
        found=[presenters.found_line(kept, str(kept.id) in chosen) for kept in found],
        chosen=[presenters.found_line(kept, chosen=True) for kept in found if str(kept.id) in chosen],
        copy=copy,
        is_restricted=any(mark.kind is MarkKind.RESTRICTED and mark.lifted_at is None for mark in marks),
        history=presenters.history(events, names),
        is_open=asked.state is RequestState.OPEN,
        questions_of=_forms(form, acting),
    )


def _forms(wrong: Form | None, acting: str) -> dict[str, Any]:
    """A form for each step; the one that was refused as it was typed."""
    return {act: wrong if wrong and act == acting else Form.blank((asked,)) for act, asked in _QUESTIONS.items()}


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


HANDLERS = [Requests, OneRequest]

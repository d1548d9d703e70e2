"""Sessions of duty as managers plan them."""

from datetime import timedelta
from typing import Any, ClassVar
from uuid import UUID

from litestar import Controller, get, post
from litestar.params import FromPath

from accounts.api import staff_views, therapists
from advice_line import rota, rota_forms, rota_presenters, rota_queries, rota_sessions
from advice_line.models import AdviceDuty
from advice_line.rota_confirming import Step, confirm, refused
from advice_line.rota_pages import ROTA
from core.domain.clock import london_day
from core.domain.errors import NotFound, NotPossible, Stale
from core.domain.identity import Right
from core.storage.session import Session
from core.web.bodies import PageRequest, first, read_body, read_form
from core.web.forms import Form
from core.web.guards import staff
from core.web.house import House, InHouse
from core.web.questions import Question
from core.web.replies import Page, page, see

SESSIONS = f"{ROTA}/sessions"
_FORTNIGHT = 14


class RotaSessions(Controller):
    """All sessions that repeat or are held once; adding, changing and ending them."""

    path = SESSIONS
    include_in_schema = False
    guards: ClassVar = [staff(Right.CHANGE_ROTA)]  # type: ignore[misc]

    @get("/")
    async def all(self, request: PageRequest, house: InHouse) -> Page:
        """In the order of the week."""
        async with house.db.transaction() as session:
            rows = await rota_queries.duties(session, london_day(house.clock.now()))
            names = await staff_views(session, {row.staff_id for row in rows})
        return page(
            request, house, "advice_line/rota_sessions.html", rows=rows, names=names, weekdays=rota_forms.WEEKDAYS,
            competences=rota_forms.competences_of(house.profile), words=rota_presenters,
        )  # fmt: skip

    @get("/new")
    async def new(self, request: PageRequest, house: InHouse) -> Page:
        return _show(request, house, Form.blank(await _questions(house, new=True)), _NEW)

    @post("/new", status_code=200)
    async def add(self, request: PageRequest, house: InHouse) -> Page:
        """What the sessions would do; added once somebody has seen it."""
        form = await _read(request, house, await _questions(house, new=True))
        if form.answers is None:
            return _show(request, house, form, _NEW)
        details = rota_forms.session_details(form.answers, UUID(str(form.answers["who"])))

        async def act(session: Session) -> object:
            return await rota_sessions.add(session, request.scope["user"], details, house.clock.now())

        async def show(again: Form) -> Page:
            return _show(request, house, again, _NEW)

        return await confirm(request, house, form, Step("Add sessions", _NEW["action"], act, show))

    @get("/{duty_id:uuid}")
    async def one(self, request: PageRequest, house: InHouse, duty_id: FromPath[UUID]) -> Page:
        """A session, to be changed from a day on: its next, unless another is wanted."""
        async with house.db.transaction() as session:
            row = await rota_sessions.duty(session, duty_id)
        pattern, today = rota_queries.pattern_of(row), london_day(house.clock.now())
        soon = max(today, row.valid_from)
        days = (soon + timedelta(days=n) for n in range(_FORTNIGHT))
        following = next((day for day in days if rota.applies(pattern, day)), soon)
        answers = rota_forms.session_answers(pattern, following)
        form = Form.blank(await _questions(house, new=False), answers)
        return await _change_page(request, house, row, form)

    @post("/{duty_id:uuid}", status_code=200)
    async def change(self, request: PageRequest, house: InHouse, duty_id: FromPath[UUID]) -> Page:
        """What the change would do; done once somebody has seen it. When a colleague saved first, what they changed."""
        async with house.db.transaction() as session:
            row = await _there(session, duty_id)
        if row is None:
            return see(request, f"{ROTA}?told=gone")
        form = await _read(request, house, await _questions(house, new=False))
        if form.answers is None:
            return await _change_page(request, house, row, form, shown=await _shown(request))
        details = rota_forms.session_details(form.answers, row.staff_id)
        revision = await _shown(request)

        async def act(session: Session) -> object:
            who, now = request.scope["user"], house.clock.now()
            return await rota_sessions.change(session, who, duty_id, revision, details, now)

        async def show(again: Form) -> Page:
            return await _change_page(request, house, row, again, shown=revision)

        try:
            step = Step("Change a session", f"{SESSIONS}/{duty_id}", act, show)
            return await confirm(request, house, form, step)
        except Stale:
            return await _change_page(request, house, row, form, stale=True)

    @get("/{duty_id:uuid}/end")
    async def when(self, request: PageRequest, house: InHouse, duty_id: FromPath[UUID]) -> Page:
        """From which day on."""
        async with house.db.transaction() as session:
            row = await rota_sessions.duty(session, duty_id)
        return await _end_page(request, house, row, Form.blank((rota_forms.END,)), shown=row.revision)

    @post("/{duty_id:uuid}/end", status_code=200)
    async def end(self, request: PageRequest, house: InHouse, duty_id: FromPath[UUID]) -> Page:
        """What ending it would do."""
        async with house.db.transaction() as session:
            row = await _there(session, duty_id)
        if row is None:
            return see(request, f"{ROTA}?told=gone")
        form, revision = await read_form(request, house, (rota_forms.END,)), await _shown(request)
        without = rota_forms.day_of(form.answers, "first") if form.answers else None
        if without and without < london_day(house.clock.now()):
            form = refused(form, ("first", "The first day without it must be today or later"))
        if without is None or form.answers is None:
            return await _end_page(request, house, row, form, shown=revision)

        async def act(session: Session) -> object:
            who, now = request.scope["user"], house.clock.now()
            return await rota_sessions.end(session, who, duty_id, revision, without, now)

        async def show(again: Form) -> Page:
            return await _end_page(request, house, row, again, shown=revision)

        try:
            return await confirm(request, house, form, Step("End a session", f"{SESSIONS}/{duty_id}/end", act, show))
        except (Stale, NotPossible):
            return await _end_page(request, house, row, form, shown=row.revision, stale=True)


_NEW = {"heading": "Add sessions", "action": f"{SESSIONS}/new", "button": "See what this does"}


async def _there(session: Session, duty_id: UUID) -> AdviceDuty | None:
    try:
        return await rota_sessions.duty(session, duty_id)
    except NotFound:
        return None


async def _questions(house: House, *, new: bool) -> tuple[Question, ...]:
    async with house.db.transaction() as session:
        who = rota_forms.people(await therapists(session)) if new else ()
    return rota_forms.session_questions(house.profile, who, new=new)


async def _read(request: PageRequest, house: House, questions: tuple[Question, ...]) -> Form:
    form = await read_form(request, house, questions)
    if form.answers is None:
        return form
    house, today = await house.today(), london_day(house.clock.now())
    return refused(form, rota_forms.session_problem(form.answers, house.profile.calendar, today))


async def _shown(request: PageRequest) -> int:
    """The revision the page was made with."""
    told = first(await read_body(request), "revision")
    return int(told) if told.isascii() and told.isdigit() and len(told) < 9 else 0


async def _change_page(
    request: PageRequest, house: House, row: AdviceDuty, form: Form, *, shown: int | None = None, stale: bool = False
) -> Page:
    what = {"heading": "Change a session", "action": f"{SESSIONS}/{row.id}", "button": "See what this does"}
    return await _with_name(request, house, row, form, what, shown=shown, stale=stale)


async def _end_page(
    request: PageRequest, house: House, row: AdviceDuty, form: Form, *, shown: int, stale: bool = False
) -> Page:
    what = {"heading": "End a session", "action": f"{SESSIONS}/{row.id}/end", "button": "See what this does"}
    return await _with_name(request, house, row, form, what, shown=shown, stale=stale)


async def _with_name(
    request: PageRequest, house: House, row: AdviceDuty, form: Form, what: dict[str, str], *, shown: int | None,
    stale: bool,
) -> Page:  # fmt: skip
    """Whose session it is; and when somebody saved first, who, when, and what is different now."""
    async with house.db.transaction() as session:
        change = await rota_queries.last_change_of(session, row.id) if stale else None
        ids = {row.staff_id} | ({rota_presenters.staff_in(change.by)} - {None} if change else set())
        names = await staff_views(session, {one for one in ids if one})
    return _show(
        request, house, form, what, name=names[row.staff_id].name, status=409 if stale else None,
        revision=row.revision if stale or shown is None else shown,
        stale=f"{rota_presenters.who(change.by, names)} changed this session" if change else "",
        differences=rota_presenters.what_changed(change, row.id, house.profile),
    )  # fmt: skip


def _show(
    request: PageRequest, house: House, form: Form, what: dict[str, str], *, status: int | None = None, **more: Any
) -> Page:
    asked = {"name": "", "revision": None, "stale": "", "differences": []} | what | more
    status = status or (422 if form.errors else 200)
    return page(request, house, "advice_line/rota_form.html", status=status, form=form, back=SESSIONS, **asked)


HANDLERS = [RotaSessions]

"""Being away, entered by a colleague for themselves or by a manager for anybody, and taken back."""

from typing import ClassVar
from uuid import UUID

from litestar import Controller, get, post
from litestar.params import FromPath

from accounts.api import therapists
from advice_line import rota_absence, rota_forms
from advice_line.rota_confirming import Step, confirm, own_id, refused
from advice_line.rota_pages import ROTA, done
from core.domain.clock import london_day
from core.domain.errors import NotFound
from core.domain.identity import Actor, Right
from core.storage.session import Session
from core.web.bodies import PageRequest, read_form
from core.web.forms import Form
from core.web.guards import staff
from core.web.house import House, InHouse
from core.web.questions import Option
from core.web.replies import Page, page, see

AWAY = f"{ROTA}/absences"


class RotaAbsences(Controller):
    """Whole days or part of them."""

    path = AWAY
    include_in_schema = False
    guards: ClassVar = [staff(Right.MAKE_CALLS)]  # type: ignore[misc]

    @get("/new")
    async def new(self, request: PageRequest, house: InHouse) -> Page:
        """Today is filled in: most absences begin with it."""
        today = london_day(house.clock.now()).isoformat()
        who = await _whose(request, house)
        form = Form.blank(rota_forms.away_questions(who), {"first": today, "how": rota_forms.WHOLE})
        return _show(request, house, form, own=not who)

    @post("/new", status_code=200)
    async def enter(self, request: PageRequest, house: InHouse) -> Page:
        """What being away would do; entered once somebody has seen it."""
        actor: Actor = request.scope["user"]
        who = await _whose(request, house)
        form = await read_form(request, house, rota_forms.away_questions(who))
        if form.answers:
            form = refused(form, rota_forms.away_problem(form.answers, london_day(house.clock.now())))
        if form.answers is None:
            return _show(request, house, form, own=not who)
        staff_id = UUID(str(form.answers["who"])) if who else own_id(actor.id)
        away = rota_forms.away_from(form.answers, staff_id)

        async def act(session: Session) -> object:
            change, _ = await rota_absence.enter(session, actor, away, house.clock.now())
            return change

        async def show(again: Form) -> Page:
            return _show(request, house, again, own=not who)

        heading = "Enter an absence" if who else "Enter when you are away"
        return await confirm(request, house, form, Step(heading, f"{AWAY}/new", act, show))

    @post("/{entry_id:uuid}/take-back", status_code=200)
    async def take_back(self, request: PageRequest, house: InHouse, entry_id: FromPath[UUID]) -> Page:
        """They are here after all; said with a way to undo it."""
        try:
            async with house.db.transaction() as session:
                change = await rota_absence.take_back(session, request.scope["user"], entry_id, house.clock.now())
        except NotFound:
            return see(request, f"{ROTA}?told=undone-before")
        return see(request, done(change))


async def _whose(request: PageRequest, house: House) -> tuple[Option, ...]:
    """Whom somebody may enter: managers everybody, others only themselves."""
    actor: Actor = request.scope["user"]
    if not actor.may(Right.CHANGE_ROTA):
        return ()
    async with house.db.transaction() as session:
        return rota_forms.people(await therapists(session))


def _show(request: PageRequest, house: House, form: Form, *, own: bool) -> Page:
    heading = "When are you away?" if own else "Somebody is away"
    return page(
        request, house, "advice_line/rota_form.html", status=422 if form.errors else 200, form=form, heading=heading,
        action=f"{AWAY}/new", button="See what this does", name="", revision=None, stale="", differences=[], back=ROTA,
    )  # fmt: skip


HANDLERS = [RotaAbsences]

"""Swapping a day with a colleague: asked, answered, taken back."""

from datetime import date, timedelta
from typing import ClassVar
from uuid import UUID

from litestar import Controller, get, post
from litestar.params import FromPath

from accounts.api import staff_views, therapists
from advice_line import rota_forms, rota_presenters, rota_queries, rota_swaps
from advice_line.rota_confirming import own_id, refused
from advice_line.rota_effects import DayEffect, tried_out
from advice_line.rota_models import AdviceRotaChange, AdviceSwap
from advice_line.rota_pages import ROTA, done
from advice_line.rota_words import CannotSwap, SwapState, SwapStep
from core.domain.calendar import spoken_date
from core.domain.clock import london_day
from core.domain.errors import NotFound, NotPossible
from core.domain.identity import Actor, Right
from core.storage.session import Session
from core.web.bodies import PageRequest, first, read_body, read_form
from core.web.forms import Form
from core.web.guards import staff
from core.web.house import House, InHouse
from core.web.questions import Option, Question
from core.web.replies import Page, page, see

SWAPS = f"{ROTA}/swaps"
_AHEAD = timedelta(weeks=6)
STEPS = {
    SwapStep.ACCEPT: "Accept the swap",
    SwapStep.DECLINE: "Say no",
    SwapStep.WITHDRAW: "Withdraw your question",
    SwapStep.TAKE_BACK: "Undo the swap",
}
STATES = {
    SwapState.ASKED: "Waits for an answer",
    SwapState.AGREED: "Agreed",
    SwapState.DECLINED: "Declined",
    SwapState.WITHDRAWN: "Withdrawn",
    SwapState.TAKEN_BACK: "Undone",
}
_OPEN = {
    SwapState.ASKED: (SwapStep.ACCEPT, SwapStep.DECLINE, SwapStep.WITHDRAW),
    SwapState.AGREED: (SwapStep.TAKE_BACK,),
}


class RotaSwaps(Controller):
    """One swap a page, with what accepting it would do."""

    path = SWAPS
    include_in_schema = False
    guards: ClassVar = [staff(Right.MAKE_CALLS)]  # type: ignore[misc]

    @get("/new")
    async def new(self, request: PageRequest, house: InHouse) -> Page:
        questions = await _questions(request, house)
        return _ask_page(request, house, Form.blank(questions))

    @post("/new", status_code=200)
    async def ask(self, request: PageRequest, house: InHouse) -> Page:
        """Asks a colleague, unless it would not go."""
        actor: Actor = request.scope["user"]
        house = await house.today()
        form = await read_form(request, house, await _questions(request, house))
        if form.answers is None:
            return _ask_page(request, house, form)
        asked = rota_forms.swap_from(form.answers, own_id(actor.id))
        try:
            async with house.db.transaction() as session:
                row = await rota_swaps.ask(session, actor, asked, (await house.today()).profile, house.clock.now())
        except CannotSwap as problem:
            words = rota_forms.swap_words(problem, house.profile)
            return _ask_page(request, house, refused(form, (problem.field, words)))
        return see(request, f"{SWAPS}/{row.id}?asked=1")

    @get("/{swap_id:uuid}")
    async def one(self, request: PageRequest, house: InHouse, swap_id: FromPath[UUID]) -> Page:
        """A swap as it stands, and what the next step would do."""
        return await _page(request, house, swap_id)

    @post("/{swap_id:uuid}", status_code=200)
    async def answer(self, request: PageRequest, house: InHouse, swap_id: FromPath[UUID]) -> Page:
        """Accepts, declines, withdraws or takes back."""
        try:
            step = SwapStep(first(await read_body(request), "step"))
        except ValueError:
            raise NotFound("no such step") from None
        profile, now = (await house.today()).profile, house.clock.now()
        try:
            async with house.db.transaction() as session:
                change = await rota_swaps.answer(session, request.scope["user"], swap_id, step, profile, now)
        except CannotSwap as problem:
            return await _page(request, house, swap_id, rota_forms.swap_words(problem, house.profile))
        except NotPossible:
            return await _page(request, house, swap_id, "It was answered meanwhile: look at it again")
        return see(request, done(change) if change else f"{ROTA}?told=answered")


async def _page(request: PageRequest, house: House, swap_id: UUID, problem: str = "") -> Page:
    actor: Actor = request.scope["user"]
    async with house.db.transaction() as session:
        row = await rota_swaps.swap_of(session, swap_id, actor)
    steps = [step for step in _OPEN.get(row.state, ()) if rota_swaps.may(actor, row, step)]
    effects, cannot = await _effects(request, house, row, steps)
    async with house.db.transaction() as session:
        ids = {one.staff_id for one in effects} | {row.giver_id, row.taker_id}
        names = await staff_views(session, ids)
    return page(
        request, house, "advice_line/rota_swap.html", status=409 if problem else 200, swap=row, names=names,
        steps=[(step, STEPS[step]) for step in steps], state=STATES[row.state], problem=problem or cannot,
        effects=rota_presenters.effects(effects, names, london_day(house.clock.now())),
        asked="asked" in request.query_params,
    )  # fmt: skip


async def _effects(
    request: PageRequest, house: House, row: AdviceSwap, steps: list[SwapStep]
) -> tuple[list[DayEffect], str]:
    """What the step that changes the rota would do, for whoever may take it; else why it would not go."""
    step = next((one for one in steps if one in (SwapStep.ACCEPT, SwapStep.TAKE_BACK)), None)
    if step is None:
        return [], ""
    profile, now = (await house.today()).profile, house.clock.now()

    async def act(session: Session) -> AdviceRotaChange | None:
        return await rota_swaps.answer(session, request.scope["user"], row.id, step, profile, now)

    try:
        return await tried_out(house.db, act, profile.calendar, now), ""
    except CannotSwap as problem:
        return [], rota_forms.swap_words(problem, house.profile)


async def _questions(request: PageRequest, house: House) -> tuple[Question, ...]:
    actor, now, house = request.scope["user"], house.clock.now(), await house.today()
    today = london_day(now)
    async with house.db.transaction() as session:
        found = await rota_queries.stretch(session, today, today + _AHEAD)
        others = [view for view in await therapists(session) if view.id != actor.id]
    ahead = (today + timedelta(days=n) for n in range(_AHEAD.days + 1))
    mine = [
        day for day in ahead if any(one.staff_id == actor.id for one in found.on(day, house.profile.calendar))
    ]  # fmt: skip
    return rota_forms.swap_questions(tuple(map(_option, mine)), rota_forms.people(others))


def _option(day: date) -> Option:
    return Option(day.isoformat(), spoken_date(day))


def _ask_page(request: PageRequest, house: House, form: Form) -> Page:
    return page(
        request, house, "advice_line/rota_form.html", status=422 if form.errors else 200, form=form,
        heading="Ask a colleague to swap", action=f"{SWAPS}/new", button="Ask them", name="", revision=None, stale="",
        differences=[], back=ROTA,
    )  # fmt: skip


HANDLERS = [RotaSwaps]

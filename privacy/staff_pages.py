"""Information governance: what waits, how long what is kept, and what must not be deleted."""

from typing import ClassVar
from uuid import UUID

from litestar import Controller, get, post
from litestar.params import FromPath

from accounts.api import StaffView, staff_views
from core.domain.clock import london_day
from core.domain.errors import NotFound
from core.domain.identity import Actor, Right
from core.storage.children import ChildKeys
from core.storage.session import Session
from core.web.bodies import PageRequest, read_form
from core.web.forms import Form
from core.web.guards import lately_proved, staff
from core.web.house import House, InHouse
from core.web.replies import Page, page, see
from privacy import forms, presenters, queries, retention
from privacy.copies import title_of
from privacy.words import RunState

DESK = "/staff/privacy"
RUNS = f"{DESK}/retention"


class Desk(Controller):
    """What waits for information governance."""

    path = DESK
    include_in_schema = False
    guards: ClassVar = [staff(Right.RUN_PRIVACY)]  # type: ignore[misc]

    @get("/")
    async def home(self, request: PageRequest, house: InHouse) -> Page:
        """The clocks of the law, and the four parts."""
        async with house.db.transaction() as session:
            asked, late, complaints, too_late = await queries.overdue(session, london_day(house.clock.now()))
            to_answer = await queries.complaints_to_answer(session)
            to_approve = await queries.runs_to_approve(session)
            holds = len(await queries.live_holds(session))
        waits = {"asked": asked, "late": late, "complaints": complaints, "too_late": too_late}
        more = {"to_answer": to_answer, "to_approve": to_approve, "holds": holds}
        return page(request, house, "privacy/home.html", **waits, **more)


class Retention(Controller):
    """Runs: look, read, approve, certificate."""

    path = RUNS
    include_in_schema = False
    guards: ClassVar = [staff(Right.RUN_PRIVACY)]  # type: ignore[misc]

    @get("/")
    async def show(self, request: PageRequest, house: InHouse) -> Page:
        return await _retention(request, house, Form.blank(forms.HOLD))

    @post("/look", status_code=200)
    async def look(self, request: PageRequest, house: InHouse) -> Page:
        """Starts a look at everything; nothing is deleted by it."""
        async with house.db.transaction() as session:
            run_id = await retention.begin(session, actor_of(request), house.profile.retention, house.clock.now())
        return see(request, f"{RUNS}/{run_id}")

    @get("/{run_id:uuid}")
    async def run(self, request: PageRequest, house: InHouse, run_id: FromPath[UUID]) -> Page:
        """What would go, and why; after the approval how far it has come."""
        return await _run(request, house, run_id, Form.blank((forms.CONFIRM,)))

    @post("/{run_id:uuid}/approve", status_code=200, guards=[lately_proved])
    async def approve(self, request: PageRequest, house: InHouse, run_id: FromPath[UUID]) -> Page:
        form = await read_form(request, house, (forms.CONFIRM,))
        if form.answers is None:
            return await _run(request, house, run_id, form)
        typed = str(form.answers["confirm"])
        try:
            async with house.db.transaction() as session:
                await retention.approve(session, actor_of(request), run_id, typed, house.clock.now())
        except ValueError as wrong:
            return await _run(request, house, run_id, form.refuse("confirm", str(wrong)))
        return see(request, f"{RUNS}/{run_id}")

    @post("/{run_id:uuid}/drop", status_code=200)
    async def drop(self, request: PageRequest, house: InHouse, run_id: FromPath[UUID]) -> Page:
        async with house.db.transaction() as session:
            await retention.drop(session, actor_of(request), run_id, house.clock.now())
        return see(request, RUNS)

    @get("/{run_id:uuid}/certificate")
    async def certificate(self, request: PageRequest, house: InHouse, run_id: FromPath[UUID]) -> Page:
        """What was deleted, by which rule, approved by whom; to print and file."""
        async with house.db.transaction() as session:
            run = await queries.run(session, run_id)
            if run is None or run.certificate is None:
                raise NotFound("no certificate")
            names = await names_in(session, [run.asked_by, run.approved_by or ""])
        told = run.certificate
        return page(
            request,
            house,
            "privacy/certificate.html",
            run=run,
            lines=presenters.certificate_lines(told),
            rows=told["rows"],
            asked_by=presenters.who(run.asked_by, names),
            approved_by=presenters.who(run.approved_by or "", names),
            is_sealed=retention.seal_of(told) == run.certificate_hash,
        )

    @post("/holds", status_code=200)
    async def hold(self, request: PageRequest, house: InHouse) -> Page:
        """From now on nothing this covers is deleted."""
        form = await read_form(request, house, forms.HOLD)
        if form.answers is None:
            return await _retention(request, house, form)
        answers, now = form.answers, house.clock.now()
        keys, child = ChildKeys(), None
        if answers["covers"] == "child":
            keys = forms.child_keys(answers)
            child = {name: str(answers.get(name, "")) for name in ("last", "born", "nhs_number")}
            if not keys:
                return await _retention(request, house, form.refuse("nhs_number", forms.WHO_IT_IS_ABOUT))
        until = forms.day_of(answers, "until")
        async with house.db.transaction() as session:
            who, why = actor_of(request), str(answers["why"])
            await retention.place_hold(session, who, keys, why, now, child=child, until=until)
        return see(request, f"{RUNS}#holds")

    @post("/holds/{hold_id:uuid}/end", status_code=200)
    async def end_hold(self, request: PageRequest, house: InHouse, hold_id: FromPath[UUID]) -> Page:
        async with house.db.transaction() as session:
            await retention.end_hold(session, actor_of(request), hold_id, house.clock.now())
        return see(request, f"{RUNS}#holds")


async def _retention(request: PageRequest, house: House, form: Form) -> Page:
    today = london_day(house.clock.now())
    async with house.db.transaction() as session:
        runs = await queries.runs(session)
        holds = await queries.live_holds(session)
        names = await names_in(session, [hold.placed_by for hold in holds])
    return page(
        request,
        house,
        "privacy/retention.html",
        status=422 if form.errors else 200,
        form=form,
        runs=[presenters.run_line(run) for run in runs],
        is_open=any(run.state in (RunState.LOOKING, RunState.READY, RunState.APPROVED) for run in runs),
        holds=[presenters.hold_line(hold, today, names) for hold in holds],
        schedule=presenters.schedule(house.profile.retention),
    )


async def _run(request: PageRequest, house: House, run_id: UUID, form: Form) -> Page:
    async with house.db.transaction() as session:
        run = await queries.run(session, run_id)
        if run is None:
            raise NotFound("no such run")
        lines = await queries.counted(session, run_id)
        items = await queries.items(session, run_id)
        shown = await retention.shown(session, items)
    return page(
        request,
        house,
        "privacy/run.html",
        status=422 if form.errors else 200,
        form=form,
        run=run,
        line=presenters.run_line(run),
        lines=presenters.counted_lines(lines, run.policy),
        count=sum(line.found for line in lines),
        ended=sum(sum(line.outcomes.values()) for line in lines),
        records=[
            {"kind": title_of(one.kind), "reference": reference or "none",
             "rule": presenters.rule_words(one.rule, run.policy)}
            for one, reference in shown
        ],
    )  # fmt: skip


async def names_in(session: Session, audit_names: list[str]) -> dict[UUID, StaffView]:
    """The colleagues behind these audit names. One query."""
    return await staff_views(session, {one for name in audit_names if (one := presenters.staff_in(name))})


def actor_of(request: PageRequest) -> Actor:
    actor: Actor = request.scope["user"]
    return actor


HANDLERS = [Desk, Retention]

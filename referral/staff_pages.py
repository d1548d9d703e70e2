"""Triage: the queue, a referral to read, and what is decided about it."""

from collections.abc import Mapping
from typing import Any, ClassVar
from uuid import UUID

from litestar import Controller, get, post
from litestar.params import FromPath

from accounts.api import staff_views
from core.domain.clock import london_day
from core.domain.errors import Invalid, NotFound, Stale
from core.domain.identity import Actor, Discipline, Right
from core.web.bodies import PageRequest, first, read_body, read_form
from core.web.forms import Form
from core.web.guards import staff
from core.web.house import House, InHouse
from core.web.replies import Page, page, see
from referral import decisions, forms, presenters, queries, service, steps
from referral.access import open_referral
from referral.keeping import keeper
from referral.views import Case, Wanted
from referral.words import Acceptance

TRIAGE = "/staff/triage"


class Triage(Controller):
    """Triage staff and managers read every referral, therapists those that ask for their discipline."""

    path = TRIAGE
    include_in_schema = False
    guards: ClassVar = [staff(Right.READ_REFERRALS)]  # type: ignore[misc]

    @get("/")
    async def queue(self, request: PageRequest, house: InHouse) -> Page:
        """By urgency, then the longest wait first. Whoever is listed is on the audit trail."""
        return await _queue(request, house, Form.blank((forms.SEARCH,)))

    @post("/search", status_code=200)
    async def search(self, request: PageRequest, house: InHouse) -> Page:
        """To the referral with a reference. Not in an address, so that no log or history keeps it."""
        form = await read_form(request, house, (forms.SEARCH,))
        if form.answers is None:
            return await _queue(request, house, form)
        async with house.db.transaction() as session:
            found = await queries.id_by_reference(session, _actor(request), str(form.answers["reference"]))
        if found is None:
            return await _queue(request, house, form.refuse("reference", forms.NOT_THERE))
        return see(request, f"{TRIAGE}/{found}")

    @get("/{referral_id:uuid}")
    async def case(self, request: PageRequest, house: InHouse, referral_id: FromPath[UUID]) -> Page:
        """The referral as a letter, with what can be decided."""
        return await _case(request, house, referral_id)


class Decisions(Controller):
    """What triage staff and managers decide."""

    path = TRIAGE + "/{referral_id:uuid}"
    include_in_schema = False
    guards: ClassVar = [staff(Right.DECIDE_REFERRALS)]  # type: ignore[misc]

    @post("/decide/{part:str}", status_code=200)
    async def decide(
        self, request: PageRequest, house: InHouse, referral_id: FromPath[UUID], part: FromPath[str]
    ) -> Page:
        """Accepts one part, or asks for more information. What someone else changed meanwhile is shown first."""
        discipline = _discipline(part)
        questions = forms.decision_questions(discipline, house.profile.areas, london_day(house.clock.now()))
        form = await read_form(request, house, questions)
        if form.answers is None:
            return await _case(request, house, referral_id, {discipline: form})
        version = first(await read_body(request), "version")
        try:
            await _store(request, house, referral_id, discipline, int(version) if version.isdecimal() else 0, form)
        except Stale:
            return await _case(request, house, referral_id, {discipline: form}, stale=True)
        except Invalid as wrong:
            for name, message in wrong.messages.items():
                form = form.refuse(f"{discipline}_{name}", message)
            return await _case(request, house, referral_id, {discipline: form})
        return see(request, f"{TRIAGE}/{referral_id}?done={discipline}")

    @post("/flags/{flag_id:uuid}", status_code=200)
    async def clear(
        self, request: PageRequest, house: InHouse, referral_id: FromPath[UUID], flag_id: FromPath[UUID]
    ) -> Page:
        """A clinician has looked at a flag."""
        async with house.db.transaction() as session:
            await open_referral(session, _actor(request), referral_id, house.clock.now())
            await service.clear_flag(session, _actor(request), referral_id, flag_id, house.clock.now())
        return see(request, f"{TRIAGE}/{referral_id}")


async def _store(
    request: PageRequest, house: House, referral_id: UUID, discipline: Discipline, version: int, form: Form
) -> None:
    decided, actor, now = forms.read_decision(discipline, form.answers or {}), _actor(request), house.clock.now()
    async with house.db.transaction() as session:
        await open_referral(session, actor, referral_id, now)
        if isinstance(decided, Acceptance):
            await service.accept(session, actor, referral_id, discipline, version, decided, house.profile, now)
        else:
            await service.ask(session, actor, referral_id, discipline, version, decided, now)


async def _queue(request: PageRequest, house: House, form: Form) -> Page:
    wanted, now = forms.wanted(request.query_params), house.clock.now()
    async with house.db.transaction() as session:
        found = await queries.queue(session, _actor(request), wanted, queries.PAGE + 1)
        shown = found[: queries.PAGE]
        service.record_listed(session, _actor(request), [line.id for line in shown], now)
    last = shown[-1] if len(found) > len(shown) else None
    return page(
        request,
        house,
        "referral/queue.html",
        status=422 if form.errors else 200,
        form=form,
        rows=[presenters.row(line, house.profile, now) for line in shown],
        more=_address(wanted, forms.mark(last.pressing or 0, last.received_at, last.id)) if last else "",
        first=_address(wanted, "") if wanted.after else "",
        disciplines=presenters.discipline_choices(house.profile, wanted.discipline),
        states=presenters.state_choices(wanted.state),
        is_filtered=bool(wanted.discipline or wanted.state),
    )


def _address(wanted: Wanted, after: str) -> str:
    told = {"discipline": wanted.discipline, "state": wanted.state, "after": after}
    query = "&".join(f"{name}={value}" for name, value in told.items() if value)
    return f"{TRIAGE}?{query}" if query else TRIAGE


async def _case(
    request: PageRequest,
    house: House,
    referral_id: UUID,
    typed: Mapping[Discipline, Form] | None = None,
    *,
    stale: bool = False,
) -> Page:
    typed, actor, now = typed or {}, _actor(request), house.clock.now()
    async with house.db.transaction() as session:
        case, opened = await service.open_case(session, actor, referral_id, now)
        names = await staff_views(session, _staff_ids(case))
        marks = await keeper.marks(session, referral_id)
    today, profile = london_day(now), house.profile
    wrong = next(iter(typed.values()), None)
    return page(
        request,
        house,
        "referral/case.html",
        status=409 if stale else 422 if wrong else 200,
        form=None if stale else wrong,
        stale=stale,
        typed=decisions.typed_rows(wrong) if stale and wrong else [],
        case=case,
        opened=opened,
        marks=marks,
        child=presenters.child_rows(case, profile, today),
        ago=presenters.ago(case.status.received_at, now),
        flags=[(flag, presenters.FLAGS[flag.kind]) for flag in case.flags if flag.cleared_at is None],
        requests=decisions.requests(case, profile, today, typed, may_decide=actor.may(Right.DECIDE_REFERRALS)),
        letter=presenters.letter(steps.journey_for(profile, london_day(case.status.received_at)), case.answers),
        history=presenters.history(case.events, names, profile),
        **_asides(request, case, house),
    )


def _asides(request: PageRequest, case: Case, house: House) -> dict[str, Any]:
    done = request.query_params.get("done", "")
    decided = next((words.name for key, words in house.profile.disciplines.items() if key == done), "")
    return {"decided": decided, "call_only": decisions.must_call(case)}


def _staff_ids(case: Case) -> set[UUID]:
    return {found for event in case.events if (found := presenters.staff_id(event.by))}


def _discipline(part: str) -> Discipline:
    if part not in set(Discipline):
        raise NotFound("no such discipline")
    return Discipline(part)


def _actor(request: PageRequest) -> Actor:
    actor: Actor = request.scope["user"]
    return actor


HANDLERS = [Triage, Decisions]

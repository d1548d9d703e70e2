"""Deciding about one therapy of a referral: a page for each step."""

from typing import Any, ClassVar
from uuid import UUID

from litestar import Controller, get, post
from litestar.params import FromPath

from accounts.api import staff_views
from core.domain.clock import london_day
from core.domain.errors import Invalid, NotFound, NotPossible, Stale
from core.domain.identity import Actor, Discipline, Right
from core.storage.session import Session
from core.web.bodies import PageRequest, first, read_body, read_form
from core.web.forms import Form
from core.web.guards import staff
from core.web.house import House, InHouse
from core.web.replies import Page, page, see
from referral import (
    decisions,
    outcome_forms,
    outcome_presenters,
    outcome_queries,
    outcome_service,
    presenters,
    queries,
    status_service,
)
from referral.access import open_referral
from referral.outcome_case import staff_ids
from referral.outcome_queries import told_about
from referral.outcome_rules import possible
from referral.views import Case, RequestView
from referral.words import Enquiry, RequestStep

TRIAGE = "/staff/triage"
_MOST = 100


class Outcomes(Controller):
    """What triage staff and managers decide."""

    path = TRIAGE + "/{referral_id:uuid}/outcome/{part:str}/{slug:str}"
    include_in_schema = False
    guards: ClassVar = [staff(Right.DECIDE_REFERRALS)]  # type: ignore[misc]

    @get("/")
    async def ask(
        self,
        request: PageRequest,
        house: InHouse,
        referral_id: FromPath[UUID],
        part: FromPath[str],
        slug: FromPath[str],
    ) -> Page:
        """The form of one step."""
        return await _show(request, house, referral_id, _discipline(part), _step(slug))

    @post("/", status_code=200)
    async def decide(
        self,
        request: PageRequest,
        house: InHouse,
        referral_id: FromPath[UUID],
        part: FromPath[str],
        slug: FromPath[str],
    ) -> Page:
        """Stores it. What somebody else decided meanwhile is shown beside what was typed, and nothing is stored."""
        discipline, step = _discipline(part), _step(slug)
        asked = outcome_forms.questions(step, discipline, house.profile, london_day(house.clock.now()))
        form = await read_form(request, house, asked)
        if form.answers is None:
            return await _show(request, house, referral_id, discipline, step, form)
        try:
            await _store(request, house, referral_id, discipline, step, form)
        except (Stale, NotPossible):
            return await _show(request, house, referral_id, discipline, step, form, stale=True)
        except Invalid as wrong:
            for name, message in wrong.messages.items():
                form = form.refuse(name, message)
            return await _show(request, house, referral_id, discipline, step, form)
        return see(request, f"{TRIAGE}/{referral_id}?done={discipline}")


class Waiting(Controller):
    """What waits for a colleague beside the queue."""

    path = TRIAGE + "/waiting"
    include_in_schema = False
    guards: ClassVar = [staff(Right.DECIDE_REFERRALS)]  # type: ignore[misc]

    @get("/")
    async def waiting(self, request: PageRequest, house: InHouse) -> Page:
        """Letters to read before they leave, and what families added. By reference: nobody's name is on the screen."""
        async with house.db.transaction() as session:
            letters, added = await outcome_queries.waiting(session, _MOST)
        return page(request, house, "referral/outcome_waiting.html", letters=letters, added=added, most=_MOST)


class Additions(Controller):
    """What families tell us without being asked."""

    path = TRIAGE + "/{referral_id:uuid}/additions/{addition_id:uuid}"
    include_in_schema = False
    guards: ClassVar = [staff(Right.DECIDE_REFERRALS)]  # type: ignore[misc]

    @post("/read", status_code=200)
    async def read(
        self, request: PageRequest, house: InHouse, referral_id: FromPath[UUID], addition_id: FromPath[UUID]
    ) -> Page:
        """Somebody has read it."""
        actor, now = _actor(request), house.clock.now()
        async with house.db.transaction() as session:
            await open_referral(session, actor, referral_id, now)
            await status_service.read_addition(session, actor, referral_id, addition_id, now)
        return see(request, f"{TRIAGE}/{referral_id}")


async def _store(
    request: PageRequest,
    house: House,
    referral_id: UUID,
    discipline: Discipline,
    step: RequestStep,
    form: Form,
) -> None:
    seen = first(await read_body(request), "version")
    version = int(seen) if seen.isdecimal() else 0
    decided, actor, now = outcome_forms.read(step, form.answers or {}), _actor(request), house.clock.now()
    async with house.db.transaction() as session:
        await open_referral(session, actor, referral_id, now)
        if isinstance(decided, Enquiry):
            await outcome_service.ask(session, actor, referral_id, discipline, version, decided, now)
        else:
            await outcome_service.decide(session, actor, referral_id, discipline, version, decided, house.profile, now)


async def _show(
    request: PageRequest,
    house: House,
    referral_id: UUID,
    discipline: Discipline,
    step: RequestStep,
    form: Form | None = None,
    *,
    stale: bool = False,
) -> Page:
    now = house.clock.now()
    today = london_day(now)
    async with house.db.transaction() as session:
        opened = await open_referral(session, _actor(request), referral_id, now)
        case = await queries.case(session, referral_id)
        if case is None:
            raise NotFound("no such referral")
        about = _request(case, discipline)
        stands = await _stands(session, case, about, house)
    asked = outcome_forms.questions(step, discipline, house.profile, today)
    # Whoever left something out must not lose the rest when the step is no longer there.
    stale = stale or (form is not None and step not in possible(about.state))
    shown = form or outcome_forms.blank(step, asked, case, about, outcome_forms.due_on(house.profile, today))
    return page(
        request,
        house,
        "referral/outcome_form.html",
        status=409 if stale else 422 if shown.errors else 200,
        form=shown,
        typed=decisions.typed_rows(shown) if stale else [],
        stale=stale,
        may=step in possible(about.state),
        opened=opened,
        case=case,
        request_view=about,
        words=outcome_forms.STEPS[step],
        flags=[presenters.FLAGS[flag.kind] for flag in case.flags if flag.cleared_at is None],
        call_only=decisions.must_call(case),
        **stands,
    )


async def _stands(session: Session, case: Case, about: RequestView, house: House) -> dict[str, Any]:
    """What is decided now, for whoever must compare."""
    told = await told_about(session, case.status.id)
    names = await staff_views(session, staff_ids(told))
    return {"side": outcome_presenters.side(case, about, told, names, house.profile, may_decide=False)}


def _request(case: Case, discipline: Discipline) -> RequestView:
    found = next((one for one in case.status.requests if one.discipline is discipline), None)
    if found is None:
        raise NotFound("not asked of this discipline")
    return found


def _discipline(part: str) -> Discipline:
    if part not in set(Discipline):
        raise NotFound("no such discipline")
    return Discipline(part)


def _step(slug: str) -> RequestStep:
    if slug not in outcome_forms.BY_SLUG:
        raise NotFound("no such step")
    return outcome_forms.BY_SLUG[slug]


def _actor(request: PageRequest) -> Actor:
    actor: Actor = request.scope["user"]
    return actor


HANDLERS = [Outcomes, Waiting, Additions]

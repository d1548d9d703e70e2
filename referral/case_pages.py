"""One case: the referral as a letter, who has it, and what staff do with it beside deciding."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.enums import MediaType
from litestar.params import FromPath

from accounts.api import staff_views
from core.domain.clock import london_day
from core.domain.errors import Invalid, NotPossible
from core.domain.identity import Actor, Right
from core.domain.ids import new_id
from core.storage.session import Session
from core.web.bodies import PageRequest, first, read_body, read_form
from core.web.forms import Form
from core.web.guards import staff
from core.web.house import House, InHouse
from core.web.replies import Page, is_htmx, page, see
from referral import (
    case_forms,
    case_presenters,
    case_queries,
    case_service,
    decisions,
    duplicates_pages,
    files_queries,
    outcome_case,
    presenters,
    versions,
)
from referral.access import open_referral
from referral.case_service import AlreadyCleared
from referral.case_views import Desk
from referral.claims import SomebodyElse, colleagues
from referral.keeping import keeper
from referral.queue_pages import TRIAGE
from referral.views import Case

_DONE = {
    "note": "Your note is added.",
    "flag": "The flag is cleared, with your words.",
    "case": "Who has the case is saved.",
    "chase": "The reminder is noted.",
    "compared": "What you said about the two referrals is saved.",
}


@dataclass(frozen=True)
class Trouble:
    """Why something typed was not stored, shown with it on the case page. `theirs` is what somebody else saved first,
    beside `mine`."""

    status: int = 409
    heading: str = ""
    mine: list[tuple[str, str]] = field(default_factory=list)
    theirs: list[tuple[str, str]] = field(default_factory=list)


class Cases(Controller):
    """Whoever may read the referral."""

    path = TRIAGE + "/{referral_id:uuid}"
    include_in_schema = False
    guards: ClassVar = [staff(Right.READ_REFERRALS)]  # type: ignore[misc]

    @get("/")
    async def case(self, request: PageRequest, house: InHouse, referral_id: FromPath[UUID]) -> Page:
        """The referral as a letter, with what can be done. Reading it changes nothing but the audit trail."""
        return await show(request, house, referral_id)

    @post("/here", status_code=200)
    async def here(self, request: PageRequest, house: InHouse, referral_id: FromPath[UUID]) -> Page:
        """The page is still open: who else reads the case, for the page to show."""
        actor, now = _actor(request), house.clock.now()
        async with house.db.transaction() as session:
            await open_referral(session, actor, referral_id, now)
            await case_service.still_here(session, actor, referral_id, now)
            desk = await case_queries.desk(session, referral_id, actor.id)
            names = await staff_views(session, case_presenters.staff_ids(None, desk))
        if not is_htmx(request):
            return see(request, f"{TRIAGE}/{referral_id}")
        owner, shown = case_presenters.owner(desk.standing, names, actor), case_presenters.shown(desk)
        if shown == first(await read_body(request), "shown"):
            # Nothing new: a screen reader is not told the same again.
            return Response("", status_code=204, media_type=MediaType.HTML)
        others = case_presenters.readers(desk, names)
        return page(request, house, "referral/case_here.html", owner=owner, readers=others, shown=shown)

    @post("/claim", status_code=200)
    async def claim(self, request: PageRequest, house: InHouse, referral_id: FromPath[UUID]) -> Page:
        """Takes the case: from nobody, or from whoever the page said has it."""
        had = _uuid(first(await read_body(request), "had"))
        return await _give(request, house, referral_id, had, _actor(request).id, Form.blank(()))

    @post("/give", status_code=200)
    async def give(self, request: PageRequest, house: InHouse, referral_id: FromPath[UUID]) -> Page:
        """Hands the case to a colleague, or puts it back in the queue."""
        actor = _actor(request)
        async with house.db.transaction() as session:
            await open_referral(session, actor, referral_id, house.clock.now())
            choice = await colleagues(session, referral_id)
        had = _uuid(first(await read_body(request), "had"))
        form = await read_form(request, house, case_forms.handover(choice, house.profile, is_mine=had == actor.id))
        if form.answers is None:
            return await show(request, house, referral_id, handover=form)
        return await _give(request, house, referral_id, had, _uuid(str(form.answers["to"])), form)

    @post("/notes", status_code=200)
    async def note(self, request: PageRequest, house: InHouse, referral_id: FromPath[UUID]) -> Page:
        """A note for colleagues."""
        form = await read_form(request, house, (case_forms.NOTE,))
        if form.answers is None:
            return await show(request, house, referral_id, note=form)
        actor, now = _actor(request), house.clock.now()
        once = _uuid(first(await read_body(request), "once")) or new_id()
        async with house.db.transaction() as session:
            await open_referral(session, actor, referral_id, now)
            await case_service.add_note(session, actor, referral_id, once, str(form.answers["text"]), now)
        return see(request, f"{TRIAGE}/{referral_id}?done=note#notes")

    @post("/chase/{information_id:uuid}", status_code=200)
    async def chase(
        self, request: PageRequest, house: InHouse, referral_id: FromPath[UUID], information_id: FromPath[UUID]
    ) -> Page:
        """Asks again, or notes that a colleague called."""
        actor, now = _actor(request), house.clock.now()
        seen = first(await read_body(request), "seen")
        try:
            async with house.db.transaction() as session:
                await open_referral(session, actor, referral_id, now)
                times = int(seen) if seen.isdecimal() and len(seen) < 5 else 0
                await case_service.chase(session, actor, referral_id, information_id, times, now)
        except NotPossible:
            trouble = Trouble(heading="Nobody was reminded: the answer has come, or it is no longer needed")
            return await show(request, house, referral_id, trouble=trouble)
        return see(request, f"{TRIAGE}/{referral_id}?done=chase")


class Flags(Controller):
    """Clinicians."""

    path = TRIAGE + "/{referral_id:uuid}/flags/{flag_id:uuid}"
    include_in_schema = False
    guards: ClassVar = [staff(Right.CLEAR_FLAGS)]  # type: ignore[misc]

    @post("/", status_code=200)
    async def clear(
        self, request: PageRequest, house: InHouse, referral_id: FromPath[UUID], flag_id: FromPath[UUID]
    ) -> Page:
        """A clinician has looked at a flag, and says what they found."""
        question, actor, now = case_forms.why(flag_id), _actor(request), house.clock.now()
        form = await read_form(request, house, (question,))
        if form.answers is None:
            return await show(request, house, referral_id, flags={flag_id: form})
        why = str(form.answers[question.id])
        try:
            async with house.db.transaction() as session:
                await open_referral(session, actor, referral_id, now)
                await case_service.clear_flag(session, actor, referral_id, flag_id, why, now)
        except AlreadyCleared as earlier:
            async with house.db.transaction() as session:
                names = await staff_views(session, {one for one in [presenters.staff_id(earlier.by)] if one})
            said = case_presenters.cleared_by(earlier.by, earlier.at, earlier.note, names)
            trouble = Trouble(409, "A colleague cleared this flag before you", [("What you typed", why)], [said])
            return await show(request, house, referral_id, trouble=trouble)
        return see(request, f"{TRIAGE}/{referral_id}?done=flag")


async def _give(
    request: PageRequest, house: House, referral_id: UUID, had: UUID | None, to: UUID | None, form: Form
) -> Page:
    """Nothing changes when the case is no longer with whom the page said: both are shown."""
    actor, now, note = _actor(request), house.clock.now(), str((form.answers or {}).get("note", ""))
    try:
        async with house.db.transaction() as session:
            await open_referral(session, actor, referral_id, now)
            await case_service.give(session, actor, referral_id, had, to, note, now)
    except SomebodyElse as other:
        trouble = Trouble(heading=await _has_it_now(house, other.owner_id), mine=decisions.typed_rows(form))
        return await show(request, house, referral_id, handover=form if form.questions else None, trouble=trouble)
    except Invalid as wrong:
        for name, message in wrong.messages.items():
            form = form.refuse(name, message)
        return await show(request, house, referral_id, handover=form)
    return see(request, f"{TRIAGE}/{referral_id}?done=case")


async def _has_it_now(house: House, owner_id: UUID | None) -> str:
    if owner_id is None:
        return "Not saved: nobody has this case any more"
    async with house.db.transaction() as session:
        names = await staff_views(session, {owner_id})
    return f"Not saved: {names[owner_id].name if owner_id in names else 'a colleague'} has this case now"


async def show(
    request: PageRequest,
    house: House,
    referral_id: UUID,
    *,
    flags: Mapping[UUID, Form] | None = None,
    handover: Form | None = None,
    note: Form | None = None,
    trouble: Trouble | None = None,
) -> Page:
    """The case page, with what was typed and could not be stored."""
    actor, now = _actor(request), house.clock.now()
    async with house.db.transaction() as session:
        case, opened = await case_service.open_case(session, actor, referral_id, now)
        desk = await case_queries.desk(session, referral_id, actor.id)
        marks = await keeper.marks(session, referral_id)
        told = await _people(session, house, actor, case, desk, handover)
        told |= await duplicates_pages.around(session, actor, referral_id, house)
        told |= await files_queries.around(session, referral_id)
        told |= await outcome_case.around(session, case, actor, house.profile)
    forms = [*(flags or {}).values(), *filter(None, [handover, note])]
    wrong = next((form for form in forms if form.errors), None)
    return page(
        request,
        house,
        "referral/case.html",
        status=trouble.status if trouble else 422 if wrong else 200,
        form=wrong,
        trouble=trouble,
        case=case,
        opened=opened,
        marks=marks,
        base=f"{TRIAGE}/{referral_id}",
        flags=case_presenters.flags(case, f"{TRIAGE}/{referral_id}", flags or {}),
        note_form=note or Form.blank((case_forms.NOTE,)),
        once=new_id(),
        done=_done(request, house),
        may_clear=Right.CLEAR_FLAGS,
        may_decide=Right.DECIDE_REFERRALS,
        **_letter(house, case, now),
        **_requests(house, case, now),
        **told,
    )


async def _people(
    session: Session, house: House, actor: Actor, case: Case, desk: Desk, handover: Form | None
) -> dict[str, Any]:
    names = await staff_views(session, case_presenters.staff_ids(case, desk))
    choice = await colleagues(session, case.status.id)
    owner = case_presenters.owner(desk.standing, names, actor)
    questions = case_forms.handover(
        [one for one in choice if one.id not in (actor.id, desk.standing.owner_id)], house.profile, is_mine=owner.is_me
    )
    return {
        "owner": owner,
        "may_take": not owner.is_me and any(one.id == actor.id for one in choice),
        "handover": handover or Form.blank(questions),
        "handover_open": handover is not None,
        "readers": case_presenters.readers(desk, names),
        "shown": case_presenters.shown(desk),
        "notes": case_presenters.notes(desk, names),
        "cleared": case_presenters.cleared(case, names),
        "history": case_presenters.history(case, desk, names, house.profile),
    }


def _letter(house: House, case: Case, now: Any) -> dict[str, Any]:
    received_on = london_day(case.status.received_at)
    asked = versions.journey_asked(house.profile, received_on, case.version, case.answers)
    return {
        "child": presenters.child_rows(case, house.profile, london_day(now)),
        "ago": presenters.ago(case.status.received_at, now),
        "letter": presenters.letter(asked, case.answers),
        "call_only": decisions.must_call(case),
    }


def _requests(house: House, case: Case, now: Any) -> dict[str, Any]:
    return {
        "requests": decisions.requests(case, house.profile),
        "waits": case_presenters.waits(case, house.profile, now),
        "chases": case_presenters.chases(case.information, f"{TRIAGE}/{case.status.id}"),
    }


def _done(request: PageRequest, house: House) -> str:
    done = request.query_params.get("done", "")
    decided = next((words.name for key, words in house.profile.disciplines.items() if key == done), "")
    return f"Your decision about {decided} is saved." if decided else _DONE.get(done, "")


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _actor(request: PageRequest) -> Actor:
    return request.scope["user"]  # type: ignore[no-any-return]


HANDLERS = [Cases, Flags]

"""The page of one case, put together: the referral, who works on it, what may be a duplicate, what was decided."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from accounts.api import staff_views
from core.domain.clock import london_day
from core.domain.identity import Actor, Right
from core.domain.ids import new_id
from core.storage.session import Session
from core.web.bodies import PageRequest
from core.web.forms import Form
from core.web.house import House
from core.web.replies import Page, page
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
from referral.case_views import Desk
from referral.claims import colleagues
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
    async with house.db.transaction() as session:
        told = await _read(session, request, house, referral_id, handover)
    forms = [*(flags or {}).values(), *filter(None, [handover, note])]
    wrong = next((form for form in forms if form.errors), None)
    return page(
        request,
        house,
        "referral/case.html",
        status=trouble.status if trouble else 422 if wrong else 200,
        form=wrong,
        trouble=trouble,
        base=f"{TRIAGE}/{referral_id}",
        flags=case_presenters.flags(told["case"], f"{TRIAGE}/{referral_id}", flags or {}),
        note_form=note or Form.blank((case_forms.NOTE,)),
        once=new_id(),
        done=_done(request, house),
        may_clear=Right.CLEAR_FLAGS,
        may_decide=Right.DECIDE_REFERRALS,
        **told,
    )


async def _read(
    session: Session, request: PageRequest, house: House, referral_id: UUID, handover: Form | None
) -> dict[str, Any]:
    """Everything the page tells of the case; reading it is on the audit trail."""
    actor: Actor = request.scope["user"]
    now = house.clock.now()
    case, opened = await case_service.open_case(session, actor, referral_id, now)
    desk = await case_queries.desk(session, referral_id, actor.id)
    return {
        "case": case,
        "opened": opened,
        "marks": await keeper.marks(session, referral_id),
        **_letter(house, case, now),
        **_requests(house, case, now),
        **await _people(session, house, actor, case, desk, handover),
        **await duplicates_pages.around(session, actor, referral_id, house),
        **await files_queries.around(session, referral_id),
        **await outcome_case.around(session, case, actor, house.profile),
    }


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

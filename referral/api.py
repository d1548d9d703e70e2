"""Referrals, for the rest of the house."""

from datetime import datetime
from uuid import UUID

from accounts.api import Need
from core.domain.identity import Actor, Discipline, Right
from core.storage import drafts
from core.storage.session import Session
from referral import outcome_queries, queries, queue_find
from referral.access import may_read_about, records_of_child
from referral.auditing import audit_checks
from referral.keeping import keeper
from referral.questions import QUESTIONS_VERSION
from referral.views import RequestView, StatusView
from referral.words import ReferrerKind, RequestState, Urgency

WAITING = "/staff/triage/waiting"


async def status_of(session: Session, referral_id: UUID) -> StatusView | None:
    """Where a referral stands, one request for each discipline. The caller has made sure that it may be shown."""
    return await queries.status(session, referral_id)


async def begin_known(
    session: Session, owner: bytes, child: dict[str, str], discipline: Discipline, now: datetime
) -> bool:
    """Begins a referral by a health professional in the browser of `owner`, with what is known of the child (question
    id → answer). False when another is under way there: nothing of that is touched."""
    draft = await drafts.start_draft(session, owner, "referral", QUESTIONS_VERSION, now)
    if draft.answers:
        return False
    answers = {"who": ReferrerKind.HEALTH.value, "disciplines": [discipline.value], **child}
    drafts.save_answers(draft, answers, QUESTIONS_VERSION, now)
    return True


async def needs_triage(session: Session, actor: Actor) -> int:
    """How many referrals that this person may see wait for somebody to decide."""
    _, everything = await queue_find.waiting(session, actor)
    return everything


async def needs_me(session: Session, actor: Actor, now: datetime) -> list[Need]:
    """What waits in triage, urgent referrals on a line of their own."""
    urgent, everything = await queue_find.waiting(session, actor)
    needs = [
        Need(_referrals(urgent, "urgent "), urgent, "/staff/triage", urgent=True),
        Need(_referrals(everything - urgent), everything - urgent, "/staff/triage"),
    ]
    if actor.may(Right.DECIDE_REFERRALS):
        letters, added = await outcome_queries.waiting_for_somebody(session)
        told = "family told us more" if added == 1 else "families told us more"
        needs += [
            Need(_letters(letters), letters, f"{WAITING}#letters"),
            Need(told, added, f"{WAITING}#told"),
        ]
    return needs


def _letters(count: int) -> str:
    return "letter to read before it is sent" if count == 1 else "letters to read before they are sent"


def _referrals(count: int, kind: str = "") -> str:
    return f"{kind}referral to read" if count == 1 else f"{kind}referrals to read"


__all__ = [
    "RequestState",
    "RequestView",
    "StatusView",
    "Urgency",
    "audit_checks",
    "begin_known",
    "keeper",
    "may_read_about",
    "needs_me",
    "needs_triage",
    "records_of_child",
    "status_of",
]

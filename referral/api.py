"""Referrals, for the rest of the house."""

from datetime import datetime
from uuid import UUID

from accounts.api import Need
from core.domain.identity import Actor
from core.storage.session import Session
from referral import queries
from referral.auditing import audit_checks
from referral.views import RequestView, StatusView
from referral.words import RequestState, Urgency


async def status_of(session: Session, referral_id: UUID) -> StatusView | None:
    """Where a referral stands, one request for each discipline. The caller has made sure that it may be shown."""
    return await queries.status(session, referral_id)


async def needs_triage(session: Session, actor: Actor) -> int:
    """How many referrals that this person may see wait for somebody to decide."""
    _, everything = await queries.needs_triage(session, actor)
    return everything


async def needs_me(session: Session, actor: Actor, now: datetime) -> list[Need]:
    """What waits in triage, urgent referrals on a line of their own."""
    urgent, everything = await queries.needs_triage(session, actor)
    return [
        Need(_referrals(urgent, "urgent "), urgent, "/staff/triage", urgent=True),
        Need(_referrals(everything - urgent), everything - urgent, "/staff/triage"),
    ]


def _referrals(count: int, kind: str = "") -> str:
    return f"{kind}referral to read" if count == 1 else f"{kind}referrals to read"


__all__ = [
    "RequestState",
    "RequestView",
    "StatusView",
    "Urgency",
    "audit_checks",
    "needs_me",
    "needs_triage",
    "status_of",
]

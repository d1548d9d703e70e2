"""Information governance, for the rest of the house."""

from datetime import datetime

from accounts.api import Need
from core.domain.clock import london_day
from core.domain.identity import Actor, Right
from core.storage.session import Session
from privacy import queries

_DESK = "/staff/privacy"


async def needs_me(session: Session, actor: Actor, now: datetime) -> list[Need]:
    """What waits for information governance: what is overdue first."""
    if not actor.may(Right.RUN_PRIVACY):
        return []
    requests, late, complaints, too_late = await queries.overdue(session, london_day(now))
    asked, told = f"{_DESK}/requests", f"{_DESK}/complaints"
    return [
        Need("information requests overdue", late, asked, urgent=True),
        Need("information complaints not acknowledged in 30 days", too_late, told, urgent=True),
        Need("information requests to answer", requests - late, asked),
        Need("information complaints to acknowledge", complaints - too_late, told),
        Need("information complaints to answer", await queries.complaints_to_answer(session), told),
        Need("deletions to approve", await queries.runs_to_approve(session), f"{_DESK}/retention"),
    ]


__all__ = ["needs_me"]

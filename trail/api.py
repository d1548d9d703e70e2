"""The audit trail, for the rest of the house."""

from datetime import datetime

from accounts.api import Need, openings_waiting
from core.domain.identity import Actor, Right
from core.storage.session import Session
from trail import chain, rules
from trail.chain import head, seal, verify
from trail.queries import records_of_child
from trail.words import Fault, Found, Head


async def audit_checks(session: Session, now: datetime) -> list[tuple[str, int]]:
    """Rule 6, "whoever saw it is on the trail": (what would break it, how many do)."""
    waited = await chain.longest_wait(session)
    return [
        ("audit trail: an entry is not as it was sealed", await chain.patrol(session)),
        ("audit trail: entries wait too long for their seal", int(rules.is_late(waited))),
    ]


async def needs_me(session: Session, actor: Actor, now: datetime) -> list[Need]:
    """Emergencies that information governance has not looked at."""
    if not actor.may(Right.READ_AUDIT):
        return []
    count = await openings_waiting(session)
    label = "record opened in an emergency" if count == 1 else "records opened in an emergency"
    return [Need(label, count, "/staff/audit/emergencies", urgent=True)]


__all__ = ["Fault", "Found", "Head", "audit_checks", "head", "needs_me", "records_of_child", "seal", "verify"]

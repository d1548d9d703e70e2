"""What a person says about two referrals that are alike. It joins nothing: a duplicate is decided on the case page."""

from datetime import datetime
from uuid import UUID

from core.domain.errors import Invalid
from core.domain.identity import Actor
from core.storage.session import Session
from referral import moves
from referral.duplicates_models import DuplicateVerdict
from referral.duplicates_words import Verdict


async def say(
    session: Session, actor: Actor, referral_id: UUID, other_id: UUID, verdict: Verdict, why: str, now: datetime
) -> None:
    """Both referrals were opened by whoever says it. That they are not the same needs a word of why: the next who
    wonders reads it."""
    if verdict is Verdict.DIFFERENT and not why:
        raise Invalid({"why": "Say how you know that they are not the same child"})
    row = DuplicateVerdict(
        referral_id=referral_id, other_id=other_id, verdict=verdict, at=now, by=actor.audit_name, why=why or None
    )
    session.add(row)
    for one, other in ((referral_id, other_id), (other_id, referral_id)):
        moves.record(session, actor, "compared", one, now, other=str(other), verdict=verdict)

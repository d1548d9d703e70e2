"""Who may have a case, and what a change of hands is called."""

from collections.abc import Collection
from uuid import UUID

from accounts.api import RIGHTS, StaffView
from core.domain.identity import Right, Role
from referral.claims_words import Claim


def claim_of(actor_id: UUID | None, had: UUID | None, to: UUID | None) -> Claim | None:
    """None when nothing would change. Whoever has a case hands it over, with words; what others do is assigning."""
    if had == to:
        return None
    if to is None:
        return Claim.GIVEN_BACK
    if to == actor_id:
        return Claim.TAKEN
    return Claim.HANDED_OVER if had is not None and had == actor_id else Claim.ASSIGNED


def may_have(colleague: StaffView, asked: Collection[str]) -> bool:
    """Somebody who is here and decides about referrals, or a therapist of a discipline that was asked for."""
    decides = any(Right.DECIDE_REFERRALS in RIGHTS[role] for role in colleague.roles)
    treats = Role.THERAPIST in colleague.roles and not colleague.disciplines.isdisjoint(asked)
    return colleague.active and (decides or treats)

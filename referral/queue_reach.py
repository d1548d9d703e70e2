"""Which referrals a member of staff sees at all, as a condition of the database."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import aliased
from sqlmodel import col, select

from core.domain.identity import Actor, Role
from referral.models import Referral, ReferralRequest

AREAS = ARRAY(sa.String(40))


def seen_by(actor: Actor, referral_id: Any) -> Any:
    """A condition on a referral's id, the same as `rules.reason_to_see`: triage and managers see all, therapists what
    was asked of their disciplines in their teams."""
    if actor.has(Role.TRIAGE, Role.MANAGER):
        return sa.true()
    if not actor.has(Role.THERAPIST):
        return sa.false()
    theirs = aliased(ReferralRequest)
    asked = select(theirs.id).where(theirs.referral_id == referral_id)
    asked = asked.where(col(theirs.discipline).in_(sorted(actor.disciplines)))
    return (_in_team(asked, theirs, sorted(actor.areas)) if actor.areas else asked).exists()


def _in_team(asked: Any, theirs: Any, areas: list[str]) -> Any:
    """Of a request that no team has yet, every team the family's postcode leads to is one."""
    whole = aliased(Referral)
    nobodys = sa.or_(sa.func.cardinality(col(whole.area_ids)) == 0, col(whole.area_ids).op("&&")(sa.cast(areas, AREAS)))
    mine = sa.or_(col(theirs.area_id).in_(areas), sa.and_(col(theirs.area_id).is_(None), nobodys))
    return asked.join(whole, col(whole.id) == theirs.referral_id).where(mine)

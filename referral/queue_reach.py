"""Which referrals a member of staff sees at all: as a condition of the database, and as the lists they are on."""

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import aliased
from sqlmodel import col, select

from core.domain.identity import Actor, Discipline, Role
from referral.models import Referral, ReferralRequest
from referral.queue_words import EVERY, OUTSIDE
from referral.views import Wanted

AREAS = ARRAY(sa.String(40))


def sees_all(actor: Actor) -> bool:
    """Triage and managers."""
    return actor.has(Role.TRIAGE, Role.MANAGER)


def seen_by(actor: Actor, referral_id: Any) -> Any:
    """A condition on a referral's id, the same as `rules.reason_to_see`: triage and managers see all, therapists what
    was asked of their disciplines in their teams."""
    if sees_all(actor):
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


@dataclass(frozen=True, slots=True)
class Reach:
    """Whose places are looked through. `is_theirs`: this colleague sees whatever stands there; otherwise `seen_by` is
    to be asked of each."""

    disciplines: list[str]
    areas: list[str]
    is_theirs: bool


def reach_of(actor: Actor, wanted: Wanted) -> Reach:
    """The lists that a colleague who asks for this looks through."""
    own = _own(actor)
    disciplines = [wanted.discipline.value] if wanted.discipline else own.disciplines
    areas = [wanted.area] if wanted.area else own.areas
    sees_there = EVERY in own.areas or set(areas) <= set(own.areas)
    return Reach(disciplines, areas, sees_there and set(disciplines) <= set(own.disciplines))


def _own(actor: Actor) -> Reach:
    if sees_all(actor):
        return Reach(sorted(Discipline), [EVERY], is_theirs=True)
    if actor.has(Role.THERAPIST):
        areas = [*sorted(actor.areas), OUTSIDE] if actor.areas else [EVERY]
        return Reach(sorted(actor.disciplines), areas, is_theirs=True)
    return Reach([], [], is_theirs=True)

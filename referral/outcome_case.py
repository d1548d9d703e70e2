"""What a case page shows around the referral itself: decisions, letters, and what the family added."""

from typing import Any

from accounts.api import staff_views
from core.domain.identity import Actor, Right
from core.domain.profile import Profile
from core.storage.session import Session
from referral import outcome_presenters, presenters
from referral.outcome_queries import Told, told_about
from referral.views import Case


async def around(session: Session, case: Case, actor: Actor, profile: Profile) -> dict[str, Any]:
    """For `referral/outcome_side.html` (`sides[discipline]` is its `side`) and `referral/outcome_additions.html`."""
    told = await told_about(session, case.status.id)
    names = await staff_views(session, staff_ids(told))
    may_decide = actor.may(Right.DECIDE_REFERRALS)
    return {
        "sides": outcome_presenters.sides(case, told, names, profile, may_decide=may_decide),
        "additions": outcome_presenters.additions(told, names, case.status.id),
    }


def staff_ids(told: Told) -> set[Any]:
    """The colleagues these rows name."""
    by = [one.by for each in told.outcomes.values() for one in each] + [one.read_by or "" for one in told.additions]
    return {found for name in by if (found := presenters.staff_id(name))}

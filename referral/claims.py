"""Who has a case: taken, given to somebody, handed over, given back. Each says who had it when the page was shown; when
that is no longer so, nothing is changed."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from accounts.api import StaffView, everybody, staff_views
from core.domain.errors import Conflict, Invalid, NotFound
from core.domain.identity import Actor
from core.storage import audit
from core.storage.session import Session
from referral.claims_models import ReferralClaim
from referral.claims_rules import claim_of, may_have
from referral.claims_words import Claim
from referral.models import Referral, ReferralRequest
from referral.queue_models import QueuePlace


class SomebodyElse(Conflict):
    """The case is no longer with whom the page said; `owner_id` has it now (None: nobody)."""

    def __init__(self, owner_id: UUID | None) -> None:
        super().__init__("changed hands meanwhile")
        self.owner_id = owner_id


async def give(
    session: Session, actor: Actor, referral_id: UUID, had: UUID | None, to: UUID | None, note: str, now: datetime
) -> None:
    """The case goes from whoever `had` it to somebody, or to nobody: back to the queue. SomebodyElse when it is with
    another colleague by now; Invalid without the note a handover needs, or for a colleague who cannot have it."""
    kind = claim_of(actor.id, had, to)
    if kind is None:
        return
    if kind is Claim.HANDED_OVER and not note:
        raise Invalid({"note": "Say what your colleague needs to know"})
    if to is not None:
        await _check_colleague(session, referral_id, to)
    await _claim(session, referral_id, had, to, now)
    session.add(
        ReferralClaim(
            referral_id=referral_id,
            kind=kind,
            from_staff_id=had,
            to_staff_id=to,
            at=now,
            by=actor.audit_name,
            note=note or None,
        )
    )
    whom = str(to) if to else None
    audit.record(session, actor, f"referral.{kind.replace(' ', '-')}", "referral", referral_id, now, to=whom)


async def _claim(session: Session, referral_id: UUID, had: UUID | None, to: UUID | None, now: datetime) -> None:
    """One statement, so that of two who press at once one is told."""
    claim = (
        sa.update(Referral)
        .where(col(Referral.id) == referral_id, col(Referral.owner_id).is_not_distinct_from(had))
        .values(owner_id=to, owned_since=now if to else None, came_back_at=None)
        .returning(col(Referral.id))
        .execution_options(synchronize_session=False)
    )
    connection = await session.connection()
    if (await connection.execute(claim)).first() is None:
        found = sa.select(col(Referral.owner_id)).where(col(Referral.id) == referral_id)
        owner = (await connection.execute(found)).first()
        if owner is None:
            raise NotFound("no such referral")
        raise SomebodyElse(owner[0])


async def _check_colleague(session: Session, referral_id: UUID, to: UUID) -> None:
    colleague = (await staff_views(session, [to])).get(to)
    if colleague is None or not may_have(colleague, await _disciplines(session, referral_id)):
        raise Invalid({"to": "Choose a colleague from the list"})


async def _disciplines(session: Session, referral_id: UUID) -> list[str]:
    asked = select(ReferralRequest.discipline).where(ReferralRequest.referral_id == referral_id)
    return list((await session.exec(asked)).all())


async def colleagues(session: Session, referral_id: UUID) -> list[StaffView]:
    """Those who may have a case, by name."""
    asked = await _disciplines(session, referral_id)
    return [one for one in await everybody(session) if may_have(one, asked)]


async def colleague_left(session: Session, actor: Actor, staff_id: UUID, now: datetime) -> int:
    """The open cases of a colleague who left are nobody's again, and say so on the queue. Run twice, it changes nothing
    more."""
    theirs = select(Referral.id).where(Referral.owner_id == staff_id, col(Referral.pressing).is_not(None))
    ids = (await session.exec(theirs.order_by(col(Referral.id)).with_for_update())).all()
    back = sa.update(Referral).where(col(Referral.id).in_(ids))
    back = back.values(owner_id=None, owned_since=None, came_back_at=now)
    connection = await session.connection()
    await connection.execute(back)
    nobodys = sa.update(QueuePlace).where(col(QueuePlace.referral_id).in_(ids)).values(is_nobodys=True)
    await connection.execute(nobodys)
    for referral_id in ids:
        claim = ReferralClaim(
            referral_id=referral_id, kind=Claim.LEFT, from_staff_id=staff_id, at=now, by=actor.audit_name
        )
        session.add(claim)
        audit.record(session, actor, "referral.came-back", "referral", referral_id, now)
    return len(ids)

"""Who may see a referral, and which referrals are about one child."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from accounts.api import Opened, open_record, those_that_open
from core.domain.errors import NotFound
from core.domain.identity import Actor
from core.storage.children import ChildKeys, ChildRecord, keys_of
from core.storage.session import Session
from referral import rules
from referral.models import Referral, ReferralRequest

SUBJECT = "referral"


async def open_referral(session: Session, actor: Actor, referral_id: UUID, now: datetime) -> Opened:
    """Why this person may see it. NotFound when there is none; ReasonNeeded and OwnFamily as `open_record` says."""
    found = (
        sa.select(
            col(Referral.nhs_number_key),
            col(Referral.surname_born_key),
            col(Referral.area_ids),
            col(ReferralRequest.discipline),
            col(ReferralRequest.area_id),
        )
        .join(ReferralRequest, col(ReferralRequest.referral_id) == Referral.id)
        .where(col(Referral.id) == referral_id)
    )
    rows = (await (await session.connection()).execute(found)).all()
    if not rows:
        raise NotFound("no such referral")
    record = ChildRecord(SUBJECT, referral_id, keys_of(rows[0][0], rows[0][1]))
    asked = [(discipline, [area] if area else areas) for _, _, areas, discipline, area in rows]
    return await open_record(session, actor, record, rules.reason_to_see(actor, asked), now)


async def may_read_about(session: Session, actor: Actor, ids: Collection[UUID], now: datetime) -> set[UUID]:
    """Those of these referrals that this person may see, and so what was said about them."""
    return await those_that_open(ids, lambda one: open_referral(session, actor, one, now))


async def records_of_child(session: Session, wanted: ChildKeys, reference: str = "") -> list[ChildRecord]:
    """The referrals of one child, or the one with this reference."""
    is_theirs = sa.or_(
        col(Referral.nhs_number_key).in_(wanted.nhs),
        col(Referral.surname_born_key).in_(wanted.named),
        col(Referral.reference) == (reference or None),
    )
    found = select(Referral.id, Referral.nhs_number_key, Referral.surname_born_key).where(is_theirs)
    return [ChildRecord(SUBJECT, row[0], keys_of(row[1], row[2])) for row in await session.exec(found)]

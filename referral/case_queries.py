"""What is asked about a case beside the referral itself. Whoever shows it has asked `open_referral`."""

from datetime import timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from core.domain.errors import NotFound
from core.storage.session import Session
from referral.case_models import CaseNote
from referral.case_views import Desk, NoteView, Standing
from referral.claims_models import ReferralClaim, ReferralReader
from referral.claims_words import ClaimView, Reader
from referral.models import Referral

# A page tells that it is open every half minute; two of these may get lost.
HERE_FOR = timedelta(seconds=90)


async def desk(session: Session, referral_id: UUID, me: UUID | None) -> Desk:
    """Four queries, whatever there is."""
    return Desk(
        await standing(session, referral_id),
        tuple(await claims(session, referral_id)),
        tuple(await notes(session, referral_id)),
        tuple(await readers(session, referral_id, me)),
    )


async def standing(session: Session, referral_id: UUID) -> Standing:
    found = sa.select(col(Referral.owner_id), col(Referral.owned_since), col(Referral.came_back_at))
    row = (await (await session.connection()).execute(found.where(col(Referral.id) == referral_id))).first()
    if row is None:
        raise NotFound("no such referral")
    return Standing(*row)


async def claims(session: Session, referral_id: UUID) -> list[ClaimView]:
    """Each change of hands, oldest first."""
    found = select(ReferralClaim).where(ReferralClaim.referral_id == referral_id).order_by(col(ReferralClaim.id))
    return [
        ClaimView(row.kind, row.from_staff_id, row.to_staff_id, row.at, row.by, row.note or "")
        for row in await session.exec(found)
    ]


async def notes(session: Session, referral_id: UUID) -> list[NoteView]:
    """What staff wrote, oldest first."""
    found = select(CaseNote).where(CaseNote.referral_id == referral_id).order_by(col(CaseNote.id))
    return [NoteView(row.at, row.by, row.text) for row in await session.exec(found)]


async def readers(session: Session, referral_id: UUID, me: UUID | None) -> list[Reader]:
    """Colleagues who have the case on the screen now, whoever opened it first before the others."""
    clock = sa.func.clock_timestamp()
    quiet = sa.extract("epoch", clock - col(ReferralReader.seen_at))
    found = (
        sa.select(col(ReferralReader.staff_id), col(ReferralReader.opened_at), quiet)
        .where(col(ReferralReader.referral_id) == referral_id, col(ReferralReader.seen_at) > clock - HERE_FOR)
        .where(col(ReferralReader.staff_id).is_distinct_from(me))
        .order_by(col(ReferralReader.opened_at))
    )
    rows = (await (await session.connection()).execute(found)).all()
    return [Reader(staff_id, opened_at, float(seconds)) for staff_id, opened_at, seconds in rows]

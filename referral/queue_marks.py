"""What the queue goes by, copied onto a referral from its parts: after every change of a request, a flag or an enquiry,
in the same transaction. The auditor (`auditing.py`) counts where the copy is wrong."""

import sqlalchemy as sa
from sqlmodel import col, select

from core.storage.session import Session
from referral import rules
from referral.models import InformationRequest, Referral, ReferralFlag, ReferralRequest
from referral.words import RequestState, Urgency


async def remark(session: Session, referral: Referral) -> None:
    """The referral is locked, or known to nobody else yet."""
    await session.flush()
    parts = select(ReferralRequest.discipline, ReferralRequest.state, ReferralRequest.urgency)
    requests = (await session.exec(parts.where(ReferralRequest.referral_id == referral.id))).all()
    referral.pressing = rules.place_in_queue((RequestState(state), Urgency(urgency)) for _, state, urgency in requests)
    referral.open_for = sorted(discipline for discipline, state, _ in requests if rules.is_open(RequestState(state)))
    standing = sa.select(sa.literal(1)).where(
        col(ReferralFlag.referral_id) == referral.id, col(ReferralFlag.cleared_at).is_(None)
    )
    asked = sa.select(sa.func.min(col(InformationRequest.due_on))).join(
        ReferralRequest, col(ReferralRequest.id) == InformationRequest.request_id
    )
    asked = asked.where(col(ReferralRequest.referral_id) == referral.id, col(InformationRequest.ended_at).is_(None))
    found = sa.select(standing.exists(), asked.scalar_subquery())
    referral.flagged, referral.asked_until = (await (await session.connection()).execute(found)).one()

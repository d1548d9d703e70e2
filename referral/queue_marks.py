"""What the queue goes by, copied from a referral's parts: after every change of a request, a flag, an enquiry or of who
has the case, in the same transaction. The auditor (`auditing.py`) counts where the copy is wrong."""

from collections.abc import Iterable, Iterator
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from core.storage.session import Session
from referral import rules
from referral.models import InformationRequest, Referral, ReferralFlag, ReferralRequest
from referral.queue_models import QueuePlace
from referral.queue_rules import lists_of

_KEY = (col(QueuePlace.referral_id), col(QueuePlace.discipline), col(QueuePlace.area))


def mark_new(session: Session, referral: Referral, requests: Iterable[ReferralRequest], *, flagged: bool) -> None:
    """The places of a referral that nobody else knows yet."""
    session.add_all(
        QueuePlace(**place) for place in _places(referral, requests, {"flagged": flagged, "is_nobodys": True})
    )


async def remark(session: Session, referral: Referral) -> None:
    """The referral is locked."""
    await session.flush()
    found = select(ReferralRequest).where(ReferralRequest.referral_id == referral.id)
    requests = (await session.exec(found)).all()
    referral.pressing = rules.place_in_queue((request.state, request.urgency) for request in requests)
    connection = await session.connection()
    flagged, is_nobodys, referral.asked_until = (await connection.execute(_marks(referral.id))).one()
    places = list(_places(referral, requests, {"flagged": flagged, "is_nobodys": is_nobodys}))
    gone = sa.delete(QueuePlace).where(_KEY[0] == referral.id)
    stay = [(place["referral_id"], place["discipline"], place["area"]) for place in places]
    await connection.execute(gone.where(sa.tuple_(*_KEY).not_in(stay)) if stay else gone)
    if places:
        changed = insert(QueuePlace).values(places)
        anew = {name: changed.excluded[name] for name in places[0]}
        await connection.execute(changed.on_conflict_do_update(index_elements=[*_KEY], set_=anew))


def _marks(referral_id: UUID) -> Any:
    """(a flag stands, nobody has it, the first day that an answer is due)."""
    flags = sa.select(sa.literal(1)).where(
        col(ReferralFlag.referral_id) == referral_id, col(ReferralFlag.cleared_at).is_(None)
    )
    asked = sa.select(sa.func.min(col(InformationRequest.due_on))).join(
        ReferralRequest, col(ReferralRequest.id) == InformationRequest.request_id
    )
    asked = asked.where(col(ReferralRequest.referral_id) == referral_id, col(InformationRequest.ended_at).is_(None))
    nobodys = col(Referral.owner_id).is_(None)
    return sa.select(flags.exists(), nobodys, asked.scalar_subquery()).where(col(Referral.id) == referral_id)


def _places(
    referral: Referral, requests: Iterable[ReferralRequest], marks: dict[str, bool]
) -> Iterator[dict[str, Any]]:
    for request in requests:
        if rules.is_open(request.state):
            for area in lists_of(request.area_id, referral.area_ids):
                yield {
                    "referral_id": referral.id,
                    "discipline": request.discipline,
                    "area": area,
                    "state": request.state,
                    "pressing": referral.pressing,
                    "received_at": referral.received_at,
                    "asked_until": referral.asked_until,
                    **marks,
                }

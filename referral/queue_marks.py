"""What the queue goes by, copied from a referral's parts: after every change of a request, a flag, an enquiry or of who
has the case, in the same transaction. The auditor (`auditing.py`) counts where the copy is wrong."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import SQLModel, col, select

from core.storage.session import Session
from referral import rules
from referral.models import InformationRequest, Referral, ReferralFlag, ReferralRequest
from referral.queue_models import DecidedPlace, QueuePlace
from referral.queue_rules import list_name, lists_of
from referral.queue_words import EVERY


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
    await _stand(connection, QueuePlace, referral.id, places)
    await _stand(connection, DecidedPlace, referral.id, list(_decided_places(referral, requests)))


async def _stand(
    connection: AsyncConnection, table: type[SQLModel], referral_id: UUID, places: list[dict[str, Any]]
) -> None:
    """These and no others."""
    key = sa.inspect(table).primary_key
    gone = sa.delete(table).where(table.__table__.c.referral_id == referral_id)  # type: ignore[attr-defined]
    stay = [tuple(place[column.name] for column in key) for place in places]
    await connection.execute(gone.where(sa.tuple_(*key).not_in(stay)) if stay else gone)
    if places:
        changed = insert(table).values(places)
        anew = {name: changed.excluded[name] for name in places[0]}
        await connection.execute(changed.on_conflict_do_update(index_elements=[*key], set_=anew))


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


def _decided_places(referral: Referral, requests: Sequence[ReferralRequest]) -> Iterator[dict[str, Any]]:
    lists = [(request, area) for request in requests for area in lists_of(request.area_id, referral.area_ids)]
    for request, area in lists:
        if rules.is_open(request.state):
            continue
        place = {"referral_id": referral.id, "discipline": request.discipline, "area": area, "state": request.state}
        if area != EVERY and not request.area_id:
            yield {**place, "whose": ""}
        for other, there in lists:
            # Whoever sees every area of a therapy needs nobody else's list for it.
            if other is not request or (EVERY not in (area, there) and area != there):
                yield {**place, "whose": list_name(other.discipline, there)}

"""One page of the queue, with what it shows of each referral. `queue_find` says which."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import defer
from sqlmodel import col, select

from core.domain.identity import Actor
from core.storage.session import Session
from referral.models import InformationRequest, Referral, ReferralFlag, ReferralRequest
from referral.queries import as_request
from referral.queue_find import page_of
from referral.views import Awaited, QueueLine, RequestView, Wanted
from referral.words import FlagKind

PAGE = 25


async def queue(
    session: Session, actor: Actor, wanted: Wanted, most: int = PAGE, today: date | None = None
) -> list[QueueLine]:
    """One page of referrals: the open ones by urgency and then age; those whose answer is overdue by how long; with a
    decided state, the newest of those first. A constant number of queries."""
    found = page_of(actor, wanted, most, today or date.max).options(_without_answers())
    return await _lines(session, (await session.exec(found)).all())


async def lines(session: Session, ids: Sequence[UUID]) -> list[QueueLine]:
    """These referrals, newest first."""
    found = select(Referral).where(col(Referral.id).in_(ids)).order_by(col(Referral.id).desc())
    return await _lines(session, (await session.exec(found.options(_without_answers()))).all())


async def _lines(session: Session, rows: Sequence[Referral]) -> list[QueueLine]:
    ids = [row.id for row in rows]
    requests, flags, awaited = await _requests(session, ids), await _flags(session, ids), await _awaited(session, ids)
    return [_line(row, requests[row.id], flags.get(row.id, []), awaited.get(row.id, [])) for row in rows]


def _line(row: Referral, requests: list[RequestView], flags: list[FlagKind], awaited: list[Awaited]) -> QueueLine:
    return QueueLine(
        id=row.id,
        reference=row.reference,
        first=row.child_first,
        last=row.child_last,
        received_at=row.received_at,
        area_ids=tuple(row.area_ids),
        pressing=row.pressing,
        requests=tuple(requests),
        flags=tuple(flags),
        owner_id=row.owner_id,
        came_back_at=row.came_back_at,
        asked_until=row.asked_until,
        awaited=tuple(awaited),
    )


def _without_answers() -> Any:
    # Long, encrypted, and not on any list.
    return defer(col(Referral.answers))  # type: ignore[arg-type]


async def _requests(session: Session, referral_ids: Sequence[UUID]) -> dict[UUID, list[RequestView]]:
    found = select(ReferralRequest).where(col(ReferralRequest.referral_id).in_(referral_ids))
    requests: dict[UUID, list[RequestView]] = {}
    for row in await session.exec(found.order_by(col(ReferralRequest.id))):
        requests.setdefault(row.referral_id, []).append(as_request(row))
    return requests


async def _flags(session: Session, referral_ids: Sequence[UUID]) -> dict[UUID, list[FlagKind]]:
    found = select(ReferralFlag.referral_id, ReferralFlag.kind).where(
        col(ReferralFlag.referral_id).in_(referral_ids), col(ReferralFlag.cleared_at).is_(None)
    )
    flags: dict[UUID, list[FlagKind]] = {}
    for referral_id, kind in await session.exec(found.order_by(col(ReferralFlag.id))):
        flags.setdefault(referral_id, []).append(FlagKind(kind))
    return flags


async def _awaited(session: Session, referral_ids: Sequence[UUID]) -> dict[UUID, list[Awaited]]:
    """What we wait to hear, without a word of what was asked."""
    info = InformationRequest
    found = (
        sa.select(
            col(ReferralRequest.referral_id),
            col(info.asked_of),
            col(info.due_on),
            col(info.chases),
            col(info.chased_at),
        )
        .join(ReferralRequest, col(ReferralRequest.id) == info.request_id)
        .where(col(ReferralRequest.referral_id).in_(referral_ids), col(info.ended_at).is_(None))
        .order_by(col(info.due_on))
    )
    awaited: dict[UUID, list[Awaited]] = {}
    for referral_id, of, due_on, chases, chased_at in (await (await session.connection()).execute(found)).all():
        awaited.setdefault(referral_id, []).append(Awaited(of, due_on, chases, chased_at))
    return awaited

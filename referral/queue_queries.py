"""One page of the queue, and how much there is behind each of its filters. What it shows costs the same however many
referrals there are: every view walks an index in its own order, and counting stops at `ENOUGH`."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import defer
from sqlmodel import col, select
from sqlmodel.sql.expression import SelectOfScalar

from core.domain.identity import Actor
from core.storage.session import Session
from referral.models import InformationRequest, Referral, ReferralFlag, ReferralRequest, is_open_for
from referral.queries import as_request
from referral.queue_reach import AREAS, seen_by
from referral.queue_rules import received_within
from referral.queue_words import BANDS, OUTSIDE, View
from referral.rules import OPEN
from referral.views import Awaited, QueueLine, RequestView, Wanted
from referral.words import FlagKind

PAGE = 25
ENOUGH = 100


async def queue(
    session: Session, actor: Actor, wanted: Wanted, most: int = PAGE, today: date | None = None
) -> list[QueueLine]:
    """One page of referrals: the open ones by urgency and then age; those whose answer is overdue by how long; with a
    decided state, the newest of those first. A constant number of queries."""
    found = _decided(actor, wanted, most) if is_decided(wanted) else _open(actor, wanted, most, today or date.max)
    return await _lines(session, (await session.exec(found.options(_without_answers()))).all())


async def lines(session: Session, ids: Sequence[UUID]) -> list[QueueLine]:
    """These referrals, newest first."""
    found = select(Referral).where(col(Referral.id).in_(ids)).order_by(col(Referral.id).desc())
    return await _lines(session, (await session.exec(found.options(_without_answers()))).all())


async def _lines(session: Session, rows: Sequence[Referral]) -> list[QueueLine]:
    ids = [row.id for row in rows]
    requests, flags, awaited = await _requests(session, ids), await _flags(session, ids), await _awaited(session, ids)
    return [_line(row, requests[row.id], flags.get(row.id, []), awaited.get(row.id, [])) for row in rows]


def is_decided(wanted: Wanted) -> bool:
    """Whether a state is looked for that is not open: then views of the open ones mean nothing."""
    return wanted.state is not None and wanted.state not in OPEN


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


def _open(actor: Actor, wanted: Wanted, most: int, today: date) -> SelectOfScalar[Referral]:
    found = select(Referral).where(*_conditions(actor, wanted, today))
    if wanted.state:
        asked = select(ReferralRequest.id).where(ReferralRequest.referral_id == Referral.id)
        found = found.where(asked.where(ReferralRequest.state == wanted.state).exists())
    order = _order(wanted.view)
    if wanted.after:
        found = found.where(sa.tuple_(*order) > sa.tuple_(*_ended(wanted)))
    return found.order_by(*order).limit(most)


def _order(view: View) -> tuple[Any, ...]:
    if view is View.OVERDUE:
        return col(Referral.asked_until), col(Referral.id)
    return col(Referral.pressing), col(Referral.received_at), col(Referral.id)


def _ended(wanted: Wanted) -> Iterator[Any]:
    """Where the page before ended, in the order of this view."""
    first, received_at, referral_id = wanted.after or (0, None, None)
    if wanted.view is View.OVERDUE:
        yield sa.literal(date.fromordinal(max(first, 1)), sa.Date())
    else:
        yield sa.literal(min(first, 9), sa.SmallInteger())
        yield sa.literal(received_at, sa.DateTime(timezone=True))
    yield sa.literal(referral_id, sa.Uuid())


def _conditions(actor: Actor, wanted: Wanted, today: date) -> Iterator[Any]:
    # Whatever waits for an answer is open; said twice, the database takes it for a tenth of that and sorts them all.
    if wanted.view is not View.OVERDUE:
        yield col(Referral.pressing).is_not(None)
    yield seen_by(actor, Referral.id)
    yield from _viewed(actor, wanted.view, today)
    if wanted.discipline:
        # Word for word as its index has it.
        yield sa.literal_column(is_open_for(wanted.discipline), sa.Boolean())
    if wanted.area:
        yield _in_area(wanted.area)


def _viewed(actor: Actor, view: View, today: date) -> Iterator[Any]:
    match view:
        case View.MINE:
            yield col(Referral.owner_id) == actor.id
        case View.NOBODYS:
            yield col(Referral.owner_id).is_(None)
        case View.FLAGGED:
            yield col(Referral.flagged)
        case View.ASKED:
            yield col(Referral.asked_until).is_not(None)
        case View.OVERDUE:
            yield col(Referral.asked_until) < today


def _in_area(area: str) -> Any:
    if area == OUTSIDE:
        return sa.func.cardinality(col(Referral.area_ids)) == 0
    return col(Referral.area_ids).op("@>")(sa.cast([area], AREAS))


def _decided(actor: Actor, wanted: Wanted, most: int) -> SelectOfScalar[Referral]:
    found = select(ReferralRequest.referral_id).where(ReferralRequest.state == wanted.state)
    if wanted.discipline:
        found = found.where(ReferralRequest.discipline == wanted.discipline)
    if wanted.area:
        there = select(Referral.id).where(Referral.id == ReferralRequest.referral_id, _in_area(wanted.area))
        found = found.where(there.exists())
    ids = found.where(seen_by(actor, ReferralRequest.referral_id)).distinct()
    if wanted.after:
        ids = ids.where(col(ReferralRequest.referral_id) < wanted.after[2])
    newest = ids.order_by(col(ReferralRequest.referral_id).desc()).limit(most)
    return select(Referral).where(col(Referral.id).in_(newest)).order_by(col(Referral.id).desc())


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


async def counts(session: Session, actor: Actor, today: date) -> tuple[dict[View, int], list[int]]:
    """(how many there are in each view, how many in each band of waiting), each counted up to `ENOUGH`. One query."""
    views = [_counted(*_conditions(actor, Wanted(view=view), today)) for view in View]
    bands = [_counted(*_waited(actor, number, today)) for number in range(len(BANDS))]
    row = (await (await session.connection()).execute(sa.select(*views, *bands))).one()
    return dict(zip(View, row[: len(View)], strict=True)), list(row[len(View) :])


def _waited(actor: Actor, number: int, today: date) -> Iterator[Any]:
    since, before = received_within(BANDS[number], today)
    yield from _conditions(actor, Wanted(), today)
    yield col(Referral.received_at) < before
    if since:
        yield col(Referral.received_at) >= since


def _counted(*conditions: Any) -> Any:
    some = sa.select(sa.literal(1)).select_from(Referral).where(*conditions).limit(ENOUGH).subquery()
    return sa.select(sa.func.count()).select_from(some).scalar_subquery()

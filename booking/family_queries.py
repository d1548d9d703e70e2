"""What families ask beside lists of times: what they hold, when new times come, where they stand on a waiting list."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from booking import waiting_rules
from booking.models import Booking, BookingEvent, Offer, PlaceHold, Sitting
from booking.queries import as_offer
from booking.waiting_models import Turn, Waiting
from booking.waiting_words import TurnState, TurnView, WaitingState, WaitingView
from booking.words import BookingState, Happened, HoldView, SittingState, Wanted
from core.domain.identity import PUBLIC
from core.storage.session import Session

_NEXT_RELEASE = sa.text("""
    select min(s.released_at) from offer o cross join lateral (
        select t.released_at from sitting t
        where t.offer_id = o.id and t.released_at > :now and t.state = 'planned'
        order by t.released_at limit 1
    ) s
    where o.is_public and o.kind = any(:kinds)
      and (cast(:discipline as text) is null or o.discipline = :discipline)
      and (cast(:offer_id as uuid) is null or o.id = :offer_id)
""")


async def next_release(session: Session, wanted: Wanted, now: datetime) -> datetime | None:
    """When the public may next book times of these offers that they may not book yet."""
    given = {
        "now": now,
        "kinds": [kind.value for kind in wanted.kinds],
        "discipline": wanted.discipline.value if wanted.discipline else None,
        "offer_id": wanted.offer_id,
    }
    found: datetime | None = await (await session.connection()).scalar(_NEXT_RELEASE, given)
    return found


async def live_holds(session: Session, visitor: bytes, now: datetime) -> list[HoldView]:
    """The times this visitor keeps at this moment, soonest to run out first."""
    found = (
        select(PlaceHold, Sitting, Offer)
        .join(Sitting, col(Sitting.id) == PlaceHold.sitting_id)
        .join(Offer, col(Offer.id) == PlaceHold.offer_id)
        .where(PlaceHold.visitor == visitor, col(PlaceHold.ended_at).is_(None), PlaceHold.until > now)
        .order_by(col(PlaceHold.until))
    )
    return [
        HoldView(
            id=hold.id,
            offer=as_offer(offer),
            sitting_id=sitting.id,
            starts_at=sitting.starts_at,
            ends_at=sitting.ends_at,
            until=hold.until,
            ended=False,
            extended=hold.extended_at is not None,
        )
        for hold, sitting, offer in (await session.exec(found)).all()
    ]


async def group_names(session: Session, booking_id: UUID) -> Sequence[str]:
    """Those who come with the first of a group."""
    found = select(Booking.contact_name).where(Booking.lead_id == booking_id, Booking.state == BookingState.BOOKED)
    return (await session.exec(found.order_by(col(Booking.id)))).all()


async def we_cancelled(session: Session, booking_id: UUID) -> bool:
    """True when it was the service that cancelled this booking, not the family."""
    found = (
        select(BookingEvent.by)
        .where(BookingEvent.booking_id == booking_id, BookingEvent.happened == Happened.CANCELLED)
        .order_by(col(BookingEvent.id).desc())
        .limit(1)
    )
    by = (await session.exec(found)).one_or_none()
    return by is not None and by != PUBLIC.audit_name


async def is_member(session: Session, booking_id: UUID) -> bool:
    """True for a booking that somebody else of its group answers for."""
    found = select(Booking.lead_id).where(Booking.id == booking_id)
    return (await session.exec(found)).one_or_none() is not None


async def waiting_view(session: Session, waiting_id: UUID) -> WaitingView | None:
    """Somebody's place on the list, with how many wait for the same offer before them."""
    found: Any = (
        select(Waiting, Offer, Turn)
        .join(Offer, col(Offer.id) == Waiting.offer_id)
        .join(Turn, sa.and_(col(Turn.waiting_id) == Waiting.id, col(Turn.state) == TurnState.OPEN), isouter=True)
        .where(Waiting.id == waiting_id)
    )
    row = (await session.exec(found)).one_or_none()
    if row is None:
        return None
    entry, offer, turn = row
    return WaitingView(
        id=entry.id,
        state=entry.state,
        offer=as_offer(offer),
        joined_at=entry.joined_at,
        ahead=await _ahead(session, entry) if entry.state is WaitingState.WAITING else 0,
        days=waiting_rules.days_of(entry.days),
        parts=waiting_rules.parts_of(entry.parts),
        offered_until=turn.until if turn is not None else None,
    )


async def _ahead(session: Session, entry: Waiting) -> int:
    found = (
        select(sa.func.count())
        .select_from(Waiting)
        .where(
            col(Waiting.state) == sa.literal_column("'waiting'"),
            Waiting.offer_id == entry.offer_id,
            sa.tuple_(col(Waiting.joined_at), col(Waiting.id)) < (entry.joined_at, entry.id),
        )
    )
    return (await session.exec(found)).one()


async def turn_view(session: Session, turn_id: UUID, now: datetime) -> TurnView | None:
    """A place that was offered; `still` while it can be had."""
    found = (
        select(Turn, Sitting, Offer)
        .join(Sitting, col(Sitting.id) == Turn.sitting_id)
        .join(Offer, col(Offer.id) == Sitting.offer_id)
        .where(Turn.id == turn_id)
    )
    row = (await session.exec(found)).one_or_none()
    if row is None:
        return None
    turn, sitting, offer = row
    return TurnView(
        id=turn.id,
        state=turn.state,
        offer=as_offer(offer),
        starts_at=sitting.starts_at,
        ends_at=sitting.ends_at,
        until=turn.until,
        still=turn.state is TurnState.OPEN and now < turn.until and sitting.state is SittingState.PLANNED,
    )

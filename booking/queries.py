"""What is on offer, what is free, who booked. Free places are counted to be shown; no count decides anything."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from booking.free_times import ALL, FREE
from booking.models import Booking, Offer, PlaceHold, Sitting
from booking.waiting_models import FamilyLink
from booking.waiting_words import LinkKind
from booking.words import (
    BookingState,
    BookingView,
    HoldView,
    OfferKind,
    OfferView,
    SittingState,
    SittingView,
    Wanted,
)
from core.domain.identity import Actor, Right
from core.storage.session import Session

PAGE = 40
_NIL = UUID(int=0)
_END_OF_TIME = datetime(9999, 1, 1, tzinfo=UTC)


async def free_sittings(session: Session, wanted: Wanted, now: datetime, most: int = PAGE) -> list[SittingView]:
    """Upcoming public sittings with at least one free place, soonest first."""
    return await _sittings(session, FREE, wanted, now, most)


async def upcoming_sittings(session: Session, wanted: Wanted, now: datetime, most: int = PAGE) -> list[SittingView]:
    """Upcoming public sittings, full ones too, soonest first."""
    return await _sittings(session, ALL, wanted, now, most)


async def _sittings(
    session: Session, query: sa.TextClause, wanted: Wanted, now: datetime, most: int
) -> list[SittingView]:
    after_at, after_id = wanted.after or (now, _NIL)
    given = {
        "now": now,
        "kinds": [kind.value for kind in wanted.kinds],
        "discipline": wanted.discipline.value if wanted.discipline else None,
        "offer_id": wanted.offer_id,
        "topic": wanted.topic,
        "language": wanted.language,
        "from_hour": wanted.hours[0] if wanted.hours else None,
        "to_hour": wanted.hours[1] if wanted.hours else None,
        "since": max(wanted.since - timedelta(microseconds=1), now) if wanted.since else now,
        "before": wanted.before or _END_OF_TIME,
        "after_at": after_at,
        "after_id": after_id,
        "most": most,
    }
    rows = (await (await session.connection()).execute(query, given)).all()
    return [SittingView(row.id, row.offer_id, row.starts_at, row.ends_at, row.free) for row in rows]


async def public_offers(session: Session, kinds: Sequence[OfferKind]) -> dict[UUID, OfferView]:
    """Every offer of these kinds that the public may book, by title."""
    found = (
        select(Offer).where(col(Offer.is_public), col(Offer.kind).in_(kinds)).order_by(col(Offer.title), col(Offer.id))
    )
    return {offer.id: as_offer(offer) for offer in (await session.exec(found)).all()}


async def public_offer(session: Session, offer_id: UUID) -> OfferView | None:
    offer = (await session.exec(select(Offer).where(Offer.id == offer_id, col(Offer.is_public)))).one_or_none()
    return as_offer(offer) if offer else None


def as_offer(offer: Offer) -> OfferView:
    return OfferView(
        id=offer.id,
        kind=offer.kind,
        discipline=offer.discipline,
        title=offer.title,
        about=offer.about,
        audience=offer.audience,
        minutes=offer.minutes,
        venue=offer.venue,
        asks_child=offer.asks_child,
        topic=offer.topic,
        language=offer.language,
        asks=tuple((asked["ask"], asked["advice"]) for asked in offer.questions or ()),
    )


async def offer_of(session: Session, sitting_id: UUID) -> OfferView | None:
    """What a sitting belongs to."""
    found = select(Offer).join(Sitting, col(Sitting.offer_id) == Offer.id).where(Sitting.id == sitting_id)
    offer = (await session.exec(found.where(col(Offer.is_public)))).one_or_none()
    return as_offer(offer) if offer else None


# Built once: every page between hold and booking asks it.
_HOLD_OF = (
    select(PlaceHold, Sitting, Offer)
    .join(Sitting, col(Sitting.id) == PlaceHold.sitting_id)
    .join(Offer, col(Offer.id) == PlaceHold.offer_id)
    .where(PlaceHold.id == sa.bindparam("hold_id"), PlaceHold.visitor == sa.bindparam("visitor"))
)


async def hold_of(session: Session, visitor: bytes, hold_id: UUID) -> HoldView | None:
    """A visitor's own hold, run out or not."""
    row = (await session.exec(_HOLD_OF, params={"hold_id": hold_id, "visitor": visitor})).one_or_none()
    if row is None:
        return None
    hold, sitting, offer = row
    return HoldView(
        id=hold.id,
        offer=as_offer(offer),
        sitting_id=sitting.id,
        starts_at=sitting.starts_at,
        ends_at=sitting.ends_at,
        until=hold.until,
        ended=hold.ended_at is not None,
        extended=hold.extended_at is not None,
        known_id=hold.known_id,
        known_by=hold.known_by,
    )


async def booking_by_link(session: Session, link: bytes) -> BookingView | None:
    """The booking behind a family's link, by the link's fingerprint: the one it was made with, or one sent later."""
    later = select(FamilyLink.subject_id).where(
        FamilyLink.key == link, FamilyLink.kind == LinkKind.BOOKING, col(FamilyLink.ended_at).is_(None)
    )
    return await _booking(session, sa.or_(col(Booking.link) == link, col(Booking.id) == later.scalar_subquery()))


async def booking_by_id(session: Session, booking_id: UUID) -> BookingView | None:
    return await _booking(session, Booking.id == booking_id)


async def _booking(session: Session, which: Any) -> BookingView | None:
    found = (
        select(Booking, Sitting, Offer)
        .join(Sitting, col(Sitting.id) == Booking.sitting_id)
        .join(Offer, col(Offer.id) == Sitting.offer_id)
        .where(which)
    )
    row = (await session.exec(found)).one_or_none()
    return as_booking(*row) if row else None


def as_booking(booking: Booking, sitting: Sitting, offer: Offer) -> BookingView:
    return BookingView(
        id=booking.id,
        reference=booking.reference,
        link=booking.link,
        state=booking.state,
        offer=as_offer(offer),
        sitting_id=sitting.id,
        starts_at=sitting.starts_at,
        ends_at=sitting.ends_at,
        link_pattern=sitting.video_link or offer.link_pattern,
        join_code=sitting.join_code,
        calendar_uid=booking.calendar_uid,
        calendar_sequence=booking.calendar_sequence,
        child_first=booking.child_first,
        child_last=booking.child_last,
        child_born=booking.child_born,
        contact_name=booking.contact_name,
        contact_by=booking.contact_by,
        email=booking.email,
        phone=booking.phone,
        booked_for_them="pro_role" in booking.answers,
    )


def seen_by(actor: Actor) -> Any:
    """Whoever runs clinics sees every sitting, a therapist their own and those of their disciplines."""
    if actor.may(Right.RUN_CLINICS):
        return sa.true()
    if actor.may(Right.SEE_CLINICS):
        return sa.or_(col(Sitting.host_id) == actor.id, col(Offer.discipline).in_(sorted(actor.disciplines)))
    return sa.false()


async def bookings_between(session: Session, actor: Actor, first: datetime, end: datetime) -> int:
    """How many people booked sittings that start in this time and that this member of staff may see."""
    found = (
        select(sa.func.count())
        .select_from(Booking)
        .join(Sitting, col(Sitting.id) == Booking.sitting_id)
        .join(Offer, col(Offer.id) == Sitting.offer_id)
        .where(
            Booking.state == BookingState.BOOKED,
            Sitting.state == SittingState.PLANNED,
            col(Sitting.starts_at) >= first,
            col(Sitting.starts_at) < end,
            seen_by(actor),
        )
    )
    return (await session.exec(found)).one()

"""What is on offer, what is free, who booked. Free places are counted to be shown; no count decides anything."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from booking.models import Booking, Offer, Place, PlaceHold, Sitting
from booking.words import (
    Booked,
    BookingState,
    BookingView,
    HoldView,
    OfferKind,
    OfferView,
    PlaceState,
    SittingList,
    SittingState,
    SittingView,
    Wanted,
)
from core.domain.clock import LONDON
from core.domain.identity import Actor, Role
from core.storage.session import Session

PAGE = 40
_NIL = UUID(int=0)
_END_OF_TIME = datetime(9999, 1, 1, tzinfo=UTC)


# Each offer is walked on its own along its index, so the work grows with the page and the offers, never with the
# places. Literal states, because a parameter would keep PostgreSQL from using the partial index.
_TAKEABLE = "(p.state = 'free' or (p.state = 'held' and p.held_until <= :now))"
_ON_OFFER = """
    o.is_public and o.kind = any(:kinds)
      and (cast(:discipline as text) is null or o.discipline = :discipline)
      and (cast(:offer_id as uuid) is null or o.id = :offer_id)
    order by s.starts_at, s.id limit :most
"""

_FREE = sa.text(f"""
    select s.id, o.id as offer_id, s.starts_at, t.ends_at, s.free
    from offer o cross join lateral (
        select p.sitting_id as id, p.starts_at, count(*) as free from place p
        where p.offer_id = o.id and p.starts_at > :since and p.starts_at < :before
          and (p.starts_at, p.sitting_id) > (:after_at, :after_id) and {_TAKEABLE}
        group by p.starts_at, p.sitting_id order by p.starts_at, p.sitting_id limit :most
    ) s join sitting t on t.id = s.id
    where {_ON_OFFER}
""")  # noqa: S608 - only our own words

_ALL = sa.text(f"""
    select s.id, o.id as offer_id, s.starts_at, s.ends_at, (
        select count(*) from place p
        where p.offer_id = o.id and p.starts_at = s.starts_at and p.sitting_id = s.id and {_TAKEABLE}
    ) as free
    from offer o cross join lateral (
        select t.id, t.starts_at, t.ends_at from sitting t
        where t.offer_id = o.id and t.state = 'planned' and t.starts_at > :since and t.starts_at < :before
          and (t.starts_at, t.id) > (:after_at, :after_id)
        order by t.starts_at, t.id limit :most
    ) s
    where {_ON_OFFER}
""")  # noqa: S608 - only our own words


async def free_sittings(session: Session, wanted: Wanted, now: datetime, most: int = PAGE) -> list[SittingView]:
    """Upcoming public sittings with at least one free place, soonest first."""
    return await _sittings(session, _FREE, wanted, now, most)


async def upcoming_sittings(session: Session, wanted: Wanted, now: datetime, most: int = PAGE) -> list[SittingView]:
    """Upcoming public sittings, full ones too, soonest first."""
    return await _sittings(session, _ALL, wanted, now, most)


async def _sittings(
    session: Session, query: sa.TextClause, wanted: Wanted, now: datetime, most: int
) -> list[SittingView]:
    after_at, after_id = wanted.after or (now, _NIL)
    given = {
        "now": now,
        "kinds": [kind.value for kind in wanted.kinds],
        "discipline": wanted.discipline.value if wanted.discipline else None,
        "offer_id": wanted.offer_id,
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
    )


async def offer_of(session: Session, sitting_id: UUID) -> OfferView | None:
    """What a sitting belongs to."""
    found = select(Offer).join(Sitting, col(Sitting.offer_id) == Offer.id).where(Sitting.id == sitting_id)
    offer = (await session.exec(found.where(col(Offer.is_public)))).one_or_none()
    return as_offer(offer) if offer else None


async def hold_of(session: Session, visitor: bytes, hold_id: UUID) -> HoldView | None:
    """A visitor's own hold, run out or not."""
    found = (
        select(PlaceHold, Sitting, Offer)
        .join(Sitting, col(Sitting.id) == PlaceHold.sitting_id)
        .join(Offer, col(Offer.id) == PlaceHold.offer_id)
        .where(PlaceHold.id == hold_id, PlaceHold.visitor == visitor)
    )
    row = (await session.exec(found)).one_or_none()
    if row is None:
        return None
    hold, sitting, offer = row
    return HoldView(
        hold.id, as_offer(offer), sitting.id, sitting.starts_at, sitting.ends_at, hold.until, hold.ended_at is not None
    )


async def booking_by_link(session: Session, link: bytes) -> BookingView | None:
    """The booking behind a family's link, by the link's fingerprint."""
    return await _booking(session, Booking.link == link)


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
        link_pattern=offer.link_pattern,
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
    )


def _seen_by(actor: Actor) -> Any:
    """Administrators and managers see every sitting, a therapist their own and those of their disciplines."""
    if actor.has(Role.CLINIC_ADMIN, Role.MANAGER):
        return sa.true()
    if actor.has(Role.THERAPIST):
        return sa.or_(col(Sitting.host_id) == actor.id, col(Offer.discipline).in_(sorted(actor.disciplines)))
    return sa.false()


async def day_list(session: Session, actor: Actor, day: datetime) -> list[SittingList]:
    """The sittings of one London day (any instant of it) that this member of staff may see, with who booked."""
    wall = day.astimezone(LONDON).date()
    starts = datetime.combine(wall, time(), tzinfo=LONDON).astimezone(UTC)
    ends = datetime.combine(wall + timedelta(days=1), time(), tzinfo=LONDON).astimezone(UTC)
    found = (
        select(Sitting, Offer)
        .join(Offer, col(Offer.id) == Sitting.offer_id)
        .where(col(Sitting.starts_at) >= starts, col(Sitting.starts_at) < ends, _seen_by(actor))
        .order_by(col(Sitting.starts_at), col(Sitting.id))
    )
    rows = (await session.exec(found)).all()
    ids = [sitting.id for sitting, _ in rows]
    people, places = await _people(session, ids), await _places(session, ids)
    return [
        SittingList(
            id=sitting.id,
            title=offer.title,
            discipline=offer.discipline,
            starts_at=sitting.starts_at,
            ends_at=sitting.ends_at,
            host_id=sitting.host_id,
            state=sitting.state,
            places=places.get(sitting.id, 0),
            people=tuple(people.get(sitting.id, ())),
        )
        for sitting, offer in rows
    ]


async def _people(session: Session, sitting_ids: Sequence[UUID]) -> dict[UUID, list[Booked]]:
    found = (
        select(Booking)
        .where(col(Booking.sitting_id).in_(sitting_ids), Booking.state == BookingState.BOOKED)
        .order_by(col(Booking.id))
    )
    people: dict[UUID, list[Booked]] = {}
    for booking in (await session.exec(found)).all():
        child = f"{booking.child_first} {booking.child_last}" if booking.child_first else ""
        people.setdefault(booking.sitting_id, []).append(
            Booked(
                booking.id,
                booking.reference,
                child,
                date.fromisoformat(booking.child_born) if booking.child_born else None,
                booking.contact_name,
                booking.phone,
                booking.email,
            )
        )
    return people


async def _places(session: Session, sitting_ids: Sequence[UUID]) -> dict[UUID, int]:
    found = (
        select(col(Place.sitting_id), sa.func.count())
        .where(col(Place.sitting_id).in_(sitting_ids), Place.state != PlaceState.WITHDRAWN)
        .group_by(col(Place.sitting_id))
    )
    return dict((await session.exec(found)).all())


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
            _seen_by(actor),
        )
    )
    return (await session.exec(found)).one()

"""Availability laid out as sittings with their places. Runs again and again and adds only what is not there yet."""

import secrets
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from booking import rules
from booking.models import Availability, Offer, Place, Sitting
from booking.words import Pattern, SittingState
from core.domain.clock import london_day
from core.domain.ids import new_id
from core.domain.profile import Profile
from core.storage.session import Session

# PostgreSQL takes 65,535 parameters a statement; a place has six.
_AT_ONCE = 5_000


async def lay_out_ahead(session: Session, profile: Profile, now: datetime) -> int:
    """Makes the sittings of every repeating session, with their places, as far ahead as the profile says; returns how
    many were new. What stands is left alone, cancelled or not, and a host is never in two sittings at once."""
    found = select(Availability, Offer).join(Offer, col(Offer.id) == Availability.offer_id)
    today = london_day(now)
    last_day = today + timedelta(weeks=profile.booking.weeks_ahead)
    made = 0
    for availability, offer in (await session.exec(found.order_by(col(Availability.id)))).all():
        times = rules.lay_out(_pattern(availability), profile.calendar, today, last_day)
        made += await _add_sittings(session, offer, availability, [time for time in times if time[0] > now])
    return made


async def add_sitting(
    session: Session, offer: Offer, starts_at: datetime, *, host_id: UUID | None = None, capacity: int | None = None
) -> UUID | None:
    """One sitting outside any pattern; None when its host is in another at that time."""
    row = _sitting(offer.id, None, host_id, starts_at, starts_at + timedelta(minutes=offer.minutes))
    added = await _insert(session, [row], capacity or offer.capacity)
    return row["id"] if added else None


async def _add_sittings(
    session: Session, offer: Offer, availability: Availability, times: list[tuple[datetime, datetime]]
) -> int:
    rows = [_sitting(offer.id, availability.id, availability.host_id, start, end) for start, end in times]
    return await _insert(session, rows, offer.capacity)


def _pattern(row: Availability) -> Pattern:
    return Pattern(row.weekday, row.opens, row.closes, row.minutes, row.gap, row.first, row.last)


def _sitting(
    offer_id: UUID, availability_id: UUID | None, host_id: UUID | None, starts_at: datetime, ends_at: datetime
) -> dict[str, Any]:
    return {
        "id": new_id(),
        "offer_id": offer_id,
        "availability_id": availability_id,
        "host_id": host_id,
        "starts_at": starts_at,
        "ends_at": ends_at,
        "state": SittingState.PLANNED,
        "join_code": secrets.token_urlsafe(16),
    }


async def _insert(session: Session, rows: list[dict[str, Any]], capacity: int) -> int:
    """Adds the sittings that do not clash with one that stands (same pattern and time, or the same host), and their
    places; returns how many."""
    if not rows:
        return 0
    new = insert(Sitting).values(rows).on_conflict_do_nothing()
    added = (await session.exec(new.returning(col(Sitting.id), col(Sitting.offer_id), col(Sitting.starts_at)))).all()
    places = [
        {"id": new_id(), "sitting_id": id_, "offer_id": offer_id, "starts_at": starts_at, "seat": seat, "state": "free"}
        for id_, offer_id, starts_at in added
        for seat in range(1, capacity + 1)
    ]
    for first in range(0, len(places), _AT_ONCE):
        await session.exec(insert(Place).values(places[first : first + _AT_ONCE]))
    return len(added)

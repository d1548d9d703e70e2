"""Availability laid out as sittings with their places. Runs again and again and adds only what is not there yet."""

import secrets
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from booking import clinic_effects, clinic_rules
from booking.clinic_words import PatternDetails, Release
from booking.models import Availability, Offer, Place, Sitting
from booking.words import SittingState
from core.domain.ids import new_id
from core.domain.profile import Profile
from core.storage.session import Session

# PostgreSQL takes 65,535 parameters a statement; a place has six.
_AT_ONCE = 5_000
# Whoever lays out sittings and whoever changes what takes them away go one after the other.
_ROTA_LOCK = 4_107_004


async def lock_rota(session: Session) -> None:
    """Waits for whoever is changing or laying out the timetable, until the end of the transaction."""
    await (await session.connection()).execute(sa.text("select pg_advisory_xact_lock(:key)"), {"key": _ROTA_LOCK})


async def lay_out_ahead(session: Session, profile: Profile, now: datetime) -> int:
    """Makes the sittings of every repeating session, with their places, as far ahead as the profile says; returns how
    many were new. What stands is left alone, cancelled or not, and a host is never in two sittings at once: what
    clashes is shown on the rota. Bank holidays, closures and days its host is away leave no sitting."""
    await lock_rota(session)
    found = select(Availability, Offer).join(Offer, col(Offer.id) == Availability.offer_id)
    made = 0
    for availability, offer in (await session.exec(found.order_by(col(Availability.id)))).all():
        made += await lay_out_pattern(session, offer, availability, profile, now)
    return made


async def lay_out_pattern(
    session: Session, offer: Offer, availability: Availability, profile: Profile, now: datetime
) -> int:
    """The same for one of them; the caller holds the rota's lock."""
    times = await clinic_effects.pattern_times(session, details_of(availability), profile, now)
    rows = [
        _sitting(offer, start, end, availability_id=availability.id, host_id=availability.host_id)
        for start, end in times
    ]
    return await _insert(session, rows, availability.places or offer.capacity)


async def add_sitting(
    session: Session,
    offer: Offer,
    starts_at: datetime,
    *,
    host_id: UUID | None = None,
    capacity: int | None = None,
    video_link: str | None = None,
) -> UUID | None:
    """One sitting outside any pattern; None when its host is in another at that time."""
    ends_at = starts_at + timedelta(minutes=offer.minutes)
    row = _sitting(offer, starts_at, ends_at, host_id=host_id, video_link=video_link)
    added = await _insert(session, [row], capacity or offer.capacity)
    return row["id"] if added else None


def details_of(row: Availability) -> PatternDetails:
    """A stored pattern as staff wrote it."""
    return PatternDetails(
        row.offer_id,
        row.host_id,
        (row.weekday,),
        row.opens,
        row.closes,
        row.minutes,
        row.gap,
        row.places,
        row.first,
        row.last,
    )


def release_of(offer: Offer) -> Release | None:
    """When the public may book what is laid out of this offer; None: at once."""
    if offer.release_weekday is None or offer.release_time is None or offer.release_weeks is None:
        return None
    return Release(offer.release_weekday, offer.release_time, offer.release_weeks)


def _sitting(
    offer: Offer,
    starts_at: datetime,
    ends_at: datetime,
    *,
    availability_id: UUID | None = None,
    host_id: UUID | None = None,
    video_link: str | None = None,
) -> dict[str, Any]:
    return {
        "id": new_id(),
        "offer_id": offer.id,
        "availability_id": availability_id,
        "host_id": host_id,
        "starts_at": starts_at,
        "ends_at": ends_at,
        "state": SittingState.PLANNED,
        "join_code": secrets.token_urlsafe(16),
        "video_link": video_link,
        "released_at": clinic_rules.released_at(release_of(offer), starts_at),
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

"""Whose child has somebody who must not be contacted: marked on every list before anybody phones from it."""

from collections.abc import Iterable
from uuid import UUID

from sqlmodel import col, select

from booking.models import Booking
from core.storage.guards import ChildGuard
from core.storage.session import Session


async def guarded_among(session: Session, booking_ids: Iterable[UUID]) -> frozenset[UUID]:
    """Those of these bookings whose page says more. One query."""
    found = (
        select(Booking.id)
        .join(ChildGuard, col(ChildGuard.surname_born_key) == col(Booking.child_key))
        .where(col(Booking.id).in_(set(booking_ids)))
    )
    return frozenset(await session.exec(found))

"""What came of booking for a family, for the page of the record it began on: never more than whoever asks may see."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlmodel import col, select

from booking import presenters, service
from booking.access import may_read_about
from booking.models import Booking, Offer, Sitting
from booking.words import BookingState, SittingState
from core.domain.calendar import spoken_instant
from core.domain.identity import Actor
from core.storage.session import Session


class Stands(StrEnum):
    """How a booking stands now, whatever it was when it was made."""

    BOOKED = "booked"
    CANCELLED = "cancelled"
    NO_TIME = "no time"


@dataclass(frozen=True, slots=True)
class BookedLine:
    """One booking now. `when` is its time in words and `address` its page for staff; both are empty for who may not
    open it."""

    what: str
    stands: Stands
    when: str = ""
    address: str = ""


async def lines_about(session: Session, actor: Actor, ids: Collection[UUID], now: datetime) -> dict[UUID, BookedLine]:
    """These bookings as this member of staff may see them; one that is no longer kept is left out. Whoever is shown a
    time is on the audit trail."""
    if not ids:
        return {}
    found = (
        select(Booking, Sitting, Offer)
        .join(Sitting, col(Sitting.id) == Booking.sitting_id)
        .join(Offer, col(Offer.id) == Sitting.offer_id)
        .where(col(Booking.id).in_(ids))
    )
    seen = await may_read_about(session, actor, ids, now)
    lines: dict[UUID, BookedLine] = {}
    for booking, sitting, offer in await session.exec(found):
        when = spoken_instant(sitting.starts_at) if booking.id in seen else ""
        address = f"/staff/clinics/bookings/{booking.id}" if booking.id in seen else ""
        stands = _stands(booking.state, sitting.state)
        lines[booking.id] = BookedLine(presenters.KIND[offer.kind], stands, when, address)
    service.record_seen(session, actor, seen & set(lines), now)
    return lines


def _stands(state: BookingState, sitting: SittingState) -> Stands:
    if state is BookingState.CANCELLED:
        return Stands.CANCELLED
    return Stands.BOOKED if sitting is SittingState.PLANNED else Stands.NO_TIME

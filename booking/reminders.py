"""A word before a booking, seven days and one day ahead, at ten in the morning in London. Planned when a time is booked
or moved; what was planned for a time that has changed since does nothing."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from uuid import UUID

from sqlmodel import select

from booking import letters, links
from booking.letters import Letterhead
from booking.models import Booking, Offer, Sitting
from booking.waiting_words import LinkKind
from booking.words import BookingState, SittingState
from core.domain.clock import LONDON, london_day
from core.storage.session import Session
from core.storage.tasks import plan

REMIND = "booking.remind"
DAYS_BEFORE = (7, 1)
AT = time(10)


def reminder_at(starts_at: datetime, days: int) -> datetime:
    """Ten o'clock on London's clocks, this many days before the day of the sitting."""
    day = london_day(starts_at) - timedelta(days=days)
    return datetime.combine(day, AT, tzinfo=LONDON).astimezone(UTC)


async def plan_reminders(session: Session, booking: Booking, sitting: Sitting, now: datetime) -> None:
    """Plans those that are still ahead. Whoever books later has just been told. One of a group speaks for all."""
    if booking.lead_id is not None:
        return
    for days in DAYS_BEFORE:
        at = reminder_at(sitting.starts_at, days)
        if at > now:
            key = f"remind:{booking.id}:{booking.calendar_sequence}:{days}"
            await plan(session, REMIND, key=key, run_at=at, booking_id=booking.id, sitting_id=sitting.id, day=days)


async def remind(
    session: Session, booking_id: UUID, sitting_id: UUID, days: int, head: Letterhead, now: datetime
) -> None:
    """Writes one reminder, once. Nothing is said to whoever cancelled, moved away, or comes to what has begun."""
    found = select(Booking, Sitting, Offer).where(
        Booking.id == booking_id, Sitting.id == Booking.sitting_id, Offer.id == Sitting.offer_id
    )
    row = (await session.exec(found.with_for_update(of=Booking))).one_or_none()
    if row is None:
        return
    booking, sitting, offer = row
    stands = booking.state is BookingState.BOOKED and sitting.state is SittingState.PLANNED
    if not stands or sitting.id != sitting_id or sitting.starts_at <= now:
        return
    head = replace(head, token=await links.new_link(session, LinkKind.BOOKING, booking.id, now))
    occasion = f"{days}:{booking.calendar_sequence}"
    await letters.write(session, "booking-reminder", booking, sitting, offer, head, now, occasion=occasion)

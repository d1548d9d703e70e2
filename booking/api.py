"""Booking, for the rest of the house."""

from datetime import datetime, time, timedelta

from accounts.api import Need
from booking.auditing import audit_checks
from booking.queries import bookings_between
from core.domain.clock import LONDON, london_day
from core.domain.identity import Actor
from core.storage.session import Session


async def needs_me(session: Session, actor: Actor, now: datetime) -> list[Need]:
    """Who comes today, for staff who may see clinics; nothing on a day without."""
    midnight = datetime.combine(london_day(now), time(), tzinfo=LONDON)
    count = await bookings_between(session, actor, midnight, midnight + timedelta(days=1))
    label = "person booked for today" if count == 1 else "people booked for today"
    return [Need(label, count, "/staff/clinics")] if count else []


__all__ = ["audit_checks", "needs_me"]

"""Booking, for the rest of the house."""

from datetime import datetime, time, timedelta

from accounts.api import Need
from booking.access import may_read_about, open_booking, records_of_child
from booking.auditing import audit_checks
from booking.clinic_hosts import count_without_host
from booking.clinic_queries import count_calls
from booking.keeping import keeper, waiting_keeper
from booking.known import begin as begin_known
from booking.known_lines import BookedLine, Stands, lines_about
from booking.known_words import BookedForFamily, Booker, KnownFamily
from booking.queries import bookings_between
from core.domain.clock import LONDON, london_day
from core.domain.identity import Actor, Right
from core.storage.session import Session


async def needs_me(session: Session, actor: Actor, now: datetime) -> list[Need]:
    """Who comes today, for staff who may see clinics; nothing on a day without."""
    midnight = datetime.combine(london_day(now), time(), tzinfo=LONDON)
    count = await bookings_between(session, actor, midnight, midnight + timedelta(days=1))
    label = "person booked for today" if count == 1 else "people booked for today"
    calls = await count_calls(session, actor) if actor.may(Right.SEE_CLINICS) else 0
    to_phone = "person to phone about a booking" if calls == 1 else "people to phone about bookings"
    gone = await count_without_host(session, now) if actor.may(Right.RUN_CLINICS) else 0
    hostless = "sitting without a therapist" if gone == 1 else "sittings without a therapist"
    needs = [
        Need(label, count, "/staff/clinics"),
        Need(to_phone, calls, "/staff/clinics/to-phone"),
        Need(hostless, gone, "/staff/clinics/no-therapist"),
    ]
    return [need for need in needs if need.count]


__all__ = [
    "BookedForFamily",
    "BookedLine",
    "Booker",
    "KnownFamily",
    "Stands",
    "audit_checks",
    "begin_known",
    "keeper",
    "lines_about",
    "may_read_about",
    "needs_me",
    "open_booking",
    "records_of_child",
    "waiting_keeper",
]

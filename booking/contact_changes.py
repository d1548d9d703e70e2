"""What a family changes about its booking besides its time: where we write to, and a calendar that follows it."""

from datetime import datetime
from uuid import UUID

from booking import letters, links, records
from booking.letters import Letterhead
from booking.waiting_words import LinkKind
from booking.words import Attendee, BookingState, ContactBy, Happened
from core.domain.errors import NotPossible
from core.domain.identity import Actor
from core.storage import audit
from core.storage.session import Session


async def change_contact(
    session: Session, actor: Actor, booking_id: UUID, reach: Attendee, head: Letterhead, now: datetime
) -> None:
    """Writes to another address or number from now on, for everyone who was booked together, and confirms it there. A
    number to call is kept when none is given. NotPossible for a booking that is cancelled or over."""
    booking, sitting, offer = await records.locked_booking(session, booking_id)
    if booking.state is not BookingState.BOOKED or sitting.ends_at <= now:
        raise NotPossible("cancelled or over")
    for one in [booking, *await records.group_of(session, booking)]:
        one.contact_by = reach.contact_by
        if reach.contact_by is ContactBy.EMAIL:
            one.email = reach.email
            one.email_key = records.key_of("email", reach.email.casefold() if reach.email else None)
        else:
            one.phone, one.phone_key = reach.phone, records.key_of("phone", reach.phone)
        records.note(session, actor, one, Happened.CONTACT, now)
    await session.flush()
    occasion = f"contact:{now.isoformat(timespec='seconds')}"
    await letters.write(session, "booking-confirmed", booking, sitting, offer, head, now, occasion=occasion)


async def start_feed(session: Session, actor: Actor, booking_id: UUID, now: datetime) -> str:
    """A secret address a calendar may follow; the one before it stops. Shown once: only its fingerprint is kept."""
    await links.end_links(session, LinkKind.FEED, booking_id, now)
    audit.record(session, actor, "booking.feed-started", "booking", booking_id, now)
    return await links.new_link(session, LinkKind.FEED, booking_id, now)


async def stop_feed(session: Session, actor: Actor, booking_id: UUID, now: datetime) -> None:
    """No calendar follows this booking any more."""
    await links.end_links(session, LinkKind.FEED, booking_id, now)
    audit.record(session, actor, "booking.feed-stopped", "booking", booking_id, now)

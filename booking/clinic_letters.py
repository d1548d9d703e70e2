"""What people are told when the service changes a sitting: written in the transaction that changes it. They lead
to the next free times, or by a new link to the booking."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from booking import links
from booking.letters import reach, where
from booking.models import Booking, Offer, Sitting
from booking.waiting_words import LinkKind
from booking.words import OfferKind
from core.domain.identity import Actor
from core.domain.profile import Profile
from core.storage.children import keys_of
from core.storage.session import Session
from notifications.api import Word, phrases, send_message

_WHAT = {
    OfferKind.SCREENING: phrases.YOUR_APPOINTMENT,
    OfferKind.INFORMATION: phrases.YOUR_INFORMATION_SESSION,
    OfferKind.WORKSHOP: phrases.YOUR_WORKSHOP,
}
CANCELLED, MOVED = "sitting-cancelled", "sitting-moved"


@dataclass(frozen=True, slots=True)
class Desk:
    """Who writes, from where, and when. `address` is the public address of the service."""

    profile: Profile
    address: str
    now: datetime


async def tell_cancelled(
    session: Session, booking: Booking, sitting: Sitting, offer: Offer, desk: Desk, by: Actor
) -> UUID:
    """Says that we cancelled, says sorry, and leads to the next places. Returns the message."""
    room = "clinics" if offer.kind is OfferKind.SCREENING else "sessions"
    words = _words(booking, sitting, offer, desk)
    return await _send(
        session, CANCELLED, booking, words | {"next_link": f"{desk.address}/{room}/{offer.id}"}, desk, by
    )


async def tell_moved(
    session: Session, booking: Booking, old: datetime, new: Sitting, offer: Offer, desk: Desk, by: Actor
) -> UUID:
    """Says from when to when we moved them. Returns the message."""
    token = await links.new_link(session, LinkKind.BOOKING, booking.id, desk.now)
    more: dict[str, Word] = {"old_when": old, "manage_link": f"{desk.address}/bookings/{token}"}
    return await _send(session, MOVED, booking, _words(booking, new, offer, desk) | more, desk, by)


def _words(booking: Booking, sitting: Sitting, offer: Offer, desk: Desk) -> dict[str, Word]:
    return {
        "what": _WHAT[offer.kind],
        "when": sitting.starts_at,
        "where": where(offer),
        "reference": booking.reference,
        "phone": desk.profile.phone,
        "service": desk.profile.service,
    }


async def _send(
    session: Session, template: str, booking: Booking, words: dict[str, Word], desk: Desk, by: Actor
) -> UUID:
    if template == CANCELLED:
        words = {name: word for name, word in words.items() if name != "where"}
    return await send_message(
        session,
        template=template,
        to=reach(booking),
        purpose=template,
        subject_id=booking.id,
        occasion=str(booking.calendar_sequence),
        words=words,
        child=keys_of(named=booking.child_key),
        now=desk.now,
        by=by,
    )

"""What a family is sent about a booking: written in the transaction of what it tells. The words stand in
`templates/messages/`; they name neither the child nor the therapy."""

from dataclasses import dataclass, field
from datetime import datetime

from booking.models import Booking, Offer, Sitting
from booking.words import ContactBy, OfferKind
from core.domain.calendar import spoken_instant
from core.storage.session import Session
from notifications.api import Channel, Recipient, send_message

_WHAT = {
    OfferKind.SCREENING: "an appointment",
    OfferKind.INFORMATION: "a place at an information session",
    OfferKind.WORKSHOP: "a place at a workshop",
}


@dataclass(frozen=True, slots=True)
class Letterhead:
    """Who writes, and the secret of the family's link. `address` is the public address of the service."""

    service: str
    phone: str
    address: str
    token: str = field(repr=False)

    @property
    def manage_link(self) -> str:
        return f"{self.address}/bookings/{self.token}"


async def write(
    session: Session, template: str, booking: Booking, sitting: Sitting, offer: Offer, head: Letterhead, now: datetime
) -> None:
    """Writes one message, once for this change of this booking, to the address or number the family chose."""
    words = {
        "what": _WHAT[offer.kind],
        "when": spoken_instant(sitting.starts_at),
        "where": "online, by video" if offer.venue is None else offer.venue,
        "reference": booking.reference,
        "manage_link": head.manage_link,
        "phone": head.phone,
        "service": head.service,
    }
    await send_message(
        session,
        template=template,
        to=_recipient(booking),
        purpose=template,
        subject_id=booking.id,
        occasion=str(booking.calendar_sequence),
        words=words,
        now=now,
    )


def _recipient(booking: Booking) -> Recipient:
    if booking.contact_by is ContactBy.EMAIL:
        return Recipient(Channel.EMAIL, booking.email or "")
    return Recipient(Channel.TEXT, booking.phone or "")

"""What a family is sent about a booking: written in the transaction of what it tells. The words stand in
`templates/messages/`; they name neither the child nor the therapy."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from booking.models import Booking, Offer, Sitting
from booking.waiting_models import Turn, Waiting
from booking.words import ContactBy, OfferKind
from core.domain.nhs import is_mobile
from core.storage.children import keys_of
from core.storage.session import Session
from core.storage.tasks import URGENT
from notifications.api import Channel, Phrase, Recipient, Word, phrases, send_message

_COPIED = {
    "booking-confirmed": "You have booked",
    "booking-moved": "There is a new time for",
    "booking-cancelled": "This is cancelled:",
}
WHAT: Mapping[OfferKind, Phrase] = {
    OfferKind.SCREENING: phrases.APPOINTMENT,
    OfferKind.INFORMATION: phrases.INFORMATION_SESSION,
    OfferKind.WORKSHOP: phrases.WORKSHOP,
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

    @property
    def waiting_link(self) -> str:
        return f"{self.address}/waiting/{self.token}"

    @property
    def answer_link(self) -> str:
        return f"{self.address}/waiting/offers/{self.token}"


async def write(
    session: Session,
    template: str,
    booking: Booking,
    sitting: Sitting,
    offer: Offer,
    head: Letterhead,
    now: datetime,
    *,
    occasion: str = "",
) -> None:
    """Writes one message, once for this change of this booking (or this `occasion`), to the address or number the
    family chose; and a copy without the link to the professional who booked for them and asked to be told."""
    words = _told(offer, sitting, head) | {"reference": booking.reference}
    occasion = occasion or str(booking.calendar_sequence)
    await send_message(
        session,
        template=template,
        to=reach(booking),
        purpose=template,
        subject_id=booking.id,
        occasion=occasion,
        words=words | {"manage_link": head.manage_link},
        child=keys_of(named=booking.child_key),
        now=now,
        answers=template in _COPIED,
    )
    copy_to = booking.answers.get("pro_email")
    if copy_to and template in _COPIED:
        await send_message(
            session,
            template="booking-copy",
            to=Recipient(Channel.EMAIL, copy_to),
            purpose="booking-copy",
            subject_id=booking.id,
            occasion=occasion,
            words=words | {"happened": _COPIED[template]},
            child=keys_of(named=booking.child_key),
            now=now,
        )


def where(offer: Offer) -> Word:
    """Where it is, as a message says it."""
    return phrases.ONLINE if offer.venue is None else offer.venue


def _told(offer: Offer, sitting: Sitting, head: Letterhead) -> dict[str, Word]:
    return {
        "what": WHAT[offer.kind],
        "when": sitting.starts_at,
        "where": where(offer),
        "phone": head.phone,
        "service": head.service,
    }


async def write_joined(
    session: Session, entry: Waiting, offer: Offer, head: Letterhead, draft_id: UUID, now: datetime
) -> None:
    """Tells somebody that they are on the list, each time they asked to be."""
    await send_message(
        session,
        template="waiting-joined",
        to=_waits(entry),
        purpose="waiting-joined",
        subject_id=entry.id,
        occasion=str(draft_id),
        words={
            "what": WHAT[offer.kind],
            "waiting_link": head.waiting_link,
            "phone": head.phone,
            "service": head.service,
        },
        child=keys_of(named=entry.child_key),
        now=now,
        answers=True,
    )


async def write_offered(
    session: Session, entry: Waiting, turn: Turn, sitting: Sitting, offer: Offer, head: Letterhead, now: datetime
) -> None:
    """Offers a place, once a sitting."""
    await send_message(
        session,
        template="place-offered",
        to=_waits(entry),
        purpose="place-offered",
        subject_id=entry.id,
        occasion=str(sitting.id),
        words=_told(offer, sitting, head) | {"answer_link": head.answer_link, "until": turn.until},
        child=keys_of(named=entry.child_key),
        now=now,
        priority=URGENT,
    )


async def write_ended(session: Session, entry: Waiting, offer: Offer, head: Letterhead, now: datetime) -> None:
    """Tells somebody that they are off the list, and where to join it again."""
    room = "clinics" if offer.asks_child else "sessions"
    await send_message(
        session,
        template="waiting-ended",
        to=_waits(entry),
        purpose="waiting-ended",
        subject_id=entry.id,
        occasion="1",
        words={
            "what": WHAT[offer.kind],
            "join_link": f"{head.address}/{room}/{offer.id}",
            "phone": head.phone,
            "service": head.service,
        },
        child=keys_of(named=entry.child_key),
        now=now,
    )


def _waits(entry: Waiting) -> Recipient:
    kept = entry.who
    return recipient_of(ContactBy(kept["contact_by"]), kept["email"], kept["phone"])


def reach(booking: Booking) -> Recipient:
    """Where messages about a booking go. Whoever booked may have said that the phone is for calls alone."""
    calls_only = booking.answers.get("no_texts") and booking.contact_by is not ContactBy.TEXT
    return recipient_of(booking.contact_by, booking.email, None if calls_only else booking.phone)


def recipient_of(contact_by: ContactBy, email: str | None, phone: str | None) -> Recipient:
    """The way the family chose, with the other one they gave for when that fails."""
    ways = [Recipient(Channel.EMAIL, email)] if email else []
    if phone and (is_mobile(phone) or contact_by is ContactBy.TEXT):
        ways.append(Recipient(Channel.TEXT, phone))
    chosen, *others = sorted(ways, key=lambda way: way.channel.value != contact_by.value)
    return replace(chosen, alternatives=tuple(others))

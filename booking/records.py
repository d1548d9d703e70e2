"""What is written down about a booking: its row, its history, and the keys it is found by."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from uuid import UUID

from sqlmodel import col, select

from booking.links import link_key
from booking.models import Booking, BookingEvent, Offer, Sitting
from booking.words import Attendee, BookingState, Happened
from core.domain.errors import NotFound
from core.domain.identity import Actor
from core.domain.ids import new_id, new_reference, new_token
from core.domain.names import plain_name, surname_and_birth
from core.storage import audit
from core.storage.columns import keys
from core.storage.session import Session


def same_child(who: Attendee) -> bytes | None:
    """What tells one child from another, twins too: a keyed hash; None where no child is asked for."""
    if not (who.child_last and who.child_born):
        return None
    named = f"{plain_name(who.child_first or '')}\0{plain_name(who.child_last)}\0{who.child_born}"
    return keys().fingerprint("booking-child", named)


def child_key(who: Attendee) -> bytes | None:
    """How every room finds a child: by surname and date of birth."""
    if not (who.child_last and who.child_born):
        return None
    return key_of("surname-dob", surname_and_birth(who.child_last, date.fromisoformat(who.child_born)))


def key_of(kind: str, value: str | None) -> bytes | None:
    return keys().fingerprint(kind, value) if value else None


def new_booking(sitting: Sitting, draft_id: UUID, token: str, who: Attendee, now: datetime) -> Booking:
    """A row that has no place yet."""
    return Booking(
        reference=new_reference(),
        link=link_key(token),
        draft_id=draft_id,
        sitting_id=sitting.id,
        offer_id=sitting.offer_id,
        calendar_uid=f"{new_id()}@booking",
        child_first=who.child_first,
        child_last=who.child_last,
        child_born=who.child_born,
        child_key=child_key(who),
        same_child=same_child(who),
        contact_name=who.contact_name,
        contact_by=who.contact_by,
        email=who.email,
        email_key=key_of("email", who.email.casefold() if who.email else None),
        phone=who.phone,
        phone_key=key_of("phone", who.phone),
        answers=who.answers,
        booked_at=now,
    )


def others_of(lead: Booking, sitting: Sitting, who: Attendee, now: datetime) -> Iterator[Booking]:
    """The rows of those who come with the first of a group. Nobody has a link to them; the first's opens all."""
    for name in who.others:
        other = new_booking(sitting, new_id(), new_token(), replace(who, contact_name=name, others=()), now)
        other.lead_id = lead.id
        yield other


async def group_of(session: Session, lead: Booking) -> list[Booking]:
    """Those booked together with this one, locked; in the order they were written."""
    found = select(Booking).where(Booking.lead_id == lead.id, Booking.state == BookingState.BOOKED)
    locked = found.order_by(col(Booking.id)).with_for_update()
    return list((await session.exec(locked.execution_options(populate_existing=True))).all())


async def locked_booking(session: Session, booking_id: UUID) -> tuple[Booking, Sitting, Offer]:
    """A booking nobody else changes meanwhile, with where it stands. NotFound when there is none."""
    # The lock first: a join read before it would show the sitting from before a move that was waited for.
    locked = select(Booking).where(Booking.id == booking_id).with_for_update()
    booking = (await session.exec(locked.execution_options(populate_existing=True))).one_or_none()
    if booking is None:
        raise NotFound("no such booking")
    of_it = (
        select(Sitting, Offer).join(Offer, col(Offer.id) == Sitting.offer_id).where(Sitting.id == booking.sitting_id)
    )
    sitting, offer = (await session.exec(of_it)).one()
    return booking, sitting, offer


def note(
    session: Session,
    actor: Actor,
    booking: Booking,
    happened: Happened,
    now: datetime,
    *,
    from_sitting: UUID | None = None,
    why: str | None = None,
) -> None:
    """A line of the booking's history and of the audit trail."""
    session.add(
        BookingEvent(
            booking_id=booking.id,
            happened=happened,
            at=now,
            by=actor.audit_name,
            sitting_id=booking.sitting_id,
            from_sitting_id=from_sitting,
            why=why,
        )
    )
    audit.record(session, actor, f"booking.{happened}", "booking", booking.id, now, sitting=str(booking.sitting_id))

"""Who may see a booking, and which bookings are about one child."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from accounts.api import Opened, open_record
from booking.models import Booking, Offer, Sitting
from core.domain.errors import NotFound
from core.domain.identity import Actor, Discipline, Reason, Role
from core.storage.children import ChildKeys, ChildRecord, keys_of
from core.storage.session import Session

SUBJECT = "booking"


def reason_to_see(actor: Actor, host_id: UUID | None, discipline: Discipline | None) -> Reason | None:
    """Why this person may see who booked; None is no reason. As the lists: administrators and managers every sitting,
    a therapist their own and those of their disciplines."""
    if actor.has(Role.CLINIC_ADMIN, Role.MANAGER):
        return Reason.MY_SERVICE
    theirs = (host_id is not None and host_id == actor.id) or discipline in actor.disciplines
    return Reason.MY_CLINIC if actor.has(Role.THERAPIST) and theirs else None


async def open_booking(session: Session, actor: Actor, booking_id: UUID, now: datetime) -> Opened:
    """Why this person may see it. NotFound when there is none; ReasonNeeded and OwnFamily as `open_record` says."""
    found = (
        select(Booking.child_key, Sitting.host_id, Offer.discipline)
        .join(Sitting, col(Sitting.id) == Booking.sitting_id)
        .join(Offer, col(Offer.id) == Sitting.offer_id)
        .where(Booking.id == booking_id)
    )
    row = (await session.exec(found)).one_or_none()
    if row is None:
        raise NotFound("no such booking")
    record = ChildRecord(SUBJECT, booking_id, keys_of(named=row[0]))
    return await open_record(session, actor, record, reason_to_see(actor, row[1], row[2]), now)


async def records_of_child(session: Session, wanted: ChildKeys, reference: str = "") -> list[ChildRecord]:
    """The bookings for one child, or the one with this reference."""
    is_theirs = sa.or_(col(Booking.child_key).in_(wanted.named), col(Booking.reference) == (reference or None))
    found = select(Booking.id, Booking.child_key).where(is_theirs)
    return [ChildRecord(SUBJECT, row[0], keys_of(named=row[1])) for row in await session.exec(found)]

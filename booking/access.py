"""Who may see a booking, and which bookings are about one child."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from accounts.api import Opened, open_record, those_that_open
from booking.models import Booking, Offer, Sitting
from core.domain.errors import NotFound
from core.domain.identity import Actor, Reason, Right
from core.storage.children import ChildKeys, ChildRecord, keys_of
from core.storage.session import Session

SUBJECT = "booking"


def reason_to_see(actor: Actor, host_id: UUID | None, discipline: str | None) -> Reason | None:
    """Why this person may see who booked; None is no reason. As the lists (`queries.seen_by`): whoever runs clinics
    every sitting, others their own and those of their disciplines."""
    if actor.may(Right.RUN_CLINICS):
        return Reason.MY_SERVICE
    theirs = (host_id is not None and host_id == actor.id) or discipline in actor.disciplines
    return Reason.MY_CLINIC if actor.may(Right.SEE_CLINICS) and theirs else None


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
    child_key, host_id, discipline = row
    record = ChildRecord(SUBJECT, booking_id, keys_of(named=child_key))
    return await open_record(session, actor, record, reason_to_see(actor, host_id, discipline), now)


async def may_read_about(session: Session, actor: Actor, ids: Collection[UUID], now: datetime) -> set[UUID]:
    """Those of these bookings that this person may see, and so what was said about them."""
    return await those_that_open(ids, lambda one: open_booking(session, actor, one, now))


async def records_of_child(session: Session, wanted: ChildKeys, reference: str = "") -> list[ChildRecord]:
    """The bookings for one child, or the one with this reference."""
    is_theirs = sa.or_(col(Booking.child_key).in_(wanted.named), col(Booking.reference) == (reference or None))
    found = select(Booking.id, Booking.child_key).where(is_theirs)
    return [ChildRecord(SUBJECT, row[0], keys_of(named=row[1])) for row in await session.exec(found)]

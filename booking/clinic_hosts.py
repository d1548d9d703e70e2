"""Who holds a sitting: handed to another therapist, or left without one when a colleague leaves."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from booking import clinic_rules
from booking.clinic_changes import note_sitting
from booking.clinic_effects import absences_of
from booking.clinic_letters import Desk
from booking.clinic_words import SittingHappened
from booking.models import Availability, Booking, Offer, Sitting
from booking.staff_models import SittingEvent
from booking.timetable import lock_rota
from booking.words import BookingState, SittingState
from core.domain.errors import Conflict, NotFound, NotPossible
from core.domain.identity import Actor, system
from core.storage import audit
from core.storage.session import Session

SHOWN = 200


class HostAway(Conflict):
    """The therapist is away on the day of the sitting."""


class HostBusy(Conflict):
    """The therapist is in another sitting at that time. The caller's transaction must be rolled back."""


async def host_left(session: Session, staff_id: UUID, now: datetime) -> int:
    """Takes a colleague who has left off their repeating sessions and the sittings ahead, which stand with everybody
    booked on them until somebody else is their host; returns how many. Doing it twice changes nothing."""
    await lock_rota(session)
    patterns = sa.update(Availability).where(col(Availability.host_id) == staff_id).values(host_id=None)
    await session.exec(patterns)
    ahead = select(Sitting).where(
        Sitting.host_id == staff_id, Sitting.state == SittingState.PLANNED, col(Sitting.starts_at) > now
    )
    left = (await session.exec(ahead.order_by(col(Sitting.id)).with_for_update(key_share=True))).all()
    by = system("staff-left")
    for sitting in left:
        sitting.host_id = None
        session.add(SittingEvent(sitting_id=sitting.id, happened=SittingHappened.HOST_GONE, at=now, by=by.audit_name))
        audit.record(session, by, "sitting.host-gone", "sitting", sitting.id, now, host=str(staff_id))
    return len(left)


async def change_host(session: Session, actor: Actor, sitting_id: UUID, host_id: UUID, desk: Desk) -> None:
    """Hands one sitting to this therapist. HostAway or HostBusy when they cannot hold it; NotPossible once it has
    begun or is cancelled. Families are told nothing: time and place stay."""
    await lock_rota(session)
    sitting = await session.get(Sitting, sitting_id, with_for_update={"key_share": True})
    if sitting is None:
        raise NotFound("no such sitting")
    if sitting.state is not SittingState.PLANNED or sitting.starts_at <= desk.now:
        raise NotPossible("begun or cancelled")
    if sitting.host_id == host_id:
        return
    times = [(sitting.starts_at, sitting.ends_at)]
    if not clinic_rules.without_absences(times, await absences_of(session, host_id)):
        raise HostAway("away on that day")
    sitting.host_id = host_id
    try:
        await session.flush()
    except sa.exc.IntegrityError:
        raise HostBusy("in another sitting then") from None
    note_sitting(session, actor, sitting_id, SittingHappened.HOST, desk)


async def without_host(session: Session, now: datetime) -> Sequence[tuple[Sitting, Offer, int]]:
    """The sittings ahead that nobody holds, soonest first, each with how many are booked on it."""
    booked = (
        select(sa.func.count())
        .where(Booking.sitting_id == Sitting.id, Booking.state == BookingState.BOOKED)
        .scalar_subquery()
    )
    found = (
        select(Sitting, Offer, booked)
        .join(Offer, col(Offer.id) == Sitting.offer_id)
        .where(*_hostless(now))
        .order_by(col(Sitting.starts_at), col(Sitting.id))
        .limit(SHOWN)
    )
    return [(sitting, offer, count) for sitting, offer, count in (await session.exec(found)).all()]


async def count_without_host(session: Session, now: datetime) -> int:
    """How many sittings ahead nobody holds, all of them."""
    found = select(sa.func.count()).select_from(Sitting).where(*_hostless(now))
    return (await session.exec(found)).one()


def _hostless(now: datetime) -> tuple[sa.ColumnElement[bool], ...]:
    return (
        col(Sitting.host_id).is_(None),
        col(Sitting.state) == sa.literal_column("'planned'"),
        col(Sitting.starts_at) > now,
    )

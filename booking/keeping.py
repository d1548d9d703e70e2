"""What booking keeps about people, for information governance: how long, what is told, what goes."""

from collections.abc import Collection, Sequence
from datetime import date
from typing import ClassVar
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from booking.models import Booking, Place, Sitting
from booking.waiting_models import Waiting
from booking.words import PlaceState
from core.domain.clock import london_day
from core.domain.keeping import Matter, Whose
from core.storage.children import ChildKeys, keys_of
from core.storage.keeping import Keeper, Kept
from core.storage.session import Session


class BookingKeeper(Keeper[Booking]):
    """Bookings. A screening is part of a child's record; a universal session is about no child."""

    kind = "booking"
    title = "Bookings"
    model = Booking
    # Seats stay; whoever sat there is forgotten.
    stays = frozenset({"place"})
    told: ClassVar = {
        "booking.child_first": ("First name", Whose.CHILD),
        "booking.child_last": ("Last name", Whose.CHILD),
        "booking.child_born": ("Date of birth", Whose.CHILD),
        "booking.contact_name": ("Who booked", Whose.OTHER_PERSON),
        "booking.email": ("Email", Whose.OTHER_PERSON),
        "booking.phone": ("Phone", Whose.OTHER_PERSON),
        "booking_event.why": ("Why", Whose.OTHER_WORDS),
        "attendance_entry.note": ("Notes", Whose.OTHER_WORDS),
        "booking_known.reference": ("Booked after the call", Whose.CHILD),
        "booking_known.staff_id": ("Who booked for them", Whose.STAFF),
        "booking_known.texts": ("Their phone may be sent texts", Whose.OTHER_PERSON),
        "message.address": ("Sent to", Whose.OTHER_PERSON),
        "message.subject_line": ("Subject", Whose.CHILD),
        "message.body": ("Message", Whose.CHILD),
    }

    async def facts(self, session: Session, rows: Sequence[Booking]) -> list[Kept]:
        """A booking is over when its sitting is, cancelled or not."""
        found = select(Sitting.id, Sitting.ends_at).where(col(Sitting.id).in_([row.sitting_id for row in rows]))
        ends = {sitting_id: london_day(at) for sitting_id, at in await session.exec(found)}
        return [
            Kept(
                kind=self.kind,
                id=row.id,
                matter=Matter.CHILD if row.child_born else Matter.GROUP_SESSION,
                reference=row.reference,
                born=date.fromisoformat(row.child_born) if row.child_born else None,
                over_on=ends[row.sitting_id],
                keys=keys_of(None, row.child_key),
                first=row.child_first or "",
            )
            for row in rows
        ]

    def about(self, keys: ChildKeys) -> sa.ColumnElement[bool]:
        return col(Booking.child_key).in_(keys.named)

    async def let_go(self, session: Session, ids: Collection[UUID]) -> None:
        """The seats of sittings long past are withdrawn: nobody can book them, and no booking is named."""
        seats = sa.update(Place).where(col(Place.booking_id).in_(ids))
        connection = await session.connection()
        await connection.execute(seats.values(booking_id=None, state=PlaceState.WITHDRAWN))


class WaitingKeeper(Keeper[Waiting]):
    """Places on a waiting list: over when they ended, with a booking or without."""

    kind = "waiting"
    title = "Waiting list"
    model = Waiting
    told: ClassVar = {
        "waiting.who.child_first": ("First name", Whose.CHILD),
        "waiting.who.child_last": ("Last name", Whose.CHILD),
        "waiting.who.child_born": ("Date of birth", Whose.CHILD),
        "waiting.who.contact_name": ("Who waits", Whose.OTHER_PERSON),
        "waiting.who.email": ("Email", Whose.OTHER_PERSON),
        "waiting.who.phone": ("Phone", Whose.OTHER_PERSON),
        "message.address": ("Sent to", Whose.OTHER_PERSON),
        "message.subject_line": ("Subject", Whose.CHILD),
        "message.body": ("Message", Whose.CHILD),
    }

    async def facts(self, session: Session, rows: Sequence[Waiting]) -> list[Kept]:
        """About a child where the offer asks for one."""
        return [
            Kept(
                kind=self.kind,
                id=row.id,
                matter=Matter.CHILD if row.who.get("child_born") else Matter.GROUP_SESSION,
                reference="",
                born=date.fromisoformat(row.who["child_born"]) if row.who.get("child_born") else None,
                over_on=london_day(row.ended_at) if row.ended_at else None,
                keys=keys_of(None, row.child_key),
                first=row.who.get("child_first") or "",
            )
            for row in rows
        ]

    def about(self, keys: ChildKeys) -> sa.ColumnElement[bool]:
        return col(Waiting.child_key).in_(keys.named)


keeper = BookingKeeper()
waiting_keeper = WaitingKeeper()

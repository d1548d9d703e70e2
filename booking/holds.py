"""The row of a hold: made, kept for longer once for whoever needs more time (WCAG 2.2.1), looked at before booking."""

from datetime import datetime, timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from booking.models import PlaceHold, Sitting
from core.domain.errors import Conflict, PlaceGone
from core.domain.ids import new_id
from core.storage.session import Session

_EXTEND = sa.text("""
    update place set held_until = :until where held_by = :hold_id and state = 'held' and held_until > :now returning id
""")


class OtherTime(Conflict):
    """Another time is held than the one whose answers were checked."""


async def hold_row(session: Session, visitor: bytes, sitting: Sitting, now: datetime) -> PlaceHold:
    """The visitor's one live hold of this offer, locked; a new one has run out already, so that it takes a place."""
    row = {
        "id": new_id(),
        "visitor": visitor,
        "offer_id": sitting.offer_id,
        "sitting_id": sitting.id,
        "until": now,
        "made_at": now,
    }
    # An update that changes nothing, because DO NOTHING would neither lock nor return the row of an earlier press.
    mine = insert(PlaceHold).values(row).on_conflict_do_update(
        index_elements=["visitor", "offer_id"], index_where=sa.text("ended_at is null"), set_={"visitor": visitor}
    )  # fmt: skip
    found = await session.exec(mine.returning(PlaceHold), execution_options={"populate_existing": True})
    hold: PlaceHold = found.scalars().one()
    return hold


async def extend_hold(session: Session, visitor: bytes, hold_id: UUID, minutes: int, now: datetime) -> datetime:
    """Keeps the held place for so many minutes from now and returns until when. Asking again changes nothing.
    PlaceGone when it has run out: it may be somebody else's by now."""
    hold = await _mine(session, visitor, hold_id)
    if hold is None or hold.until <= now:
        raise PlaceGone("no such hold, or it ran out")
    if hold.extended_at is None:
        hold.until, hold.extended_at = now + timedelta(minutes=minutes), now
        given = {"until": hold.until, "hold_id": hold_id, "now": now}
        if not await (await session.connection()).scalar(_EXTEND, given):
            raise PlaceGone("the place was taken away")
    return hold.until


async def check_time(session: Session, visitor: bytes, hold_id: UUID, sitting_id: str) -> PlaceHold | None:
    """Keeps the hold as it is until the transaction ends; OtherTime when it stands for another sitting than this. None
    when it is none of theirs any more."""
    hold = await _mine(session, visitor, hold_id)
    if hold is not None and str(hold.sitting_id) != sitting_id:
        raise OtherTime("another time was chosen meanwhile")
    return hold


async def _mine(session: Session, visitor: bytes, hold_id: UUID) -> PlaceHold | None:
    mine = select(PlaceHold).where(
        PlaceHold.id == hold_id, PlaceHold.visitor == visitor, col(PlaceHold.ended_at).is_(None)
    )
    return (await session.exec(mine.with_for_update().execution_options(populate_existing=True))).one_or_none()

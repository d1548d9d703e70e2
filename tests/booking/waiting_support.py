"""Families on a waiting list, for tests. Everyone is invented."""

from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import col, select

from booking import service, waiting
from booking.models import Booking, Offer
from booking.waiting_models import Turn, Waiting
from booking.waiting_words import Wish
from booking.words import Attendee
from core.domain.identity import PUBLIC
from core.domain.ids import new_id
from core.storage.session import Database
from tests.booking.support import FAMILY, head


def family(number: int, **other: Any) -> Attendee:
    """One family of many, each with a child and an address of its own."""
    kept = {"child_first": f"Child{number}", "email": f"family.{number}@example.org"}
    return replace(FAMILY, **(kept | other))


async def waits(db: Database, offer: Offer, who: Attendee, now: datetime, **wish: Any) -> UUID:
    """Joins the list and returns the entry."""
    async with db.transaction() as session:
        joined = await waiting.join(session, PUBLIC, new_id(), Wish(offer.id, **wish), who, head(), now)
    return joined.waiting_id


async def gives_up(db: Database, booking: Booking, now: datetime) -> None:
    async with db.transaction() as session:
        await service.cancel(session, PUBLIC, booking.id, None, head(), now)


async def turns_of(db: Database, waiting_id: UUID) -> list[Turn]:
    async with db.transaction() as session:
        found = select(Turn).where(Turn.waiting_id == waiting_id).order_by(col(Turn.id))
        return list((await session.exec(found)).all())


async def entry(db: Database, waiting_id: UUID) -> Waiting:
    async with db.transaction() as session:
        return await session.get_one(Waiting, waiting_id)

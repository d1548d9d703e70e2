"""Staff and changes for tests of running clinics. Everyone is invented."""

from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from booking import clinic_changes, clinic_rules
from booking.clinic_changes import Desk
from booking.clinic_words import Change, ChangeKind, Choice, Done
from booking.models import Offer, Sitting
from booking.words import Attendee
from core.domain.clock import london
from core.domain.identity import Actor, ActorKind, Right, Role
from core.domain.ids import new_id
from core.storage.session import Database, Session
from core.web.house import House
from tests.booking.support import FAMILY, PARENT

FEMI = Actor(
    ActorKind.STAFF,
    UUID("01900000-0000-7000-8000-00000000fe31"),
    "Femi Invented",
    frozenset({Role.CLINIC_ADMIN}),
    rights=frozenset({Right.SEE_CLINICS, Right.RUN_CLINICS}),
)
THURSDAY_9AM = london(2026, 12, 3, 9)


def desk_of(house: House, now: datetime | None = None) -> Desk:
    return Desk(house.profile, house.address, now or house.clock.now())


def cancels(sitting_id: UUID, why: str = "") -> Change:
    return Change(ChangeKind.CANCEL_SITTING, why=why, sitting_id=sitting_id)


async def does(db: Database, house: House, change: Change, choice: Choice, **other: Any) -> Done:
    """Sees what a change does and agrees to it."""
    desk = desk_of(house, other.get("now"))
    async with db.transaction() as session:
        seen = clinic_rules.print_of(await clinic_changes.preview(session, change, desk), choice)
    async with db.transaction() as session:
        return await clinic_changes.apply(session, FEMI, change, choice, seen, desk)


async def somebody_for(session: Session, sitting_id: UUID) -> Attendee:
    """A family of their own, or a person where no child is asked for."""
    sitting = await session.get_one(Sitting, sitting_id)
    offer = await session.get_one(Offer, sitting.offer_id)
    key = new_id().hex
    return replace(FAMILY if offer.asks_child else PARENT, email=f"{key}@example.org")

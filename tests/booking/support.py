"""Offers, sittings and families for tests of booking. Everyone is invented."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from booking import service, timetable
from booking.letters import Letterhead
from booking.models import Booking, Offer
from booking.words import Attendee, ContactBy, OfferKind
from core.domain.clock import london
from core.domain.identity import PUBLIC, Discipline
from core.domain.ids import new_id, new_token
from core.storage.session import Database, Session
from tests.support.visit import Visit

TUESDAY_9AM = london(2026, 12, 1, 9)
PARENT = Attendee("Alex Sample", ContactBy.EMAIL, "alex.sample@example.org", "+441632960456")
FAMILY = replace(PARENT, child_first="Robin", child_last="Sample", child_born="2021-03-14")


def screening(**other: Any) -> Offer:
    """A clinic of one place a sitting."""
    kept: dict[str, Any] = {
        "kind": OfferKind.SCREENING,
        "discipline": Discipline.SLT,
        "title": "Virtual speech and language screening clinic",
        "about": "A short video call.",
        "audience": "parents and carers",
        "minutes": 15,
        "capacity": 1,
        "link_pattern": "https://video.example.org/{code}",
        "asks_child": True,
    }
    return Offer(**(kept | other))


def information(**other: Any) -> Offer:
    """A session of six places that asks nothing about a child."""
    kept: dict[str, Any] = {
        "kind": OfferKind.INFORMATION,
        "title": "Understanding sensory needs",
        "minutes": 60,
        "capacity": 6,
        "asks_child": False,
        "discipline": None,
    }
    return screening(**(kept | other))


async def sitting_of(session: Session, offer: Offer, starts_at: datetime = TUESDAY_9AM, **other: Any) -> UUID:
    """A sitting of this offer with its places; the offer is stored when it is not yet."""
    session.add(offer)
    await session.flush()
    sitting_id = await timetable.add_sitting(session, offer, starts_at, **other)
    assert sitting_id is not None
    return sitting_id


async def planned(db: Database, offer: Offer, *starts: datetime, **other: Any) -> list[UUID]:
    """Sittings at these times, committed."""
    async with db.transaction() as session:
        return [await sitting_of(session, offer, at, **other) for at in starts or (TUESDAY_9AM,)]


def somebody() -> bytes:
    """A visitor nobody else is."""
    return new_id().bytes * 2


def head(token: str = "") -> Letterhead:
    return Letterhead("Children's therapies", "01632 960100", "https://testserver", token or new_token())


async def booked(session: Session, sitting_id: UUID, now: datetime, who: Attendee = FAMILY, token: str = "") -> Booking:
    """A booking made the way families make them."""
    visitor = somebody()
    hold_id = await service.hold_place(session, visitor, sitting_id, 15, now)
    return await service.confirm(session, PUBLIC, visitor, hold_id, new_id(), who, head(token), now)


async def states(db: Database, sitting_id: UUID | None = None) -> dict[str, int]:
    """How many places are in which state."""
    query = sa.text(
        "select state, count(*) from place where cast(:id as uuid) is null or sitting_id = :id group by state"
    )
    async with db.transaction() as session:
        rows = (await (await session.connection()).execute(query, {"id": sitting_id})).all()
    return {row[0]: row[1] for row in rows}


async def books(visit: Visit, sitting_id: UUID) -> str:
    """Walks the whole screening journey and returns the family's link."""
    await visit.get("/clinics")
    await visit.post("/clinics/hold", {"sitting": str(sitting_id)})
    await visit.follow()
    for answers in SCREENING_ANSWERS:
        await visit.follow()
        await visit.post(str(visit.last.url), answers)  # type: ignore[union-attr]
    await visit.follow()
    await press_book(visit)
    sent = await visit.follow()
    return "/bookings/" + sent.text.split('href="/bookings/')[1].split('"')[0]


async def press_book(visit: Visit) -> None:
    """Presses the button of the check page that was seen last."""
    assert visit.last is not None
    draft = visit.last.text.split('name="draft" value="')[1].split('"')[0]
    stands_for = visit.last.text.split('name="stands_for" value="')[1].split('"')[0]
    await visit.post(str(visit.last.url), {"draft": draft, "stands_for": stands_for})


SCREENING_ANSWERS: tuple[Mapping[str, str], ...] = (
    {"known": "no"},
    {
        "child_first": "Robin",
        "child_last": "Sample",
        "child_born-day": "14",
        "child_born-month": "3",
        "child_born-year": "2021",
    },
    {"contact_name": "Alex Sample"},
    {"contact_by": "email"},
    {"email": "alex.sample@example.org"},
    {"phone": "01632 960 456"},
)

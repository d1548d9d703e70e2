"""Limits hold when many press at once; without their protection they do not, or the race was never run."""

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest
import sqlalchemy as sa

from booking import limits, service
from booking.limits import TooManyHolds, TwiceAlready
from core.domain.clock import london
from core.domain.errors import PlaceGone
from core.storage.session import Database, Session
from tests.booking.support import FAMILY, TUESDAY_9AM, booked, information, planned, screening, somebody

pytestmark = pytest.mark.usefixtures("house")

_NOW = london(2026, 11, 23, 10)
_NOTHING = sa.text("select cast(:key as bigint)")
_ROUNDS = 10


async def _books(db: Database, sitting: UUID) -> bool:
    try:
        async with db.transaction() as session:
            await booked(session, sitting, _NOW, FAMILY)
    except (TwiceAlready, PlaceGone, sa.exc.IntegrityError):
        return False
    return True


async def _holds(db: Database, sitting: UUID, visitor: bytes) -> bool:
    try:
        async with db.transaction() as session:
            await service.hold_place(session, visitor, sitting, 15, _NOW)
    except TooManyHolds:
        return False
    return True


async def _only_counts(session: Session, offer_id: UUID, same_child: bytes) -> None:
    """What a limit without lock or index would be: a count, then a write."""
    given = {"offer_id": offer_id, "same_child": same_child}
    found = await (await session.connection()).execute(limits._SLOTS, given)
    if len(found.all()) >= limits.BOOKINGS_PER_CHILD:
        raise TwiceAlready("counted")


async def _round(db: Database, number: int) -> int:
    offer = screening(title=f"Clinic {number}")
    times = [TUESDAY_9AM + timedelta(days=number, minutes=15 * n) for n in range(6)]
    sittings = await planned(db, offer, *times)
    return sum(await asyncio.gather(*(_books(db, sitting) for sitting in sittings)))


async def test_six_bookings_of_one_child_at_once_are_two(real_db: Database) -> None:
    for number in range(3):
        assert await _round(real_db, number) == 2


async def test_control_a_count_without_lock_or_index_lets_a_child_have_more(
    real_db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "child_slot", _only_counts)
    for number in range(_ROUNDS):
        if await _round(real_db, number) > 2:
            return
    pytest.fail("the race was never run")


async def test_without_the_lock_the_index_alone_still_holds(real_db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "LOCK", _NOTHING)
    for number in range(3):
        assert await _round(real_db, number) <= 2


async def test_a_visitor_who_presses_five_clinics_at_once_keeps_two(real_db: Database) -> None:
    sittings = [(await planned(real_db, information(title=f"Session {n}")))[0] for n in range(5)]
    for _ in range(3):
        visitor = somebody()
        assert sum(await asyncio.gather(*(_holds(real_db, sitting, visitor) for sitting in sittings))) == 2


async def test_control_without_the_lock_a_visitor_keeps_more(
    real_db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "LOCK", _NOTHING)
    sittings = [(await planned(real_db, information(title=f"Session {n}", capacity=60)))[0] for n in range(5)]
    for _ in range(_ROUNDS):
        visitor = somebody()
        if sum(await asyncio.gather(*(_holds(real_db, sitting, visitor) for sitting in sittings))) > 2:
            return
    pytest.fail("the race was never run")

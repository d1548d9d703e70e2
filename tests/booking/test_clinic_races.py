"""Staff and families at once, on real connections: a change of the timetable against holding, confirming, cancelling.
The control shows what a change without locks would do."""

import asyncio
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlmodel import select

from booking import clinic_changes, clinic_offers, clinic_rules, service
from booking.api import audit_checks
from booking.clinic_changes import PreviewChanged
from booking.clinic_words import Choice, SittingHappened
from booking.staff_models import SittingEvent
from core.domain.clock import london
from core.domain.errors import Conflict, PlaceGone
from core.domain.identity import PUBLIC
from core.domain.ids import new_id
from core.storage.session import Database
from core.web.house import House
from tests.booking.clinic_support import FEMI, cancels, desk_of, somebody_for
from tests.booking.support import booked, head, information, planned, somebody, states

NOW = london(2026, 11, 23, 10)
_ROUNDS = 6


async def confirms(db: Database, visitor: bytes, hold: UUID, sitting: UUID) -> bool:
    try:
        async with db.transaction() as session:
            who = await somebody_for(session, sitting)
            await service.confirm(session, PUBLIC, visitor, hold, new_id(), who, head(), NOW)
    except (PlaceGone, Conflict):
        return False
    return True


async def cancels_it(db: Database, house: House, sitting: UUID, seen: str) -> bool:
    try:
        async with db.transaction() as session:
            desk = desk_of(house, NOW)
            await clinic_changes.apply(session, FEMI, cancels(sitting), Choice.CANCEL, seen, desk)
    except PreviewChanged:
        return False
    return True


async def seen_of(db: Database, house: House, sitting: UUID) -> str:
    async with db.transaction() as session:
        return clinic_rules.print_of(await clinic_changes.preview(session, cancels(sitting), desk_of(house, NOW)))


async def holds(db: Database, sitting: UUID, count: int) -> list[tuple[bytes, UUID]]:
    held = []
    for _ in range(count):
        visitor = somebody()
        async with db.transaction() as session:
            held.append((visitor, await service.hold_place(session, visitor, sitting, 15, NOW)))
    return held


async def nothing_is_wrong(db: Database) -> None:
    async with db.transaction() as session:
        assert [name for name, count in await audit_checks(session, NOW) if count] == []
        on_cancelled = sa.text(
            "select count(*) from booking b join sitting s on s.id = b.sitting_id "
            "where b.state = 'booked' and s.state = 'cancelled'"
        )
        assert await (await session.connection()).scalar(on_cancelled) == 0


async def test_a_sitting_cancelled_while_families_confirm_leaves_nobody_on_it(real_db: Database, house: House) -> None:
    for _ in range(_ROUNDS):
        [sitting] = await planned(real_db, information())
        held = await holds(real_db, sitting, 4)
        seen = await seen_of(real_db, house, sitting)
        cancelled, *confirmed = await asyncio.gather(
            cancels_it(real_db, house, sitting, seen),
            *(confirms(real_db, visitor, hold, sitting) for visitor, hold in held),
        )
        # Either the change was first and nobody got in, or somebody did and staff see a new preview.
        assert cancelled == (not any(confirmed)) or not cancelled
        if cancelled:
            assert await states(real_db, sitting) == {"withdrawn": 6}
    await nothing_is_wrong(real_db)


async def test_a_sitting_cancelled_while_a_family_cancels_never_waits_in_a_ring(
    real_db: Database, house: House
) -> None:
    for _ in range(_ROUNDS):
        [sitting] = await planned(real_db, information())
        async with real_db.transaction() as session:
            booking = await booked(session, sitting, NOW, await somebody_for(session, sitting))
        seen = await seen_of(real_db, house, sitting)

        async def gives_up(booking_id: UUID = booking.id) -> None:
            async with real_db.transaction() as session:
                await service.cancel(session, PUBLIC, booking_id, None, head(), NOW)

        await asyncio.gather(cancels_it(real_db, house, sitting, seen), gives_up())
    await nothing_is_wrong(real_db)


async def test_a_cut_while_families_hold_and_confirm_never_goes_under_what_they_have(
    real_db: Database, house: House
) -> None:
    for _ in range(_ROUNDS):
        [sitting] = await planned(real_db, information())
        held = await holds(real_db, sitting, 3)
        async with real_db.transaction() as session:
            stands = await clinic_offers.capacity_of(session, sitting, NOW)

        async def cuts(sitting: UUID = sitting, stands: clinic_offers.Capacity = stands) -> bool:
            try:
                async with real_db.transaction() as session:
                    await clinic_offers.set_capacity(session, FEMI, sitting, 3, stands, desk_of(house, NOW))
            except Conflict:
                return False
            return True

        done, *confirmed = await asyncio.gather(
            cuts(), *(confirms(real_db, visitor, hold, sitting) for visitor, hold in held)
        )
        assert all(confirmed)
        if done:
            assert await states(real_db, sitting) == {"booked": 3, "withdrawn": 3}
    await nothing_is_wrong(real_db)


async def test_a_cut_to_what_there_is_already_writes_nothing(db: Database, house: House) -> None:
    """The second of two presses may read the page after the first: it asks for what stands."""
    [sitting] = await planned(db, information())
    async with db.transaction() as session:
        for _ in range(2):
            stands = await clinic_offers.capacity_of(session, sitting, NOW)
            await clinic_offers.set_capacity(session, FEMI, sitting, 3, stands, desk_of(house, NOW))
        noted = select(SittingEvent).where(SittingEvent.happened == SittingHappened.CAPACITY)
        assert len((await session.exec(noted)).all()) == 1


@pytest.mark.usefixtures("house")
async def test_without_withdrawing_places_somebody_would_sit_in_a_cancelled_sitting(real_db: Database) -> None:
    """The control: a change that only marks the sitting lets a confirming family in."""
    [sitting] = await planned(real_db, information())
    [(visitor, hold)] = await holds(real_db, sitting, 1)
    async with real_db.transaction() as family:
        who = await somebody_for(family, sitting)
        await service.confirm(family, PUBLIC, visitor, hold, new_id(), who, head(), NOW)
        async with real_db.transaction() as staff:
            await (await staff.connection()).execute(
                sa.text("update sitting set state = 'cancelled' where id = :id"), {"id": sitting}
            )
    with pytest.raises(AssertionError):
        await nothing_is_wrong(real_db)

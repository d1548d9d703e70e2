"""Many families at once on real connections. The races for a place have a control with the protection taken out,
which must go wrong: otherwise the race was never run."""

import asyncio
from collections.abc import Awaitable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlmodel import select

from booking import service
from booking.api import audit_checks
from booking.models import Booking, BookingEvent
from booking.words import BookingState
from core.domain.clock import london
from core.domain.errors import Conflict, PlaceGone
from core.domain.identity import PUBLIC
from core.domain.ids import new_id
from core.storage.session import Database
from notifications.api import messages_about
from tests.booking.support import PARENT, TUESDAY_9AM, head, information, planned, screening, somebody, states
from tests.support.unprotected import unprotected

pytestmark = pytest.mark.usefixtures("house")

NOW = london(2026, 11, 23, 10)
LATE = NOW + timedelta(minutes=16)
_LATER = TUESDAY_9AM + timedelta(hours=1)
_HOUR = timedelta(hours=1)
_ROUNDS = 10
_TIMES = [TUESDAY_9AM + n * _HOUR for n in range(_ROUNDS)]


async def hold(db: Database, sitting: UUID, visitor: bytes, now: datetime = NOW) -> UUID | None:
    """The hold, or None for whoever came too late."""
    try:
        async with db.transaction() as session:
            return await service.hold_place(session, visitor, sitting, 15, now)
    except PlaceGone:
        return None


async def confirm(
    db: Database, visitor: bytes, hold_id: UUID | None, now: datetime = NOW, draft: UUID | None = None
) -> UUID | None:
    """The booking, or None."""
    if hold_id is None:
        return None
    try:
        async with db.transaction() as session:
            booking = await service.confirm(session, PUBLIC, visitor, hold_id, draft or new_id(), PARENT, head(), now)
    except PlaceGone:
        return None
    return booking.id


async def books(db: Database, sitting: UUID) -> UUID | None:
    visitor = somebody()
    return await confirm(db, visitor, await hold(db, sitting, visitor))


async def move(db: Database, booking: UUID, sitting: UUID) -> bool:
    try:
        async with db.transaction() as session:
            await service.move(session, PUBLIC, booking, sitting, head(), NOW)
    except Conflict:
        return False
    return True


async def cancel(db: Database, booking: UUID) -> bool:
    try:
        async with db.transaction() as session:
            await service.cancel(session, PUBLIC, booking, None, head(), NOW)
    except Conflict:
        return False
    return True


async def won(attempts: Sequence[Awaitable[UUID | None]]) -> int:
    return sum(one is not None for one in await asyncio.gather(*attempts))


async def won_unprotected(attempts: Sequence[Awaitable[UUID | None]]) -> int:
    """The same for a control: there the constraints, the last line, may stop some with an error."""
    results = await asyncio.gather(*attempts, return_exceptions=True)
    return sum(isinstance(one, UUID) for one in results)


async def nothing_is_broken(db: Database, now: datetime = NOW) -> None:
    async with db.transaction() as session:
        assert {name: count for name, count in await audit_checks(session, now) if count} == {}


async def test_forty_families_for_six_places_book_six(real_db: Database) -> None:
    [sitting] = await planned(real_db, information(capacity=6))
    assert await won([books(real_db, sitting) for _ in range(40)]) == 6
    assert await states(real_db) == {"booked": 6}
    await nothing_is_broken(real_db)


async def test_control_without_the_lock_six_places_are_held_by_more(real_db: Database) -> None:
    sittings = await planned(real_db, information(capacity=6), *_TIMES)
    with unprotected(real_db.engine):
        for sitting in sittings:
            if await won_unprotected([hold(real_db, sitting, somebody()) for _ in range(40)]) > 6:
                return
    pytest.fail("the race was never run")


@pytest.mark.parametrize("confirmed_at", [NOW, LATE])
async def test_six_hold_and_confirm_while_twenty_four_try_to_hold(real_db: Database, confirmed_at: datetime) -> None:
    for sitting in await planned(real_db, information(capacity=6), *_TIMES):
        holders = [somebody() for _ in range(6)]
        holds = [await hold(real_db, sitting, visitor) for visitor in holders]
        confirming = [confirm(real_db, v, h, confirmed_at) for v, h in zip(holders, holds, strict=True)]
        trying = [hold(real_db, sitting, somebody(), confirmed_at) for _ in range(24)]
        booked_or_held = await won([*confirming, *trying])
        assert booked_or_held == 6
        assert sum((await states(real_db, sitting)).values()) == 6
    await nothing_is_broken(real_db, confirmed_at)


async def test_control_without_the_lock_late_confirmations_oversell(real_db: Database) -> None:
    for sitting in await planned(real_db, information(capacity=6), *_TIMES):
        holders = [somebody() for _ in range(6)]
        holds = [await hold(real_db, sitting, visitor) for visitor in holders]
        with unprotected(real_db.engine):
            confirming = [confirm(real_db, v, h, LATE) for v, h in zip(holders, holds, strict=True)]
            trying = [hold(real_db, sitting, somebody(), LATE) for _ in range(24)]
            if await won_unprotected([*confirming, *trying]) > 6:
                return
    pytest.fail("the race was never run")


async def test_one_visitor_pressing_many_times_holds_one_place(real_db: Database) -> None:
    [sitting] = await planned(real_db, information(capacity=6))
    visitor = somebody()
    holds = await asyncio.gather(*(hold(real_db, sitting, visitor) for _ in range(12)))
    assert len(set(holds)) == 1
    assert await states(real_db) == {"held": 1, "free": 5}


async def test_one_visitor_choosing_two_times_at_once_holds_one(real_db: Database) -> None:
    early, *others = await planned(real_db, screening(), *_TIMES)
    for other in others:
        visitor = somebody()
        await asyncio.gather(hold(real_db, early, visitor), hold(real_db, other, visitor))
        held = [(await states(real_db, one)).get("held", 0) for one in (early, other)]
        assert sum(held) == 1
        async with real_db.transaction() as session:
            await (await session.connection()).execute(
                sa.text("update place set state = 'free', held_by = null, held_until = null")
            )
    await nothing_is_broken(real_db)


async def test_one_draft_sent_many_times_at_once_is_one_booking(real_db: Database) -> None:
    [sitting] = await planned(real_db, information(capacity=6))
    visitor, draft = somebody(), new_id()
    mine = await hold(real_db, sitting, visitor)
    assert await won([confirm(real_db, visitor, mine, draft=draft) for _ in range(12)]) == 1
    assert await states(real_db) == {"booked": 1, "free": 5}


async def test_many_moves_to_one_place_let_one_in_and_keep_the_others_where_they_are(real_db: Database) -> None:
    crowd, [target] = (
        await planned(real_db, offer := information(capacity=8)),
        await planned(real_db, offer, _LATER, capacity=1),
    )
    bookings = [await books(real_db, crowd[0]) for _ in range(8)]
    moved = await asyncio.gather(*(move(real_db, one, target) for one in bookings if one))
    assert sum(moved) == 1
    assert await states(real_db, crowd[0]) == {"booked": 7, "free": 1}
    await nothing_is_broken(real_db)


async def test_two_families_swap_times_or_stay_and_never_wait_for_each_other(real_db: Database) -> None:
    for day in range(_ROUNDS):
        early, late = await planned(
            real_db, information(capacity=1), TUESDAY_9AM + timedelta(days=day), _LATER + timedelta(days=day)
        )
        one, two = await books(real_db, early), await books(real_db, late)
        assert one
        assert two
        async with asyncio.timeout(10):
            await asyncio.gather(move(real_db, one, late), move(real_db, two, early))
        assert await states(real_db, early) == await states(real_db, late) == {"booked": 1}
    await nothing_is_broken(real_db)


async def test_a_booking_moved_and_cancelled_at_once_ends_cancelled_with_no_place(real_db: Database) -> None:
    for day in range(_ROUNDS):
        early, late = await planned(
            real_db, information(capacity=1), TUESDAY_9AM + timedelta(days=day), _LATER + timedelta(days=day)
        )
        booking = await books(real_db, early)
        assert booking
        _, cancelled = await asyncio.gather(move(real_db, booking, late), cancel(real_db, booking))
        assert cancelled
        assert await states(real_db, early) == await states(real_db, late) == {"free": 1}
    await nothing_is_broken(real_db)


async def test_a_place_that_is_cancelled_goes_to_one_of_those_who_wait_for_it(real_db: Database) -> None:
    for sitting in await planned(real_db, information(capacity=1), *_TIMES):
        booking = await books(real_db, sitting)
        assert booking
        results = await asyncio.gather(
            cancel(real_db, booking), *(hold(real_db, sitting, somebody()) for _ in range(8))
        )
        assert sum(result not in (None, True) for result in results) <= 1
        assert sum((await states(real_db, sitting)).values()) == 1
    await nothing_is_broken(real_db)


async def test_cancelling_many_times_at_once_happens_and_is_told_once(real_db: Database) -> None:
    [sitting] = await planned(real_db, information(capacity=1))
    booking = await books(real_db, sitting)
    assert booking
    assert all(await asyncio.gather(*(cancel(real_db, booking) for _ in range(12))))
    async with real_db.transaction() as session:
        events = (await session.exec(select(BookingEvent).where(BookingEvent.booking_id == booking))).all()
        messages = await messages_about(session, booking)
        kept = await session.get_one(Booking, booking)
    assert (len(events), len(messages), kept.state) == (2, 2, BookingState.CANCELLED)


async def test_letting_go_and_confirming_at_once_leaves_the_family_knowing_where_it_is(real_db: Database) -> None:
    async def let_go(visitor: bytes, hold_id: UUID) -> None:
        async with real_db.transaction() as session:
            await service.let_go(session, visitor, hold_id, NOW)

    for sitting in await planned(real_db, information(capacity=1), *_TIMES):
        visitor = somebody()
        mine = await hold(real_db, sitting, visitor)
        assert mine
        _, booking = await asyncio.gather(let_go(visitor, mine), confirm(real_db, visitor, mine))
        # Let go first, it is still free when they confirm: either way they are told that it is booked, and it is.
        assert booking
        assert await states(real_db, sitting) == {"booked": 1}
    await nothing_is_broken(real_db)

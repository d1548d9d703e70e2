"""People from one school whose sitting staff move or cancel: they stay together, and one of them is told."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from sqlmodel import col, select

from booking import clinic_bookings
from booking.clinic_words import Choice
from booking.models import Booking
from booking.staff_models import ToPhone
from booking.words import BookingState
from core.domain.clock import MovedClock
from core.domain.errors import PlaceGone
from core.storage.session import Database
from core.storage.tasks import Task
from core.web.house import House
from notifications.api import messages_about
from tests.booking.clinic_support import FEMI, THURSDAY_9AM, cancels, desk_of, does, somebody_for
from tests.booking.support import PARENT, TUESDAY_9AM, booked, information, planned, states

_SCHOOL = replace(PARENT, contact_name="Jo Madeup", email="office@example.org", others=("Kim Madeup", "Lou Madeup"))


async def three_from_a_school(db: Database, sitting: UUID, clock: MovedClock) -> list[Booking]:
    """Who speaks for them first."""
    async with db.transaction() as session:
        lead = await booked(session, sitting, clock.now(), _SCHOOL)
        others = await session.exec(select(Booking).where(Booking.lead_id == lead.id).order_by(col(Booking.id)))
        return [lead, *others]


async def told(db: Database, group: list[Booking], template: str) -> list[int]:
    """How many such messages each of them has."""
    async with db.transaction() as session:
        return [sum(m.template == template for m in await messages_about(session, one.id)) for one in group]


async def stand(db: Database) -> list[tuple[BookingState, UUID]]:
    async with db.transaction() as session:
        found = await session.exec(select(Booking.state, Booking.sitting_id))
        return [(BookingState(state), sitting_id) for state, sitting_id in found]


async def test_a_cancelled_sitting_is_told_to_one_of_them_and_is_over_for_all(
    db: Database, house: House, clock: MovedClock
) -> None:
    [sitting] = await planned(db, information())
    group = await three_from_a_school(db, sitting, clock)
    done = await does(db, house, cancels(sitting), Choice.CANCEL)
    assert done.cancelled == 3
    assert await told(db, group, "sitting-cancelled") == [1, 0, 0]
    assert {state for state, _ in await stand(db)} == {BookingState.CANCELLED}
    async with db.transaction() as session:
        assert (await session.exec(select(ToPhone.booking_id))).all() == [group[0].id]


async def test_they_are_moved_together_past_a_time_that_is_too_small_for_all(
    db: Database, house: House, clock: MovedClock
) -> None:
    offer = information()
    first, small, large = await planned(db, offer, TUESDAY_9AM, TUESDAY_9AM + timedelta(days=1), THURSDAY_9AM)
    async with db.transaction() as session:
        for _ in range(4):
            await booked(session, small, clock.now(), await somebody_for(session, small))
    group = await three_from_a_school(db, first, clock)
    assert (await does(db, house, cancels(first), Choice.MOVE)).moved == 3
    assert await states(db, large) == {"booked": 3, "free": 3}
    assert await told(db, group, "sitting-moved") == [1, 0, 0]


@pytest.mark.parametrize("asked", [0, 2])
async def test_staff_move_and_cancel_all_of_them_whomever_they_looked_at(
    db: Database, house: House, clock: MovedClock, asked: int
) -> None:
    old, new = await planned(db, information(), TUESDAY_9AM, THURSDAY_9AM)
    group = await three_from_a_school(db, old, clock)
    async with db.transaction() as session:
        await clinic_bookings.move_one(session, FEMI, group[asked].id, new, "", desk_of(house))
    assert (await states(db, old), await states(db, new)) == ({"free": 6}, {"booked": 3, "free": 3})
    assert await told(db, group, "sitting-moved") == [1, 0, 0]
    async with db.transaction() as session:
        await clinic_bookings.cancel_one(session, FEMI, group[asked].id, "", desk_of(house))
    assert await states(db, new) == {"free": 6}
    assert await told(db, group, "sitting-cancelled") == [1, 0, 0]


async def test_they_are_moved_all_or_none(db: Database, house: House, clock: MovedClock) -> None:
    old, new = await planned(db, information(capacity=3), TUESDAY_9AM, THURSDAY_9AM)
    group = await three_from_a_school(db, old, clock)
    async with db.transaction() as session:
        await booked(session, new, clock.now(), await somebody_for(session, new))
    with pytest.raises(PlaceGone):
        async with db.transaction() as session:
            await clinic_bookings.move_one(session, FEMI, group[0].id, new, "", desk_of(house))
    assert (await states(db, old), await states(db, new)) == ({"booked": 3}, {"booked": 1, "free": 2})


async def test_those_left_for_a_person_are_one_call_and_one_decision(
    db: Database, house: House, clock: MovedClock
) -> None:
    [sitting] = await planned(db, information())
    group = await three_from_a_school(db, sitting, clock)
    assert (await does(db, house, cancels(sitting), Choice.LEAVE)).left == 3
    async with db.transaction() as session:
        assert (await session.exec(select(ToPhone.booking_id))).all() == [group[0].id]
        await clinic_bookings.cancel_one(session, FEMI, group[1].id, "", desk_of(house))
    assert await states(db, sitting) == {"withdrawn": 6}


async def test_a_move_by_staff_plans_reminders_of_the_new_time(db: Database, house: House, clock: MovedClock) -> None:
    far = TUESDAY_9AM + timedelta(days=21)
    one, two, three = await planned(db, information(), TUESDAY_9AM, far, far + timedelta(days=1))
    [lead, *_] = await three_from_a_school(db, one, clock)
    await does(db, house, cancels(one), Choice.MOVE)
    async with db.transaction() as session:
        await clinic_bookings.move_one(session, FEMI, lead.id, three, "", desk_of(house))
    async with db.transaction() as session:
        planned_for = [
            task.payload["sitting_id"] for task in await session.exec(select(Task).where(Task.kind == "booking.remind"))
        ]
    assert planned_for.count(str(two)) == planned_for.count(str(three)) == 2

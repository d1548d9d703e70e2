"""A word seven days and one day before, once, and never to whoever cancelled or moved away."""

from datetime import timedelta

import pytest

from booking import reminders, service
from booking.models import Booking
from booking.words import ContactBy
from core.domain.clock import MovedClock, in_london, london
from core.domain.identity import PUBLIC
from core.storage.session import Database
from notifications.api import messages_about
from tests.booking.support import PARENT, TUESDAY_9AM, booked, head, information, planned, screening
from tests.conftest import Drain
from tests.support.visit import Visit

_FAR = TUESDAY_9AM + timedelta(days=14)


async def reminded(db: Database, booking: Booking) -> int:
    async with db.transaction() as session:
        return sum(m.template == "booking-reminder" for m in await messages_about(session, booking.id))


async def test_a_family_is_reminded_seven_days_and_one_day_before(
    db: Database, clock: MovedClock, drain: Drain
) -> None:
    [sitting] = await planned(db, screening(), _FAR)
    async with db.transaction() as session:
        booking = await booked(session, sitting, clock.now())
    seen = []
    for at in (london(2026, 12, 8, 9, 59), london(2026, 12, 8, 10), london(2026, 12, 14, 10), london(2026, 12, 14, 20)):
        clock.move_to(at)
        await drain()
        seen.append(await reminded(db, booking))
    assert seen == [0, 1, 2, 2]


async def test_the_link_in_a_reminder_opens_the_booking(
    visit: Visit, db: Database, clock: MovedClock, drain: Drain
) -> None:
    [sitting] = await planned(db, screening(), _FAR)
    async with db.transaction() as session:
        booking = await booked(session, sitting, clock.now())
    clock.move_to(london(2026, 12, 8, 10))
    await drain()
    async with db.transaction() as session:
        [body] = [m.body for m in await messages_about(session, booking.id) if m.template == "booking-reminder"]
    link = "/bookings/" + body.split("/bookings/")[1].split()[0]
    assert (await visit.get(link)).status_code == 200
    await visit.post(link, {"born-day": "14", "born-month": "3", "born-year": "2021"})
    assert booking.reference in (await visit.follow()).text


async def test_nobody_who_cancelled_is_reminded(db: Database, clock: MovedClock, drain: Drain) -> None:
    [sitting] = await planned(db, screening(), _FAR)
    async with db.transaction() as session:
        booking = await booked(session, sitting, clock.now())
        await service.cancel(session, PUBLIC, booking.id, None, head(), clock.now())
    clock.move_to(_FAR - timedelta(hours=1))
    await drain()
    assert await reminded(db, booking) == 0


async def test_whoever_moved_is_reminded_of_the_new_time_only(db: Database, clock: MovedClock, drain: Drain) -> None:
    old, new = await planned(db, screening(), _FAR, _FAR + timedelta(days=7))
    async with db.transaction() as session:
        booking = await booked(session, old, clock.now())
        await service.move(session, PUBLIC, booking.id, new, head(), clock.now())
    clock.move_to(_FAR + timedelta(hours=2))
    await drain()
    # The old time's own reminders are silent; seven days before the new one has come.
    async with db.transaction() as session:
        bodies = [m.body for m in await messages_about(session, booking.id) if m.template == "booking-reminder"]
    assert len(bodies) == 1
    assert "22 December" in bodies[0]


async def test_whoever_books_late_is_not_reminded_of_what_they_were_just_told(
    db: Database, clock: MovedClock, drain: Drain
) -> None:
    clock.move_to(TUESDAY_9AM - timedelta(hours=20))
    [sitting] = await planned(db, information())
    async with db.transaction() as session:
        booking = await booked(session, sitting, clock.now(), PARENT)
    clock.move_to(TUESDAY_9AM - timedelta(hours=1))
    await drain()
    assert await reminded(db, booking) == 0
    assert PARENT.contact_by is ContactBy.EMAIL


@pytest.mark.parametrize("starts_at", [london(2026, 10, 26, 9), london(2027, 3, 29, 9)])
def test_reminders_come_at_ten_on_both_sides_of_a_change(starts_at: object) -> None:
    at = reminders.reminder_at(starts_at, 7)  # type: ignore[arg-type]
    assert (in_london(at).hour, in_london(at).minute) == (10, 0)

"""A colleague leaves, and their sittings find another host; nobody is ever in two at once."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlmodel import col, select

from accounts.api import add_staff
from accounts.words import StaffLeft
from booking import clinic_hosts
from booking.clinic_hosts import HostAway, HostBusy
from booking.models import Availability, Sitting
from booking.staff_models import ClinicAbsence, SittingEvent
from core.domain.clock import MovedClock, london_day
from core.domain.errors import NotPossible
from core.domain.identity import Discipline, Role
from core.storage import outbox
from core.storage.session import Database
from core.web.house import House
from tests.booking.clinic_support import FEMI, THURSDAY_9AM, desk_of
from tests.booking.support import TUESDAY_9AM, booked, planned, screening, states
from tests.conftest import Drain, StaffVisit

_LIST = "/staff/clinics/no-therapist"


async def a_therapist(db: Database, clock: MovedClock, name: str) -> UUID:
    async with db.transaction() as session:
        return await add_staff(
            session, name=name, email=f"{name[:3].lower()}@example.org", password="invented long password",
            roles={Role.THERAPIST}, disciplines={Discipline.SLT}, now=clock.now(),
        )  # fmt: skip


async def host_of(db: Database, sitting_id: UUID) -> UUID | None:
    async with db.transaction() as session:
        return (await session.get_one(Sitting, sitting_id)).host_id


async def test_the_sittings_of_whoever_left_wait_for_another_host_with_everybody_on_them(
    db: Database, clock: MovedClock, drain: Drain, staff_visit: StaffVisit
) -> None:
    leaver, other = await a_therapist(db, clock, "Lee Invented"), await a_therapist(db, clock, "Ola Invented")
    offer = screening()
    [ahead] = await planned(db, offer, TUESDAY_9AM, host_id=leaver)
    [past] = await planned(db, offer, clock.now() - timedelta(days=1), host_id=leaver)
    async with db.transaction() as session:
        await booked(session, ahead, clock.now())
        await outbox.tell(session, StaffLeft(leaver), clock.now())
    await drain()
    assert (await host_of(db, ahead), await host_of(db, past)) == (None, leaver)
    assert await states(db, ahead) == {"booked": 1}
    visit = await staff_visit(Role.CLINIC_ADMIN)
    text = (await visit.get(_LIST)).text
    assert "Tuesday 1 December 2026 at 9am" in text
    assert f"/staff/clinics/sittings/{ahead}/host" in text
    assert "Robin" not in text
    await visit.get(f"/staff/clinics/sittings/{ahead}/host")
    await visit.post(f"/staff/clinics/sittings/{ahead}/host", {"host": str(other)})
    told = (await visit.follow()).text
    assert "The sitting is handed over" in told
    assert "Its therapist has left the service" in told
    assert await host_of(db, ahead) == other
    assert "Every sitting ahead has a therapist." in (await visit.get(_LIST)).text


async def test_whoever_left_holds_no_repeating_session_and_leaving_twice_changes_nothing(
    db: Database, clock: MovedClock
) -> None:
    leaver = await a_therapist(db, clock, "Lee Invented")
    offer = screening()
    [ahead] = await planned(db, offer, TUESDAY_9AM, host_id=leaver)
    async with db.transaction() as session:
        session.add(
            Availability(
                offer_id=offer.id, host_id=leaver, weekday=1, opens=TUESDAY_9AM.time(), closes=THURSDAY_9AM.time().max,
                minutes=15, first=london_day(clock.now()),
            )
        )  # fmt: skip
    for expected in (1, 0):
        async with db.transaction() as session:
            assert await clinic_hosts.host_left(session, leaver, clock.now()) == expected
    async with db.transaction() as session:
        assert (await session.exec(select(Availability.host_id))).all() == [None]
        events = await session.exec(select(SittingEvent.happened).where(col(SittingEvent.sitting_id) == ahead))
        assert list(events) == ["host-gone"]


async def test_nobody_is_handed_a_sitting_they_cannot_hold(db: Database, house: House, clock: MovedClock) -> None:
    ola, offer = await a_therapist(db, clock, "Ola Invented"), screening()
    [early] = await planned(db, offer, TUESDAY_9AM)
    await planned(db, offer, TUESDAY_9AM + timedelta(minutes=10), host_id=ola)
    [thursday] = await planned(db, offer, THURSDAY_9AM)
    day = london_day(THURSDAY_9AM)
    async with db.transaction() as session:
        session.add(ClinicAbsence(host_id=ola, first_day=day, last_day=day, made_at=clock.now(), made_by="staff:x"))
    for sitting, refused in ((early, HostBusy), (thursday, HostAway)):
        with pytest.raises(refused):
            async with db.transaction() as session:
                await clinic_hosts.change_host(session, FEMI, sitting, ola, desk_of(house))
        assert await host_of(db, sitting) is None
    clock.move_to(TUESDAY_9AM)
    with pytest.raises(NotPossible):
        async with db.transaction() as session:
            await clinic_hosts.change_host(session, FEMI, early, ola, desk_of(house))


async def test_the_page_says_who_is_busy_and_asks_again(
    db: Database, clock: MovedClock, staff_visit: StaffVisit
) -> None:
    ola, offer = await a_therapist(db, clock, "Ola Invented"), screening()
    [sitting] = await planned(db, offer, TUESDAY_9AM)
    await planned(db, offer, TUESDAY_9AM, host_id=ola)
    visit = await staff_visit(Role.CLINIC_ADMIN)
    where = f"/staff/clinics/sittings/{sitting}/host"
    await visit.get(where)
    for typed, told in ((str(ola), "They are in another sitting"), ("", "Select a therapist")):
        reply = await visit.post(where, {"host": typed})
        assert (reply.status_code, told in reply.text) == (422, True)

"""A booking of a screening clinic is a child's record: opened with a reason, in an emergency, or not at all."""

from dataclasses import replace
from uuid import UUID

import pytest
import sqlalchemy as sa

from accounts.access import break_glass, mark_family
from booking import clinic_bookings, clinic_queries
from booking.clinic_words import CallReason
from booking.models import Booking
from booking.staff_models import ToPhone
from core.domain.clock import MovedClock
from core.domain.errors import ReasonNeeded
from core.domain.identity import Actor, Discipline, Right, Role
from core.storage.children import keys_of
from core.storage.session import Database
from core.web.house import House
from tests.booking.clinic_support import FEMI, desk_of, somebody_for
from tests.booking.support import TUESDAY_9AM, booked, information, planned, screening
from tests.conftest import StaffVisit


async def a_booking(db: Database, clock: MovedClock) -> Booking:
    [clinic] = await planned(db, screening())
    async with db.transaction() as session:
        return await booked(session, clinic, clock.now())


async def staff_id_of(db: Database) -> UUID:
    async with db.transaction() as session:
        found = await (await session.connection()).scalar(sa.text("select id from staff_account"))
    return UUID(str(found))


async def test_without_a_reason_a_booking_is_opened_in_an_emergency_only(
    db: Database, clock: MovedClock, staff_visit: StaffVisit
) -> None:
    booking, visit = await a_booking(db, clock), await staff_visit(Role.THERAPIST, disciplines=(Discipline.PHYSIO,))
    where = f"/staff/clinics/bookings/{booking.id}"
    reply = await visit.get(where)
    assert reply.status_code == 403
    assert f"/staff/break-glass/booking/{booking.id}" in reply.text
    assert "Robin" not in reply.text
    await visit.get(f"/staff/break-glass/booking/{booking.id}")
    await visit.post(f"/staff/break-glass/booking/{booking.id}", {"why": "The ward rang about choking at school."})
    text = (await visit.follow()).text
    assert "Opened in an emergency" in text
    assert "Robin" in text
    async with db.transaction() as session:
        seen = sa.text("select detail->>'why' from audit_entry where action = 'booking.seen'")
        assert list((await (await session.connection()).execute(seen)).scalars()) == ["emergency"]
    clock.move_on(minutes=61)
    assert (await visit.get(where)).status_code in (303, 403)


async def test_family_of_the_child_opens_and_changes_nothing(
    db: Database, house: House, clock: MovedClock, staff_visit: StaffVisit
) -> None:
    booking = await a_booking(db, clock)
    clock.move_to(TUESDAY_9AM)
    visit = await staff_visit(Role.CLINIC_ADMIN)
    staff_id = await staff_id_of(db)
    async with db.transaction() as session:
        await mark_family(session, replace(FEMI, id=staff_id), staff_id, keys_of(named=booking.child_key), clock.now())
    where = f"/staff/clinics/bookings/{booking.id}"
    for path, given in (("visit", {"attendance": "came"}), ("refer", {}), ("cancel", {"why": ""})):
        await visit.get("/staff/clinics/to-phone")
        assert (await visit.post(f"{where}/{path}", given)).status_code == 403, path
    for path in ("", "/change"):
        reply = await visit.get(where + path)
        assert (reply.status_code, "Robin" in reply.text) == (403, False), path
    async with db.transaction() as session:
        assert (await session.get_one(Booking, booking.id)).state == "booked"


async def test_an_emergency_is_for_one_record(
    db: Database, house: House, clock: MovedClock, staff_visit: StaffVisit
) -> None:
    await staff_visit(Role.THERAPIST)
    booking, other = await a_booking(db, clock), await a_booking(db, clock)
    actor = Actor(
        FEMI.kind, await staff_id_of(db), "Pat Invented", frozenset({Role.THERAPIST}), frozenset({Discipline.PHYSIO}),
        frozenset({Right.SEE_CLINICS, Right.BREAK_GLASS}),
    )  # fmt: skip
    async with db.transaction() as session:
        await break_glass(session, actor, "booking", booking.id, "An invented reason, long enough", clock.now())
    async with db.transaction() as session:
        with pytest.raises(ReasonNeeded):
            await clinic_bookings.cancel_one(session, actor, other.id, "", desk_of(house))


async def test_the_list_to_phone_is_cut_after_messages_that_may_still_arrive(db: Database, clock: MovedClock) -> None:
    [sitting] = await planned(db, information())
    async with db.transaction() as session:
        told, lost = [await booked(session, sitting, clock.now(), await somebody_for(session, sitting)) for _ in "ab"]
        ids = await (await session.connection()).execute(sa.text("select subject_id, id from message"))
        message: dict[UUID, UUID] = dict(iter(ids))
        for booking in (told, lost):
            session.add(
                ToPhone(
                    booking_id=booking.id,
                    reason=CallReason.CANCELLED,
                    message_id=message[booking.id],
                    at=booking.booked_at,
                    by="staff:x",
                )
            )
        failed = sa.text("update message set state = 'failed' where id = :id")
        await (await session.connection()).execute(failed, {"id": message[lost.id]})
    async with db.transaction() as session:
        assert [c.person.booking_id for c in await clinic_queries.calls_to_make(session, FEMI, most=1)] == [lost.id]
        assert await clinic_queries.count_calls(session, FEMI) == 1

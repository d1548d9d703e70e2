"""Attendance, outcomes, and the list of people to phone."""

from datetime import timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import select

from booking import attendance, clinic_queries
from booking.attendance import Visit
from booking.clinic_words import Attendance, Choice
from core.domain.clock import MovedClock
from core.domain.identity import Discipline, Role
from core.storage.drafts import Draft
from core.storage.session import Database
from core.web.house import House
from tests.booking.clinic_support import FEMI, THURSDAY_9AM, cancels, does, somebody_for
from tests.booking.support import FAMILY, TUESDAY_9AM, booked, information, planned, screening
from tests.conftest import StaffVisit

_CALLS = "/staff/clinics/to-phone"


async def test_attendance_outcome_and_notes_are_written_down_and_notes_encrypted(
    db: Database, clock: MovedClock, staff_visit: StaffVisit
) -> None:
    [clinic] = await planned(db, screening())
    async with db.transaction() as session:
        booking = await booked(session, clinic, clock.now())
    clock.move_to(TUESDAY_9AM)
    visit = await staff_visit(Role.THERAPIST, disciplines=(Discipline.SLT,))
    where = f"/staff/clinics/bookings/{booking.id}"
    await visit.get(where)
    await visit.post(f"{where}/visit", {"attendance": "came", "outcome": "advice", "note": "Invented words about play"})
    told = (await visit.follow()).text
    assert "Invented words about play" in told
    assert "Came: Advice given, discharge, by Sam Invented" in told
    async with db.transaction() as session:
        [note] = (await (await session.connection()).execute(sa.text("select note from attendance_entry"))).scalars()
    assert b"play" not in bytes(note)


async def test_nobody_has_come_before_the_start(db: Database, clock: MovedClock, staff_visit: StaffVisit) -> None:
    [clinic] = await planned(db, screening())
    async with db.transaction() as session:
        booking = await booked(session, clinic, clock.now())
    visit = await staff_visit(Role.CLINIC_ADMIN)
    where = f"/staff/clinics/bookings/{booking.id}"
    await visit.get(where)
    reply = await visit.post(f"{where}/visit", {"attendance": "came"})
    assert (reply.status_code, "Choose what fits" in reply.text) == (422, True)


async def test_a_therapist_of_another_discipline_finds_no_booking(
    db: Database, clock: MovedClock, staff_visit: StaffVisit
) -> None:
    [clinic] = await planned(db, screening())
    async with db.transaction() as session:
        booking = await booked(session, clinic, clock.now())
    visit = await staff_visit(Role.THERAPIST, disciplines=(Discipline.PHYSIO,))
    assert (await visit.get(f"/staff/clinics/bookings/{booking.id}")).status_code == 403
    assert (await visit.get(f"/staff/clinics/sittings/{clinic}")).status_code == 404


async def test_who_was_not_brought_twice_is_to_be_phoned_until_ticked_off(
    db: Database, house: House, clock: MovedClock, staff_visit: StaffVisit
) -> None:
    offer = screening()
    first, second = await planned(db, offer, TUESDAY_9AM, THURSDAY_9AM)
    async with db.transaction() as session:
        bookings = [await booked(session, one, clock.now()) for one in (first, second)]
    clock.move_to(THURSDAY_9AM + timedelta(hours=1))
    visit = await staff_visit(Role.CLINIC_ADMIN)
    for booking, expected in zip(bookings, ("There is nobody to phone", "Was not brought twice"), strict=True):
        async with db.transaction() as session:
            await attendance.record_visit(session, FEMI, booking.id, Visit(Attendance.NOT_BROUGHT), clock.now())
        assert expected in (await visit.get(_CALLS)).text
    [call] = await open_calls(db)
    await visit.post(f"{_CALLS}/{call}")
    assert "There is nobody to phone" in (await visit.follow()).text


async def test_a_corrected_entry_takes_the_call_back(db: Database, clock: MovedClock) -> None:
    offer = screening()
    sittings = await planned(db, offer, TUESDAY_9AM, THURSDAY_9AM)
    async with db.transaction() as session:
        bookings = [await booked(session, one, clock.now(), FAMILY) for one in sittings]
    late = THURSDAY_9AM + timedelta(hours=1)
    async with db.transaction() as session:
        for booking in bookings:
            await attendance.record_visit(session, FEMI, booking.id, Visit(Attendance.NOT_BROUGHT), late)
    assert len(await open_calls(db)) == 1
    async with db.transaction() as session:
        await attendance.record_visit(session, FEMI, bookings[1].id, Visit(Attendance.LATE), late)
    assert await open_calls(db) == []


async def test_whom_our_message_did_not_reach_is_to_be_phoned_and_whom_it_did_is_not(
    db: Database, house: House, clock: MovedClock
) -> None:
    [only] = await planned(db, information())
    async with db.transaction() as session:
        lost, reached = [await booked(session, only, clock.now(), await somebody_for(session, only)) for _ in range(2)]
    await does(db, house, cancels(only), Choice.CANCEL)
    async with db.transaction() as session:
        assert await clinic_queries.calls_to_make(session, FEMI) == []
    for booking, state in ((lost, "failed"), (reached, "sent")):
        async with db.transaction() as session:
            await (await session.connection()).execute(
                sa.text(
                    "update message set state = :state, sent_at = created_at "
                    "where subject_id = :id and purpose = 'sitting-cancelled'"
                ),
                {"state": state, "id": booking.id},
            )
    async with db.transaction() as session:
        assert [c.person.booking_id for c in await clinic_queries.calls_to_make(session, FEMI)] == [lost.id]
        assert await attendance.settle_reached(session, clock.now()) == 1
    assert len(await open_calls(db)) == 1


async def open_calls(db: Database) -> list[UUID]:
    async with db.transaction() as session:
        found = await (await session.connection()).execute(sa.text("select id from to_phone where settled_at is null"))
        return list(found.scalars())


async def test_staff_move_and_cancel_one_booking(db: Database, clock: MovedClock, staff_visit: StaffVisit) -> None:
    offer = screening()
    old, new = await planned(db, offer, TUESDAY_9AM, THURSDAY_9AM)
    async with db.transaction() as session:
        booking = await booked(session, old, clock.now())
    visit = await staff_visit(Role.CLINIC_ADMIN)
    where = f"/staff/clinics/bookings/{booking.id}"
    assert "Thursday 3 December 2026 at 9am" in (await visit.get(f"{where}/change")).text
    await visit.post(f"{where}/move", {"sitting": str(new)})
    assert "Thursday 3 December 2026 at 9am" in (await visit.follow()).text
    await visit.get(f"{where}/change")
    await visit.post(f"{where}/cancel", {"why": ""})
    assert "The booking is cancelled" in (await visit.follow()).text
    async with db.transaction() as session:
        free = await (await session.connection()).scalar(sa.text("select count(*) from place where state = 'free'"))
    assert free == 2


async def test_a_left_booking_that_is_decided_takes_its_sitting_with_it(
    db: Database, house: House, clock: MovedClock, staff_visit: StaffVisit
) -> None:
    offer = screening()
    old, _ = await planned(db, offer, TUESDAY_9AM, THURSDAY_9AM)
    async with db.transaction() as session:
        booking = await booked(session, old, clock.now())
    await does(db, house, cancels(old), Choice.LEAVE)
    visit = await staff_visit(Role.CLINIC_ADMIN)
    assert "Left for a person to decide" in (await visit.get(_CALLS)).text
    await visit.get(f"/staff/clinics/bookings/{booking.id}/change")
    await visit.post(f"/staff/clinics/bookings/{booking.id}/cancel", {"why": "They asked"})
    assert "There is nobody to phone" in (await visit.get(_CALLS)).text
    async with db.transaction() as session:
        state = await (await session.connection()).scalar(
            sa.text("select state from sitting where id = :id"), {"id": old}
        )
    assert state == "cancelled"


async def test_a_referral_begins_with_what_we_know(db: Database, clock: MovedClock, staff_visit: StaffVisit) -> None:
    [clinic] = await planned(db, screening())
    async with db.transaction() as session:
        booking = await booked(session, clinic, clock.now())
    clock.move_to(TUESDAY_9AM)
    visit = await staff_visit(Role.THERAPIST, disciplines=(Discipline.SLT,))
    where = f"/staff/clinics/bookings/{booking.id}"
    await visit.get(where)
    await visit.post(f"{where}/visit", {"attendance": "came", "outcome": "refer"})
    assert "Begin a referral with what we know" in (await visit.follow()).text
    await visit.post(f"{where}/refer")
    assert visit.last is not None
    assert visit.last.headers["location"] == "/refer/who"
    async with db.transaction() as session:
        [draft] = (await session.exec(select(Draft).where(Draft.journey == "referral"))).all()
    assert (draft.answers["child_first"], draft.answers["disciplines"]) == ("Robin", ["slt"])

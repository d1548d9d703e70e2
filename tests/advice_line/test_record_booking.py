"""A clinic or session booked after a call: begun with what is known, told to the family, written on the call."""

import re
from collections.abc import Awaitable, Callable
from datetime import timedelta
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlmodel import select

from advice_line import record_queries
from advice_line.models import AdviceEvent
from advice_line.record_booking import known_family, note_booking
from advice_line.record_models import AdviceBooking
from advice_line.record_words import LastCall, WhatNext
from advice_line.words import Caller, Happened, Known, State
from booking import service
from booking.models import Booking
from core.domain.clock import MovedClock
from core.domain.identity import PUBLIC, Discipline, Role
from core.domain.ids import new_id
from core.storage.audit import AuditEntry
from core.storage.jobs import Workbench
from core.storage.outbox import OutboxFact
from core.storage.session import Database
from notifications.api import messages_about
from tests.advice_line.support import again, leave
from tests.booking.support import TUESDAY_9AM, head, information, planned, press_book, screening
from tests.conftest import Drain, StaffVisit
from tests.support.visit import Visit

LIST = "/staff/callbacks"
LATER = TUESDAY_9AM + timedelta(hours=1)
SLT = (Discipline.SLT,)
REMY = {"first": "Remy", "last": "Invented", "born": "2022-03-15"}

Record = Callable[[UUID], Awaitable[str]]


@pytest.fixture
async def amira(staff_visit: StaffVisit) -> Visit:
    return await staff_visit(Role.THERAPIST, disciplines=SLT, name="Amira Invented")


@pytest.fixture
async def message_id(db: Database, clock: MovedClock) -> UUID:
    return await a_family(db, clock)


@pytest.fixture
def record(amira: Visit) -> Record:
    """Amira records a call that leads to a booking; the page of it."""

    async def once(message_id: UUID) -> str:
        case, call_id = f"{LIST}/{message_id}", str(new_id())
        await amira.get(case)
        typed = {"call": call_id, "seen": "0", "outcome": "reached", "notes": "Book it.", "next": "booking"}
        reply = await amira.post(f"{case}/outcome", typed)
        assert reply.status_code == 303, reply.text
        return str(reply.headers["location"])

    return once


async def a_family(db: Database, clock: MovedClock, **changed: object) -> UUID:
    """A message of a parent about Remy."""
    async with db.transaction() as session:
        message = await leave(session, clock.now(), **changed)
        message.child = dict(REMY)
        return message.id


async def begin(amira: Visit, recorded: str, what: str = "clinic") -> str:
    """Presses the button; the list of times it leads to."""
    await amira.get(recorded)
    return str((await amira.post(f"{recorded}/book", {"what": what})).headers["location"])


async def hold(amira: Visit, sitting: UUID, room: str = "/clinics") -> str:
    """Chooses a time on the list as it is; the address of the hold."""
    text = (await amira.get(room)).text
    found = re.search(r'name="for" value="([^"]+)"', text)
    reply = await amira.post(f"{room}/hold", {"sitting": str(sitting)} | ({"for": found[1]} if found else {}))
    assert reply.status_code == 303, reply.text
    return str(reply.headers["location"])


async def book(amira: Visit, base: str, **first: str) -> str:
    """Answers what is not known, and books; what the confirmation says."""
    await amira.get(base)
    await amira.follow()
    for answers in ({"known": "no"}, first or {"pro_told": "no"}):
        await amira.post(f"{base}/{'known' if 'known' in answers else 'tell-you'}", answers)
    await amira.get(f"{base}/check")
    await press_book(amira)
    return (await amira.follow()).text


async def bookings(db: Database) -> list[Booking]:
    async with db.transaction() as session:
        return list((await session.exec(select(Booking))).all())


async def booked_events(db: Database, message_id: UUID) -> list[AdviceEvent]:
    async with db.transaction() as session:
        history = await record_queries.history(session, message_id)
        return [event for event in history if event.happened is Happened.BOOKED]


async def test_a_clinic_is_booked_with_what_is_known_and_stands_on_the_case(
    db: Database, amira: Visit, record: Record, message_id: UUID, drain: Drain
) -> None:
    [sitting] = await planned(db, screening())
    recorded = await record(message_id)
    assert await begin(amira, recorded) == "/clinics"
    base = await hold(amira, sitting)
    # The first page is the first question we cannot answer; the others come filled in
    assert (await amira.get(base)).headers["location"] == f"{base}/known?change=1"
    assert "You are booking for the family of call" in (await amira.follow()).text
    reply = await amira.post(f"{base}/known?change=1", {"known": "no"})
    assert reply.headers["location"] == f"{base}/tell-you?change=1", "on to the next we cannot answer"
    assert 'value="Remy"' in (await amira.get(f"{base}/child")).text
    sent = await book(amira, base)
    assert "The family is booked" in sent
    assert "/bookings/" not in sent, "the link is the family's"
    [booking] = await bookings(db)
    assert (booking.child_first, booking.contact_name, booking.email) == ("Remy", "Robin Invented", "robin@example.org")
    assert booking.answers["pro_name"] == "Amira Invented"
    assert booking.answers["pro_role"].startswith("Speech and language therapist, ")
    async with db.transaction() as session:
        told = {one.purpose: one for one in await messages_about(session, booking.id)}
    assert told["booking-confirmed"].address == "robin@example.org"
    await drain()
    case = (await amira.get(f"{LIST}/{message_id}")).text
    assert f'href="/staff/clinics/bookings/{booking.id}"' in case
    assert "Screening clinic, Tuesday 1 December 2026 at 9am" in case
    assert "by Amira Invented" in (await amira.get(f"/staff/clinics/bookings/{booking.id}")).text
    async with db.transaction() as session:
        actions = {entry.action for entry in (await session.exec(select(AuditEntry))).all()}
    assert {"booking.made-for-family", "advice.booked", "booking.seen"} <= actions
    # Once: the list offers nothing of this family any more
    assert "for the family of call" not in (await amira.get("/clinics")).text


async def test_a_session_is_booked_without_the_child(
    db: Database, amira: Visit, record: Record, message_id: UUID
) -> None:
    [sitting] = await planned(db, information())
    assert await begin(amira, await record(message_id), "session") == "/sessions"
    base = await hold(amira, sitting, "/sessions")
    assert (await amira.get(base)).headers["location"] == f"{base}/tell-you?change=1"
    await amira.follow()
    await amira.post(f"{base}/tell-you", {"pro_told": "yes"})
    own = re.search(r'name="pro_email"[^>]* value="([^"]+)"', (await amira.follow()).text)
    assert own
    assert own[1].startswith("amira."), "their own address stands there already"
    await amira.post(f"{base}/your-email", {"pro_email": own[1]})
    page = (await amira.get(f"{base}/check")).text
    assert "Robin Invented" in page
    assert "Remy" not in page
    await press_book(amira)
    assert "The family is booked" in (await amira.follow()).text


async def test_told_twice_a_booking_is_one_line(
    db: Database, amira: Visit, record: Record, message_id: UUID, drain: Drain, bench: Workbench
) -> None:
    [sitting] = await planned(db, screening())
    await begin(amira, await record(message_id))
    await book(amira, await hold(amira, sitting))
    await drain()
    async with db.transaction() as session:
        found = select(OutboxFact).where(OutboxFact.name == "BookedForFamily")
        fact = (await session.exec(found)).one()
        await note_booking(session, bench, **fact.payload)
    assert len(await booked_events(db, message_id)) == 1
    async with db.transaction() as session:
        assert len((await session.exec(select(AdviceBooking))).all()) == 1


async def test_what_became_of_the_booking_later_stands_on_the_case(
    db: Database, clock: MovedClock, amira: Visit, record: Record, message_id: UUID, drain: Drain
) -> None:
    offer = screening()
    first, later = await planned(db, offer, TUESDAY_9AM, LATER)
    await begin(amira, await record(message_id))
    await book(amira, await hold(amira, first))
    await drain()
    [booking] = await bookings(db)
    async with db.transaction() as session:
        await service.move(session, PUBLIC, booking.id, later, head(), clock.now())
    case = (await amira.get(f"{LIST}/{message_id}")).text
    assert "10am" in case.split('id="booked"')[1].split("</ul>")[0]
    async with db.transaction() as session:
        await service.cancel(session, PUBLIC, booking.id, None, head(), clock.now())
    assert "Cancelled" in (await amira.get(f"{LIST}/{message_id}")).text


async def test_who_may_not_open_the_booking_reads_no_time_and_no_link(
    db: Database, amira: Visit, record: Record, message_id: UUID, drain: Drain
) -> None:
    [sitting] = await planned(db, screening(discipline=Discipline.PHYSIO))
    await begin(amira, await record(message_id))
    await book(amira, await hold(amira, sitting))
    await drain()
    told = (await amira.get(f"{LIST}/{message_id}")).text.split('id="booked"')[1].split("</ul>")[0]
    assert "Screening clinic" in told
    assert "1 December" not in told
    assert "href" not in told


async def test_taken_back_while_the_booking_goes_on_the_message_is_open_and_the_booking_stands(
    db: Database, amira: Visit, record: Record, message_id: UUID, drain: Drain
) -> None:
    [sitting] = await planned(db, screening())
    recorded = await record(message_id)
    await begin(amira, recorded)
    base = await hold(amira, sitting)
    await amira.get(recorded)
    assert (await amira.post(f"{recorded}/undo", {})).status_code == 303
    assert "The family is booked" in await book(amira, base)
    await drain()
    async with db.transaction() as session:
        message = await again(session, message_id)
    assert (message.state, message.closed_at) == (State.NEW, None)
    assert len(await booked_events(db, message_id)) == 1
    assert "The call was taken back; the booking was not." in (await amira.get(f"{LIST}/{message_id}")).text
    page = (await amira.get(recorded)).text
    assert "What you booked stands" in page
    assert "Nothing was recorded or sent" not in page
    # And nothing more is begun from a call that is not recorded
    assert (await amira.post(f"{recorded}/book", {"what": "clinic"})).status_code == 409


async def test_booked_first_the_call_can_still_be_taken_back(
    db: Database, amira: Visit, record: Record, message_id: UUID, drain: Drain
) -> None:
    [sitting] = await planned(db, screening())
    recorded = await record(message_id)
    await begin(amira, recorded)
    await book(amira, await hold(amira, sitting))
    await drain()
    await amira.get(recorded)
    await amira.post(f"{recorded}/undo", {})
    assert "what you booked stands" in (await amira.follow()).text
    assert [one.state for one in await bookings(db)] == ["booked"]


async def test_a_second_family_never_mixes_with_the_first(
    db: Database, clock: MovedClock, amira: Visit, record: Record, message_id: UUID
) -> None:
    [sitting] = await planned(db, screening())
    kit = await a_family(db, clock, name="Kit Invented", email="kit@example.org", phone="+447700900124")
    one, other = await record(message_id), await record(kit)
    await begin(amira, one)
    base = await hold(amira, sitting)
    stale = (await amira.get("/clinics")).text
    await amira.get(other)
    page = await amira.post(f"{other}/book", {"what": "clinic"})
    assert page.status_code == 409
    assert "You are booking for another family" in page.text
    assert "Remy" not in page.text
    assert "You are booking for the family" in (await amira.get("/clinics")).text, "the first goes on"
    # Told to, the second takes its place: what was kept and typed for the first is gone
    assert (await amira.post(f"{other}/book", {"what": "clinic", "instead": "yes"})).status_code == 303
    assert (await amira.get(base)).headers["location"] == "/clinics"
    async with db.transaction() as session:
        held = sa.text("select count(*) from place where state = 'held'")
        assert await (await session.connection()).scalar(held) == 0
    # A time pressed in the tab of the first is for nobody
    [was_for] = re.findall(r'name="for" value="([^"]+)"', stale)[:1]
    await amira.get("/clinics")
    page = await amira.post("/clinics/hold", {"sitting": str(sitting), "for": was_for})
    assert page.status_code == 409
    assert "Look who you are booking for" in page.text
    new = await hold(amira, sitting)
    assert new != base
    await book(amira, new)
    assert [one.contact_name for one in await bookings(db)] == ["Kit Invented"]


async def test_answers_sent_from_the_tab_of_the_first_family_reach_no_booking_of_the_second(
    db: Database, clock: MovedClock, amira: Visit, record: Record, message_id: UUID
) -> None:
    [sitting] = await planned(db, screening())
    kit = await a_family(db, clock, name="Kit Invented", email="kit@example.org", phone="+447700900124")
    one, other = await record(message_id), await record(kit)
    await begin(amira, one)
    base = await hold(amira, sitting)
    await amira.get(other)
    await amira.post(f"{other}/book", {"what": "clinic", "instead": "yes"})
    new = await hold(amira, sitting)
    await amira.post(f"{base}/parent", {"parent_name": "Robin Invented"})
    await amira.get(new)
    await amira.follow()
    await amira.post(f"{new}/known", {"known": "no"})
    assert 'value="Kit Invented"' in (await amira.get(f"{new}/parent")).text


def last_call() -> LastCall:
    return LastCall(
        new_id(), new_id(), new_id(), "ABC", WhatNext.BOOKING, Discipline.SLT, TUESDAY_9AM, taken_back=False
    )


async def test_only_a_parents_own_address_is_the_familys(db: Database, clock: MovedClock) -> None:
    async with db.transaction() as session:
        parent = known_family(await leave(session, clock.now(), known=Known.NO, not_told="Not Sam."), last_call())
        school = known_family(await leave(session, clock.now(), caller=Caller.PROFESSIONAL, role="SENCO"), last_call())
        young = known_family(await leave(session, clock.now(), caller=Caller.YOUNG_PERSON), last_call())
    assert (parent.parent_name, parent.email, parent.parent_knows) == ("Robin Invented", "robin@example.org", True)
    assert (parent.seen, parent.not_told, parent.texts) == ("no", "Not Sam.", True)
    for other in (school, young):
        assert (other.parent_name, other.email, other.phone, other.parent_knows) == ("", "", "", False)


async def test_a_mobile_that_may_not_be_texted_is_said_so(db: Database, clock: MovedClock) -> None:
    async with db.transaction() as session:
        unsafe = await leave(session, clock.now(), safe_to_leave_message=False)
        landline = await leave(session, clock.now(), safe_to_leave_message=False, phone="+441632960456")
    assert known_family(unsafe, last_call()).texts is False
    assert known_family(landline, last_call()).texts is True


async def test_a_fact_about_a_record_that_is_gone_writes_nothing(db: Database, bench: Workbench) -> None:
    async with db.transaction() as session:
        await note_booking(session, bench, str(new_id()), str(new_id()), str(new_id()), str(new_id()))
        assert (await session.exec(select(AdviceBooking))).all() == []


async def test_nobody_books_from_a_colleagues_call(
    amira: Visit, staff_visit: StaffVisit, record: Record, message_id: UUID
) -> None:
    recorded = await record(message_id)
    dan = await staff_visit(Role.THERAPIST, disciplines=SLT, name="Dan Invented")
    await dan.get(LIST)
    assert (await dan.post(f"{recorded}/book", {"what": "clinic"})).status_code == 404

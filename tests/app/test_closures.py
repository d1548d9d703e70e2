"""Closed days on the page: seen before they are done, they move what is open and nothing that is over, and they are
taken back as easily."""

import pytest
from sqlmodel import select

from advice_line import calls
from advice_line.models import AdviceMessage
from advice_line.record_words import CallNotes
from advice_line.recounting import PURPOSE
from advice_line.words import Outcome
from core.domain.clock import MovedClock, london, london_day
from core.domain.identity import Discipline, Role
from core.domain.ids import new_id
from core.storage.closed_days import ClosedDays
from core.storage.session import Database
from notifications.models import Message
from tests.advice_line.support import a_therapist, desk, leave
from tests.booking.support import booked, planned, screening, states
from tests.booking.test_staff_rota import hidden
from tests.conftest import Drain, StaffVisit
from tests.support.visit import Visit

HOME = "/staff/closures"
SURE: dict[str, str | list[str]] = {"sure": "1"}
TUESDAY = {"first-day": "24", "first-month": "11", "first-year": "2026", "why": "Burst pipe"}


@pytest.fixture
async def grace(staff_visit: StaffVisit) -> Visit:
    return await staff_visit(Role.MANAGER, name="Grace Invented")


async def days(db: Database) -> dict[str, tuple[int, int]]:
    """What each message is promised: words → (day, month)."""
    async with db.transaction() as session:
        return {
            one.said: (one.due_on.day, one.due_on.month) for one in (await session.exec(select(AdviceMessage))).all()
        }


async def two_messages(db: Database, clock: MovedClock) -> None:
    async with db.transaction() as session:
        amira = await a_therapist(session, clock.now())
        await leave(session, clock.now(), text="open")
        over = await leave(session, clock.now(), text="over")
        done = CallNotes(Outcome.REACHED, "Done.", close=True)
        await calls.record_call(session, amira, desk(clock.now()), over.id, new_id(), done)


async def test_a_closure_added_at_ten_moves_open_due_dates_and_no_closed_ones(
    db: Database, clock: MovedClock, grace: Visit, drain: Drain
) -> None:
    assert clock.now() == london(2026, 11, 23, 10)
    await two_messages(db, clock)
    await grace.get(f"{HOME}/new")
    seen = await grace.post(f"{HOME}/new", TUESDAY)
    assert "Tuesday 24 November 2026" in seen.text
    assert "Wednesday 25 November 2026" in seen.text
    await drain()
    assert await days(db) == {"open": (24, 11), "over": (24, 11)}, "nothing is done before it was seen"
    await grace.post(f"{HOME}/new", hidden(grace) | SURE)
    assert "closed on these days" in (await grace.follow()).text
    await drain()
    assert await days(db) == {"open": (25, 11), "over": (24, 11)}
    async with db.transaction() as session:
        (letter,) = (await session.exec(select(Message).where(Message.purpose == PURPOSE))).all()
        later = await leave(session, clock.now(), text="later")
    assert "Wednesday 25 November" in letter.body
    assert later.due_on.day == 25, "what is left from now on counts the closed day too"


async def test_taken_back_it_is_as_before_and_closed_again_the_family_hears_it_again(
    db: Database, clock: MovedClock, grace: Visit, drain: Drain
) -> None:
    await two_messages(db, clock)
    await _close(grace, TUESDAY, drain)
    async with db.transaction() as session:
        (row,) = (await session.exec(select(ClosedDays))).all()
    seen = await grace.get(f"{HOME}/{row.id}")
    assert seen.text.index("Wednesday 25 November 2026") < seen.text.rindex("Tuesday 24 November 2026")
    await grace.post(f"{HOME}/{row.id}/take-back", {})
    await grace.post(f"{HOME}/{row.id}/take-back", {})
    await drain()
    assert await days(db) == {"open": (24, 11), "over": (24, 11)}
    await _close(grace, TUESDAY, drain)
    async with db.transaction() as session:
        told = (await session.exec(select(Message).where(Message.purpose == PURPOSE))).all()
    assert len(told) == 3


async def test_people_who_booked_a_clinic_are_met_and_nothing_is_done_until_their_fate_is_chosen(
    db: Database, clock: MovedClock, grace: Visit, drain: Drain
) -> None:
    [sitting] = await planned(db, screening(), london(2026, 11, 24, 9, 30))
    async with db.transaction() as session:
        booking = await booked(session, sitting, clock.now())
    await grace.get(f"{HOME}/new")
    seen = await grace.post(f"{HOME}/new", TUESDAY)
    assert booking.reference in seen.text
    assert (await grace.post(f"{HOME}/new", hidden(grace) | SURE)).status_code == 422
    await grace.post(f"{HOME}/new", hidden(grace) | SURE | {"choice": "cancel"})
    await drain()
    assert await states(db) == {"withdrawn": 1}


async def test_what_was_typed_wrong_is_said(grace: Visit, drain: Drain) -> None:
    await grace.get(f"{HOME}/new")
    past = await grace.post(f"{HOME}/new", TUESDAY | {"first-day": "20"})
    assert past.status_code == 422
    assert "must be today or in the future" in past.text
    long = await grace.post(f"{HOME}/new", TUESDAY | {"last-day": "1", "last-month": "6", "last-year": "2027"})
    assert "at most 60 days" in long.text
    await _close(grace, TUESDAY, drain)
    await grace.get(f"{HOME}/new")
    assert "closed on these days already" in (await grace.post(f"{HOME}/new", TUESDAY)).text


async def test_the_rota_the_board_and_the_list_of_closed_days_show_it(
    grace: Visit, clock: MovedClock, drain: Drain
) -> None:
    assert "No closed days were added" in (await grace.get(HOME)).text
    await _close(grace, TUESDAY, drain)
    assert london_day(clock.now()).isoformat() == "2026-11-23"
    for page in (HOME, "/staff/rota", "/staff/callbacks/board", "/staff/clinics/rota"):
        assert "Burst pipe" in (await grace.get(page)).text, page


async def test_only_who_may_change_the_rota_closes_the_service(staff_visit: StaffVisit) -> None:
    amira = await staff_visit(Role.THERAPIST, Role.CLINIC_ADMIN, disciplines=(Discipline.SLT,))
    assert (await amira.get(HOME)).status_code == 403


async def _close(grace: Visit, typed: dict[str, str], drain: Drain) -> None:
    await grace.get(f"{HOME}/new")
    await grace.post(f"{HOME}/new", dict(typed))
    await grace.post(f"{HOME}/new", hidden(grace) | SURE)
    await drain()

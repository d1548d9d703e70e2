"""The call-back desk, without a browser."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlmodel import select

from accounts.api import actor_of, therapists
from advice_line import jobs
from advice_line.api import needs_me, open_exceptions
from advice_line.models import AdviceAbsence, AdviceMessage
from advice_line.words import Reason, Sign, State
from core.domain.clock import MovedClock
from core.domain.identity import Actor, Discipline, Role
from core.domain.ids import new_id
from core.storage.audit import AuditEntry
from core.storage.jobs import Workbench
from core.storage.session import Database, Session
from tests.advice_line.support import a_therapist, again, leave, on_duty_all_week
from tests.conftest import Drain, StaffVisit
from tests.support.visit import Visit

SLT = (Discipline.SLT,)
LIST = "/staff/callbacks"


async def left(db: Database, clock: MovedClock, **changed: object) -> UUID:
    async with db.transaction() as session:
        return (await leave(session, clock.now(), **changed)).id


async def seen(db: Database, message_id: UUID) -> AdviceMessage:
    async with db.transaction() as session:
        return await again(session, message_id)


@pytest.fixture
async def amira(db: Database, clock: MovedClock, staff_visit: StaffVisit) -> Visit:
    """A therapist on duty, signed in."""
    browser = await staff_visit(Role.THERAPIST, disciplines=SLT, name="Amira Invented")
    await put_on_duty(db)
    return browser


def counted_calls(page: str) -> str:
    """How many calls the page says there are."""
    return page.split("data-count>")[1].split("<", maxsplit=1)[0]


async def put_on_duty(db: Database) -> None:
    async with db.transaction() as session:
        for view in await therapists(session):
            await on_duty_all_week(session, actor_of(view))


async def test_a_therapist_finds_her_calls_and_why_they_are_hers(
    db: Database, clock: MovedClock, amira: Visit, drain: Drain
) -> None:
    await left(db, clock)
    await drain()
    page = await amira.get(LIST)
    assert page.status_code == 200
    assert counted_calls(page.text) == "1"
    assert "Robin Invented" in page.text
    assert "1 of 8 calls" in page.text
    assert "Nobody has these" not in page.text


async def test_when_not_to_call_is_read_before_anybody_calls(
    db: Database, clock: MovedClock, amira: Visit, drain: Drain
) -> None:
    await left(db, clock, not_times="Never on Wednesdays")
    await drain()
    assert "Never on Wednesdays" in (await amira.get(LIST)).text


async def test_the_polled_part_is_the_lists_alone(db: Database, clock: MovedClock, amira: Visit, drain: Drain) -> None:
    await left(db, clock)
    await drain()
    part = await amira.get(LIST, headers={"HX-Request": "true"})
    assert "<html" not in part.text
    assert "Robin Invented" in part.text


async def test_from_the_list_to_a_recorded_call(db: Database, clock: MovedClock, amira: Visit, drain: Drain) -> None:
    message_id = await left(db, clock)
    await drain()
    case = f"{LIST}/{message_id}"
    page = await amira.get(case)
    assert "He has stopped saying new words." in page.text
    assert 'href="tel:+447700900123"' in page.text
    assert (await amira.post(f"{case}/calling", {})).status_code == 303
    page = await amira.follow()
    assert "You are calling now" in page.text
    typed = {"outcome": "reached", "notes": "Read together.", "next": "close", "call": str(new_id())}
    assert (await amira.post(f"{case}/outcome", typed)).headers["location"] == f"{LIST}/calls/{typed['call']}"
    assert "The call is recorded" in (await amira.follow()).text
    assert (await seen(db, message_id)).state is State.CLOSED
    assert "Read together." in (await amira.get(case)).text


async def test_a_second_therapist_sees_who_is_calling(
    db: Database, clock: MovedClock, amira: Visit, staff_visit: StaffVisit
) -> None:
    dan = await staff_visit(Role.THERAPIST, disciplines=SLT, name="Dan Invented")
    message_id = await left(db, clock)
    case = f"{LIST}/{message_id}"
    await amira.get(case)
    await amira.post(f"{case}/calling", {})
    page = await dan.get(case)
    assert "Amira Invented is calling this family" in page.text
    assert "I am calling now" not in page.text
    page = await dan.post(f"{case}/calling", {})
    assert page.status_code == 409
    assert "Amira Invented is calling this family" in page.text
    page = await dan.post(f"{case}/outcome", {"outcome": "no-answer", "notes": "my own words"})
    assert page.status_code == 409
    assert "my own words" in page.text


async def test_what_was_typed_is_kept_when_it_cannot_be_recorded(db: Database, clock: MovedClock, amira: Visit) -> None:
    case = f"{LIST}/{await left(db, clock)}"
    await amira.get(case)
    page = await amira.post(f"{case}/outcome", {"notes": "my own words"})
    assert page.status_code == 422
    assert "<title>Error: " in page.text
    assert "Select what happened" in page.text
    assert "my own words" in page.text
    done = {"outcome": "reached", "notes": "first", "next": "close", "call": str(new_id())}
    await amira.post(f"{case}/outcome", done)
    page = await amira.post(f"{case}/outcome", done | {"notes": "second words", "call": str(new_id())})
    assert page.status_code == 409
    assert "second words" in page.text


async def test_pressing_twice_records_one_call(db: Database, clock: MovedClock, amira: Visit) -> None:
    message_id = await left(db, clock)
    case = f"{LIST}/{message_id}"
    await amira.get(case)
    typed = {"outcome": "no-answer", "call": str(new_id())}
    for _ in range(2):
        assert (await amira.post(f"{case}/outcome", typed)).status_code == 303
    async with db.transaction() as session:
        count = await (await session.connection()).scalar(sa.text("select count(*) from advice_call"))
    assert count == 1


async def test_opening_a_message_is_audited(db: Database, clock: MovedClock, amira: Visit) -> None:
    message_id = await left(db, clock)
    await amira.get(f"{LIST}/{message_id}")
    async with db.transaction() as session:
        found = select(AuditEntry).where(AuditEntry.subject_id == message_id, AuditEntry.action == "advice.viewed")
        assert len((await session.exec(found)).all()) == 1


@pytest.mark.parametrize("role", [Role.TRIAGE, Role.CLINIC_ADMIN, Role.GOVERNANCE, Role.SYSTEM_ADMIN])
async def test_nobody_else_opens_the_desk(db: Database, clock: MovedClock, staff_visit: StaffVisit, role: Role) -> None:
    someone = await staff_visit(role)
    message_id = await left(db, clock)
    assert (await someone.get(LIST)).status_code == 403
    assert (await someone.get(f"{LIST}/{message_id}")).status_code == 403
    assert (await someone.get("/staff/rota")).status_code == 403


async def test_the_public_is_sent_to_sign_in(visit: Visit) -> None:
    for address in (LIST, f"{LIST}/{new_id()}", "/staff/rota"):
        reply = await visit.get(address)
        assert reply.status_code == 303
        assert reply.headers["location"].startswith("/staff/sign-in")


async def test_another_discipline_does_not_see_the_message(
    db: Database, clock: MovedClock, staff_visit: StaffVisit
) -> None:
    ben = await staff_visit(Role.THERAPIST, disciplines=(Discipline.OT,), name="Ben Invented")
    message_id = await left(db, clock)
    page = await ben.get(f"{LIST}/{message_id}")
    assert page.status_code == 403
    assert "Robin" not in page.text


async def test_a_manager_sees_what_is_nobodys_and_everybody_elses(
    db: Database, clock: MovedClock, amira: Visit, staff_visit: StaffVisit, drain: Drain
) -> None:
    grace = await staff_visit(Role.MANAGER, name="Grace Invented")
    await left(db, clock)
    await left(db, clock, discipline=Discipline.PHYSIO, phone="+447700900456")
    await drain()
    page = await grace.get(LIST)
    assert "Nobody has these, or a person must decide" in page.text
    assert "Nobody of this therapy is on duty today" in page.text
    assert "Everybody’s calls today" in page.text
    assert "Amira Invented" in page.text


async def test_a_wrong_number_stands_in_one_table_only_with_a_tag(
    db: Database, clock: MovedClock, amira: Visit, staff_visit: StaffVisit
) -> None:
    grace = await staff_visit(Role.MANAGER, name="Grace Invented")
    message_id = await left(db, clock)
    await amira.get(f"{LIST}/{message_id}")
    await amira.post(f"{LIST}/{message_id}/outcome", {"outcome": "wrong-number", "call": str(new_id())})
    page = (await grace.get(LIST)).text
    assert f'id="nobodys-{message_id}"' in page
    assert f'id="calls-{message_id}"' not in page
    for seen_by in (grace, amira):
        page = (await seen_by.get(LIST)).text
        assert page.count(f'href="/staff/callbacks/{message_id}"') == 1
        assert page.count("nhsuk-tag--pink") == 1


async def test_a_manager_marks_somebody_away_and_their_calls_go_to_others(
    db: Database, clock: MovedClock, amira: Visit, staff_visit: StaffVisit, drain: Drain
) -> None:
    message_id = await left(db, clock)
    await drain()
    owner = (await seen(db, message_id)).owner_id
    await staff_visit(Role.THERAPIST, disciplines=SLT, name="Dan Invented")
    async with db.transaction() as session:
        (dan,) = [view for view in await therapists(session) if view.name.startswith("Dan")]
        await on_duty_all_week(session, actor_of(dan))
    grace = await staff_visit(Role.MANAGER, name="Grace Invented")
    assert "Amira Invented" in (await grace.get("/staff/rota")).text
    await grace.post("/staff/rota/away", {"staff": str(owner)})
    assert "Amira Invented is away" in (await grace.follow()).text
    await drain()
    assert (await seen(db, message_id)).owner_id == dan.id


async def test_a_therapist_may_not_mark_anybody_away(db: Database, amira: Visit) -> None:
    assert "Away today" not in (await amira.get("/staff/rota")).text
    assert (await amira.post("/staff/rota/away", {"staff": str(new_id())})).status_code == 403
    async with db.transaction() as session:
        assert (await session.exec(select(AdviceAbsence))).all() == []


async def test_a_manager_shares_out_again(
    db: Database, clock: MovedClock, amira: Visit, staff_visit: StaffVisit, drain: Drain
) -> None:
    grace = await staff_visit(Role.MANAGER, name="Grace Invented")
    message_id = await left(db, clock)
    await grace.get(LIST)
    assert (await grace.post(f"{LIST}/run", {})).headers["location"] == f"{LIST}?asked=1"
    await drain()
    assert (await seen(db, message_id)).owner_id
    assert (await amira.post(f"{LIST}/run", {})).status_code == 403


async def test_what_could_not_be_reached_is_closed_by_a_person_with_a_reason(
    db: Database, clock: MovedClock, amira: Visit
) -> None:
    message_id = await left(db, clock)
    case = f"{LIST}/{message_id}"
    await amira.get(case)
    assert "Close without a call" not in (await amira.get(case)).text
    await amira.post(f"{case}/outcome", {"outcome": "wrong-number", "call": str(new_id())})
    assert "Close without a call" in (await amira.get(case)).text
    assert (await amira.post(f"{case}/close", {"why": ""})).status_code == 422
    assert (await amira.post(f"{case}/close", {"why": "Wrote to the GP.", "call": str(new_id())})).status_code == 303
    assert (await seen(db, message_id)).state is State.CLOSED


async def test_overdue_and_urgent_are_marked(db: Database, clock: MovedClock, amira: Visit, bench: Workbench) -> None:
    clock.move_on(days=-4)
    await left(db, clock)
    await left(db, clock, phone="+447700900456", name="Urgent Invented", signs=frozenset({Sign.LOST_SKILLS}))
    clock.move_on(days=4)
    await jobs.morning_run(bench)
    page = await amira.get(LIST)
    assert page.text.index("Urgent Invented") < page.text.index("Robin Invented")
    assert page.text.count("Overdue") == 2


@asynccontextmanager
async def counted(db: Database) -> AsyncIterator[list[str]]:
    """The statements that are sent meanwhile."""
    statements: list[str] = []

    def note(*args: object) -> None:
        statements.append(str(args[2]))

    engine = db._bind.sync_connection  # type: ignore[union-attr]
    sa.event.listen(engine, "before_cursor_execute", note)
    yield statements
    sa.event.remove(engine, "before_cursor_execute", note)


async def test_a_longer_list_asks_no_more_of_the_database(
    db: Database, clock: MovedClock, amira: Visit, staff_visit: StaffVisit, drain: Drain
) -> None:
    grace = await staff_visit(Role.MANAGER, name="Grace Invented")
    counts = []
    for more in (1, 12):
        for n in range(more):
            await left(db, clock, phone=f"+4477009{more}{n:04}", email=None, safe_to_leave_message=False)
        await drain()
        async with counted(db) as statements:
            await grace.get(LIST)
        counts.append(len([s for s in statements if not s.startswith(("SAVEPOINT", "RELEASE"))]))
    assert counts[0] == counts[1]


async def test_the_staff_home_says_what_waits(db: Database, clock: MovedClock, bench: Workbench) -> None:
    async with db.transaction() as session:
        who = await a_therapist(session, clock.now())
        await on_duty_all_week(session, who)
        boss = await a_therapist(session, clock.now(), "Grace", role=Role.MANAGER)
    await left(db, clock)
    assert await said(db, boss, clock) == [("messages that nobody has yet", 1)]
    await jobs.morning_run(bench)
    assert await said(db, who, clock) == [("call to make today", 1)]
    clock.move_on(days=3)
    assert ("calls that are overdue", 1) in await said(db, boss, clock)


async def said(db: Database, who: Actor, clock: MovedClock) -> list[tuple[str, int]]:
    async with db.transaction() as session:
        return [(need.label, need.count) for need in await needs_me(session, who, clock.now())]


async def test_the_exceptions_list_says_why(session: Session, clock: MovedClock) -> None:
    message = await leave(session, clock.now() - timedelta(days=3))
    await session.flush()
    (found,) = await open_exceptions(session)
    assert (found.message_id, found.reason) == (message.id, Reason.WAITING_FOR_RUN)


async def test_a_list_address_that_makes_no_sense_is_not_found(amira: Visit) -> None:
    assert (await amira.get(f"{LIST}?after=nonsense")).status_code == 404

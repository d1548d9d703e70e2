"""The rota on the page: seen, planned, missed, swapped, undone."""

import re
from datetime import timedelta

import pytest
from sqlmodel import select

from accounts.api import actor_of, therapists
from advice_line.models import AdviceAbsence, AdviceDuty
from core.domain.clock import MovedClock
from core.domain.identity import Discipline, Role
from core.storage.session import Database
from tests.advice_line.support import leave, on_duty_all_week
from tests.conftest import Drain, StaffVisit
from tests.support.visit import Visit

ROTA = "/staff/rota"
SLT = (Discipline.SLT,)
SURE = {"sure": "1"}


def session_of(staff_id: str, **changed: object) -> dict[str, object]:
    plain: dict[str, object] = {
        "who": staff_id, "every": "1", "weekdays": ["1"], "starts": "9am", "ends": "12pm", "slots": "6",
        "disciplines": ["slt"], "first-day": "24", "first-month": "11", "first-year": "2026",
    }  # fmt: skip
    return plain | changed


@pytest.fixture
async def amira(staff_visit: StaffVisit) -> Visit:
    return await staff_visit(Role.THERAPIST, disciplines=SLT, name="Amira Invented")


@pytest.fixture
async def grace(staff_visit: StaffVisit) -> Visit:
    return await staff_visit(Role.MANAGER, name="Grace Invented")


async def id_of(db: Database, name: str) -> str:
    async with db.transaction() as session:
        return next(str(view.id) for view in await therapists(session) if view.name.startswith(name))


async def put_on_duty(db: Database) -> None:
    async with db.transaction() as session:
        for view in await therapists(session):
            await on_duty_all_week(session, actor_of(view), slots=2)


async def test_a_manager_plans_sees_what_it_does_and_undoes_it(db: Database, amira: Visit, grace: Visit) -> None:
    typed = session_of(await id_of(db, "Amira"))
    await grace.get(f"{ROTA}/sessions/new")
    seen = await grace.post(f"{ROTA}/sessions/new", typed)  # type: ignore[arg-type]
    assert "0 now, then 6" in seen.text
    async with db.transaction() as session:
        assert (await session.exec(select(AdviceDuty))).all() == []
    await grace.post(f"{ROTA}/sessions/new", typed | SURE)  # type: ignore[arg-type]
    done = await grace.follow()
    assert "9am to midday" in done.text
    assert "Grace Invented added a session for Amira Invented" in done.text
    undo = re.search(r"/staff/rota/changes/[-0-9a-f]+/undo", done.text)
    assert undo
    await grace.post(undo[0])
    assert "as it was before" in (await grace.follow()).text
    assert "9am to midday" not in grace.last.text  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"ends": "8am"}, "The end must be after the start"),
        ({"starts": "25"}, "Enter a time, like 9am or 13:30"),
        ({"slots": "0"}, "Call slots must be a whole number from 1 to 100"),
        ({"weekdays": []}, "Select a weekday"),
        ({"first-day": "20"}, "The first day must be today or later"),
        ({"last-day": "1", "last-month": "11", "last-year": "2026"}, "The last day must not be before the first"),
        ({"every": "once", "first-day": "25", "first-month": "12"}, "We are closed on Friday 25 December 2026"),
    ],
)
async def test_a_session_that_makes_no_sense_is_refused_with_what_was_typed(
    db: Database, amira: Visit, grace: Visit, changed: dict[str, object], words: str
) -> None:
    await grace.get(f"{ROTA}/sessions/new")
    typed = session_of(await id_of(db, "Amira"), **changed)
    reply = await grace.post(f"{ROTA}/sessions/new", typed)  # type: ignore[arg-type]
    assert reply.status_code == 422
    assert words in reply.text
    assert 'value="slt" checked' in reply.text


async def test_somebody_who_would_be_in_two_sessions_is_named_before_anything_is_done(
    db: Database, amira: Visit, grace: Visit
) -> None:
    await put_on_duty(db)
    await grace.get(f"{ROTA}/sessions/new")
    typed = session_of(await id_of(db, "Amira"))
    reply = await grace.post(f"{ROTA}/sessions/new", typed)  # type: ignore[arg-type]
    assert reply.status_code == 422
    assert "They are in another session at that time on Tuesday 24 November 2026" in reply.text


async def test_whoever_saves_second_is_told_what_the_first_changed(db: Database, amira: Visit, grace: Visit) -> None:
    await put_on_duty(db)
    async with db.transaction() as session:
        row = (await session.exec(select(AdviceDuty).where(AdviceDuty.weekday == 1))).one()
    path = f"{ROTA}/sessions/{row.id}"
    typed = session_of("", weekdays="1", starts="9am", ends="5pm", revision="1", slots="5")
    page = await grace.get(path)
    assert 'value="24"' in page.text
    await grace.post(path, typed | SURE)  # type: ignore[arg-type]
    reply = await grace.post(path, typed | {"slots": "9"} | SURE)  # type: ignore[arg-type]
    assert reply.status_code == 409
    assert "Grace Invented changed this session" in reply.text
    assert 'value="9"' in reply.text
    async with db.transaction() as session:
        slots = {one.slots for one in (await session.exec(select(AdviceDuty).where(AdviceDuty.weekday == 1))).all()}
    assert 9 not in slots


async def test_an_ended_session_is_gone_from_that_day_on(db: Database, amira: Visit, grace: Visit) -> None:
    await put_on_duty(db)
    async with db.transaction() as session:
        row = (await session.exec(select(AdviceDuty).where(AdviceDuty.weekday == 1))).one()
    path = f"{ROTA}/sessions/{row.id}/end"
    await grace.get(path)
    typed = {"first-day": "1", "first-month": "12", "first-year": "2026", "revision": "1"}
    assert "2 now, then 0" in (await grace.post(path, typed)).text
    await grace.post(path, typed | SURE)
    assert "ended a session" in (await grace.follow()).text
    assert "to Monday 30 November 2026" in (await grace.get(f"{ROTA}/sessions")).text


async def test_a_therapist_enters_when_she_is_away_sees_what_it_does_and_takes_it_back(
    db: Database, clock: MovedClock, amira: Visit, drain: Drain
) -> None:
    await put_on_duty(db)
    async with db.transaction() as session:
        await leave(session, clock.now())
    await drain()
    await amira.get(f"{ROTA}/absences/new")
    typed = {
        "first-day": "23", "first-month": "11", "first-year": "2026", "last-day": "24", "last-month": "11",
        "last-year": "2026", "how": "whole",
    }  # fmt: skip
    seen = await amira.post(f"{ROTA}/absences/new", typed)
    assert "1 call given out goes to others at once" in seen.text
    await amira.post(f"{ROTA}/absences/new", typed | SURE)
    page = (await amira.follow()).text
    assert "Amira Invented is away" in page
    assert "Entered by Amira Invented" in page
    back = re.search(r"/staff/rota/absences/[-0-9a-f]+/take-back", page)
    assert back
    await amira.post(back[0])
    assert "You are not away" in (await amira.follow()).text
    await amira.post(back[0])
    assert "undone before" in (await amira.follow()).text


async def test_a_part_of_a_day_needs_its_times(amira: Visit, db: Database) -> None:
    await put_on_duty(db)
    await amira.get(f"{ROTA}/absences/new")
    day = {"first-day": "24", "first-month": "11", "first-year": "2026", "how": "part"}
    assert "Enter a time" in (await amira.post(f"{ROTA}/absences/new", day)).text
    part = day | {"starts": "1pm", "ends": "5pm"}
    assert "2 now, then 1" in (await amira.post(f"{ROTA}/absences/new", part)).text


async def test_a_therapist_enters_nobody_else(db: Database, amira: Visit, staff_visit: StaffVisit) -> None:
    await staff_visit(Role.THERAPIST, disciplines=SLT, name="Ben Invented")
    ben = await id_of(db, "Ben")
    await amira.get(f"{ROTA}/absences/new")
    typed = {"who": ben, "first-day": "24", "first-month": "11", "first-year": "2026", "how": "whole"}
    await amira.post(f"{ROTA}/absences/new", typed | SURE)
    async with db.transaction() as session:
        assert {str(row.staff_id) for row in (await session.exec(select(AdviceAbsence))).all()} == {
            await id_of(db, "Amira")
        }
    for path in (f"{ROTA}/sessions", f"{ROTA}/sessions/new"):
        assert (await amira.get(path)).status_code == 403


async def test_a_swap_is_asked_seen_accepted_and_undone(db: Database, amira: Visit, staff_visit: StaffVisit) -> None:
    await put_on_duty(db)
    ben = await staff_visit(Role.THERAPIST, disciplines=SLT, name="Ben Invented")
    await amira.get(f"{ROTA}/swaps/new")
    asked = {"day": "2026-11-25", "taker": await id_of(db, "Ben")}
    await amira.post(f"{ROTA}/swaps/new", asked)
    swap = (await amira.follow()).url.path
    assert "Nothing changes until they accept" in amira.last.text  # type: ignore[union-attr]
    assert "asks you to hold their sessions on Wednesday 25 November 2026" in (await ben.get(ROTA)).text
    assert "Colleague asks you to swap" in (await ben.get("/staff")).text
    page = await ben.get(swap)
    assert "2 now, then 0" in page.text
    await ben.post(swap, {"step": "accept"})
    assert "Ben Invented holds the sessions of Amira Invented" in (await ben.follow()).text
    await ben.get(swap)
    assert (await ben.post(swap, {"step": "accept"})).status_code == 409
    await amira.get(swap)
    await amira.post(swap, {"step": "take-back"})
    assert "holds the sessions of" not in (await amira.follow()).text


async def test_a_swap_is_nobodys_business_but_theirs_and_managers(
    db: Database, amira: Visit, grace: Visit, staff_visit: StaffVisit
) -> None:
    await put_on_duty(db)
    await staff_visit(Role.THERAPIST, disciplines=SLT, name="Ben Invented")
    chloe = await staff_visit(Role.THERAPIST, disciplines=(Discipline.PHYSIO,), name="Chloe Invented")
    await amira.get(f"{ROTA}/swaps/new")
    await amira.post(f"{ROTA}/swaps/new", {"day": "2026-11-25", "taker": await id_of(db, "Ben")})
    swap = (await amira.follow()).url.path
    assert (await chloe.get(swap)).status_code == 404
    assert (await grace.get(swap)).status_code == 200
    # Chloe cannot hold a session of another therapy
    await amira.get(f"{ROTA}/swaps/new")
    reply = await amira.post(f"{ROTA}/swaps/new", {"day": "2026-11-26", "taker": await id_of(db, "Chloe")})
    assert "does not do this: speech and language therapy" in reply.text


async def test_a_gap_is_seen_before_it_hurts(db: Database, clock: MovedClock, amira: Visit, grace: Visit) -> None:
    await put_on_duty(db)
    async with db.transaction() as session:
        # Three messages of the Monday before, promised by Tuesday; two slots on Tuesdays
        for n in range(36):
            await leave(session, clock.now() - timedelta(weeks=n % 12 + 1), phone=f"+4477009005{n:02d}")
    page = (await grace.get(ROTA)).text
    assert "Not enough call slots" in page
    assert "1 call too many, most of all SLT" in page
    assert "style=" not in page


async def test_closed_days_are_said(amira: Visit) -> None:
    page = (await amira.get(f"{ROTA}?from=2026-12-25")).text
    assert "Closed: Christmas Day" in page
    assert (await amira.get(f"{ROTA}?from=rubbish")).status_code == 404
    assert (await amira.get(f"{ROTA}?from=2099-01-01")).status_code == 404


async def test_what_somebody_knows_is_written_as_the_profile_writes_it(db: Database, amira: Visit) -> None:
    async with db.transaction() as session:
        (view,) = await therapists(session)
        await on_duty_all_week(session, actor_of(view), competences=("signing",))
    assert "SLT; Makaton and British Sign Language (BSL)" in (await amira.get(ROTA)).text

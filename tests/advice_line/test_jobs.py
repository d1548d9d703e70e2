"""Sharing out the calls, from rows to stored and explained rows."""

from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import date, time
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlmodel import select

from accounts.staffing import close
from advice_line import assignment, calls, changes, jobs, run_queries, runs, service
from advice_line.api import audit_checks
from advice_line.models import AdviceAssignment, AdviceCall, AdviceEvent, AdviceMessage, AdviceRun
from advice_line.record_words import CallNotes
from advice_line.runs import Told
from advice_line.words import Child, Happened, Outcome, Reason, Sign, Solver, State, Topic
from core.domain.clock import MovedClock, london
from core.domain.identity import Actor, Discipline, Role
from core.domain.ids import new_id
from core.storage.jobs import Workbench
from core.storage.session import Database
from tests.advice_line.support import a_therapist, again, desk, leave, on_duty_all_week

MONDAY_MORNING = london(2026, 11, 23, 7, 30)
Drain = Callable[[], Awaitable[int]]


async def staffed(db: Database, clock: MovedClock, *names: str, slots: int = 8, **more: Any) -> list[Actor]:
    """Therapists on duty all week."""
    people = []
    async with db.transaction() as session:
        for name in names:
            people.append(await a_therapist(session, clock.now(), name, **more))
            await on_duty_all_week(session, people[-1], slots=slots)
    return people


async def left(db: Database, clock: MovedClock, **changed: Any) -> UUID:
    async with db.transaction() as session:
        return (await leave(session, clock.now(), **changed)).id


async def seen(db: Database, message_id: UUID) -> AdviceMessage:
    async with db.transaction() as session:
        return await again(session, message_id)


async def every(db: Database, table: Any) -> list[Any]:
    async with db.transaction() as session:
        return list((await session.exec(select(table))).all())


async def broken(db: Database, clock: MovedClock) -> dict[str, int]:
    async with db.transaction() as session:
        return {name: count for name, count in await audit_checks(session, clock.now()) if count}


async def test_a_message_of_saturday_night_is_somebodys_on_monday_morning(
    db: Database, clock: MovedClock, bench: Workbench, drain: Drain
) -> None:
    (amira,) = await staffed(db, clock, "Amira")
    clock.move_to(london(2026, 11, 21, 23, 40))
    message_id = await left(db, clock)
    await drain()
    assert (await seen(db, message_id)).exception_reason is Reason.WAITING_FOR_RUN
    clock.move_to(MONDAY_MORNING)
    await jobs.morning_run(bench)
    message = await seen(db, message_id)
    assert (message.owner_id, message.exception_reason) == (amira.id, None)
    assert not await broken(db, clock)


async def test_a_message_in_hours_is_somebodys_at_once(db: Database, clock: MovedClock, drain: Drain) -> None:
    (amira,) = await staffed(db, clock, "Amira")
    message_id = await left(db, clock)
    await drain()
    assert (await seen(db, message_id)).owner_id == amira.id


async def test_between_the_morning_run_and_opening_nothing_waits_for_tomorrow(
    db: Database, clock: MovedClock, bench: Workbench, drain: Drain
) -> None:
    await staffed(db, clock, "Amira")
    clock.move_to(MONDAY_MORNING)
    await jobs.morning_run(bench)
    clock.move_to(london(2026, 11, 23, 8, 15))
    message_id = await left(db, clock)
    await drain()
    assert (await seen(db, message_id)).owner_id


async def test_the_morning_run_happens_once_a_day_however_often_it_is_started(
    db: Database, clock: MovedClock, bench: Workbench
) -> None:
    await staffed(db, clock, "Amira")
    clock.move_to(MONDAY_MORNING)
    await left(db, clock)
    for _ in range(3):
        await jobs.morning_run(bench)
    assert [(run.version, run.cause, run.solver) for run in await every(db, AdviceRun)] == [
        (1, "morning", Solver.MIN_COST_FLOW)
    ]


async def test_a_run_asked_for_by_a_manager_is_another_version(
    db: Database, clock: MovedClock, bench: Workbench, drain: Drain
) -> None:
    (amira,) = await staffed(db, clock, "Amira")
    await jobs.morning_run(bench)
    async with db.transaction() as session:
        await changes.ask_for_run(session, amira, clock.now())
    await drain()
    await drain()
    assert [run.version for run in await every(db, AdviceRun)] == [1, 2]


async def test_what_cannot_be_placed_stands_among_the_exceptions_with_its_reason(
    db: Database, clock: MovedClock, drain: Drain
) -> None:
    await staffed(db, clock, "Amira")
    wanted: dict[Reason, dict[str, Any]] = {
        Reason.NO_DISCIPLINE: {"discipline": Discipline.PHYSIO},
        Reason.NO_LANGUAGE: {"language": "pl", "interpreter_ok": False},
        Reason.NO_COMPETENCE: {"topic": Topic.EATING},
    }
    ids = {reason: await left(db, clock, **changed) for reason, changed in wanted.items()}
    await drain()
    assert {reason: (await seen(db, one)).exception_reason for reason, one in ids.items()} == {r: r for r in wanted}
    assert not await broken(db, clock)


async def test_every_placed_message_says_why_it_went_there(db: Database, clock: MovedClock, drain: Drain) -> None:
    await staffed(db, clock, "Amira")
    message_id = await left(db, clock, language="ur")
    await drain()
    (assigned,) = await every(db, AdviceAssignment)
    assert assigned.message_id == message_id
    assert assigned.parts == {"interpreter": "ur", "calls": [1, 8]}


async def test_a_slot_that_went_by_unused_is_not_told_as_a_call(db: Database, clock: MovedClock, drain: Drain) -> None:
    await staffed(db, clock, "Amira")
    clock.move_to(london(2026, 11, 23, 16, 20))
    await left(db, clock)
    await drain()
    (assigned,) = await every(db, AdviceAssignment)
    assert assigned.parts["calls"] == [1, 8]


async def test_the_therapist_who_spoke_with_the_family_before_calls_again(
    db: Database, clock: MovedClock, drain: Drain
) -> None:
    amira, dan, _ = await staffed(db, clock, "Amira", "Dan", "Ola")
    child = Child("Remy", "Invented", date(2022, 3, 15))
    earlier = await left(db, clock, child=child)
    async with db.transaction() as session:
        close = CallNotes(Outcome.REACHED, "Read together.", close=True)
        await calls.record_call(session, dan, desk(clock.now()), earlier, new_id(), close)
    clock.move_on(days=7)
    message_id = await left(db, clock, phone="+447700900999", child=child)
    await drain()
    message = await seen(db, message_id)
    assert message.owner_id == dan.id
    assert message.owner_id != amira.id
    parts = {one.message_id: one.parts for one in await every(db, AdviceAssignment)}[message_id]
    assert parts["met"] == "2026-11-23"


async def test_the_day_is_even_and_calls_made_count(db: Database, clock: MovedClock, bench: Workbench) -> None:
    amira, dan = await staffed(db, clock, "Amira", "Dan")
    for _ in range(6):
        await left(db, clock, phone=f"+4477009{new_id().int % 1000:05}", email=None)
    async with db.transaction() as session:
        done = await leave(session, clock.now(), phone="+447700900001")
        for _ in range(4):
            session.add(_call(done.id, amira, clock))
    await jobs.morning_run(bench)
    loads = Counter(message.owner_id for message in await every(db, AdviceMessage))
    assert loads[dan.id] > loads[amira.id]


def _call(message_id: UUID, by: Actor, clock: MovedClock) -> AdviceCall:
    assert by.id
    return AdviceCall(
        message_id=message_id,
        staff_id=by.id,
        at=clock.now(),
        outcome=Outcome.NO_ANSWER,
        state_after=State.TRIED,
    )


async def test_an_urgent_message_takes_the_last_slot_from_a_routine_one(
    db: Database, clock: MovedClock, drain: Drain
) -> None:
    (amira,) = await staffed(db, clock, "Amira", slots=1)
    routine = await left(db, clock)
    await drain()
    assert (await seen(db, routine)).owner_id == amira.id
    urgent = await left(db, clock, phone="+447700900456", signs=frozenset({Sign.LOST_SKILLS}))
    await drain()
    assert (await seen(db, urgent)).owner_id == amira.id
    assert (await seen(db, routine)).exception_reason is Reason.NO_SLOTS


async def test_nobody_is_given_a_call_while_it_is_being_made(
    db: Database, clock: MovedClock, bench: Workbench, drain: Drain
) -> None:
    amira, dan = await staffed(db, clock, "Amira", "Dan")
    message_id = await left(db, clock)
    async with db.transaction() as session:
        await calls.start_calling(session, dan, desk(clock.now()), message_id)
    await jobs.morning_run(bench)
    assert (await seen(db, message_id)).owner_id is None
    assert amira.id
    assert await every(db, AdviceAssignment) == []


async def test_somebody_ill_at_five_past_nine_leaves_nothing_ownerless_at_six_past(
    db: Database, clock: MovedClock, bench: Workbench, drain: Drain
) -> None:
    amira, dan = await staffed(db, clock, "Amira", "Dan")
    clock.move_to(MONDAY_MORNING)
    ids = [await left(db, clock, phone=f"+44770090012{n}") for n in range(6)]
    await jobs.morning_run(bench)
    clock.move_to(london(2026, 11, 23, 9, 5))
    async with db.transaction() as session:
        released = await changes.enter_absence(session, amira, amira.id or UUID(int=0), date(2026, 11, 23), clock.now())
        assert released == 3
        assert (
            await changes.enter_absence(session, amira, amira.id or UUID(int=0), date(2026, 11, 23), clock.now()) == 0
        )
    assert Counter([(await seen(db, one)).exception_reason for one in ids])[Reason.OWNER_AWAY] == 3
    assert not await broken(db, clock), "nobody's, and says so"
    clock.move_to(london(2026, 11, 23, 9, 6))
    await drain()
    assert {(await seen(db, one)).owner_id for one in ids} == {dan.id}


async def test_the_calls_of_a_colleague_who_has_left_are_others_at_once(
    db: Database, clock: MovedClock, bench: Workbench, drain: Drain
) -> None:
    amira, dan = await staffed(db, clock, "Amira", "Dan")
    clock.move_to(MONDAY_MORNING)
    ids = [await left(db, clock, phone=f"+44770090012{n}") for n in range(6)]
    await jobs.morning_run(bench)
    clock.move_to(london(2026, 11, 23, 9, 5))
    async with db.transaction() as session:
        ivo = await a_therapist(session, clock.now(), "Ivo")
        assert amira.id
        await close(session, ivo, amira.id, clock.now())
    await drain()
    assert {(await seen(db, one)).owner_id for one in ids} == {dan.id}
    assert not await broken(db, clock)


async def test_an_absence_of_another_day_moves_nothing_today(db: Database, clock: MovedClock, drain: Drain) -> None:
    amira, _ = await staffed(db, clock, "Amira", "Dan")
    await left(db, clock)
    await drain()
    before = {m.id: m.owner_id for m in await every(db, AdviceMessage)}
    async with db.transaction() as session:
        assert amira.id
        await changes.enter_absence(session, amira, amira.id, date(2026, 11, 24), clock.now())
    await drain()
    assert {m.id: m.owner_id for m in await every(db, AdviceMessage)} == before


async def test_who_has_left_the_service_is_given_nothing(db: Database, clock: MovedClock, bench: Workbench) -> None:
    await staffed(db, clock, "Amira")
    async with db.transaction() as session:
        await (await session.connection()).execute(sa.text("update staff_account set active = false"))
    message_id = await left(db, clock)
    await jobs.morning_run(bench)
    assert (await seen(db, message_id)).exception_reason is Reason.NOBODY_ON_DUTY


async def test_what_was_put_off_for_longer_than_the_worker_was_down_still_comes_back(
    db: Database, clock: MovedClock, bench: Workbench
) -> None:
    (amira,) = await staffed(db, clock, "Amira")
    message_id = await left(db, clock)
    async with db.transaction() as session:
        later = CallNotes(Outcome.ASKED_LATER, "", again_on=date(2026, 11, 26))
        await calls.record_call(session, amira, desk(clock.now()), message_id, new_id(), later)
    clock.move_to(london(2026, 12, 7, 7, 30))
    await jobs.morning_run(bench)
    message = await seen(db, message_id)
    assert message.owner_id == amira.id
    assert message_id in {one.message_id for one in await every(db, AdviceAssignment)}


async def test_a_message_agreed_for_thursday_is_not_shared_out_on_monday(
    db: Database, clock: MovedClock, bench: Workbench
) -> None:
    (amira,) = await staffed(db, clock, "Amira")
    message_id = await left(db, clock)
    async with db.transaction() as session:
        later = CallNotes(Outcome.ASKED_LATER, "", again_on=date(2026, 11, 26))
        await calls.record_call(session, amira, desk(clock.now()), message_id, new_id(), later)
    await jobs.morning_run(bench)
    assert await every(db, AdviceAssignment) == []


async def test_what_changed_while_the_solver_ran_is_left_alone(
    db: Database, clock: MovedClock, bench: Workbench
) -> None:
    amira, dan = await staffed(db, clock, "Amira", "Dan")
    gone, called, stays = [await left(db, clock, phone=f"+44770090012{n}") for n in range(3)]
    async with db.transaction() as session:
        day = await run_queries.read_day(session, bench.profile, clock.now())
    shared = assignment.solve(day.problem)
    elsewhere = next(one.able for one in shared.placed if one.wanted == str(called))
    caller = dan if elsewhere == str(amira.id) else amira
    async with db.transaction() as session:
        await service.withdraw(session, gone, clock.now())
        await calls.record_call(session, caller, desk(clock.now()), called, new_id(), CallNotes(Outcome.NO_ANSWER, ""))
    async with db.transaction() as session:
        assert await runs.store(session, day, shared, Told("test", whole=True), clock.now()) == 1
    assert (await seen(db, gone)).owner_id is None
    assert (await seen(db, called)).owner_id == caller.id
    assert (await seen(db, stays)).owner_id in (amira.id, dan.id)


async def test_a_run_that_read_before_another_was_stored_begins_again(
    db: Database, clock: MovedClock, bench: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    await staffed(db, clock, "Amira")
    message_id = await left(db, clock)
    attempts = []

    async def overtaken(self: Workbench, function: Any, *args: Any) -> Any:
        attempts.append(1)
        if len(attempts) == 1:
            await jobs._one_run(bench, Told("the faster one", whole=True), clock.now())
        return function(*args)

    monkeypatch.setattr(Workbench, "compute", overtaken)
    await jobs.share_out(bench, cause="the slower one")
    assert [(run.version, run.cause) for run in await every(db, AdviceRun)] == [
        (1, "the faster one"),
        (2, "the slower one"),
    ]
    assert (await seen(db, message_id)).owner_id


async def test_a_second_run_of_a_day_writes_only_what_it_moves(
    db: Database, clock: MovedClock, bench: Workbench, drain: Drain
) -> None:
    await staffed(db, clock, "Amira")
    for n in range(3):
        await left(db, clock, phone=f"+44770090012{n}")
    await jobs.morning_run(bench)
    await left(db, clock, phone="+447700900456")
    await drain()
    events = [event for event in await every(db, AdviceEvent) if event.happened is Happened.ASSIGNED]
    assert len(events) == 4


async def test_an_unchanged_calendar_recounts_nothing(db: Database, clock: MovedClock, bench: Workbench) -> None:
    await left(db, clock)
    async with db.transaction() as session:
        await jobs.recount(session, bench)
    assert Happened.RECOUNTED not in {event.happened for event in await every(db, AdviceEvent)}


@pytest.mark.parametrize("role", [Role.MANAGER])
async def test_a_manager_on_the_rota_is_no_therapist(
    db: Database, clock: MovedClock, bench: Workbench, role: Role
) -> None:
    await staffed(db, clock, "Grace", role=role)
    message_id = await left(db, clock)
    await jobs.morning_run(bench)
    assert (await seen(db, message_id)).exception_reason is Reason.NOBODY_ON_DUTY


async def test_a_therapist_whose_session_is_over_is_given_nothing_more(
    db: Database, clock: MovedClock, drain: Drain
) -> None:
    async with db.transaction() as session:
        amira = await a_therapist(session, clock.now())
        await on_duty_all_week(session, amira, starts=time(9), ends=time(12))
    clock.move_to(london(2026, 11, 23, 13))
    message_id = await left(db, clock)
    await drain()
    assert (await seen(db, message_id)).exception_reason is Reason.NO_SLOTS

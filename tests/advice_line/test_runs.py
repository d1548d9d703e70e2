"""A run from rows to rows: what it leaves alone, dying on any line of it, and two at once."""

import asyncio
from collections import Counter
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlmodel import col, select

from advice_line import assignment, jobs, run_queries, runs
from advice_line.models import AdviceAssignment, AdviceMessage, AdviceRun
from advice_line.problem import Able, Problem, Wanted
from advice_line.runs import Told
from advice_line.words import Reason
from core.domain.clock import MovedClock, london
from core.storage.columns import use_keys
from core.storage.jobs import Workbench
from core.storage.keys import new_keyring
from core.storage.outbox import OutboxFact
from core.storage.session import APP_ROLE, Database, Session, make_engine
from tests.advice_line.support import a_therapist, leave, on_duty_all_week, profile
from tests.advice_line.test_jobs import Drain, every, left, seen, staffed
from tests.support.dying import dies

MORNING = london(2026, 11, 23, 7, 30)


async def given_by_hand(db: Database, message_id: UUID, staff_id: UUID | None) -> None:
    async with db.transaction() as session:
        give = "update advice_message set owner_id = :to, exception_reason = null, pinned = true where id = :id"
        await (await session.connection()).execute(sa.text(give), {"to": staff_id, "id": message_id})


async def test_what_a_manager_gave_to_somebody_stays_theirs_and_takes_a_slot(
    db: Database, clock: MovedClock, bench: Workbench
) -> None:
    amira, dan = await staffed(db, clock, "Amira", "Dan", slots=2)
    ids = [await left(db, clock, phone=f"+44770090012{n}") for n in range(4)]
    for message_id in ids[:2]:
        await given_by_hand(db, message_id, amira.id)
    await jobs.morning_run(bench)
    owners = [(await seen(db, one)).owner_id for one in ids]
    assert owners == [amira.id, amira.id, dan.id, dan.id]
    assert (await seen(db, ids[0])).pinned


async def test_given_by_hand_to_somebody_who_is_not_here_it_goes_to_whoever_is(
    db: Database, clock: MovedClock, bench: Workbench
) -> None:
    (dan,) = await staffed(db, clock, "Dan")
    async with db.transaction() as session:
        away = await a_therapist(session, clock.now(), "Away")
    message_id = await left(db, clock)
    await given_by_hand(db, message_id, away.id)
    await jobs.morning_run(bench)
    message = await seen(db, message_id)
    assert (message.owner_id, message.pinned) == (dan.id, False)


async def test_who_waits_for_a_slot_is_given_the_one_that_comes_free(
    db: Database, clock: MovedClock, bench: Workbench, drain: Drain
) -> None:
    from advice_line import service

    (amira,) = await staffed(db, clock, "Amira", slots=1)
    first = await left(db, clock)
    await drain()
    second = await left(db, clock, phone="+447700900456")
    await drain()
    assert (await seen(db, second)).exception_reason is Reason.NO_SLOTS
    async with db.transaction() as session:
        await service.withdraw(session, first, clock.now())
    await jobs.catch_up(bench)
    assert (await seen(db, second)).owner_id == amira.id


async def test_looking_again_in_vain_leaves_no_trace(
    db: Database, clock: MovedClock, bench: Workbench, drain: Drain
) -> None:
    await staffed(db, clock, "Amira", slots=1)
    for n in range(2):
        await left(db, clock, phone=f"+44770090012{n}")
    await drain()
    before = len(await every(db, AdviceRun))
    for _ in range(3):
        clock.move_on(minutes=15)
        await jobs.catch_up(bench)
    assert len(await every(db, AdviceRun)) == before


def test_more_messages_than_any_day_holds_are_bounded_and_the_pressing_come_first(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(assignment, "MOST", 2)
    wanted = tuple(Wanted(f"m{n}", priority) for n, priority in enumerate((1, 1000, 0, 5)))
    able = Able("t", frozenset(), slots=9)
    share = assignment.solve(Problem(wanted, (able,)))
    assert [(one.wanted, one.able, one.reason) for one in share.placed] == [
        ("m0", None, Reason.NO_SLOTS), ("m1", "t", None), ("m2", None, Reason.NO_SLOTS), ("m3", "t", None),
    ]  # fmt: skip


@pytest.fixture
async def morning(real_db: Database, clock: MovedClock) -> Workbench:
    """Twelve messages and two therapists at half past seven, in a database of its own."""
    use_keys(new_keyring())
    clock.move_to(MORNING)
    async with real_db.transaction() as session:
        for name in ("Amira", "Dan"):
            await on_duty_all_week(session, await a_therapist(session, clock.now(), name), slots=4)
        for n in range(12):
            await leave(session, clock.now(), phone=f"+4477009001{n:02}", email=None, safe_to_leave_message=False)
    return Workbench(real_db, clock, profile, "https://testserver")


async def whose(session: Session) -> dict[UUID, UUID | None]:
    found = select(AdviceMessage.id, AdviceMessage.owner_id).order_by(col(AdviceMessage.id))
    return {row[0]: row[1] for row in (await session.exec(found)).all()}


async def test_dying_on_any_line_and_run_again_a_run_is_the_same_and_told_once(morning: Workbench) -> None:
    async with morning.db.transaction() as session:
        day = await run_queries.read_day(session, profile, MORNING)
        expected = {UUID(one.wanted): one.able and UUID(one.able) for one in assignment.solve(day.problem).placed}
    url = str(morning.db.engine.url.render_as_string(hide_password=False))

    async def in_another_process() -> None:
        engine = make_engine(url, role=APP_ROLE)
        await jobs.morning_run(Workbench(Database(engine), morning.clock, profile, morning.address))

    at, deaths = 1, 0
    # Every line there is, by ever longer lives; a run ends within some dozens of awaits.
    while dies(in_another_process, at):
        deaths, at = deaths + 1, at + 2
        async with morning.db.transaction() as session:
            stored = len((await session.exec(select(AdviceRun))).all())
            assert set((await whose(session)).values()) == {None} if not stored else await whose(session) == expected
    await jobs.morning_run(morning)
    async with morning.db.transaction() as session:
        assert await whose(session) == expected
        facts = Counter(row.name for row in (await session.exec(select(OutboxFact))).all())
        assert [run.version for run in (await session.exec(select(AdviceRun))).all()] == [1]
        assert facts["MessagesAssigned"] == 1
        assert len((await session.exec(select(AdviceAssignment))).all()) == 12
    assert deaths > 10


async def _both(morning: Workbench, store: Any) -> list[bool]:
    """Two runs that have read the same rows store at the same moment: whether each was stored."""
    ready = asyncio.Barrier(2)

    async def one(n: int) -> bool:
        async with morning.db.transaction() as session:
            day = await run_queries.read_day(session, profile, MORNING)
        shared = assignment.solve(day.problem)
        await ready.wait()
        try:
            async with morning.db.transaction() as session:
                await store(session, day, shared, Told(f"run {n}", whole=True), MORNING)
        except sa.exc.IntegrityError:
            return False
        return True

    return list(await asyncio.gather(one(0), one(1)))


async def test_of_two_runs_that_read_the_same_rows_one_is_stored(morning: Workbench) -> None:
    assert sorted(await _both(morning, runs.store)) == [False, True]
    async with morning.db.transaction() as session:
        assert len((await session.exec(select(AdviceAssignment))).all()) == 12


async def test_without_versions_both_would_be_stored(morning: Workbench) -> None:
    """The negative control: the same race, each with a version of its own."""

    async def careless(session: Session, day: run_queries.Day, shared: Any, told: Told, now: Any) -> int:
        own = run_queries.Day(day.day, int(told.cause[-1]) * 10, day.problem, day.revisions, day.stood)
        return await runs.store(session, own, shared, told, now)

    assert await _both(morning, careless) == [True, True]
    async with morning.db.transaction() as session:
        assert len((await session.exec(select(AdviceRun))).all()) == 2

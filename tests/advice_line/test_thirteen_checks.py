"""Thirteen ways in which other call-back systems lost work, rang twice or counted wrongly: none of them here.

Those that another test shows already are named in `ELSEWHERE`, and looked at: each is there, runs, and can fail.
"""

import ast
import asyncio
import inspect
import re
from dataclasses import replace
from datetime import UTC, date, datetime
from importlib import import_module
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from redis.asyncio import Redis
from redis.exceptions import WatchError
from sqlmodel import col, select

from advice_line import calls, changes, jobs
from advice_line.models import AdviceAssignment, AdviceEvent, AdviceMessage, AdviceRun
from advice_line.record_concerns import raise_concern
from advice_line.record_words import CallNotes
from advice_line.recounting import recount_due
from advice_line.service import RECEIVED
from advice_line.words import Happened, Outcome, Sign
from booking.api import BookedForFamily
from core.domain.clock import MovedClock, london
from core.domain.identity import Role
from core.domain.ids import new_id
from core.storage.columns import use_keys
from core.storage.jobs import Workbench
from core.storage.keys import new_keyring
from core.storage.outbox import OutboxFact, tell
from core.storage.session import APP_ROLE, Database, Session, make_engine
from core.storage.tasks import URGENT, Task, plan
from notifications.models import Message
from tests.advice_line.support import a_therapist, desk, leave, on_duty_all_week, profile
from tests.advice_line.test_recounting import closed_on
from tests.support.dying import dies
from workers.beats import BEATS
from workers.jobs import all_jobs
from workers.queue import Queue
from workers.schedule import Beat, every, plan_due_beats
from workers.sweep import sweep
from workers.wake import Wakening

MORNING = london(2026, 11, 23, 7, 30)
OURS = tuple(beat for beat in BEATS if beat.kind.startswith("advice."))
ELSEWHERE = {
    8: ("tests.advice_line.test_jobs", "test_what_was_put_off_for_longer_than_the_worker_was_down_still_comes_back"),
    9: ("tests.advice_line.test_jobs", "test_somebody_ill_at_five_past_nine_leaves_nothing_ownerless_at_six_past"),
    10: ("tests.advice_line.test_races", "test_of_two_who_take_the_phone_together_one_has_it"),
    11: (
        "tests.notifications.test_jobs",
        "test_what_was_taken_over_without_an_answer_is_not_sent_twice_even_if_it_shows_late",
    ),
    12: ("tests.workers.test_queue", "test_a_kind_this_version_does_not_know_is_left_for_a_newer_worker"),
}
_END_LEASES = sa.text(
    "update task set lease_until = clock_timestamp() - interval '1 second' where lease_until is not null"
)
_BACKLOG = sa.text("""
    insert into task (id, kind, dedupe_key, payload, priority, run_at)
    select gen_random_uuid(), 'advice.recount', 'backlog:' || n, '{}', 50, now() - interval '1 day'
    from generate_series(1, 30000) n
""")


@pytest.fixture
async def bench_of_two(real_db: Database, clock: MovedClock) -> Workbench:
    """Two therapists on duty and a database with real commits."""
    use_keys(new_keyring())
    clock.move_to(MORNING)
    async with real_db.transaction() as session:
        for name in ("Amira", "Dan"):
            await on_duty_all_week(session, await a_therapist(session, clock.now(), name))
    return Workbench(real_db, clock, profile, "https://testserver")


async def some_leave(bench: Workbench, count: int) -> list[UUID]:
    ids = []
    for n in range(count):
        async with bench.db.transaction() as session:
            ids.append(
                (await leave(session, bench.clock.now(), phone=f"+4477009001{n:02}", email=f"f{n}@example.org")).id
            )
    return ids


async def owners(bench: Workbench) -> set[UUID | None]:
    async with bench.db.transaction() as session:
        return set((await session.exec(select(AdviceMessage.owner_id))).all())


async def test_1_killed_at_any_await_of_any_of_our_tasks_each_is_done_and_has_one_effect(
    bench_of_two: Workbench,
) -> None:
    bench, clock = bench_of_two, bench_of_two.clock
    assert isinstance(clock, MovedClock)
    ids = await some_leave(bench, 3)
    async with bench.db.transaction() as session:
        await plan_due_beats(session, profile, OURS, clock.now())
    await Queue(bench, all_jobs()).drain()
    clock.move_to(london(2026, 11, 23, 10))
    await _everything_happens(bench, ids)
    clock.move_on(minutes=2)
    url, kills = bench.db.engine.url.render_as_string(hide_password=False), 0

    async def another_worker() -> None:
        await Queue(replace(bench, db=Database(make_engine(url, role=APP_ROLE))), all_jobs()).drain()

    # Worker after worker dies some awaits later than the last; what it left the next takes up.
    while dies(another_worker, 1 + 5 * kills):
        kills += 1
        async with bench.db.transaction() as session:
            await (await session.connection()).execute(_END_LEASES)
    assert kills > 5
    await _each_had_one_effect(bench)


async def _everything_happens(bench: Workbench, ids: list[UUID]) -> None:
    """Every kind of task of ours is due: a call, what was booked after it, a worry, a message, an absence, a colleague
    who left, a manager's wish, a changed calendar."""
    now, call_id = bench.clock.now(), new_id()
    async with bench.db.transaction() as session:
        message = (await session.exec(select(AdviceMessage).where(AdviceMessage.id == ids[0]))).one()
        who = await a_therapist(session, now, "Eve")
        await calls.record_call(session, who, desk(now), message.id, call_id, CallNotes(Outcome.WRONG_NUMBER, ""))
        assert who.id
        await tell(session, BookedForFamily(new_id(), message.id, call_id, who.id), now)
        await raise_concern(session, who, message.id, new_id(), now)
        away = (await session.exec(select(AdviceMessage.owner_id).where(AdviceMessage.id == ids[1]))).one()
        assert away
        manager = await a_therapist(session, now, "Grace", role=Role.MANAGER)
        await changes.enter_absence(session, manager, away, date(2026, 11, 23), now)
        await changes.ask_for_run(session, manager, now)
        await plan(session, "advice.cover-leaver", key="left", run_at=now, staff_id=away)
        await leave(session, now, phone="+447700900177")
        await plan_due_beats(session, profile, OURS, now)
        await (await session.connection()).execute(sa.text("update advice_message set calendar_version = 'older'"))


async def _each_had_one_effect(bench: Workbench) -> None:
    async with bench.db.transaction() as session:
        tasks = (await session.exec(select(Task))).all()
        runs = (await session.exec(select(AdviceRun))).all()
        told = [row for row in (await session.exec(select(OutboxFact))).all() if row.name == "MessagesAssigned"]
        recounted = select(AdviceEvent.message_id).where(AdviceEvent.happened == Happened.RECOUNTED)
        again = (await session.exec(recounted)).all()
        booked = (await session.exec(select(AdviceEvent).where(AdviceEvent.happened == Happened.BOOKED))).all()
        said = [(m.purpose, m.subject_id, m.occasion) for m in (await session.exec(select(Message))).all()]
    assert not [task for task in tasks if task.done_at is None and task.run_at <= bench.clock.now()]
    assert {task.kind for task in tasks} >= set(jobs.JOBS)
    assert len({run.cause for run in runs}) == len(runs) == len(told)
    assert len(again) == len(set(again)) == 4
    assert len(booked) == 1
    assert len(said) == len(set(said))
    assert [purpose for purpose, _, _ in said].count("advice-no-answer") == 1
    assert [purpose for purpose, _, _ in said].count("advice-worry") == 1


async def test_2_what_redis_forgets_at_noon_the_sweep_does(bench_of_two: Workbench, redis: Redis) -> None:
    bench_of_two.db.wake = Wakening(redis)
    await some_leave(bench_of_two, 4)
    await redis.flushall()
    await sweep(bench_of_two, OURS)
    await Queue(bench_of_two, all_jobs()).drain()
    assert None not in await owners(bench_of_two)


async def test_3_messages_left_while_redis_is_away_are_all_acknowledged(bench_of_two: Workbench) -> None:
    bench_of_two.db.wake = Wakening(Redis.from_url("redis://127.0.0.1:1", socket_connect_timeout=0.05))
    ids = await some_leave(bench_of_two, 10)
    await Queue(bench_of_two, all_jobs()).drain()
    async with bench_of_two.db.transaction() as session:
        receipts = (await session.exec(select(Message).where(Message.purpose == RECEIVED))).all()
    assert {one.subject_id for one in receipts} == set(ids)
    assert {one.state for one in receipts} == {"sent"}


async def test_4_a_link_cut_while_the_wake_up_is_written_costs_nothing(
    bench_of_two: Workbench, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The queue's own library takes it for "somebody else has it already" and says nothing."""

    async def cut(*_: object, **__: object) -> None:
        raise WatchError

    wakening = Wakening(redis)
    monkeypatch.setattr("redis.asyncio.client.Pipeline.execute", cut)
    bench_of_two.db.wake = wakening
    await some_leave(bench_of_two, 2)
    assert not await redis.keys("*")
    await Queue(bench_of_two, all_jobs()).drain()
    assert None not in await owners(bench_of_two)


async def test_5_two_workers_at_the_same_tick_make_one_run(bench_of_two: Workbench) -> None:
    await some_leave(bench_of_two, 2)

    async def one_worker() -> None:
        await sweep(bench_of_two, OURS)
        await Queue(bench_of_two, all_jobs()).drain()

    await asyncio.gather(one_worker(), one_worker())
    async with bench_of_two.db.transaction() as session:
        mornings = (await session.exec(select(AdviceRun).where(AdviceRun.cause == "morning"))).all()
        assert len(mornings) == 1
        found = select(AdviceAssignment).where(AdviceAssignment.run_id == mornings[0].id)
        assert len((await session.exec(found)).all()) == 2


@pytest.mark.parametrize(
    ("left", "due", "urgent_due"),
    [
        # The night of 25 October 2026, when 1:30 comes twice, and of 28 March 2027, when it never comes. Easter Monday
        # is the day after.
        (datetime(2026, 10, 25, 0, 30, tzinfo=UTC), london(2026, 10, 26, 17, 30), london(2026, 10, 26, 17, 30)),
        (datetime(2026, 10, 25, 1, 30, tzinfo=UTC), london(2026, 10, 26, 17, 30), london(2026, 10, 26, 17, 30)),
        (datetime(2027, 3, 28, 1, 30, tzinfo=UTC), london(2027, 3, 30, 17, 30), london(2027, 3, 30, 17, 30)),
        # Whoever rings on the Friday before is promised the Monday, at Monday's hour in London.
        (london(2026, 10, 23, 15), london(2026, 10, 26, 17, 30), london(2026, 10, 23, 16, 30)),
        # Christmas 2026: Friday and Monday are bank holidays, the 28th because the 26th is a Saturday.
        (london(2026, 12, 24, 15), london(2026, 12, 29, 17, 30), london(2026, 12, 24, 17, 30)),
        (london(2026, 12, 25, 12), london(2026, 12, 29, 17, 30), london(2026, 12, 29, 17, 30)),
        (london(2026, 12, 28, 12), london(2026, 12, 29, 17, 30), london(2026, 12, 29, 17, 30)),
        (london(2026, 12, 31, 16), london(2027, 1, 4, 17, 30), london(2026, 12, 31, 17, 30)),
    ],
)
async def test_6_promises_are_counted_in_londons_days_over_clock_changes_and_christmas(
    session: Session, left: datetime, due: datetime, urgent_due: datetime
) -> None:
    assert (await leave(session, left)).due_at == due
    assert (await leave(session, left, signs=frozenset({Sign.CHOKING}))).due_at == urgent_due


@pytest.mark.parametrize(
    "begins", [datetime(2026, 10, 24, 23, 30, tzinfo=UTC), datetime(2027, 3, 28, 0, 0, tzinfo=UTC)]
)
async def test_6_the_minutely_sweep_misses_no_minute_of_the_night_the_clocks_change(
    db: Database, clock: MovedClock, begins: datetime
) -> None:
    clock.move_to(begins)
    minutely = (Beat("advice.test", "advice.catch-up", every(minutes=1)),)
    async with db.transaction() as session:
        for _ in range(120):
            assert await plan_due_beats(session, profile, minutely, clock.now()) == 1
            clock.move_on(minutes=1)


async def test_7_a_bank_holiday_added_moves_what_is_open_and_nothing_that_is_closed(
    session: Session, clock: MovedClock
) -> None:
    amira, still_open, done = (
        await a_therapist(session, clock.now()),
        *[await leave(session, clock.now()) for _ in "ab"],
    )
    reached = CallNotes(Outcome.REACHED, "Done.", close=True)
    await calls.record_call(session, amira, desk(clock.now()), done.id, new_id(), reached)
    await recount_due(session, desk(clock.now(), closed_on(date(2026, 11, 24))))
    dues = {row.id: row.due_on for row in (await session.exec(select(AdviceMessage))).all()}
    assert dues == {still_open.id: date(2026, 11, 25), done.id: date(2026, 11, 24)}


def what_is_wrong_with(module: str, name: str) -> str:
    """Why a test elsewhere would show nothing: it is gone, is not collected, is skipped, or can not fail."""
    home = import_module(module)
    test = getattr(home, name, None)
    if not inspect.isfunction(test) or test.__module__ != module:
        return "there is no such test"
    marks = [*getattr(test, "pytestmark", []), *_several(getattr(home, "pytestmark", []))]
    if {mark.name for mark in marks} & {"skip", "skipif", "xfail"}:
        return "it is skipped"
    claims = [node for node in ast.walk(ast.parse(inspect.getsource(test))) if isinstance(node, ast.Assert)]
    if not claims:
        return "it can not fail"
    is_collected = module.rpartition(".")[2].startswith("test_") and name.startswith("test_")
    return "" if is_collected else "it is not collected"


def _several(found: Any) -> list[Any]:
    return list(found) if isinstance(found, list | tuple) else [found]


@pytest.mark.parametrize("number", sorted(ELSEWHERE))
def test_8_to_12_are_shown_where_their_subject_lives(number: int) -> None:
    assert not what_is_wrong_with(*ELSEWHERE[number])


def _claims_nothing() -> None:
    """Not a test."""


def _may_fail() -> None:
    assert OURS


@pytest.mark.skip(reason="never run: it shows that a skipped test would be found out")
def _is_skipped() -> None:
    assert not OURS


@pytest.mark.parametrize("name", ["test_that_is_gone", "_claims_nothing", "_is_skipped", "_may_fail", "dies", "OURS"])
def test_a_check_that_shows_nothing_would_be_found_out(name: str) -> None:
    assert what_is_wrong_with(__name__, name)


def test_each_of_the_thirteen_has_its_test() -> None:
    here = {int(name.split("_")[1]) for name in globals() if re.match(r"test_\d+_", name)} - {8}
    assert here | set(ELSEWHERE) == set(range(1, 14))


async def test_13_behind_thirty_thousand_tasks_the_newest_urgent_one_is_first(
    bench: Workbench, clock: MovedClock
) -> None:
    async with bench.db.transaction() as session:
        await (await session.connection()).execute(_BACKLOG)
        await plan_due_beats(session, profile, OURS, clock.now())
    first = (await Queue(bench, all_jobs(), batch=1).claim())[0]
    assert first.kind == "advice.morning-run"
    async with bench.db.transaction() as session:
        urgent = select(Task.kind).where(Task.id == first.id, col(Task.priority) == URGENT)
        assert (await session.exec(urgent)).one()

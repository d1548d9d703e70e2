"""Whoever had most of the calls for four weeks gets fewer, counted by the call time of their own rota."""

from datetime import timedelta
from uuid import UUID

from advice_line import fairness, jobs, presenters, run_queries
from advice_line.models import AdviceAssignment, AdviceCall
from advice_line.problem import COSTS, Lately
from advice_line.words import Outcome, Solver, State, Why
from core.domain.clock import MovedClock
from core.domain.identity import Actor
from core.storage.jobs import Workbench
from core.storage.session import Database, Session
from tests.advice_line.support import profile
from tests.advice_line.test_jobs import every, left, staffed

A, B, C = (UUID(int=n) for n in (1, 2, 3))


def test_half_a_week_of_duty_is_compared_with_half_the_calls() -> None:
    found = fairness.lately({A: 20, B: 10}, {A: 40, B: 20}, [A, B])
    assert found == {A: Lately(50, 50), B: Lately(50, 50)}


def test_somebody_new_is_treated_like_the_average() -> None:
    found = fairness.lately({A: 30, B: 10}, {A: 40, B: 40}, [A, B, C])
    assert C not in found
    dearer = [fairness.dearer_by(found.get(one), COSTS.lately) for one in (A, C, B)]
    assert dearer == sorted(dearer, reverse=True)
    assert dearer[1] == COSTS.lately // 2


def test_it_never_weighs_more_than_its_share_however_much_somebody_did() -> None:
    assert fairness.dearer_by(Lately(2000, 1), COSTS.lately) == COSTS.lately
    assert fairness.dearer_by(Lately(0, 40), COSTS.lately) == 0


def test_before_anybody_has_called_there_is_nothing_to_compare() -> None:
    assert fairness.lately({}, {A: 40}, [A]) == {}


def test_it_is_said_when_it_is_far_from_the_others_and_not_when_it_is_near() -> None:
    said = presenters.explained(Why(Solver.MIN_COST_FLOW, {"calls": [1, 8], "lately": [30, 60]}))
    assert said == "1 of 8 calls; 30% of their call time used in 4 weeks (everybody: 60%)"
    assert presenters.explained(Why(Solver.MIN_COST_FLOW, {"calls": [1, 8], "lately": [57, 60]})) == "1 of 8 calls"


async def _has_called(session: Session, who: Actor, about: UUID, clock: MovedClock, times: int, days_ago: int) -> None:
    assert who.id
    at = clock.now() - timedelta(days=days_ago)
    for _ in range(times):
        session.add(
            AdviceCall(
                message_id=about, staff_id=who.id, at=at, outcome=Outcome.NO_ANSWER, notes=None, state_after=State.TRIED
            )
        )


async def test_calls_and_duty_of_the_last_four_weeks_decide_and_older_ones_do_not(
    db: Database, clock: MovedClock, bench: Workbench
) -> None:
    amira, dan = await staffed(db, clock, "Amira", "Dan")
    ids = [await left(db, clock, phone=f"+44770090013{n}") for n in range(2)]
    async with db.transaction() as session:
        await _has_called(session, amira, ids[0], clock, times=12, days_ago=7)
        await _has_called(session, dan, ids[0], clock, times=50, days_ago=29)
    async with db.transaction() as session:
        here = await run_queries.those_here(session, profile.calendar, clock.now())
    assert amira.id
    assert dan.id
    # Twenty working days of eight calls each.
    assert here.lately == {amira.id: Lately(8, 4), dan.id: Lately(0, 4)}
    await jobs.morning_run(bench)
    placed = await every(db, AdviceAssignment)
    assert {one.staff_id for one in placed} == {dan.id}
    assert [one.parts["lately"] for one in placed] == [[0, 4], [0, 4]]

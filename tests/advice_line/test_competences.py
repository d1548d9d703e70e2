"""Calls go to somebody who knows what they are about; the profile says what there is to know."""

from advice_line import jobs, voice_service
from advice_line.models import AdviceAssignment
from advice_line.presenters import explained
from advice_line.words import Reason, Sign, Solver, Topic, Why
from core.domain.clock import MovedClock
from core.domain.identity import Actor
from core.storage.jobs import Workbench
from core.storage.session import Database, Session
from tests.advice_line.support import a_therapist, again, desk, leave, on_duty_all_week
from tests.advice_line.test_jobs import every, left, seen


async def somebody(db: Database, clock: MovedClock, name: str, *competences: str) -> Actor:
    async with db.transaction() as session:
        one = await a_therapist(session, clock.now(), name)
        await on_duty_all_week(session, one, competences=competences)
    return one


async def test_a_family_that_signs_is_called_by_somebody_who_signs_and_the_row_says_so(
    db: Database, clock: MovedClock, bench: Workbench
) -> None:
    await somebody(db, clock, "Amira", "stammering")
    dan = await somebody(db, clock, "Dan", "signing")
    message_id = await left(db, clock, call_needs="I use BSL: please book a video call.")
    await jobs.morning_run(bench)
    assert (await seen(db, message_id)).owner_id == dan.id
    (placed,) = await every(db, AdviceAssignment)
    assert "knows about signing" in explained(Why(Solver.MIN_COST_FLOW, placed.parts))


async def test_with_nobody_who_signs_on_duty_the_family_is_called_all_the_same(
    db: Database, clock: MovedClock, bench: Workbench
) -> None:
    amira = await somebody(db, clock, "Amira")
    message_id = await left(db, clock, text="He uses Makaton.")
    await jobs.morning_run(bench)
    assert (await seen(db, message_id)).owner_id == amira.id
    (placed,) = await every(db, AdviceAssignment)
    assert "no special knowledge of signing" in explained(Why(Solver.MIN_COST_FLOW, placed.parts))


async def test_about_a_swallow_nobody_else_calls(db: Database, clock: MovedClock, bench: Workbench) -> None:
    await somebody(db, clock, "Amira", "signing", "stammering")
    message_id = await left(db, clock, topic=Topic.EATING)
    await jobs.morning_run(bench)
    message = await seen(db, message_id)
    assert (message.owner_id, message.exception_reason) == (None, Reason.NO_COMPETENCE)


async def test_what_is_urgent_already_and_turns_out_to_be_about_a_swallow_goes_to_somebody_who_may(
    session: Session, clock: MovedClock
) -> None:
    message = await leave(session, clock.now(), signs=frozenset({Sign.LOST_SKILLS}))
    assert message.needs == []
    await voice_service.add_to(session, desk(clock.now()), message.id, "He chokes now.", frozenset({Sign.CHOKING}))
    message = await again(session, message.id)
    assert message.needs == ["eating-and-drinking"]


async def test_what_is_added_in_words_counts_as_what_was_said_at_first(session: Session, clock: MovedClock) -> None:
    message = await leave(session, clock.now())
    await voice_service.add_to(session, desk(clock.now()), message.id, "She has started with Makaton.", frozenset())
    assert (await again(session, message.id)).needs == ["signing"]

"""A manager closes what was set aside in the very minute in which the last call was recorded: it was one call."""

import sqlalchemy as sa
from sqlmodel import col, select

from advice_line import board_queries, calls, figures_queries, queries, record_queries, run_queries
from advice_line.models import AdviceMessage
from advice_line.record_words import CallNotes
from advice_line.words import Happened, Outcome, State
from core.domain.clock import MovedClock, london_day
from core.domain.identity import Role
from core.domain.ids import new_id
from core.storage.audit import AuditEntry
from core.storage.session import Session
from tests.advice_line.a_year import QUESTIONS
from tests.advice_line.support import a_therapist, desk, leave, profile


async def test_a_review_at_the_minute_of_the_last_call_is_counted_as_a_call_by_nobody(
    session: Session, clock: MovedClock
) -> None:
    now, today = clock.now(), london_day(clock.now())
    amira = await a_therapist(session, now, "Amira")
    grace = await a_therapist(session, now, "Grace", role=Role.MANAGER)
    message = await leave(session, now)
    wrong = CallNotes(Outcome.WRONG_NUMBER, "")
    await calls.record_call(session, amira, desk(now), message.id, new_id(), wrong)
    assert message.state is State.REVIEW
    await calls.close_after_review(session, grace, message.id, new_id(), "No other number.", now)
    await session.flush()
    # The board and the run (what is expected of a day: `test_demand`)
    assert await board_queries.made_today(session, now) == {amira.id: 1}
    assert await run_queries.used_today(session, now) == {amira.id: 1}
    # The figures
    everything, *_ = await figures_queries.measured(session, profile, today, message.due_on, now)
    assert (everything.calls, everything.talks) == (1, 0)
    # The history, in its order, of the message, of the family, and of who did what
    happened = [event.happened for event in await record_queries.history(session, message.id)]
    assert (happened.count(Happened.CALLED), happened[-1]) == (1, Happened.CLOSED)
    told = [call.outcome for call, _ in await queries.contacts(session, message)]
    assert told == [Outcome.REVIEWED, Outcome.WRONG_NUMBER]
    trail = select(AuditEntry.action).where(col(AuditEntry.subject_id) == message.id)
    assert list(await session.exec(trail)).count("advice.called") == 1
    # And the check at the end of a year, which would see two calls of one moment
    twice = QUESTIONS["families called by two people at the same moment"]
    assert await counted(session, twice) == 0
    assert await counted(session, twice.replace("where outcome <> 'reviewed'", "")) == 1, "the control"
    assert await counted(session, QUESTIONS["messages that two calls closed"]) == 0
    assert await counted(session, QUESTIONS["messages called after they were closed"]) == 0
    assert (await session.get_one(AdviceMessage, message.id)).closed_at == now


async def counted(session: Session, question: str) -> int:
    return int((await (await session.connection()).execute(sa.text(question))).scalar_one())

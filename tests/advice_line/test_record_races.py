"""Recording and taking back at the same moment, on two real connections; and a form that is sent again."""

import asyncio
from uuid import UUID

import pytest
from sqlmodel import col, select

from advice_line import calls, record_undo
from advice_line.models import AdviceCall
from advice_line.record_models import AdviceRecord
from advice_line.record_settling import settle_call
from advice_line.record_words import CallNotes, TooLate
from advice_line.words import Outcome, State
from core.domain.clock import MovedClock
from core.domain.identity import Actor
from core.domain.ids import new_id
from core.storage.columns import use_keys
from core.storage.jobs import Workbench
from core.storage.keys import new_keyring
from core.storage.session import Database
from core.storage.tasks import Task
from tests.advice_line.support import a_therapist, again, desk, leave, profile

NOTES = CallNotes(Outcome.WRONG_NUMBER, "A shop answered.")
ROUNDS = 4


@pytest.fixture(autouse=True)
def _keys() -> None:
    use_keys(new_keyring())


async def prepared(db: Database, clock: MovedClock) -> tuple[Actor, UUID]:
    async with db.transaction() as session:
        amira = await a_therapist(session, clock.now())
        return amira, (await leave(session, clock.now())).id


async def recorded(db: Database, clock: MovedClock, who: Actor, message_id: UUID, call_id: UUID) -> None:
    async with db.transaction() as session:
        await calls.record_call(session, who, desk(clock.now()), message_id, call_id, NOTES)


async def kept(db: Database, message_id: UUID) -> tuple[int, int, int]:
    """(calls, records, tasks that settle them) of one message."""
    async with db.transaction() as session:
        made = (await session.exec(select(AdviceCall).where(AdviceCall.message_id == message_id))).all()
        records = (await session.exec(select(AdviceRecord).where(AdviceRecord.message_id == message_id))).all()
        wanted = [f"settle:{one.id}" for one in records]
        tasks = (await session.exec(select(Task).where(col(Task.dedupe_key).in_(wanted)))).all()
        return len(made), len(records), len(tasks)


async def test_a_form_sent_twice_at_the_same_moment_records_one_call(real_db: Database, clock: MovedClock) -> None:
    amira, _ = await prepared(real_db, clock)
    for n in range(ROUNDS):
        async with real_db.transaction() as session:
            message_id = (await leave(session, clock.now(), phone=f"+4477009002{n:02}")).id
        call_id = new_id()
        await asyncio.gather(*(recorded(real_db, clock, amira, message_id, call_id) for _ in range(3)))
        assert await kept(real_db, message_id) == (1, 1, 1)


async def test_a_call_is_taken_back_or_settled_and_never_both(real_db: Database, clock: MovedClock) -> None:
    amira, _ = await prepared(real_db, clock)
    bench = Workbench(real_db, clock, profile, "https://testserver")
    for n in range(ROUNDS):
        async with real_db.transaction() as session:
            message_id = (await leave(session, clock.now(), phone=f"+4477009003{n:02}")).id
        await recorded(real_db, clock, amira, message_id, call_id := new_id())

        async def back(call_id: UUID = call_id) -> bool:
            try:
                async with real_db.transaction() as session:
                    await record_undo.take_back(session, amira, call_id, clock.now())
            except TooLate:
                return False
            return True

        async def settle(call_id: UUID = call_id) -> None:
            async with real_db.transaction() as session:
                await settle_call(session, bench, str(call_id))

        was_taken_back, _ = await asyncio.gather(back(), settle())
        async with real_db.transaction() as session:
            record = await session.get_one(AdviceRecord, call_id)
            message = await again(session, message_id)
        assert (record.taken_back_at is not None, record.settled_at is not None) == (was_taken_back, not was_taken_back)
        assert (message.state is State.REVIEW) == (not was_taken_back)


async def test_a_process_that_stops_before_the_commit_has_recorded_nothing(
    real_db: Database, clock: MovedClock
) -> None:
    amira, message_id = await prepared(real_db, clock)
    call_id = new_id()

    async def dies() -> None:
        async with real_db.transaction() as session:
            await calls.record_call(session, amira, desk(clock.now()), message_id, call_id, NOTES)
            await session.flush()
            raise ConnectionError("the connection is gone")

    with pytest.raises(ConnectionError):
        await dies()
    assert await kept(real_db, message_id) == (0, 0, 0)
    # The browser sends the same form again
    await recorded(real_db, clock, amira, message_id, call_id)
    assert await kept(real_db, message_id) == (1, 1, 1)

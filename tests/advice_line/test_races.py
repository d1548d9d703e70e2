"""Two people at the same moment, on two real connections."""

import asyncio
from collections.abc import Awaitable, Callable
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlmodel import select

from advice_line import calls, jobs, queries
from advice_line.calls import BeingCalled
from advice_line.models import AdviceMessage, AdviceRun
from core.domain.clock import MovedClock
from core.domain.identity import Actor
from core.domain.ids import new_id
from core.storage.columns import use_keys
from core.storage.jobs import Workbench
from core.storage.keys import new_keyring
from core.storage.session import Database, Session
from tests.advice_line.support import a_therapist, again, desk, leave, on_duty_all_week, profile

Press = Callable[[Session, Actor, UUID], Awaitable[None]]
ROUNDS = 10


@pytest.fixture(autouse=True)
def _keys() -> None:
    use_keys(new_keyring())


async def prepared(db: Database, clock: MovedClock) -> tuple[Actor, Actor, UUID]:
    async with db.transaction() as session:
        amira, dan = [await a_therapist(session, clock.now(), name) for name in ("Amira", "Dan")]
        message = await leave(session, clock.now())
    return amira, dan, message.id


async def both_press(db: Database, press: Press, people: tuple[Actor, Actor], message_id: UUID) -> int:
    """How many of two were told that they have the phone."""
    ready = asyncio.Barrier(2)

    async def one(who: Actor) -> bool:
        async with db.transaction() as session:
            await (await session.connection()).execute(sa.text("select 1"))
            await ready.wait()
            try:
                await press(session, who, message_id)
            except BeingCalled:
                return False
        return True

    return sum(await asyncio.gather(*(one(who) for who in people)))


async def test_of_two_who_take_the_phone_together_one_has_it(real_db: Database, clock: MovedClock) -> None:
    amira, dan, message_id = await prepared(real_db, clock)

    async def press(session: Session, who: Actor, message_id: UUID) -> None:
        await calls.start_calling(session, who, desk(clock.now()), message_id)

    for _ in range(ROUNDS):
        assert await both_press(real_db, press, (amira, dan), message_id) == 1
        async with real_db.transaction() as session:
            assert await queries.who_is_calling(session, message_id) in (amira.id, dan.id)
            await (await session.connection()).execute(
                sa.text("update advice_message set calling_by = null, calling_until = null")
            )


async def test_looking_first_and_writing_afterwards_would_give_it_to_both(real_db: Database, clock: MovedClock) -> None:
    """The negative control: the same race around a careless way of taking the phone."""
    amira, dan, message_id = await prepared(real_db, clock)
    looked = asyncio.Barrier(2)

    async def careless(session: Session, who: Actor, message_id: UUID) -> None:
        caller = await queries.who_is_calling(session, message_id)
        await looked.wait()
        if caller:
            raise BeingCalled(caller)
        take = "update advice_message set calling_by = :me, calling_until = clock_timestamp() + interval '1 minute'"
        await (await session.connection()).execute(sa.text(take), {"me": who.id})

    assert await both_press(real_db, careless, (amira, dan), message_id) == 2


async def test_runs_at_the_same_moment_are_stored_one_after_the_other(real_db: Database, clock: MovedClock) -> None:
    amira, dan, message_id = await prepared(real_db, clock)
    async with real_db.transaction() as session:
        for who in (amira, dan):
            await on_duty_all_week(session, who)
    bench = Workbench(real_db, clock, profile, "https://testserver")
    causes = [f"cause {n}" for n in range(4)]
    await asyncio.gather(*(jobs.share_out(bench, cause=cause) for cause in causes))
    async with real_db.transaction() as session:
        rows = (await session.exec(select(AdviceRun))).all()
        message = await again(session, message_id)
    assert sorted(row.version for row in rows) == [1, 2, 3, 4]
    assert sorted(row.cause for row in rows) == causes
    assert message.owner_id in (amira.id, dan.id)


async def test_a_call_recorded_while_the_family_withdraws_is_kept_either_way(
    real_db: Database, clock: MovedClock
) -> None:
    from advice_line import service
    from advice_line.record_words import CallNotes
    from advice_line.words import Outcome

    amira, _, _ = await prepared(real_db, clock)
    for n in range(ROUNDS):
        async with real_db.transaction() as session:
            message = await leave(session, clock.now(), phone=f"+4477009001{n:02}")

        async def withdraw(message: AdviceMessage = message) -> None:
            async with real_db.transaction() as session:
                await service.withdraw(session, message.id, clock.now())

        async def record(message: AdviceMessage = message) -> None:
            async with real_db.transaction() as session:
                notes = CallNotes(Outcome.NO_ANSWER, "")
                await calls.record_call(session, amira, desk(clock.now()), message.id, new_id(), notes)

        await asyncio.gather(withdraw(), record())
        async with real_db.transaction() as session:
            assert (await again(session, message.id)).closed_at is not None
            assert len(await queries.calls_of(session, message.id)) == 1

"""The worker is killed at one await after another while it sends a letter about a decision: from taking the task up to
noting what the provider said. The next worker goes on, and each letter leaves once. And a colleague who stops a letter
at the moment it leaves either stopped it or is told that it is gone."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
import sqlalchemy as sa

from app.wiring import bench_of
from core.domain.clock import MovedClock, london
from core.domain.errors import FrontDoorError
from core.storage.jobs import Workbench
from core.storage.session import APP_ROLE, Database, make_engine
from core.web.house import House
from notifications import dispatch, jobs
from notifications.postroom import PostRoom
from notifications.words import Channel, DeliveryState, Outgoing, Receipt
from referral import letters_service
from referral.jobs import JOBS
from referral.letters import Letterhead
from referral.outcome_words import LetterState
from tests.referral.outcome_support import SIGNPOSTED, decide, letters_of, written
from tests.referral.support import EVE, SLT, received
from tests.support.dying import dies, everything_else_ended
from tests.support.servers import Servers, fresh_database
from tests.support.unprotected import unprotected
from workers.queue import Queue

NOW = london(2026, 11, 23, 10)
LATER = NOW + timedelta(hours=2)
HEAD = Letterhead("An invented service", "01632 960000", "https://example.org")
SENDING = {letters_service.SEND: JOBS[letters_service.SEND], dispatch.DELIVER: jobs.JOBS[dispatch.DELIVER]}
_MOST_AWAITS, _EVERY, _ROUNDS = 400, 3, 8
# The dead worker's lease runs out.
_LAPSE = sa.text("update task set lease_until = clock_timestamp() - interval '1 second' where lease_until is not null")


@dataclass
class Shelf:
    """A provider whose memory is a file, so that it outlives whoever hands something over."""

    path: Path
    name: str = "shelf of the tests"
    can_be_asked: bool = True

    async def send(self, outgoing: Outgoing) -> Receipt:
        await _a_moment()
        with self.path.open("a") as shelf:
            shelf.write(f"{outgoing.reference}\n")
        # Taken, and not yet answered: here, too, a worker dies.
        await _a_moment()
        return Receipt(DeliveryState.SENT, "theirs")

    async def find(self, reference: UUID) -> Receipt | None:
        return Receipt(DeliveryState.SENT, "theirs") if self.took(reference) else None

    def took(self, reference: UUID) -> int:
        return self.path.read_text().split().count(str(reference)) if self.path.exists() else 0


async def _a_moment() -> None:
    """Long enough that one of the deaths falls into it."""
    for _ in range(_EVERY):
        await asyncio.sleep(0)


@pytest.fixture
async def databases(template: Servers) -> AsyncIterator[tuple[Database, Database]]:
    """Two over one database. The second has opened nothing: a process that begins with it opens its own connections."""
    async with fresh_database(template) as url:
        one, two = (make_engine(url, pool_size=10, role=APP_ROLE) for _ in range(2))
        yield Database(one), Database(two)
        await one.dispose()
        await two.dispose()


async def a_letter(db: Database) -> tuple[UUID, UUID]:
    """A referral with a decision, and its letter, which leaves by itself."""
    referral_id = await received(db, NOW)
    async with db.transaction() as session:
        await decide(session, referral_id, SLT, SIGNPOSTED, NOW)
        (letter,) = await letters_of(session, referral_id)
    return referral_id, letter.id


def a_bench(house: House, db: Database, shelf: Shelf) -> Workbench:
    post = PostRoom(dict.fromkeys(Channel, shelf))
    return replace(bench_of(replace(house, db=db)), clock=MovedClock(LATER), post_room=post)


async def test_killed_anywhere_a_letter_is_still_a_draft_or_has_left_and_in_the_end_it_left_once(
    databases: tuple[Database, Database], house: House, tmp_path: Path
) -> None:
    db, unused = databases
    shelf, died, states = Shelf(tmp_path / "shelf"), 0, set()
    for n in range(1, _MOST_AWAITS, _EVERY):
        referral_id, _ = await a_letter(db)
        if not dies(Queue(a_bench(house, unused, shelf), SENDING).drain, at=n, in_any_task=True):
            break
        died += 1
        await everything_else_ended(db)
        states.add(await _how_far(db, referral_id, shelf))
        await _the_next_worker_goes_on(a_bench(house, db, shelf), db)
        assert await _how_far(db, referral_id, shelf) == (LetterState.SENT, 1, DeliveryState.SENT, 1)
    assert died > 12
    # It did die where that hurts: before the letter was a message, before the provider had it, and after it had.
    assert states >= {
        (LetterState.DRAFT, 0, None, 0),
        (LetterState.SENT, 1, DeliveryState.WAITING, 0),
        (LetterState.SENT, 1, DeliveryState.SENDING, 0),
        (LetterState.SENT, 1, DeliveryState.SENDING, 1),
    }


async def _how_far(db: Database, referral_id: UUID, shelf: Shelf) -> tuple[LetterState, int, DeliveryState | None, int]:
    """(the letter, how many messages it became, how far the message is, how often the provider took it)."""
    async with db.transaction() as session:
        (letter,) = await letters_of(session, referral_id)
    messages = await written(db, referral_id)
    taken = sum(shelf.took(message.id) for message in messages)
    return letter.state, len(messages), messages[0].state if messages else None, taken


async def _the_next_worker_goes_on(bench: Workbench, db: Database) -> None:
    """Until nothing is left, also of what it must ask the provider about first."""
    async with db.transaction() as session:
        await (await session.connection()).execute(_LAPSE)
    clock = bench.clock
    assert isinstance(clock, MovedClock)
    for _ in range(2):
        await Queue(bench, SENDING).drain()
        clock.move_on(minutes=3)


async def _leaves(db: Database, letter_id: UUID) -> None:
    async with db.transaction() as session:
        await letters_service.leave(session, letter_id, HEAD, LATER)


async def _stops(db: Database, referral_id: UUID, letter_id: UUID, late: int) -> bool:
    """Whether the colleague was told that it is stopped; they press `late` trips to the database after the worker."""
    try:
        async with db.transaction() as session:
            for _ in range(late):
                await (await session.connection()).execute(sa.text("select 1"))
            await letters_service.stop(session, EVE, referral_id, letter_id, 1, LATER)
    except FrontDoorError:
        return False
    return True


async def _raced(db: Database, late: int) -> tuple[bool, bool]:
    """(was stopped, did leave), both at once on connections of their own."""
    referral_id, letter_id = await a_letter(db)
    stopped, _ = await asyncio.gather(_stops(db, referral_id, letter_id, late), _leaves(db, letter_id))
    return stopped, bool(await written(db, referral_id))


async def test_of_stopping_a_letter_and_its_leaving_one_wins(
    databases: tuple[Database, Database], house: House
) -> None:
    results = {await _raced(databases[0], late) for late in range(_ROUNDS)}
    assert results == {(True, False), (False, True)}


async def test_control_without_the_lock_a_letter_is_stopped_and_leaves_all_the_same(
    databases: tuple[Database, Database], house: House
) -> None:
    db, _ = databases
    with unprotected(db.engine):
        for late in range(_ROUNDS):
            if await _raced(db, late) == (True, True):
                return
    pytest.fail("the race was never run")

"""Two colleagues, a worker and a family at once on real connections. Each race has a control with the protection taken
out, which must go wrong: otherwise the race was never run."""

import asyncio
from collections.abc import Awaitable, Sequence
from datetime import timedelta
from uuid import UUID

import pytest
from sqlmodel import select

from core.domain.clock import london
from core.domain.errors import FrontDoorError
from core.domain.ids import new_id
from core.storage.audit import AuditEntry
from core.storage.session import APP_ROLE, Database, make_engine
from core.web.house import House
from referral import letters_service, status_service
from referral.letters import Letterhead
from referral.outcome_models import ReferralAddition, RequestOutcome
from referral.outcome_words import LetterState, Outcome
from referral.words import RequestState
from tests.referral.outcome_support import (
    NOT_ACCEPTED,
    REOPENED,
    SIGNPOSTED,
    decide,
    joined,
    letters_of,
    referral_of,
    request_of,
    written,
)
from tests.referral.support import PROFILE, SLT, received
from tests.support.dying import dies
from tests.support.unprotected import unprotected

pytestmark = pytest.mark.usefixtures("house")

NOW = london(2026, 11, 23, 10)
LATER = NOW + timedelta(hours=2)
HEAD = Letterhead("An invented service", "01632 960000", "https://example.org")
_ROUNDS = 6


async def decides(db: Database, referral_id: UUID, outcome: Outcome, version: int | None = 1) -> bool:
    try:
        async with db.transaction() as session:
            await decide(session, referral_id, SLT, outcome, NOW, version=version)
    except FrontDoorError:
        return False
    return True


async def leaves(db: Database, letter_id: UUID) -> bool:
    async with db.transaction() as session:
        await letters_service.leave(session, letter_id, HEAD, LATER)
    return True


async def at_once(attempts: Sequence[Awaitable[bool]]) -> int:
    results = await asyncio.gather(*attempts, return_exceptions=True)
    return sum(one is True for one in results)


async def outcomes(db: Database, referral_id: UUID) -> int:
    async with db.transaction() as session:
        slt = await request_of(session, referral_id, SLT)
        return len((await session.exec(select(RequestOutcome).where(RequestOutcome.request_id == slt.id))).all())


async def left(db: Database, referral_id: UUID) -> int:
    """How often a letter went, by the audit trail."""
    went = select(AuditEntry.id).where(
        AuditEntry.subject_id == referral_id, AuditEntry.action == "referral.letter-left"
    )
    async with db.transaction() as session:
        return len((await session.exec(went)).all())


async def a_letter(db: Database) -> tuple[UUID, UUID]:
    referral_id = await received(db, NOW)
    assert await decides(db, referral_id, SIGNPOSTED)
    async with db.transaction() as session:
        (letter,) = await letters_of(session, referral_id)
    return referral_id, letter.id


async def test_of_those_who_decide_from_the_same_page_one_does(real_db: Database) -> None:
    referral_id = await received(real_db, NOW)
    chosen = (SIGNPOSTED, NOT_ACCEPTED) * 3
    assert await at_once([decides(real_db, referral_id, outcome) for outcome in chosen]) == 1
    assert await outcomes(real_db, referral_id) == 1


async def test_control_without_the_lock_two_decisions_are_written(real_db: Database) -> None:
    for _ in range(_ROUNDS):
        referral_id = await received(real_db, NOW)
        with unprotected(real_db.engine):
            await at_once([decides(real_db, referral_id, outcome) for outcome in (SIGNPOSTED, NOT_ACCEPTED) * 3])
        if await outcomes(real_db, referral_id) > 1:
            return
    pytest.fail("the race was never run")


async def test_a_letter_taken_up_by_many_workers_leaves_once(real_db: Database) -> None:
    referral_id, letter_id = await a_letter(real_db)
    await at_once([leaves(real_db, letter_id) for _ in range(6)])
    assert (await left(real_db, referral_id), len(await written(real_db, referral_id))) == (1, 1)


async def test_control_without_the_lock_a_letter_leaves_more_than_once(real_db: Database) -> None:
    for _ in range(_ROUNDS):
        referral_id, letter_id = await a_letter(real_db)
        with unprotected(real_db.engine):
            await at_once([leaves(real_db, letter_id) for _ in range(6)])
        if await left(real_db, referral_id) > 1:
            return
    pytest.fail("the race was never run")


async def test_two_referrals_made_duplicates_of_each_other_at_once_leave_one_that_goes_on(real_db: Database) -> None:
    for _ in range(3):
        assert await _crossed(real_db) == 1


async def test_control_without_the_lock_two_duplicates_leave_nobody(real_db: Database) -> None:
    for _ in range(_ROUNDS):
        with unprotected(real_db.engine):
            if await _crossed(real_db) == 0:
                return
    pytest.fail("the race was never run")


async def _crossed(db: Database) -> int:
    """How many of two go on."""
    one, other = await received(db, NOW), await received(db, NOW)
    async with db.transaction() as session:
        names = [(await referral_of(session, each)).reference for each in (one, other)]
    await at_once([decides(db, one, joined(names[1])), decides(db, other, joined(names[0]))])
    async with db.transaction() as session:
        states = [(await request_of(session, each, SLT)).state for each in (one, other)]
    return sum(state is not RequestState.DUPLICATE for state in states)


async def test_a_letter_that_leaves_while_its_decision_is_reopened_is_either_sent_and_answered_or_neither(
    real_db: Database,
) -> None:
    for _ in range(_ROUNDS):
        referral_id, letter_id = await a_letter(real_db)
        await at_once([leaves(real_db, letter_id), decides(real_db, referral_id, REOPENED, None)])
        async with real_db.transaction() as session:
            first, *more = await letters_of(session, referral_id)
        assert (first.state is LetterState.SENT) is (len(more) == 1)
        assert first.state in (LetterState.SENT, LetterState.DROPPED)


async def test_what_a_family_adds_twice_at_once_is_kept_once(real_db: Database) -> None:
    referral_id, once = await received(real_db, NOW), new_id()

    async def adds() -> bool:
        async with real_db.transaction() as session:
            return await status_service.add(session, referral_id, once, "He chokes.", PROFILE, NOW)

    assert await at_once([adds() for _ in range(5)]) == 1
    async with real_db.transaction() as session:
        assert len((await session.exec(select(ReferralAddition.id))).all()) == 1


async def test_dying_on_any_line_a_decision_is_whole_or_was_never_made(real_db: Database, house: House) -> None:
    url = str(real_db.engine.url.render_as_string(hide_password=False))
    referral_id, at, deaths = await received(real_db, NOW), 1, 0

    async def in_another_process() -> None:
        await decides(Database(make_engine(url, role=APP_ROLE)), referral_id, SIGNPOSTED)

    while dies(in_another_process, at):
        deaths, at = deaths + 1, at + 9
        async with real_db.transaction() as session:
            state = (await request_of(session, referral_id, SLT)).state
            letters = await letters_of(session, referral_id)
        decided = await outcomes(real_db, referral_id)
        assert (state, decided, len(letters)) in ((RequestState.RECEIVED, 0, 0), (RequestState.SIGNPOSTED, 1, 1))
    assert deaths > 3
    assert (await outcomes(real_db, referral_id), await _left_after(real_db, referral_id)) == (1, 1)


async def _left_after(db: Database, referral_id: UUID) -> int:
    async with db.transaction() as session:
        (letter,) = await letters_of(session, referral_id)
    for _ in range(2):
        await leaves(db, letter.id)
    return await left(db, referral_id)

"""Two colleagues press "Take this case" at the same moment, on two real connections."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import select

from core.domain.clock import MovedClock
from core.domain.identity import Actor
from core.storage.columns import use_keys
from core.storage.keys import new_keyring
from core.storage.session import Database
from referral import case_service
from referral.claims import SomebodyElse
from referral.claims_models import ReferralClaim
from tests.referral.support import received
from tests.referral.triage_support import colleagues, referral_row

_NAMES = ("Ada", "Ben", "Cyd", "Dee", "Eli", "Fay")
# What a claim is protected by: the lock of the referral, and that it is still with whom the page said.
_GUARDS = (" FOR UPDATE", " AND referral.owner_id IS NOT DISTINCT FROM ")


@contextmanager
def unguarded(engine: AsyncEngine) -> Iterator[None]:
    """Inside the block nobody waits for the referral, and nobody looks who has it."""

    def weaken(_: Any, __: Any, statement: str, parameters: Any, *___: Any) -> tuple[str, Any]:
        statement = statement.replace(_GUARDS[0], "")
        if statement.startswith("UPDATE referral SET") and _GUARDS[1] in statement:
            statement = statement.replace(
                _GUARDS[1], " AND referral.owner_id IS DISTINCT FROM referral.id AND referral.id IS DISTINCT FROM "
            )
        return statement, parameters

    event.listen(engine.sync_engine, "before_cursor_execute", weaken, retval=True)
    try:
        yield
    finally:
        event.remove(engine.sync_engine, "before_cursor_execute", weaken)


async def all_take(db: Database, people: list[Actor], referral_id: UUID, clock: MovedClock) -> int:
    """How many were told that they have the case."""
    ready = asyncio.Barrier(len(people))

    async def one(who: Actor) -> bool:
        async with db.transaction() as session:
            await (await session.connection()).execute(sa.text("select 1"))
            await ready.wait()
            try:
                await case_service.give(session, who, referral_id, None, who.id, "", clock.now())
            except SomebodyElse:
                await session.rollback()
                return False
        return True

    found = await asyncio.gather(*(one(who) for who in people), return_exceptions=True)
    return sum(one is True for one in found)


async def test_of_many_who_take_a_case_together_one_has_it(real_db: Database, clock: MovedClock) -> None:
    use_keys(new_keyring())
    people = await colleagues(real_db, clock.now(), *_NAMES)
    for _ in range(3):
        referral_id = await received(real_db, clock.now())
        assert await all_take(real_db, people, referral_id, clock) == 1
        async with real_db.transaction() as session:
            found = select(ReferralClaim).where(ReferralClaim.referral_id == referral_id)
            claim = (await session.exec(found)).one()
        assert (await referral_row(real_db, referral_id)).owner_id == claim.to_staff_id


async def test_control_without_the_guards_several_are_told_that_they_have_it(
    real_db: Database, clock: MovedClock
) -> None:
    use_keys(new_keyring())
    people = await colleagues(real_db, clock.now(), *_NAMES)
    referral_id = await received(real_db, clock.now())
    with unguarded(real_db.engine):
        assert await all_take(real_db, people, referral_id, clock) > 1

"""What administrators do, and what they cannot."""

import asyncio
from uuid import UUID

import pytest
from sqlmodel import select

from accounts import arrivals, factors, links, queries, staffing
from accounts.api import start_session
from accounts.models import StaffAccount
from accounts.rules import actor_of
from accounts.words import LinkKind, Profiled
from core.domain.clock import MovedClock
from core.domain.errors import FrontDoorError, Invalid, NotPossible
from core.domain.identity import Actor, Discipline, Right, Role
from core.storage.outbox import OutboxFact
from core.storage.session import Database
from core.web.house import House
from tests.accounts.support import add_ann

ADMIN, THERAPIST = frozenset({Role.SYSTEM_ADMIN}), frozenset({Role.THERAPIST})


async def admin(db: Database, clock: MovedClock, name: str = "Ivo") -> Actor:
    email = f"{name.lower()}.invented@example.org"
    staff_id = await add_ann(db, clock.now(), Role.SYSTEM_ADMIN, email=email, name=f"{name} Invented")
    async with db.transaction() as session:
        return actor_of((await queries.staff_views(session, [staff_id]))[staff_id])


async def is_active(db: Database, staff_id: UUID | None) -> bool:
    async with db.transaction() as session:
        return (await session.get_one(StaffAccount, staff_id)).active


async def test_closing_an_account_ends_everything_at_once_and_is_told(house: House, clock: MovedClock) -> None:
    ivo, ann = await admin(house.db, clock), await add_ann(house.db, clock.now())
    async with house.db.transaction() as session:
        token = await start_session(session, ann, clock.now())
        half = await arrivals.begin_half(session, ann, clock.now())
        link_id = await links.make_link(session, LinkKind.NEW_PASSWORD, ann, clock.now())
        await staffing.close(session, ivo, ann, clock.now())
        await staffing.close(session, ivo, ann, clock.now())
    assert await house.sign_ins.who(token, clock.now()) is None
    async with house.db.transaction() as session:
        assert await arrivals.half_holder(session, half, clock.now()) is None
        assert await links.letter_with_link(session, link_id, clock.now()) is None
        told = [fact.name for fact in await session.exec(select(OutboxFact))]
    assert told.count("StaffLeft") == 1
    # Opening it again by hand would revive nothing that was signed in.
    async with house.db.transaction() as session:
        account = await session.get_one(StaffAccount, ann)
        account.active, account.left_at = True, None
    assert await house.sign_ins.who(token, clock.now()) is None


async def test_nobody_closes_or_promotes_themselves(house: House, clock: MovedClock) -> None:
    ivo = await admin(house.db, clock)
    await admin(house.db, clock, "Jo")
    assert ivo.id
    async with house.db.transaction() as session:
        with pytest.raises(NotPossible):
            await staffing.close(session, ivo, ivo.id, clock.now())
        with pytest.raises(NotPossible):
            await staffing.reset_factors(session, ivo, ivo.id, "lost", clock.now())
        for roles in (THERAPIST, ADMIN | THERAPIST):
            with pytest.raises(Invalid):
                await staffing.change(session, ivo, ivo.id, Profiled(roles), clock.now())
        await staffing.change(session, ivo, ivo.id, Profiled(ADMIN, languages=frozenset({"pl"})), clock.now())


async def test_the_last_system_administrator_stays(house: House, clock: MovedClock) -> None:
    ivo, jo = await admin(house.db, clock), await admin(house.db, clock, "Jo")
    assert ivo.id
    assert jo.id
    async with house.db.transaction() as session:
        await staffing.close(session, ivo, jo.id, clock.now())
        with pytest.raises(NotPossible, match="last"):
            await staffing.close(session, jo, ivo.id, clock.now())
        with pytest.raises(Invalid):
            await staffing.change(session, jo, ivo.id, Profiled(THERAPIST), clock.now())
    assert await is_active(house.db, ivo.id)


@pytest.mark.parametrize("how", ["close", "change"])
async def test_two_administrators_cannot_remove_each_other_at_once(
    real_db: Database, house: House, clock: MovedClock, how: str
) -> None:
    ivo, jo = await admin(real_db, clock), await admin(real_db, clock, "Jo")

    async def remove(by: Actor, whom: Actor) -> bool:
        assert whom.id
        try:
            async with real_db.transaction() as session:
                if how == "close":
                    await staffing.close(session, by, whom.id, clock.now())
                else:
                    await staffing.change(session, by, whom.id, Profiled(THERAPIST), clock.now())
        except FrontDoorError:
            return False
        return True

    assert sum(await asyncio.gather(remove(ivo, jo), remove(jo, ivo))) == 1


async def test_what_a_colleague_may_do_changes_with_their_next_request(house: House, clock: MovedClock) -> None:
    ivo, ann = await admin(house.db, clock), await add_ann(house.db, clock.now(), Role.TRIAGE)
    async with house.db.transaction() as session:
        token = await start_session(session, ann, clock.now())
    before = await house.sign_ins.who(token, clock.now())
    assert before
    assert before.may(Right.DECIDE_REFERRALS)
    async with house.db.transaction() as session:
        profiled = Profiled(THERAPIST, frozenset({Discipline.OT}), frozenset({"pl"}), frozenset({"north"}))
        await staffing.change(session, ivo, ann, profiled, clock.now())
    after = await house.sign_ins.who(token, clock.now())
    assert after
    assert not after.may(Right.DECIDE_REFERRALS)
    assert after.disciplines == {Discipline.OT}


async def test_a_reset_signs_out_and_takes_every_second_factor(house: House, clock: MovedClock) -> None:
    ivo, ann = await admin(house.db, clock), await add_ann(house.db, clock.now())
    async with house.db.transaction() as session:
        token = await start_session(session, ann, clock.now())
        await factors.new_recovery_codes(session, ivo, clock.now())
        await staffing.reset_factors(session, ivo, ann, "lost", clock.now())
        known = await factors.factors_of(session, ann)
    assert await house.sign_ins.who(token, clock.now()) is None
    assert not known.any
    assert known.codes_left == 0

"""A hold and a deletion at the same moment, on connections of their own."""

import asyncio

from core.domain.clock import MovedClock, london
from core.storage.children import ChildKeys
from core.storage.session import Database
from core.web.house import House
from privacy import queries, retention
from privacy.words import RunState
from tests.privacy.support import HANA, POLICY, read, referral, there

OLD, NOW = london(2010, 5, 3, 10), london(2026, 11, 23, 10)


async def _approved(db: Database, count: int) -> object:
    async with db.transaction() as session:
        for n in range(count):
            await referral(session, OLD, child_born="2001-03-01", child_last=f"Grown{n}")
    async with db.transaction() as session:
        run_id = await retention.begin(session, HANA, POLICY, NOW)
    while (await read(db, run_id)).state is RunState.LOOKING:
        async with db.transaction() as session:
            await retention.look_further(session, run_id, NOW)
    async with db.transaction() as session:
        await retention.approve(session, HANA, run_id, str(count), NOW)
    return run_id


async def test_what_is_there_when_a_hold_is_placed_stays(real_db: Database, house: House, clock: MovedClock) -> None:
    """Workers delete side by side while somebody places a hold on everything: from its commit on nothing goes."""
    count = 24
    run_id = await _approved(real_db, count)
    held_with: list[int] = []

    async def worker() -> None:
        for _ in range(count):
            async with real_db.transaction() as session:
                await retention.delete_more(session, run_id, NOW)  # type: ignore[arg-type]

    async def inquiry() -> None:
        await asyncio.sleep(0.05)
        async with real_db.transaction() as session:
            await retention.place_hold(session, HANA, ChildKeys(), "A public inquiry", NOW)
        held_with.append(await there(real_db, "referral"))

    retention.DELETED_AT_ONCE, before = 3, retention.DELETED_AT_ONCE
    try:
        await asyncio.gather(worker(), worker(), inquiry())
    finally:
        retention.DELETED_AT_ONCE = before
    left = await there(real_db, "referral")
    assert left == held_with[0]
    run = await read(real_db, run_id)  # type: ignore[arg-type]
    assert run.state is RunState.DONE
    async with real_db.transaction() as session:
        outcomes = [line.outcomes for line in await queries.counted(session, run.id)]
    assert sum(each.get("deleted", 0) for each in outcomes) == count - left
    assert sum(each.get("held", 0) for each in outcomes) == left

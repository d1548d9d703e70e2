# ruff: noqa: S608 - what is planted is written here
"""The chain: whatever is done to the trail behind its back is found."""

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from core.domain.clock import MovedClock
from core.storage.session import Database
from core.web.house import House
from tests.conftest import Drain
from tests.trail.support import plant, sealed, verified, write
from trail import api, chain
from trail.words import Fault, Head

AT_3 = "(select entry_id from audit_link where position = 3)"


@pytest.fixture
async def chained(house: House, db: Database, clock: MovedClock) -> Head:
    """Five entries, sealed."""
    await write(db, clock.now())
    return await sealed(db, clock.now())


async def test_what_is_written_is_sealed_and_holds(chained: Head, db: Database, clock: MovedClock) -> None:
    assert chained.position == 5
    assert await verified(db) == []
    await write(db, clock.now(), 2)
    assert await verified(db, chained) == []
    assert (await sealed(db, clock.now())).position == 7
    assert await verified(db, chained) == []


@pytest.mark.parametrize(
    "change",
    [
        "actor = 'staff:somebody-else'",
        "action = 'advice.closed'",
        "at = at + interval '1 microsecond'",
        "subject_id = gen_random_uuid()",
        "detail = detail || '{\"n\": 99}'",
        "subject = 'booking'",
    ],
)
async def test_a_planted_change_is_found(chained: Head, db: Database, change: str) -> None:
    await plant(db, f"update audit_entry set {change} where id = {AT_3}")
    assert [(one.fault, one.position) for one in await verified(db)] == [(Fault.CHANGED, 3)]


async def test_a_removed_entry_is_found(chained: Head, db: Database) -> None:
    await plant(db, f"delete from audit_entry where id = {AT_3}")
    assert [(one.fault, one.position) for one in await verified(db)] == [(Fault.REMOVED, 3)]


async def test_an_entry_removed_with_its_link_is_found(chained: Head, db: Database) -> None:
    await plant(db, f"delete from audit_entry where id = {AT_3}", "delete from audit_link where position = 3")
    found = await verified(db)
    assert Fault.GAP in {one.fault for one in found}


async def test_an_entry_removed_with_its_link_and_the_gap_closed_is_found(chained: Head, db: Database) -> None:
    await plant(
        db,
        f"delete from audit_entry where id = {AT_3}",
        "delete from audit_link where position = 3",
        "update audit_link set position = position - 1 where position = 4",
        "update audit_link set position = position - 1 where position = 5",
    )
    assert [(one.fault, one.position) for one in await verified(db)] == [(Fault.CHANGED, 3), (Fault.CHANGED, 4)]


async def test_an_inserted_entry_is_found(chained: Head, db: Database) -> None:
    await plant(
        db,
        "insert into audit_entry (id, at, actor, action, subject, subject_id, detail) "
        "values (gen_random_uuid(), now(), 'public', 'advice.left', 'advice-message', gen_random_uuid(), '{}')",
    )
    assert [one.fault for one in await verified(db)] == [Fault.INSERTED]


async def test_reordered_entries_are_found(chained: Head, db: Database) -> None:
    await plant(
        db,
        "create temporary table kept as select position, entry_id from audit_link where position in (2, 4)",
        "update audit_link set entry_id = gen_random_uuid() where position in (2, 4)",
        "update audit_link set entry_id = (select entry_id from kept where position = 4) where position = 2",
        "update audit_link set entry_id = (select entry_id from kept where position = 2) where position = 4",
    )
    assert [(one.fault, one.position) for one in await verified(db)] == [(Fault.CHANGED, 2), (Fault.CHANGED, 4)]


async def test_a_tail_that_was_cut_off_is_found_by_a_head_noted_before(chained: Head, db: Database) -> None:
    await plant(
        db,
        "delete from audit_entry where id in (select entry_id from audit_link where position > 3)",
        "delete from audit_link where position > 3",
    )
    assert await verified(db) == []
    assert [one.fault for one in await verified(db, chained)] == [Fault.CUT]


async def test_a_chain_made_anew_is_found_by_a_head_noted_before(
    chained: Head, db: Database, clock: MovedClock
) -> None:
    """Somebody who also holds the key can make a chain that fits; not one that passes through a noted head."""
    await plant(
        db,
        f"update audit_entry set actor = 'public:somebody-else' where id = {AT_3}",
        "insert into audit_pending (entry_id) select entry_id from audit_link",
        "delete from audit_link",
    )
    await sealed(db, clock.now())
    assert await verified(db) == []
    assert [one.fault for one in await verified(db, chained)] == [Fault.REWRITTEN]


@pytest.mark.parametrize("table", ["audit_entry", "audit_link"])
@pytest.mark.parametrize("statement", ["delete from {}", "truncate {}", "update {0} set {1} = {1}"])
async def test_not_even_the_owner_changes_the_trail_in_passing(
    chained: Head, db: Database, table: str, statement: str
) -> None:
    column = "actor" if table == "audit_entry" else "hash"
    with pytest.raises(DBAPIError, match="only ever added to"):
        async with db.transaction() as session:
            await (await session.connection()).execute(sa.text(statement.format(table, column)))


async def test_the_auditor_walks_the_chain_and_stays_red_at_a_fault(
    chained: Head, db: Database, clock: MovedClock
) -> None:
    assert await rounds(db, 3) == [0, 0, 0]
    await plant(db, f"update audit_entry set actor = 'public:x' where id = {AT_3}")
    assert max(await rounds(db, 4)) == 1
    assert await rounds(db, 2) == [1, 1]


async def rounds(db: Database, many: int) -> list[int]:
    """What the auditor finds on stretches of two links."""
    found = []
    for _ in range(many):
        async with db.transaction() as session:
            found.append(await chain.patrol(session, stretch=2))
    return found


async def test_the_auditor_notices_that_nobody_seals(house: House, db: Database, clock: MovedClock) -> None:
    await write(db, clock.now(), 1)
    assert await broken(db, clock) == 0
    await plant(db, "update audit_pending set since = since - interval '11 minutes'")
    assert await broken(db, clock) == 1
    await sealed(db, clock.now())
    assert await broken(db, clock) == 0


async def broken(db: Database, clock: MovedClock) -> int:
    async with db.transaction() as session:
        return sum(count for _, count in await api.audit_checks(session, clock.now()))


async def test_sealing_is_done_by_the_clock(db: Database, house: House, clock: MovedClock, drain: Drain) -> None:
    from core.storage.tasks import plan
    from workers.beats import BEATS

    assert "trail.seal" in {beat.kind for beat in BEATS}
    await write(db, clock.now(), 3)
    async with db.transaction() as session:
        await plan(session, "trail.seal", key="seal", run_at=clock.now())
    await drain()
    async with db.transaction() as session:
        assert (await chain.head(session)).position == 3


async def test_an_entry_that_committed_late_is_sealed_later(real_db: Database, house: House, clock: MovedClock) -> None:
    async with real_db.transaction() as slow:
        from core.domain.identity import PUBLIC
        from core.domain.ids import new_id
        from core.storage import audit

        audit.record(slow, PUBLIC, "advice.left", "advice-message", new_id(), clock.now())
        await slow.flush()
        await write(real_db, clock.now(), 2)
        assert (await sealed(real_db, clock.now())).position == 2
    assert (await sealed(real_db, clock.now())).position == 3
    assert await verified(real_db) == []


async def test_two_sealers_at_once_make_one_chain(real_db: Database, house: House, clock: MovedClock) -> None:
    import asyncio

    await write(real_db, clock.now(), 6)
    await asyncio.gather(*(sealed(real_db, clock.now()) for _ in range(4)))
    assert (await sealed(real_db, clock.now())).position == 6
    assert await verified(real_db) == []

"""What a run finds, deletes, keeps and certifies."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from core.domain.clock import MovedClock, london
from core.domain.errors import NotPossible
from core.storage.children import ChildKeys, keys_from
from core.storage.session import Database
from core.web.house import House
from privacy import queries, retention
from privacy.words import RunState
from tests.booking.support import PARENT, booked, information, sitting_of
from tests.conftest import Drain
from tests.privacy.support import HANA, a_run, read, referral, there

OLD = london(2010, 5, 3, 10)


@pytest.fixture
async def old_records(db: Database, house: House) -> None:
    """Four that may go: two children who are grown up, a referral nobody accepted, a session of last year; three that
    stay."""
    async with db.transaction() as session:
        await referral(session, OLD, child_born="2001-03-01", child_first="Grown", child_last="Up")
        await referral(session, OLD, child_born="2000-02-29", child_first="Leap", child_last="Day")
        await referral(session, london(2024, 1, 2, 9), state="not-accepted", child_first="Not", child_last="Taken")
        await referral(session, london(2026, 1, 2, 9), state="not-accepted", child_first="Not", child_last="Yet")
        await referral(session, london(2026, 1, 2, 9), child_first="Still", child_last="Young")
        await referral(session, OLD, state="received", child_born="2001-03-01", child_last="Open")
        sitting = await sitting_of(session, information(), london(2025, 3, 3, 9))
        await booked(session, sitting, london(2025, 3, 1, 9), PARENT)


async def approve(db: Database, house: House, run_id: object, count: int) -> None:
    async with db.transaction() as session:
        await retention.approve(session, HANA, run_id, str(count), house.clock.now())  # type: ignore[arg-type]


async def test_what_the_preview_counts_is_what_goes(
    db: Database, house: House, drain: Drain, old_records: None
) -> None:
    run_id = await a_run(db, drain, house.clock.now())
    async with db.transaction() as session:
        preview = {(line.kind, str(line.rule)): line.found for line in await queries.counted(session, run_id)}
    assert preview == {
        ("referral", "birthday"): 2,
        ("referral", "not-accepted"): 1,
        ("booking", "group-session"): 1,
    }
    assert await there(db, "referral") == 6
    await approve(db, house, run_id, 4)
    await drain()
    assert await there(db, "referral") == 3
    assert await there(db, "booking") == 0
    assert await there(db, "place") == 6
    run = await read(db, run_id)
    assert run.state is RunState.DONE
    assert run.certificate is not None
    assert run.certificate_hash == retention.seal_of(run.certificate)
    assert {(line["kind"], line["deleted"]) for line in run.certificate["lines"]} == {
        ("referral", 2),
        ("referral", 1),
        ("booking", 1),
    }
    assert run.certificate["rows"]["referral"] == 3
    assert "Grown" not in str(run.certificate)


async def test_the_trail_of_what_was_deleted_stays(db: Database, house: House, drain: Drain, old_records: None) -> None:
    before = await there(db, "audit_entry")
    run_id = await a_run(db, drain, house.clock.now())
    await approve(db, house, run_id, 4)
    await drain()
    assert await there(db, "audit_entry") > before


async def test_a_hold_placed_after_the_approval_wins(
    db: Database, house: House, drain: Drain, old_records: None
) -> None:
    run_id = await a_run(db, drain, house.clock.now())
    await approve(db, house, run_id, 4)
    async with db.transaction() as session:
        keys = keys_from(last="Up", born=OLD.date().replace(2001, 3, 1))
        await retention.place_hold(session, HANA, keys, "A public inquiry", house.clock.now())
    await drain()
    assert await there(db, "referral") == 4
    run = await read(db, run_id)
    assert run.certificate is not None
    assert sum(line.get("held", 0) for line in run.certificate["lines"]) == 1


async def test_a_hold_for_everything_keeps_everything(
    db: Database, house: House, drain: Drain, old_records: None
) -> None:
    async with db.transaction() as session:
        await retention.place_hold(session, HANA, ChildKeys(), "A public inquiry", house.clock.now())
    run_id = await a_run(db, drain, house.clock.now())
    async with db.transaction() as session:
        assert await queries.counted(session, run_id) == []


async def test_a_hold_that_has_run_out_or_was_ended_keeps_nothing(
    db: Database, house: House, drain: Drain, old_records: None
) -> None:
    now = house.clock.now()
    async with db.transaction() as session:
        await retention.place_hold(session, HANA, ChildKeys(), "Over", now, until=(now - timedelta(days=1)).date())
        ended = await retention.place_hold(session, HANA, ChildKeys(), "Ended", now)
        await retention.end_hold(session, HANA, ended, now)
    run_id = await a_run(db, drain, now)
    async with db.transaction() as session:
        assert await queries.count_items(session, run_id) == 4


async def test_a_record_that_was_taken_up_again_meanwhile_stays(
    db: Database, house: House, drain: Drain, old_records: None
) -> None:
    run_id = await a_run(db, drain, house.clock.now())
    await approve(db, house, run_id, 4)
    async with db.transaction() as session:
        again = "update referral_request set state = 'waiting' where state = 'not-accepted'"
        await (await session.connection()).execute(sa.text(again))
    await drain()
    run = await read(db, run_id)
    assert run.certificate is not None
    assert sum(line.get("changed", 0) for line in run.certificate["lines"]) == 1
    assert await there(db, "referral") == 4


async def test_no_part_of_a_childs_record_goes_before_all_of_it_may(db: Database, house: House, drain: Drain) -> None:
    async with db.transaction() as session:
        await referral(session, OLD, child_born="2001-03-01")
        await referral(session, OLD, state="waiting", child_born="2001-03-01")
    run_id = await a_run(db, drain, house.clock.now())
    async with db.transaction() as session:
        assert await queries.count_items(session, run_id) == 0


async def test_a_run_that_dies_between_batches_goes_on_and_deletes_nothing_twice(
    db: Database, house: House, drain: Drain, old_records: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "DELETED_AT_ONCE", 1)
    monkeypatch.setattr(retention, "LOOKED_AT_ONCE", 2)
    run_id = await a_run(db, drain, house.clock.now())
    await approve(db, house, run_id, 4)
    now = house.clock.now()
    with pytest.raises(ZeroDivisionError):  # noqa: PT012 - the transaction is what is tried
        async with db.transaction() as session:
            await retention.delete_more(session, run_id, now)
            raise ZeroDivisionError  # the process is killed before the commit
    assert await there(db, "referral") == 6
    async with db.transaction() as session:
        await retention.delete_more(session, run_id, now)
    await drain()
    run = await read(db, run_id)
    assert run.certificate is not None
    assert sum(line.get("deleted", 0) for line in run.certificate["lines"]) == 4


async def test_only_who_types_the_number_approves_and_only_one_run_is_open(
    db: Database, house: House, drain: Drain, old_records: None
) -> None:
    run_id = await a_run(db, drain, house.clock.now())
    with pytest.raises(ValueError, match="4"):
        await approve(db, house, run_id, 3)
    async with db.transaction() as session:
        with pytest.raises(NotPossible):
            await retention.begin(session, HANA, house.profile.retention, house.clock.now())


async def test_an_old_preview_is_not_approved(
    db: Database, house: House, drain: Drain, clock: MovedClock, old_records: None
) -> None:
    run_id = await a_run(db, drain, house.clock.now())
    clock.move_on(days=8)
    with pytest.raises(NotPossible):
        await approve(db, house, run_id, 4)

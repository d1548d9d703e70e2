"""Everything in a transaction happens or nothing does, and a worker is woken only by what was committed."""

from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlmodel import select

from core.domain.clock import MovedClock
from core.domain.identity import Actor, ActorKind, system
from core.domain.ids import new_id
from core.storage import audit, drafts
from core.storage.audit import AuditEntry
from core.storage.session import Database
from core.storage.tasks import plan

OWNER = b"o" * 32


async def test_nothing_of_a_broken_transaction_is_left(db: Database, clock: MovedClock) -> None:
    async def break_half_way() -> None:
        async with db.transaction() as session:
            audit.record(session, system("test"), "half", "thing", new_id(), clock.now())
            await session.flush()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await break_half_way()
    async with db.transaction() as session:
        assert (await session.exec(select(AuditEntry))).all() == []


async def test_a_worker_is_woken_after_a_commit_that_planned_something_and_never_else(
    db: Database, clock: MovedClock
) -> None:
    rung: list[bool] = []

    async def ring() -> None:
        rung.append(True)

    async def plan_and_break() -> None:
        async with db.transaction() as session:
            await plan(session, "x", key="x", run_at=clock.now())
            raise ZeroDivisionError

    db.wake = ring
    async with db.transaction() as session:
        await session.exec(sa.text("select 1"))  # type: ignore[call-overload]
    assert rung == []
    with pytest.raises(ZeroDivisionError):
        await plan_and_break()
    assert rung == []
    async with db.transaction() as session:
        await plan(session, "x", key="x", run_at=clock.now())
        assert rung == []
    assert rung == [True]


async def test_errors_do_not_carry_what_people_typed(db: Database) -> None:
    with pytest.raises(IntegrityError) as caught:
        async with db.transaction() as session:
            await (await session.connection()).execute(
                sa.text(
                    "insert into audit_entry (id, at, actor, action, subject) values (null, now(), :secret, '', '')"
                ),
                {"secret": "Zebedee Uncommon"},
            )
    assert "Zebedee" not in str(caught.value.statement)
    assert "[SQL parameters hidden" in str(caught.value)


async def test_the_audit_trail_names_no_person(db: Database, clock: MovedClock) -> None:
    staff = Actor(ActorKind.STAFF, new_id(), name="Amira Invented")
    async with db.transaction() as session:
        audit.record(session, staff, "viewed", "referral", new_id(), clock.now(), why="triage")
    async with db.transaction() as session:
        [entry] = (await session.exec(select(AuditEntry))).all()
    assert entry.actor == f"staff:{staff.id}"
    assert "Amira" not in repr(entry)


async def test_answers_of_a_draft_cannot_be_read_in_the_database(db: Database, clock: MovedClock, house: Any) -> None:
    async with db.transaction() as session:
        draft = await drafts.start_draft(session, OWNER, "refer", "1", clock.now())
        drafts.save_answers(draft, {"name": "Zebedee"}, "1", clock.now())
    async with db.transaction() as session:
        raw = await (await session.connection()).scalar(sa.text("select answers from draft"))
        assert b"Zebedee" not in raw
        again = await drafts.open_draft(session, OWNER, "refer")
    assert again is not None
    assert again.answers == {"name": "Zebedee"}


async def test_starting_a_draft_twice_is_one_draft_and_sending_it_makes_room_for_another(
    db: Database, clock: MovedClock, house: Any
) -> None:
    async with db.transaction() as session:
        one = await drafts.start_draft(session, OWNER, "refer", "1", clock.now())
        same = await drafts.start_draft(session, OWNER, "refer", "1", clock.now())
        assert one.id == same.id
        drafts.mark_sent(one, new_id(), "token", clock.now())
        await session.flush()
        other = await drafts.start_draft(session, OWNER, "refer", "1", clock.now())
        assert other.id != one.id
        sent = await drafts.last_sent(session, OWNER, "refer")
    assert sent is not None
    assert (sent.id, sent.answers, sent.sent_token) == (one.id, {}, "token")


async def test_nobody_sends_the_draft_of_another(db: Database, clock: MovedClock, house: Any) -> None:
    async with db.transaction() as session:
        draft = await drafts.start_draft(session, OWNER, "refer", "1", clock.now())
        assert await drafts.draft_to_send(session, b"x" * 32, draft.id) is None

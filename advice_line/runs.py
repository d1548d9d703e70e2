"""What a run leaves behind: whose each message is, why, and the history. `run_queries` reads what it is made of.

Between the two nothing is locked. A run is stored only when no other was stored meanwhile (its version would be
taken), and leaves alone every message that changed meanwhile (its revision grew).
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import UUID as PG_UUID

from advice_line.models import AdviceRun
from advice_line.problem import Placed, Shared
from advice_line.run_queries import SCOPE, Day
from advice_line.words import LIST_TOPIC, MessagesAssigned
from core.domain.identity import system
from core.storage import audit
from core.storage.outbox import tell
from core.storage.session import Session, note_change

_BY = system("advice.assign")

_STORE = sa.text("""
    with share as (
        select * from rows from (
            unnest(:ids), unnest(:revisions), unnest(:staff), unnest(:reasons), unnest(:costs),
            jsonb_array_elements(cast(:parts as jsonb))
        ) as share(id, revision, staff_id, reason, cost, parts)
    ), moved as (
        update advice_message message
        set owner_id = share.staff_id, exception_reason = share.reason, run_id = :run, pinned = false,
            revision = message.revision + 1
        from share
        where message.id = share.id and message.revision = share.revision and message.closed_at is null
        returning message.id, share.staff_id, share.reason, share.cost, share.parts
    ), history as (
        insert into advice_event (id, message_id, at, by, happened, staff_id, reason, run_id)
        select gen_random_uuid(), id, :now, :by, case when staff_id is null then 'not-placed' else 'assigned' end,
            staff_id, reason, :run
        from moved
    )
    insert into advice_assignment (run_id, message_id, staff_id, reason, cost, parts)
    select :run, id, staff_id, reason, cost, parts from moved
    returning true
""").bindparams(
    sa.bindparam("ids", type_=ARRAY(PG_UUID(as_uuid=False))),
    sa.bindparam("revisions", type_=ARRAY(sa.Integer)),
    sa.bindparam("staff", type_=ARRAY(PG_UUID(as_uuid=False))),
    sa.bindparam("reasons", type_=ARRAY(sa.Text)),
    sa.bindparam("costs", type_=ARRAY(sa.BigInteger)),
    sa.bindparam("parts", type_=sa.Text),
    sa.bindparam("run", type_=PG_UUID(as_uuid=True)),
)


@dataclass(frozen=True, slots=True)
class Told:
    """Why a run is made. `whole` writes every message anew, else only those that go elsewhere; a `quiet` one that moves
    nothing leaves no trace."""

    cause: str
    whole: bool = False
    quiet: bool = False


async def store(session: Session, day: Day, shared: Shared, told: Told, now: datetime) -> int:
    """Writes the share and its explanations; returns how many messages it moved. IntegrityError when another run was
    stored since the day was read."""
    placed = [one for one in shared.placed if told.whole or _stands_elsewhere(one, day)]
    if told.quiet and not placed:
        return 0
    run = AdviceRun(
        day=day.day,
        scope=SCOPE,
        version=day.version + 1,
        cause=told.cause,
        solver=shared.solver,
        ran_at=now,
        placed=sum(one.able is not None for one in shared.placed),
        left_out=sum(one.able is None for one in shared.placed),
        objective=shared.objective,
    )
    session.add(run)
    await session.flush()
    moved = await _write(session, run.id, day, placed, now) if placed else 0
    audit.record(session, _BY, "advice.assigned", "advice-run", run.id, now, cause=told.cause, moved=moved)
    note_change(session, LIST_TOPIC)
    await tell(session, MessagesAssigned(run.id), now)
    return moved


def _stands_elsewhere(one: Placed, day: Day) -> bool:
    return day.stood[one.wanted] != (one.able, one.reason)


async def _write(session: Session, run_id: UUID, day: Day, placed: Sequence[Placed], now: datetime) -> int:
    given = {
        "run": run_id,
        "now": now,
        "by": _BY.audit_name,
        "ids": [one.wanted for one in placed],
        "revisions": [day.revisions[one.wanted] for one in placed],
        "staff": [one.able for one in placed],
        "reasons": [one.reason for one in placed],
        "costs": [one.cost for one in placed],
        "parts": json.dumps([one.parts for one in placed]),
    }
    return len((await (await session.connection()).execute(_STORE, given)).all())

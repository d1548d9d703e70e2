"""Retention: look at everything, have a person approve it, delete it batch by batch, certify what was done.

A batch and the task that planned it commit together, so a run that is killed goes on where it stood. Holds and batches
take the same lock: a hold that was placed is seen by the next batch, and none is placed in the middle of one.
"""

import hashlib
import json
from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from core.domain.clock import london_day
from core.domain.errors import NotFound, NotPossible
from core.domain.identity import Actor, system
from core.domain.ids import new_id
from core.domain.keeping import Matter
from core.domain.profile import RetentionPolicy
from core.storage import audit, outbox
from core.storage.children import ChildKeys
from core.storage.keeping import Kept
from core.storage.session import Session
from core.storage.tasks import LATER, plan
from privacy import queries, rules
from privacy.models import RetentionHold, RetentionItem, RetentionRun
from privacy.rooms import BY_KIND, CLINICAL, KEEPERS, all_keys
from privacy.words import Due, Hold, LookAsked, Outcome, RunApproved, RunState, RunStep

LOOK, DELETE = "privacy.look", "privacy.delete"
LOOKED_AT_ONCE, DELETED_AT_ONCE = 500, 25
_SERVICE = system("privacy")
_ONE_AT_A_TIME = sa.text("select pg_advisory_xact_lock(7302614995)")


async def begin(session: Session, actor: Actor, policy: RetentionPolicy, now: datetime) -> UUID:
    """Starts a look at everything. NotPossible while another run is under way."""
    run = RetentionRun(policy=policy.model_dump(), asked_at=now, asked_by=actor.audit_name)
    try:
        async with session.begin_nested():
            session.add(run)
    except sa.exc.IntegrityError:
        raise NotPossible("another run is under way") from None
    _record(session, actor, "looked", run.id, now)
    await outbox.tell(session, LookAsked(run.id), now)
    return run.id


async def look_further(session: Session, run_id: UUID, now: datetime) -> None:
    """Looks at the next records and plans the rest; once everything was looked at the run can be read and approved."""
    run = await _locked(session, run_id)
    if run.state is not RunState.LOOKING:
        return
    policy, today = RetentionPolicy.model_validate(run.policy), london_day(now)
    page, after = await KEEPERS[run.at_keeper].page(session, run.at_record, LOOKED_AT_ONCE)
    holds = await current_holds(session, today)
    for kept, found in await _judged(session, page, policy, today):
        if rules.is_due(found, today) and not rules.is_held(kept.keys.nhs, kept.keys.named, holds, today):
            await _list(session, run.id, kept, found)
    run.looked += len(page)
    run.at_record, run.at_keeper = after, run.at_keeper + (after is None)
    if run.at_keeper == len(KEEPERS):
        run.state, run.ready_at = rules.run_after(run.state, RunStep.FOUND), now
        return
    key = f"{LOOK}:{run.id}:{run.at_keeper}:{run.at_record}"
    await plan(session, LOOK, key=key, run_at=now, priority=LATER, run_id=run.id)


async def _list(session: Session, run_id: UUID, kept: Kept, found: Due | None) -> None:
    if found is None:
        return
    row = {"id": new_id(), "run_id": run_id, "kind": kept.kind, "record_id": kept.id, "rule": found.rule, "rows": {}}
    await session.exec(insert(RetentionItem).values(row).on_conflict_do_nothing())


async def _judged(
    session: Session, page: Collection[Kept], policy: RetentionPolicy, today: date
) -> list[tuple[Kept, Due | None]]:
    """Each record with when it may go. A child's record is one: no part of it goes before all of it may, and what is
    still open anywhere keeps the rest."""
    judged: list[tuple[Kept, Due | None]] = []
    for kept in page:
        found = rules.due(kept.matter, kept.born, kept.over_on, policy)
        if rules.is_due(found, today) and kept.matter is Matter.CHILD and kept.keys:
            parts = [one for keeper in CLINICAL for one in await keeper.known(session, kept.keys)]
            every = [
                rules.due(one.matter, one.born, one.over_on, policy) for one in parts if one.matter is Matter.CHILD
            ]
            # The latest; none at all when some part is still open.
            found = None if None in every else max(filter(None, [found, *every]), key=lambda each: each.on)
        judged.append((kept, found))
    return judged


async def approve(session: Session, actor: Actor, run_id: UUID, typed: str, now: datetime) -> None:
    """A person has read what would go, and says so by typing how many. ValueError when they typed something else;
    NotPossible when it is not to be approved, or was looked at too long ago."""
    run = await _locked(session, run_id)
    approved = rules.run_after(run.state, RunStep.APPROVE)
    if run.ready_at and now - run.ready_at > rules.GOOD_FOR:
        raise NotPossible("looked at too long ago")
    count = await queries.count_items(session, run.id)
    rules.check_confirmation(typed, count)
    run.state, run.approved_at, run.approved_by = approved, now, actor.audit_name
    _record(session, actor, "approved", run.id, now, records=count)
    await outbox.tell(session, RunApproved(run.id), now)


async def drop(session: Session, actor: Actor, run_id: UUID, now: datetime) -> None:
    """Nothing of this run is deleted."""
    run = await _locked(session, run_id)
    run.state = rules.run_after(run.state, RunStep.DROP)
    _record(session, actor, "dropped", run.id, now)


async def delete_more(session: Session, run_id: UUID, now: datetime) -> None:
    """Deletes the next records that still may go, and plans the rest; after the last it writes the certificate."""
    await (await session.connection()).execute(_ONE_AT_A_TIME)
    run = await _locked(session, run_id)
    if run.state is not RunState.APPROVED:
        return
    items = await queries.items_left(session, run.id, DELETED_AT_ONCE)
    holds = await current_holds(session, london_day(now))
    for kind in dict.fromkeys(item.kind for item in items):
        await _delete(session, run, [item for item in items if item.kind == kind], holds, now)
    if items:
        key = f"{DELETE}:{run.id}:{items[-1].id}"
        await plan(session, DELETE, key=key, run_at=now, priority=LATER, run_id=run.id)
    else:
        await _certify(session, run, now)


async def _delete(
    session: Session, run: RetentionRun, items: list[RetentionItem], holds: list[Hold], now: datetime
) -> None:
    """One kind's part of a batch. Each record is locked and judged again as it is at this moment."""
    keeper, today = BY_KIND[items[0].kind], london_day(now)
    kept = await keeper.again(session, [item.record_id for item in items], lock=True)
    policy = RetentionPolicy.model_validate(run.policy)
    judged = {one.id: (one, found) for one, found in await _judged(session, kept, policy, today)}
    for item in items:
        item.outcome, item.ended_at = _outcome(judged.get(item.record_id), holds, today), now
        if item.outcome is Outcome.DELETED:
            item.rows = await keeper.forget(session, [item.record_id])
            act = {"run": str(run.id), "rule": item.rule}
            audit.record(session, _SERVICE, "record.deleted", item.kind, item.record_id, now, **act)
    await session.flush()


def _outcome(judged: tuple[Kept, Due | None] | None, holds: list[Hold], today: date) -> Outcome:
    if judged is None:
        return Outcome.GONE
    kept, found = judged
    if rules.is_held(kept.keys.nhs, kept.keys.named, holds, today):
        return Outcome.HELD
    return Outcome.DELETED if rules.is_due(found, today) else Outcome.CHANGED


async def _certify(session: Session, run: RetentionRun, now: datetime) -> None:
    told: dict[str, Any] = {
        "run": str(run.id),
        "schedule": run.policy,
        "looked_at": run.looked,
        "asked": {"by": run.asked_by, "at": run.asked_at.isoformat()},
        "approved": {"by": run.approved_by, "at": run.approved_at.isoformat() if run.approved_at else None},
        "finished_at": now.isoformat(),
        "lines": [
            {"kind": line.kind, "rule": line.rule, "approved": line.found, **line.outcomes}
            for line in await queries.counted(session, run.id)
        ],
        "rows": await queries.rows_gone(session, run.id),
    }
    run.certificate, run.certificate_hash = told, seal_of(told)
    run.state, run.done_at = rules.run_after(run.state, RunStep.FINISH), now
    _record(session, _SERVICE, "finished", run.id, now, hash=run.certificate_hash)


def seal_of(certificate: Mapping[str, Any]) -> str:
    """SHA-256 of the certificate in its one written form; the audit trail keeps it too."""
    return hashlib.sha256(json.dumps(certificate, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


async def place_hold(
    session: Session,
    actor: Actor,
    keys: ChildKeys,
    why: str,
    now: datetime,
    *,
    child: Mapping[str, Any] | None = None,
    until: date | None = None,
) -> UUID:
    """From now on nothing about this child (without keys: nothing at all) is deleted. Waits for a batch under way."""
    await (await session.connection()).execute(_ONE_AT_A_TIME)
    keys = await all_keys(session, keys) if keys else keys
    hold = RetentionHold(
        nhs_keys=sorted(keys.nhs),
        named_keys=sorted(keys.named),
        child=dict(child) if child else None,
        why=why,
        until=until,
        placed_at=now,
        placed_by=actor.audit_name,
    )
    session.add(hold)
    await session.flush()
    audit.record(session, actor, "retention.held", "retention-hold", hold.id, now, everything=not keys)
    return hold.id


async def end_hold(session: Session, actor: Actor, hold_id: UUID, now: datetime) -> None:
    """The inquiry is over. Ending it twice changes nothing."""
    hold = await session.get(RetentionHold, hold_id, with_for_update=True)
    if hold is None:
        raise NotFound("no such hold")
    if hold.ended_at is None:
        hold.ended_at, hold.ended_by = now, actor.audit_name
        audit.record(session, actor, "retention.hold-ended", "retention-hold", hold.id, now)


async def current_holds(session: Session, today: date) -> list[Hold]:
    """Every hold that counts today, with all keys its child is known by now."""
    holds: list[Hold] = []
    for row in await queries.live_holds(session):
        keys = ChildKeys(frozenset(row.nhs_keys), frozenset(row.named_keys))
        if row.until is None or today <= row.until:
            keys = await all_keys(session, keys) if keys else keys
            holds.append(Hold(keys.nhs, keys.named, row.until))
    return holds


async def _locked(session: Session, run_id: UUID) -> RetentionRun:
    found = select(RetentionRun).where(col(RetentionRun.id) == run_id).with_for_update()
    run = (await session.exec(found.execution_options(populate_existing=True))).one_or_none()
    if run is None:
        raise NotFound("no such run")
    return run


def _record(session: Session, actor: Actor, act: str, run_id: UUID, now: datetime, **detail: object) -> None:
    audit.record(session, actor, f"retention.{act}", "retention-run", run_id, now, **detail)


async def shown(session: Session, items: Collection[RetentionItem]) -> list[tuple[RetentionItem, str]]:
    """Each record of a list with its reference, while it is there; nothing else about it."""
    references: dict[UUID, str] = {}
    for kind in {item.kind for item in items}:
        ids = [item.record_id for item in items if item.kind == kind]
        references |= {kept.id: kept.reference for kept in await BY_KIND[kind].again(session, ids)}
    return [(item, references.get(item.record_id, "")) for item in items]

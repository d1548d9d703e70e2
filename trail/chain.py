"""The chain over the audit trail: every minute what is new is sealed; whoever asks can prove that nothing was changed.

Writing an entry takes no lock. A trigger puts each new entry among those that wait; one sealer at a time gives them
positions, so that an entry whose transaction took long simply comes later. The hashes are keyed (the look-up key is not
in the database): somebody who holds only the database cannot make a chain that fits.
"""

import logging
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Row
from sqlmodel import col, delete, select

from core.storage.audit import AuditEntry
from core.storage.columns import keys
from core.storage.session import Session
from trail import rules
from trail.models import AuditLink, AuditPatrol, AuditPending
from trail.words import Entry, Fault, Found, Head

log = logging.getLogger("frontdoor.trail")
BATCH = 1000
_ONE_SEALER = 7_302_614_993
_NEVER_WAITED = sa.text("""
    select e.id from audit_entry e
    where not exists (select 1 from audit_link l where l.entry_id = e.id)
      and not exists (select 1 from audit_pending p where p.entry_id = e.id)
    limit 100
""")


async def seal(session: Session, now: datetime) -> int:
    """Seals up to a batch of what waits, in the order of their ids; how many. The new head goes to the log, which is
    kept on another machine: a chain that is cut short later does not reach it any more."""
    await (await session.connection()).execute(sa.select(sa.func.pg_advisory_xact_lock(_ONE_SEALER)))
    waiting = select(AuditPending.entry_id).order_by(col(AuditPending.entry_id)).limit(BATCH)
    ids = (await session.exec(waiting)).all()
    if not ids:
        return 0
    found = select(*_COLUMNS).where(col(AuditEntry.id).in_(ids)).order_by(col(AuditEntry.id))
    entries = [_entry(row) for row in (await (await session.connection()).execute(found)).all()]
    end = await head(session)
    for entry in entries:
        end = Head(end.position + 1, _hash(entry, end.position + 1, end.hash))
        session.add(AuditLink(position=end.position, entry_id=entry.id, hash=end.hash, sealed_at=now))
    await session.flush()
    await session.exec(delete(AuditPending).where(col(AuditPending.entry_id).in_(ids)))
    log.info("sealed", extra={"head": str(end)})
    return len(ids)


async def head(session: Session) -> Head:
    """The end of the chain; position 0 before anything was sealed."""
    last = select(AuditLink).order_by(col(AuditLink.position).desc()).limit(1)
    link = (await session.exec(last)).one_or_none()
    return Head(link.position, link.hash) if link else Head(0, rules.GENESIS)


async def verify(session: Session, noted: Head | None = None) -> list[Found]:
    """Walks the whole chain. Empty when every entry is as it was sealed, in its place, and none is missing or has
    slipped in; and, with a head that was noted earlier, when the chain still passes through it."""
    found = [fault async for fault in _walk(session, 0, None)]
    rows = (await (await session.connection()).execute(_NEVER_WAITED)).scalars().all()
    found += [Found(Fault.INSERTED, 0, entry_id) for entry_id in rows]
    return found + await _against(session, noted)


async def _against(session: Session, noted: Head | None) -> list[Found]:
    if noted is None or noted.position == 0:
        return []
    link = (await session.exec(select(AuditLink).where(AuditLink.position == noted.position))).one_or_none()
    if link is None:
        return [Found(Fault.CUT, noted.position)]
    return [] if link.hash == noted.hash else [Found(Fault.REWRITTEN, noted.position, link.entry_id)]


async def patrol(session: Session, stretch: int = 5 * BATCH) -> int:
    """The auditor's round: walks the next stretch of the chain, again from the start after its end; how many faults.
    It stands still before a fault, so that what is broken stays red until somebody has looked."""
    place = await session.get_one(AuditPatrol, 1, with_for_update=True)
    end = await head(session)
    begin = place.checked_to if place.checked_to < end.position else 0
    faults = [fault async for fault in _walk(session, begin, stretch)]
    place.checked_to = begin if faults else min(begin + stretch, end.position)
    return len(faults)


async def longest_wait(session: Session) -> timedelta:
    """How long the oldest entry has waited for its seal, by the database's clock."""
    waited = sa.func.clock_timestamp() - sa.func.min(AuditPending.since)
    found: timedelta | None = await (await session.connection()).scalar(sa.select(waited))
    return found or timedelta(0)


_COLUMNS: tuple[Any, ...] = (
    AuditEntry.id,
    AuditEntry.at,
    AuditEntry.actor,
    AuditEntry.action,
    AuditEntry.subject,
    AuditEntry.subject_id,
    AuditEntry.detail,
)


async def _walk(session: Session, begin: int, stretch: int | None) -> AsyncIterator[Found]:
    """Every fault after a position. The hash before it is taken as it stands: its own link was walked before."""
    before, position = await _hash_at(session, begin), begin
    end = None if stretch is None else begin + stretch
    while rows := await _links(session, position, end):
        for row in rows:
            if row.position != position + 1:
                yield Found(Fault.GAP, position + 1)
            if row.id is None:
                yield Found(Fault.REMOVED, row.position, row.entry_id)
            elif _hash(_entry(row), row.position, before) != row.hash:
                yield Found(Fault.CHANGED, row.position, row.entry_id)
            before, position = row.hash, row.position


async def _links(session: Session, after: int, end: int | None) -> list[Any]:
    found = (
        sa.select(*_COLUMNS, col(AuditLink.position), col(AuditLink.entry_id), col(AuditLink.hash))
        .select_from(AuditLink)
        .outerjoin(AuditEntry, col(AuditEntry.id) == AuditLink.entry_id)
        .where(col(AuditLink.position) > after)
        .order_by(col(AuditLink.position))
        .limit(BATCH)
    )
    if end is not None:
        found = found.where(col(AuditLink.position) <= end)
    return list((await (await session.connection()).execute(found)).all())


async def _hash_at(session: Session, position: int) -> bytes:
    if position == 0:
        return rules.GENESIS
    found = select(AuditLink.hash).where(AuditLink.position == position)
    return (await session.exec(found)).one_or_none() or rules.GENESIS


def _entry(row: Row[Any]) -> Entry:
    return Entry(row.id, row.at, row.actor, row.action, row.subject, row.subject_id, row.detail)


def _hash(entry: Entry, position: int, before: bytes) -> bytes:
    return keys().fingerprint("audit-link", rules.sealed_text(entry, position, before))

"""What is asked of the audit trail, and whose child a record is."""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from advice_line.api import records_of_child as advice_records
from booking.api import records_of_child as booking_records
from core.storage.audit import AuditEntry
from core.storage.children import ChildKeys, ChildRecord, ChildRecords
from core.storage.session import Session
from referral.api import records_of_child as referral_records
from trail import rules
from trail.words import Entry, Shown, Wanted

PAGE = 50

# Every room that keeps records about children. A room that is not here is not found by child.
CHILD_RECORDS: tuple[ChildRecords, ...] = (referral_records, booking_records, advice_records)


async def records_of_child(session: Session, wanted: ChildKeys, reference: str = "") -> list[ChildRecord]:
    """Every record about one child in every room. What one room knows about the child (the NHS number's hash, say)
    finds it in the others."""
    found: dict[tuple[str, UUID], ChildRecord] = {}
    for _ in range(2):
        known = wanted
        for room in CHILD_RECORDS:
            for record in await room(session, wanted, reference):
                found[record.kind, record.id] = record
                known |= record.keys
        if known == wanted:
            break
        wanted = known
    return list(found.values())


async def entries(session: Session, wanted: Wanted, most: int = PAGE) -> list[Entry]:
    """Newest first, from where the page before ended."""
    found = select(AuditEntry).order_by(col(AuditEntry.at).desc(), col(AuditEntry.id).desc()).limit(most)
    for condition in _conditions(wanted):
        found = found.where(condition)
    return [
        Entry(row.id, row.at, row.actor, row.action, row.subject, row.subject_id, row.detail)
        for row in await session.exec(found)
    ]


def _conditions(wanted: Wanted) -> list[Any]:
    conditions: list[Any] = []
    if wanted.records is not None:
        conditions.append(_about(wanted.records))
    if wanted.actor:
        conditions.append(col(AuditEntry.actor) == wanted.actor)
    if wanted.since:
        conditions.append(col(AuditEntry.at) >= wanted.since)
    if wanted.until:
        conditions.append(col(AuditEntry.at) < wanted.until)
    if wanted.shown is not Shown.ALL:
        is_view = col(AuditEntry.action).in_(sorted(rules.VIEWS))
        conditions.append(is_view if wanted.shown is Shown.VIEWS else sa.not_(is_view))
    if wanted.after:
        conditions.append(_after(*wanted.after))
    return conditions


def _about(records: frozenset[tuple[str, UUID]]) -> Any:
    of_the_record = sa.tuple_(col(AuditEntry.subject), col(AuditEntry.subject_id)).in_(sorted(records))
    told = col(AuditEntry.detail)["about"].astext
    in_passing = sa.and_(told.in_(sorted(str(record_id) for _, record_id in records)), sa.text("detail ? 'about'"))
    return sa.or_(of_the_record, in_passing)


def _after(at: datetime, entry_id: UUID) -> Any:
    place = sa.tuple_(col(AuditEntry.at), col(AuditEntry.id))
    return place < sa.tuple_(sa.literal(at, sa.DateTime(timezone=True)), sa.literal(entry_id, sa.Uuid()))

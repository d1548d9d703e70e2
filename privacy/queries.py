"""What is asked about runs, holds, requests and complaints."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from core.storage.session import Session
from privacy.models import (
    AccessCopy,
    Complaint,
    PrivacyEvent,
    RecordMark,
    RetentionHold,
    RetentionItem,
    RetentionRun,
    RightsRequest,
)
from privacy.words import ComplaintState, Counted, RequestState

PAGE = 50


async def runs(session: Session) -> Sequence[RetentionRun]:
    """The newest runs."""
    return (await session.exec(select(RetentionRun).order_by(col(RetentionRun.id).desc()).limit(PAGE))).all()


async def run(session: Session, run_id: UUID) -> RetentionRun | None:
    return await session.get(RetentionRun, run_id)


async def items_left(session: Session, run_id: UUID, most: int) -> Sequence[RetentionItem]:
    """What a run has still to do, in the order it was found; locked."""
    found = select(RetentionItem).where(RetentionItem.run_id == run_id, col(RetentionItem.outcome).is_(None))
    return (await session.exec(found.order_by(col(RetentionItem.id)).limit(most).with_for_update())).all()


async def items(session: Session, run_id: UUID, most: int = PAGE) -> Sequence[RetentionItem]:
    """The first records of a run."""
    found = select(RetentionItem).where(RetentionItem.run_id == run_id)
    return (await session.exec(found.order_by(col(RetentionItem.id)).limit(most))).all()


async def count_items(session: Session, run_id: UUID) -> int:
    found = select(sa.func.count()).select_from(RetentionItem).where(RetentionItem.run_id == run_id)
    return (await session.exec(found)).one()


async def counted(session: Session, run_id: UUID) -> list[Counted]:
    """How many of each kind by each rule, and what became of them."""
    item = RetentionItem
    found = (
        select(col(item.kind), col(item.rule), col(item.outcome), sa.func.count())
        .where(item.run_id == run_id)
        .group_by(col(item.kind), col(item.rule), col(item.outcome))
        .order_by(col(item.kind), col(item.rule))
    )
    lines: dict[tuple[str, str], Counted] = {}
    for kind, rule, outcome, count in await session.exec(found):
        before = lines.get((kind, rule), Counted(kind, rule, 0))
        outcomes = before.outcomes | ({str(outcome): count} if outcome else {})
        lines[kind, rule] = Counted(kind, rule, before.found + count, outcomes)
    return list(lines.values())


async def rows_gone(session: Session, run_id: UUID) -> dict[str, int]:
    """How many rows a run deleted, by table."""
    asked = sa.text("""
        select key, sum(value::int) from retention_item, jsonb_each_text(rows)
        where run_id = :run_id group by key order by key
    """)
    rows = (await (await session.connection()).execute(asked, {"run_id": run_id})).all()
    return {row[0]: int(row[1]) for row in rows}


async def live_holds(session: Session) -> Sequence[RetentionHold]:
    """Holds nobody has ended; some may have run out."""
    found = select(RetentionHold).where(col(RetentionHold.ended_at).is_(None)).order_by(col(RetentionHold.id))
    return (await session.exec(found)).all()


async def requests(session: Session, *, is_open: bool) -> Sequence[RightsRequest]:
    """Open requests, first due first; or the newest that were answered."""
    found = select(RightsRequest)
    if is_open:
        found = found.where(RightsRequest.state == RequestState.OPEN).order_by(
            col(RightsRequest.due_on), col(RightsRequest.id)
        )
    else:
        found = found.where(RightsRequest.state != RequestState.OPEN).order_by(col(RightsRequest.id).desc())
    return (await session.exec(found.limit(PAGE))).all()


async def request(session: Session, request_id: UUID, *, lock: bool = False) -> RightsRequest | None:
    found = select(RightsRequest).where(RightsRequest.id == request_id)
    found = found.with_for_update().execution_options(populate_existing=True) if lock else found
    return (await session.exec(found)).one_or_none()


async def copy_of(session: Session, request_id: UUID, *, lock: bool = False) -> AccessCopy | None:
    found = select(AccessCopy).where(AccessCopy.request_id == request_id)
    found = found.with_for_update().execution_options(populate_existing=True) if lock else found
    return (await session.exec(found)).one_or_none()


async def complaints(session: Session, *, is_open: bool) -> Sequence[Complaint]:
    """Open complaints, first due first; or the newest that were closed."""
    closed = col(Complaint.state) == ComplaintState.CLOSED
    found = select(Complaint).where(~closed if is_open else closed)
    order = (col(Complaint.acknowledge_by), col(Complaint.id)) if is_open else (col(Complaint.id).desc(),)
    return (await session.exec(found.order_by(*order).limit(PAGE))).all()


async def complaint(session: Session, complaint_id: UUID, *, lock: bool = False) -> Complaint | None:
    found = select(Complaint).where(Complaint.id == complaint_id)
    found = found.with_for_update().execution_options(populate_existing=True) if lock else found
    return (await session.exec(found)).one_or_none()


async def history(session: Session, subject_id: UUID) -> Sequence[PrivacyEvent]:
    """What happened to a request or a complaint, oldest first."""
    found = select(PrivacyEvent).where(
        sa.or_(col(PrivacyEvent.request_id) == subject_id, col(PrivacyEvent.complaint_id) == subject_id)
    )
    return (await session.exec(found.order_by(col(PrivacyEvent.id)))).all()


async def marks_of(session: Session, request_id: UUID) -> Sequence[RecordMark]:
    """What a request put on records."""
    found = select(RecordMark).where(RecordMark.request_id == request_id)
    return (await session.exec(found.order_by(col(RecordMark.id)))).all()


async def overdue(session: Session, today: date) -> tuple[int, int, int, int]:
    """(open requests, those overdue, complaints not acknowledged, those overdue)."""
    asked = sa.text("""
        select
          (select count(*) from rights_request where state = 'open'),
          (select count(*) from rights_request where state = 'open' and due_on < :today),
          (select count(*) from privacy_complaint where state = 'received'),
          (select count(*) from privacy_complaint where state = 'received' and acknowledge_by < :today)
    """)
    row = (await (await session.connection()).execute(asked, {"today": today})).one()
    return row[0], row[1], row[2], row[3]


async def complaints_to_answer(session: Session) -> int:
    """Complaints that were acknowledged and have no outcome yet."""
    found = select(sa.func.count()).select_from(Complaint).where(Complaint.state == ComplaintState.ACKNOWLEDGED)
    return (await session.exec(found)).one()


async def runs_to_approve(session: Session) -> int:
    """Runs that wait for a person."""
    found = select(sa.func.count()).select_from(RetentionRun).where(RetentionRun.state == "ready")
    return (await session.exec(found)).one()

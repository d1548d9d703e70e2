"""What is asked about messages. No query over open work has a lower bound in time: what is old is still found."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import defer
from sqlmodel import col, select

from advice_line.models import AdviceAssignment, AdviceCall, AdviceLink, AdviceMessage, AdviceRun
from advice_line.rules import end_of_day
from advice_line.words import Outcome, Solver, Urgency, Why
from core.domain.identity import Actor
from core.storage.session import Session

MOST = 50
_NOT_ON_LISTS = (defer(AdviceMessage.said),)  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class Line:
    """A message on a list. `calling_by` is set only while that person's lease lives."""

    message: AdviceMessage
    calling_by: UUID | None
    tries: int
    why: Why | None


@dataclass(frozen=True, slots=True)
class Cursor:
    """The last line of a page of a list; the next begins after it."""

    due_at: datetime
    id: UUID


async def message(session: Session, message_id: UUID, *, lock: bool = False) -> AdviceMessage | None:
    """One message, as it is now; `lock` keeps others from changing it meanwhile."""
    found = select(AdviceMessage).where(AdviceMessage.id == message_id)
    found = found.execution_options(populate_existing=True)
    return (await session.exec(found.with_for_update() if lock else found)).one_or_none()


async def message_behind(session: Session, fingerprint: bytes) -> AdviceMessage | None:
    """The message a family's link leads to."""
    joined = select(AdviceMessage).join(AdviceLink, col(AdviceLink.message_id) == AdviceMessage.id)
    return (await session.exec(joined.where(AdviceLink.fingerprint == fingerprint))).one_or_none()


async def who_is_calling(session: Session, message_id: UUID) -> UUID | None:
    """Whoever is on the phone about this message right now, by the database's clock."""
    live = col(AdviceMessage.calling_until) > sa.func.clock_timestamp()
    found = select(AdviceMessage.calling_by).where(AdviceMessage.id == message_id, live)
    return (await session.exec(found)).one_or_none()


async def my_calls(session: Session, actor: Actor, now: datetime) -> list[Line]:
    """What this person has to do today, in the order of the list: urgent ones first, then what is due first; a hundred
    at most. One query."""
    return await _lines(session, AdviceMessage.owner_id == actor.id, _for_today(now), order=_AS_LISTED, limit=2 * MOST)


async def exceptions(session: Session, after: Cursor | None = None) -> list[Line]:
    """Open messages that are nobody's, or that a person must look at, with the reason on each."""
    return await _lines(session, col(AdviceMessage.exception_reason).is_not(None), after=after)


async def overdue(session: Session, now: datetime, after: Cursor | None = None) -> list[Line]:
    """Open messages whose next action should have happened."""
    return await _lines(session, col(AdviceMessage.next_action_at) < now, after=after)


def _for_today(now: datetime) -> Any:
    return col(AdviceMessage.call_from) < end_of_day(now)


_AS_PROMISED = (col(AdviceMessage.due_at), col(AdviceMessage.id))
# The indexes of the list lead to the first of them.
_AS_LISTED = (
    col(AdviceMessage.urgency) != Urgency.URGENT.value,
    col(AdviceMessage.next_action_at),
    col(AdviceMessage.id),
)


async def _lines(
    session: Session, *where: Any, after: Cursor | None = None, order: Any = _AS_PROMISED, limit: int = MOST
) -> list[Line]:
    found = (
        _joined_with_why()
        .where(col(AdviceMessage.closed_at).is_(None), *where)
        .order_by(*order)
        .options(*_NOT_ON_LISTS)
        .limit(limit)
    )
    if after:
        found = found.where(sa.tuple_(*_AS_PROMISED) > sa.tuple_(sa.literal(after.due_at), sa.literal(after.id)))
    return [_line(*row) for row in (await session.exec(found)).all()]


async def lines(session: Session, ids: Collection[UUID]) -> dict[UUID, Line]:
    """These of the open messages with all that stands around them on a list. One query."""
    found = _joined_with_why().where(col(AdviceMessage.id).in_(ids), col(AdviceMessage.closed_at).is_(None))
    rows = (await session.exec(found.options(*_NOT_ON_LISTS))).all()
    return {row[0].id: _line(*row) for row in rows}


async def line(session: Session, message_id: UUID) -> Line | None:
    """One message with all that stands around it on a list."""
    found = _joined_with_why().where(AdviceMessage.id == message_id).execution_options(populate_existing=True)
    row = (await session.exec(found)).one_or_none()
    return _line(*row) if row else None


def _joined_with_why() -> Any:
    """message, who is calling, unanswered tries, (solver, parts) of the run that placed it."""
    calling = sa.case((col(AdviceMessage.calling_until) > sa.func.clock_timestamp(), col(AdviceMessage.calling_by)))
    tries = (
        sa.select(sa.func.count())
        .where(col(AdviceCall.message_id) == AdviceMessage.id, col(AdviceCall.outcome) == Outcome.NO_ANSWER)
        .correlate(AdviceMessage.__table__)  # type: ignore[attr-defined]
        .scalar_subquery()
    )
    return (
        select(AdviceMessage, calling, tries, AdviceRun.solver, AdviceAssignment.parts)  # type: ignore[call-overload]
        .outerjoin(
            AdviceAssignment,
            sa.and_(
                col(AdviceAssignment.run_id) == AdviceMessage.run_id,
                col(AdviceAssignment.message_id) == AdviceMessage.id,
            ),
        )
        .outerjoin(AdviceRun, col(AdviceRun.id) == AdviceAssignment.run_id)
    )


def _line(
    found: AdviceMessage, calling: UUID | None, tries: int, solver: Solver | None, parts: dict[str, Any] | None
) -> Line:
    why = Why(solver, parts) if solver is not None and parts is not None else None
    return Line(found, calling, tries, why)


async def calls_of(session: Session, message_id: UUID) -> Sequence[AdviceCall]:
    """Every call about one message, oldest first."""
    found = (
        select(AdviceCall).where(AdviceCall.message_id == message_id).order_by(col(AdviceCall.at), col(AdviceCall.id))
    )
    return (await session.exec(found)).all()


async def contacts(session: Session, about: AdviceMessage, limit: int = 10) -> list[tuple[AdviceCall, str]]:
    """The last calls with this family, whichever message they were about: (call, reference). Newest first."""
    found = (
        select(AdviceCall, AdviceMessage.reference)
        .join(AdviceMessage, col(AdviceMessage.id) == AdviceCall.message_id)
        .where(_same_family(about))
        .order_by(col(AdviceCall.at).desc(), col(AdviceCall.id).desc())
        .limit(limit)
    )
    return [(call, reference) for call, reference in (await session.exec(found)).all()]


async def other_messages(session: Session, about: AdviceMessage, limit: int = 5) -> Sequence[AdviceMessage]:
    """Other messages of this family, newest first: shown beside this one, never merged with it."""
    found = (
        select(AdviceMessage)
        .where(_same_family(about), AdviceMessage.id != about.id)
        .order_by(col(AdviceMessage.received_at).desc())
        .limit(limit)
    )
    return (await session.exec(found)).all()


def _same_family(about: AdviceMessage) -> Any:
    by_phone = col(AdviceMessage.phone_key) == about.phone_key
    return by_phone if about.child_key is None else sa.or_(by_phone, col(AdviceMessage.child_key) == about.child_key)


async def unanswered_since_we_spoke(session: Session, message_id: UUID) -> list[datetime]:
    """When nobody answered, since this family was last reached about this message; oldest first."""
    tries: list[datetime] = []
    for call in await calls_of(session, message_id):
        if call.outcome is Outcome.NO_ANSWER:
            tries.append(call.at)
        elif call.outcome is not Outcome.WRONG_NUMBER:
            tries.clear()
    return tries


async def is_known_reference(session: Session, reference: str) -> bool:
    found = select(AdviceMessage.id).where(AdviceMessage.reference == reference)
    return (await session.exec(found)).one_or_none() is not None


@dataclass(frozen=True, slots=True)
class DeskCounts:
    """Open work of one person (or, with None, of everybody) at one moment."""

    today: int
    urgent: int
    overdue: int


async def counts(session: Session, now: datetime, owner_id: UUID | None = None) -> DeskCounts:
    """Calls for today, how many of them are urgent, and what is overdue."""
    today = _for_today(now)
    urgent = sa.and_(today, col(AdviceMessage.urgency) == Urgency.URGENT)
    late = col(AdviceMessage.next_action_at) < now
    found = sa.select(*(sa.func.count().filter(which) for which in (today, urgent, late))).where(
        col(AdviceMessage.closed_at).is_(None)
    )
    if owner_id is not None:
        found = found.where(col(AdviceMessage.owner_id) == owner_id)
    row = (await (await session.connection()).execute(found)).one()
    return DeskCounts(today=row[0], urgent=row[1], overdue=row[2])


async def nobodys(session: Session) -> int:
    """How many open messages have no owner."""
    found = select(sa.func.count()).select_from(AdviceMessage)
    return (
        await session.exec(found.where(col(AdviceMessage.closed_at).is_(None), col(AdviceMessage.owner_id).is_(None)))
    ).one()


def names_in(lines: Collection[Line]) -> set[UUID]:
    """Everybody whose name a list needs."""
    ids = {one for each in lines for one in (each.message.owner_id, each.calling_by)}
    return {one for one in ids if one is not None}

"""The front door of the advice line, for the rest of the house."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import sqlalchemy as sa

from accounts.api import Need
from advice_line import queries, record_concerns, rota_queries
from advice_line.access import may_read_about, records_of_child
from advice_line.keeping import keeper, recording_keeper
from advice_line.recounting import Moving, would_move
from advice_line.service import Desk
from advice_line.words import Reason
from core.domain.clock import london_day
from core.domain.identity import Actor, Right, Role
from core.storage.session import Session

_PATIENCE = timedelta(hours=1)
_DESK = "/staff/callbacks"
_ROTA = "/staff/rota"
_WORRIES = "/staff/callbacks/concerns"

# Rule 2 of the house, each half counted apart. The database holds the first two by constraints; counting them anyway
# shows a constraint that was dropped.
_CHECKS = {
    "advice line: an open message is nobody's and says no reason": """
        select count(*) from advice_message
        where closed_at is null and owner_id is null and exception_reason is null""",
    "advice line: an open message has no next action": """
        select count(*) from advice_message where closed_at is null and next_action_at is null""",
    "advice line: a message still waits for a run that should have been": """
        select count(*) from advice_message
        where closed_at is null and exception_reason = 'waiting-for-run' and call_from < :patience""",
    "advice line: a call of today belongs to somebody who is away": """
        select count(*) from advice_message message join advice_absence absence on absence.staff_id = message.owner_id
        where message.closed_at is null and message.exception_reason is null and message.call_from <= :now
          and absence.day = (cast(:now as timestamptz) at time zone 'Europe/London')::date
          and absence.starts is null and absence.entered_at < :patience""",
    "advice line: an open message belongs to somebody who has left": """
        select count(*) from advice_message message join staff_account staff on staff.id = message.owner_id
        where message.closed_at is null and message.exception_reason is null and not staff.active
          and message.call_from < :patience""",
}


@dataclass(frozen=True, slots=True)
class OpenException:
    """An open message that is nobody's, or that a person must look at."""

    message_id: UUID
    reference: str
    reason: Reason
    urgent: bool
    due_at: datetime


async def audit_checks(session: Session, now: datetime) -> list[tuple[str, int]]:
    """Rule 2, "every message is called back": (what would break it, how many do)."""
    connection, found = await session.connection(), []
    for name, question in _CHECKS.items():
        asked = sa.text(question)
        given = {"now": now, "patience": now - _PATIENCE}
        wanted = {key: value for key, value in given.items() if f":{key}" in question}
        found.append((name, int((await connection.execute(asked, wanted)).scalar_one())))
    return found


async def needs_me(session: Session, actor: Actor, now: datetime) -> list[Need]:
    """What waits for this person on the call-back desk."""
    needs: list[Need] = []
    if actor.has(Role.THERAPIST) and actor.id:
        mine = await queries.counts(session, now, actor.id)
        if mine.today:
            needs.append(
                Need(
                    _plural(mine.today, "call to make today", "calls to make today"),
                    mine.today,
                    _DESK,
                    urgent=bool(mine.urgent or mine.overdue),
                )
            )
    if actor.id and actor.may(Right.MAKE_CALLS):
        asked = await rota_queries.swaps_asked_of(session, actor.id, london_day(now))
        if asked:
            needs.append(Need(_plural(asked, "colleague asks you to swap", "colleagues ask you to swap"), asked, _ROTA))
    needs += await _worries(session, actor)
    if actor.has(Role.MANAGER):
        all_of_them, nobodys = await queries.counts(session, now), await queries.nobodys(session)
        if nobodys:
            needs.append(Need("messages that nobody has yet", nobodys, f"{_DESK}#nobodys"))
        if all_of_them.overdue:
            needs.append(Need("calls that are overdue", all_of_them.overdue, _DESK, urgent=True))
    return needs


async def _worries(session: Session, actor: Actor) -> list[Need]:
    """Those this person raised and wrote nothing about, and for managers those nobody has looked at."""
    mine = await record_concerns.unwritten_of(session, actor.id) if actor.id and actor.may(Right.MAKE_CALLS) else 0
    every = await record_concerns.how_many_unseen(session) if actor.may(Right.MOVE_CALLS) else 0
    asked = ((mine, "to write about"), (every, "to look at"))
    return [
        Need(f"{_plural(n, 'worry', 'worries')} about a child’s safety {what}", n, _WORRIES, urgent=True)
        for n, what in asked
        if n
    ]


async def open_exceptions(session: Session) -> list[OpenException]:
    """The exceptions list, first due first, at most a page."""
    lines = await queries.exceptions(session)
    return [
        OpenException(m.id, m.reference, m.exception_reason, m.urgency == "urgent", m.due_at)
        for m in (line.message for line in lines)
        if m.exception_reason
    ]


def _plural(count: int, one: str, more: str) -> str:
    return one if count == 1 else more


__all__ = [
    "Desk",
    "Moving",
    "OpenException",
    "audit_checks",
    "keeper",
    "may_read_about",
    "needs_me",
    "open_exceptions",
    "recording_keeper",
    "records_of_child",
    "would_move",
]

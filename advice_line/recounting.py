"""When the calendar changes: the promises of open messages are counted again, closed ones keep theirs, and whoever was
promised another day is told."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import col, select

from advice_line import rules
from advice_line.models import AdviceMessage
from advice_line.service import Desk, link_to, note, recipient, today, words_to_family
from advice_line.words import Happened, Promise, State, Urgency
from core.domain.clock import london_day
from core.domain.identity import system
from core.domain.profile import Profile
from core.storage.children import keys_of
from core.storage.session import Session
from notifications.api import send_message

PURPOSE = "advice-new-day"
_BATCH = 500
_COUNTED_FROM = ("state", "urgency", "received_at", "raised_at", "due_on", "call_from", "next_action_at")
_BY = system("advice.recount")


@dataclass(frozen=True, slots=True)
class Counted:
    """One open message by one calendar: its promise, and when somebody rings next."""

    promise: Promise
    call_from: datetime
    next_action_at: datetime | None


@dataclass(frozen=True, slots=True)
class Moving:
    """Open messages whose call goes from one day to another; to `told` of them we have promised the day."""

    before: date
    after: date
    messages: int
    urgent: int
    told: int


async def would_move(session: Session, desk: Desk, then: Profile) -> list[Moving]:
    """What counting every open message by the calendar of `then` would do; nothing is done. One query."""
    columns = (getattr(AdviceMessage, name) for name in _COUNTED_FROM)
    found = sa.select(*columns).where(col(AdviceMessage.closed_at).is_(None))
    moved: dict[tuple[date, date], list[Any]] = defaultdict(list)
    for row in (await (await session.connection()).execute(found)).all():
        counted = count_again(row, replace(desk, profile=then))
        days = (
            _day_of(row.state, row.due_on, row.next_action_at),
            _day_of(row.state, counted.promise.due_on, counted.next_action_at),
        )
        if days[0] != days[1]:
            moved[days].append(row)
    return [_moving(*days, rows) for days, rows in sorted(moved.items())]


def _moving(before: date, after: date, rows: Sequence[Any]) -> Moving:
    urgent = sum(row.urgency is Urgency.URGENT for row in rows)
    return Moving(before, after, len(rows), urgent, sum(row.state is State.NEW for row in rows))


def _day_of(state: State, due_on: date, next_action_at: datetime | None) -> date:
    """The day that counts: the one promised until somebody has rung, then the one that was agreed or follows."""
    return due_on if state is State.NEW or next_action_at is None else london_day(next_action_at)


async def recount_due(session: Session, desk: Desk) -> int:
    """Counts the promises of open messages again that were counted by another calendar, and writes to the families
    whose day it moves. Returns how many it looked at, at most a batch; what somebody holds at the moment waits for
    the next round."""
    desk = await today(session, desk)
    found = (
        select(AdviceMessage)
        .where(col(AdviceMessage.closed_at).is_(None), AdviceMessage.calendar_version != desk.profile.calendar.version)
        .order_by(col(AdviceMessage.due_at), col(AdviceMessage.id))
        .limit(_BATCH)
        .with_for_update(skip_locked=True)
    )
    messages = (await session.exec(found)).all()
    for message in messages:
        before = message.due_on
        _recount(message, desk)
        note(session, message.id, _BY, Happened.RECOUNTED, desk.now)
        if message.due_on != before and message.state is State.NEW:
            await _tell_the_new_day(session, desk, message, before)
    return len(messages)


def _recount(message: AdviceMessage, desk: Desk) -> None:
    counted = count_again(message, desk)
    again = counted.promise
    message.clock_start, message.due_on, message.due_at = again.clock_start, again.due_on, again.due_at
    message.calendar_version = again.calendar_version
    message.call_from, message.next_action_at = counted.call_from, counted.next_action_at
    message.revision += 1


def count_again(message: Any, desk: Desk) -> Counted:
    """A message, or its columns that count (`_COUNTED_FROM`), by the calendar of this desk."""
    calendar, again = desk.profile.calendar, _promised(message, desk)
    if message.state is State.NEW:
        return Counted(again, again.clock_start, again.due_at)
    call_from, by = message.call_from, message.next_action_at
    if by:
        by = rules.call_on(calendar, london_day(by)).by
    if call_from > desk.now:
        planned = rules.call_on(calendar, london_day(call_from)).start
        call_from = max(planned, call_from) if london_day(planned) == london_day(call_from) else planned
    return Counted(again, call_from, by)


def _promised(message: Any, desk: Desk) -> Promise:
    """As it would have been promised by this calendar: when it was left, or when more was said if that is sooner."""
    calendar, days = desk.profile.calendar, desk.profile.advice.due_days
    if message.raised_at is None:
        return rules.promise(calendar, days, message.received_at, message.urgency)
    at_first = rules.promise(calendar, days, message.received_at, Urgency.ROUTINE)
    raised = rules.promise(calendar, days, message.raised_at, message.urgency)
    return min(at_first, raised, key=lambda one: one.due_at)


async def _tell_the_new_day(session: Session, desk: Desk, message: AdviceMessage, before: date) -> None:
    """Once each time it moves, also there and back. Nobody has rung yet: afterwards what was agreed on
    the phone counts."""
    if (to := recipient(message)) is None:
        return
    words = words_to_family(desk, message, link_to(session, message.id, desk.now))
    await send_message(
        session,
        template=PURPOSE,
        to=to,
        purpose=PURPOSE,
        subject_id=message.id,
        occasion=f"{message.due_on.isoformat()}/{message.revision}",
        words=words | {"due": message.due_on, "before": before},
        child=keys_of(named=message.child_key),
        now=desk.now,
        by=_BY,
    )

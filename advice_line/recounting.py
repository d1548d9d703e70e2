"""When the calendar changes: the promises of open messages are counted again, closed ones keep theirs, and whoever was
promised another day is told."""

from datetime import date

from sqlmodel import col, select

from advice_line import rules
from advice_line.models import AdviceMessage
from advice_line.service import Desk, link_to, note, recipient, words_to_family
from advice_line.words import Happened, Promise, State, Urgency
from core.domain.clock import london_day
from core.domain.identity import system
from core.storage.children import keys_of
from core.storage.session import Session
from notifications.api import send_message

PURPOSE = "advice-new-day"
_BATCH = 500
_BY = system("advice.recount")


async def recount_due(session: Session, desk: Desk) -> int:
    """Counts the promises of open messages again that were counted by another calendar, and writes to the families
    whose day it moves. Returns how many it looked at, at most a batch; what somebody holds at the moment waits for
    the next round."""
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
    calendar, now = desk.profile.calendar, desk.now
    again = _promised(message, desk)
    message.clock_start, message.due_on, message.due_at = again.clock_start, again.due_on, again.due_at
    message.calendar_version = again.calendar_version
    message.revision += 1
    if message.state is State.NEW:
        message.call_from, message.next_action_at = again.clock_start, again.due_at
        return
    if message.next_action_at:
        message.next_action_at = rules.call_on(calendar, london_day(message.next_action_at)).by
    if message.call_from > now:
        planned = rules.call_on(calendar, london_day(message.call_from)).start
        is_same_day = london_day(planned) == london_day(message.call_from)
        message.call_from = max(planned, message.call_from) if is_same_day else planned


def _promised(message: AdviceMessage, desk: Desk) -> Promise:
    """As it would have been promised by this calendar: when it was left, or when more was said if that is sooner."""
    calendar, days = desk.profile.calendar, desk.profile.advice.due_days
    if message.raised_at is None:
        return rules.promise(calendar, days, message.received_at, message.urgency)
    at_first = rules.promise(calendar, days, message.received_at, Urgency.ROUTINE)
    raised = rules.promise(calendar, days, message.raised_at, message.urgency)
    return min(at_first, raised, key=lambda one: one.due_at)


async def _tell_the_new_day(session: Session, desk: Desk, message: AdviceMessage, before: date) -> None:
    """Once for each day it moves to, however often it is counted. Nobody has rung yet: afterwards what was agreed on
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
        occasion=message.due_on.isoformat(),
        words=words | {"due": message.due_on, "before": before},
        child=keys_of(named=message.child_key),
        now=desk.now,
        by=_BY,
    )

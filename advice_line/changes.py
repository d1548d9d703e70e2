"""When the ground moves: somebody is away, the calendar changes, a manager wants the calls shared out again."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel import col, select

from advice_line import rules
from advice_line.models import AdviceMessage
from advice_line.rota_absence import enter_absence, release
from advice_line.service import note
from advice_line.words import Happened, RunAsked, State
from core.domain.clock import london_day
from core.domain.identity import Actor, system
from core.domain.ids import new_id
from core.domain.profile import Profile
from core.storage import audit
from core.storage.outbox import tell
from core.storage.session import Session

_BATCH = 500
_FOR_EVER = timedelta(days=36_500)


async def release_leaver(session: Session, actor: Actor, staff_id: UUID, now: datetime) -> int:
    """Somebody has left: all their open calls are nobody's, those of later days too, until a run gives them to others;
    returns how many. Doing it twice changes nothing."""
    return await release(session, actor, staff_id, now, before=now + _FOR_EVER)


async def ask_for_run(session: Session, actor: Actor, now: datetime) -> None:
    """A manager wants today's calls shared out again."""
    request = new_id()
    audit.record(session, actor, "advice.run-asked", "advice-run", request, now)
    await tell(session, RunAsked(request), now)


async def recount_due(session: Session, profile: Profile, now: datetime) -> int:
    """Counts the promises of open messages again that were counted by another calendar; closed ones keep theirs.
    Returns how many it looked at, at most a batch."""
    found = (
        select(AdviceMessage)
        .where(col(AdviceMessage.closed_at).is_(None), AdviceMessage.calendar_version != profile.calendar.version)
        .order_by(col(AdviceMessage.due_at), col(AdviceMessage.id))
        .limit(_BATCH)
        .with_for_update(skip_locked=True)
    )
    messages = (await session.exec(found)).all()
    for message in messages:
        _recount(message, profile, now)
        note(session, message.id, system("advice.recount"), Happened.RECOUNTED, now)
    return len(messages)


def _recount(message: AdviceMessage, profile: Profile, now: datetime) -> None:
    calendar = profile.calendar
    again = rules.promise(calendar, profile.advice.due_days, message.received_at, message.urgency)
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
        message.call_from = (
            max(planned, message.call_from) if london_day(planned) == london_day(message.call_from) else planned
        )


__all__ = ["ask_for_run", "enter_absence", "recount_due", "release_leaver"]

"""What therapists do: say that they are calling, record what came of it, and look again at who could not be reached."""

from datetime import datetime, timedelta
from uuid import UUID

import sqlalchemy as sa

from accounts.api import Opened
from advice_line import access, queries, rules
from advice_line.models import AdviceCall, AdviceMessage
from advice_line.service import SUBJECT, Desk, close, locked, note, write_to_family
from advice_line.words import (
    SPOKE,
    CallbackMade,
    CallNotes,
    Happened,
    MessageClosed,
    NextTry,
    Outcome,
    Reason,
    State,
    Step,
)
from core.domain.errors import Conflict, NotAllowed, NotFound, NotPossible
from core.domain.identity import Actor
from core.storage import audit
from core.storage.outbox import tell
from core.storage.session import Session

# A call may run over its slot; who dies or forgets must not keep a family from being called for long.
_LEASE_SLOTS = 2
_REVIEW_AFTER_WRITING = 3
_REVIEW_AT_ONCE = 1

_START = sa.text("""
    update advice_message
    set calling_by = :me, calling_until = clock_timestamp() + :lease, revision = revision + 1
    where id = :id and closed_at is null
      and (calling_by is null or calling_by = :me or calling_until <= clock_timestamp())
    returning id
""").bindparams(sa.bindparam("lease", type_=sa.Interval))


class BeingCalled(Conflict):
    """Somebody else is on the phone with this family, or about to be; `staff_id` says who."""

    def __init__(self, staff_id: UUID) -> None:
        super().__init__("being called by a colleague")
        self.staff_id = staff_id


async def open_message(session: Session, actor: Actor, message_id: UUID, now: datetime) -> tuple[queries.Line, Opened]:
    """The message with all that stands around it; that it was read, and why, goes on the audit trail. NotFound; else
    raises what `open_record` does."""
    line = await queries.line(session, message_id)
    if line is None:
        raise NotFound("no such message")
    opened = await access.open_message(session, actor, line.message, now)
    audit.record(session, actor, "advice.viewed", SUBJECT, message_id, now, why=opened.reason)
    return line, opened


async def start_calling(session: Session, actor: Actor, desk: Desk, message_id: UUID) -> None:
    """Takes the phone: for a while nobody else may ring this family. Whoever has it may take it again.

    Of two who press at the same moment one gets it, the other BeingCalled. NotPossible when the message is closed."""
    message = await queries.message(session, message_id)
    if message is None:
        raise NotFound("no such message")
    await _check_may_act(session, actor, message, desk.now)
    lease = timedelta(minutes=_LEASE_SLOTS * desk.profile.advice.call_minutes)
    given = {"id": message_id, "me": actor.id, "lease": lease}
    started = (await (await session.connection()).execute(_START, given)).one_or_none()
    if started is None:
        if caller := await queries.who_is_calling(session, message_id):
            raise BeingCalled(caller)
        raise NotPossible("the message is closed")
    audit.record(session, actor, "advice.calling", SUBJECT, message_id, desk.now)


async def stop_calling(session: Session, actor: Actor, message_id: UUID) -> None:
    """Puts the phone down without a call having been made."""
    message = await locked(session, message_id)
    _check_theirs(actor, message)
    if message.calling_by == actor.id:
        message.calling_by = message.calling_until = None
        message.revision += 1


async def record_call(
    session: Session, actor: Actor, desk: Desk, message_id: UUID, call_id: UUID, notes: CallNotes
) -> AdviceMessage:
    """Keeps what came of a call and what happens next. The same `call_id` again changes nothing.

    BeingCalled when a colleague has the phone; NotPossible when the message was closed meanwhile. A call about a
    message the family withdrew meanwhile is kept, and changes nothing else."""
    caller, message = _staff_id(actor), await locked(session, message_id)
    await _check_may_act(session, actor, message, desk.now)
    if before := await session.get(AdviceCall, call_id):
        _check_same(before, message_id, caller, notes)
        return message
    if (other := await queries.who_is_calling(session, message_id)) not in (None, caller):
        raise BeingCalled(other)
    if message.state is not State.WITHDRAWN:
        await _move_on(session, desk, message, caller, notes)
    _keep(session, message, actor, call_id, notes, desk.now)
    await tell(session, CallbackMade(message_id, caller, notes.outcome), desk.now)
    if message.state is State.CLOSED:
        await tell(session, MessageClosed(message_id), desk.now)
    return message


async def close_after_review(
    session: Session, actor: Actor, message_id: UUID, call_id: UUID, why: str, now: datetime
) -> None:
    """A person decided that no more can be done for a family that could not be reached. NotPossible otherwise."""
    message = await locked(session, message_id)
    await _check_may_act(session, actor, message, now)
    if await session.get(AdviceCall, call_id):
        return
    message.state = rules.moved(message.state, Step.REVIEWED)
    close(message, now)
    _keep(session, message, actor, call_id, CallNotes(Outcome.REVIEWED, why), now)
    await tell(session, MessageClosed(message_id), now)


def _check_same(before: AdviceCall, message_id: UUID, caller: UUID, notes: CallNotes) -> None:
    """A form sent twice is one call; another outcome under the same number is not kept by silence. Raises Conflict."""
    kept = (before.message_id, before.staff_id, before.outcome, before.notes or "")
    if kept != (message_id, caller, notes.outcome, notes.notes or ""):
        raise Conflict("this call was recorded with another outcome")


def _staff_id(actor: Actor) -> UUID:
    if actor.id is None:
        raise NotAllowed("only staff record calls")
    return actor.id


def _check_theirs(actor: Actor, message: AdviceMessage) -> None:
    if not rules.may_see(actor, message.owner_id, message.discipline):
        raise NotAllowed("another discipline")


async def _check_may_act(session: Session, actor: Actor, message: AdviceMessage, now: datetime) -> None:
    """An emergency lets people read, not act; and nobody acts for their own family."""
    _check_theirs(actor, message)
    await access.open_message(session, actor, message, now)


async def _move_on(session: Session, desk: Desk, message: AdviceMessage, caller: UUID, notes: CallNotes) -> None:
    """The state after a call, whose the message is now, and what comes next."""
    was_set_aside = message.state is State.REVIEW
    step, again = await _what_next(session, desk, message, notes)
    message.state = rules.moved(message.state, step)
    message.owner_id, message.exception_reason = caller, None
    message.calling_by = message.calling_until = None
    message.first_called_at = message.first_called_at or desk.now
    message.revision += 1
    if again:
        message.call_from, message.next_action_at = again.start, again.by
    elif step is Step.CLOSE:
        close(message, desk.now)
    else:
        # Whoever was set aside before has been written to before.
        wrote = not was_set_aside and await write_to_family(session, desk, message, f"{step}:{message.revision}")
        _set_aside(desk, message, step, _REVIEW_AFTER_WRITING if wrote else _REVIEW_AT_ONCE)


async def _what_next(
    session: Session, desk: Desk, message: AdviceMessage, notes: CallNotes
) -> tuple[Step, NextTry | None]:
    calendar, policy = desk.profile.calendar, desk.profile.advice
    if notes.outcome is Outcome.WRONG_NUMBER:
        return Step.WRONG_NUMBER, None
    if notes.outcome is Outcome.NO_ANSWER:
        tries = [*await queries.unanswered_since_we_spoke(session, message.id), desk.now]
        good = rules.parts_of(message.good_times)
        again = rules.next_try(tries, good, calendar, policy.tries, policy.tries_over_days)
        return (Step.NO_ANSWER, again) if again else (Step.TRIES_USED, None)
    if notes.close:
        return Step.CLOSE, None
    if notes.again_on is None:
        raise NotPossible("a day to call again is missing")
    agreed = rules.call_on(calendar, notes.again_on)
    # Agreed for today: from now on, not from when we opened.
    return Step.CALL_AGAIN, NextTry(max(agreed.start, desk.now), agreed.by)


def _set_aside(desk: Desk, message: AdviceMessage, step: Step, days: int) -> None:
    """Nobody could be reached: a person looks at it again within so many working days."""
    message.exception_reason = Reason.WRONG_NUMBER if step is Step.WRONG_NUMBER else Reason.REVIEW
    message.next_action_at = rules.look_again(desk.profile.calendar, desk.now, days)


def _keep(
    session: Session, message: AdviceMessage, actor: Actor, call_id: UUID, notes: CallNotes, now: datetime
) -> None:
    call = AdviceCall(
        id=call_id,
        message_id=message.id,
        staff_id=_staff_id(actor),
        at=now,
        outcome=notes.outcome,
        notes=notes.notes or None,
        state_after=message.state,
        again_on=notes.again_on,
    )
    session.add(call)
    note(session, message.id, actor, Happened.CALLED, now, staff_id=actor.id)
    if message.state is State.CLOSED:
        note(session, message.id, actor, Happened.CLOSED, now, staff_id=actor.id)
    spoke = notes.outcome in SPOKE
    audit.record(session, actor, "advice.called", SUBJECT, message.id, now, outcome=notes.outcome, spoke=spoke)

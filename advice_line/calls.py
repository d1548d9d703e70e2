"""What therapists do: say that they are calling, record what came of it, and look again at who could not be reached."""

from datetime import datetime, timedelta
from uuid import UUID

import sqlalchemy as sa

from accounts.api import Opened
from advice_line import access, queries, record_concerns, record_queries, record_undo, rules, snippet_service
from advice_line.models import AdviceCall, AdviceMessage
from advice_line.record_models import AdviceRecord
from advice_line.record_moves import move_on
from advice_line.record_words import CallNotes, HappenedSince, WhatNext
from advice_line.service import SUBJECT, Desk, close, locked, note, today
from advice_line.words import LIST_TOPIC, SPOKE, Happened, Outcome, State, Step
from core.domain.errors import Conflict, NotAllowed, NotFound, NotPossible
from core.domain.identity import Actor
from core.storage import audit
from core.storage.session import Session, note_change

# A call may run over its slot; who dies or forgets must not keep a family from being called for long.
_LEASE_SLOTS = 2

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
    await check_may_act(session, actor, message, desk.now)
    lease = timedelta(minutes=_LEASE_SLOTS * desk.profile.advice.call_minutes)
    given = {"id": message_id, "me": actor.id, "lease": lease}
    started = (await (await session.connection()).execute(_START, given)).one_or_none()
    if started is None:
        if caller := await queries.who_is_calling(session, message_id):
            raise BeingCalled(caller)
        raise NotPossible("the message is closed")
    note_change(session, LIST_TOPIC)
    audit.record(session, actor, "advice.calling", SUBJECT, message_id, desk.now)


async def stop_calling(session: Session, actor: Actor, message_id: UUID) -> None:
    """Puts the phone down without a call having been made."""
    message = await locked(session, message_id)
    _check_theirs(actor, message)
    if message.calling_by == actor.id:
        message.calling_by = message.calling_until = None
        message.revision += 1
        note_change(session, LIST_TOPIC)


async def record_call(
    session: Session,
    actor: Actor,
    desk: Desk,
    message_id: UUID,
    call_id: UUID,
    notes: CallNotes,
    seen: int | None = None,
) -> AdviceMessage:
    """Keeps what came of a call and what happens next. For a minute it can be taken back; nothing is sent before. The
    same `call_id` again changes nothing. `seen` is how many things others had done when the page was opened.

    BeingCalled when a colleague has the phone; NotPossible when the message was closed meanwhile, HappenedSince when
    others did something else; ConcernOpen while a worry raised in this call has nothing written about it. A call about
    a message the family withdrew meanwhile is kept, and changes nothing else."""
    caller, message = _staff_id(actor), await locked(session, message_id)
    await check_may_act(session, actor, message, desk.now)
    if await _is_recorded(session, call_id, message_id, caller, notes):
        return message
    if (other := await queries.who_is_calling(session, message_id)) not in (None, caller):
        raise BeingCalled(other)
    await record_concerns.check_none_is_open(session, call_id)
    await _check_nothing_happened(session, actor, message_id, seen)
    before, writes = record_undo.as_it_stands(message), False
    if message.state is not State.WITHDRAWN:
        writes = await move_on(session, await today(session, desk), message, caller, notes)
    call = _keep(session, message, actor, call_id, notes, desk.now)
    await record_undo.remember(session, message, call, notes, before, writes=writes)
    await session.flush()
    await snippet_service.give(session, call_id, notes.advice.texts)
    return message


async def close_after_review(
    session: Session, actor: Actor, message_id: UUID, call_id: UUID, why: str, now: datetime
) -> None:
    """A person decided that no more can be done for a family that could not be reached. NotPossible otherwise."""
    message, notes = await locked(session, message_id), CallNotes(Outcome.REVIEWED, why)
    await check_may_act(session, actor, message, now)
    if await _is_recorded(session, call_id, message_id, _staff_id(actor), notes):
        return
    before = record_undo.as_it_stands(message)
    message.state = rules.moved(message.state, Step.REVIEWED)
    close(message, now)
    call = _keep(session, message, actor, call_id, notes, now)
    await record_undo.remember(session, message, call, notes, before, writes=False)


async def _is_recorded(session: Session, call_id: UUID, message_id: UUID, caller: UUID, notes: CallNotes) -> bool:
    """True for a form sent again, also after it was taken back. Another outcome under the same number is not kept by
    silence: Conflict."""
    before = await session.get(AdviceRecord, call_id)
    if before is None:
        return await session.get(AdviceCall, call_id) is not None
    if (before.message_id, before.staff_id, before.digest) != (message_id, caller, record_undo.digest(notes)):
        raise Conflict("this call was recorded with another outcome")
    return True


async def _check_nothing_happened(session: Session, actor: Actor, message_id: UUID, seen: int | None) -> None:
    done = await record_queries.done_by_others(session, actor, message_id) if seen is not None else []
    if seen is not None and len(done) > seen:
        raise HappenedSince([(event.happened, event.at) for event in done[seen:]])


def _staff_id(actor: Actor) -> UUID:
    if actor.id is None:
        raise NotAllowed("only staff record calls")
    return actor.id


def _check_theirs(actor: Actor, message: AdviceMessage) -> None:
    if not rules.may_see(actor, message.owner_id, message.discipline):
        raise NotAllowed("another discipline")


async def check_may_act(session: Session, actor: Actor, message: AdviceMessage, now: datetime) -> None:
    """An emergency lets people read, not act; and nobody acts for their own family."""
    _check_theirs(actor, message)
    await access.open_message(session, actor, message, now)


def _keep(
    session: Session, message: AdviceMessage, actor: Actor, call_id: UUID, notes: CallNotes, now: datetime
) -> AdviceCall:
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
    if notes.outcome is Outcome.REVIEWED:
        # A row among the calls that says how they ended; nobody rang, and no history counts it as a call.
        note(session, message.id, actor, Happened.CLOSED, now, staff_id=actor.id)
        audit.record(session, actor, "advice.reviewed", SUBJECT, message.id, now)
        return call
    note(session, message.id, actor, Happened.CALLED, now, staff_id=actor.id)
    if notes.following is WhatNext.PASSED_ON:
        note(session, message.id, actor, Happened.PASSED_ON, now, staff_id=notes.colleague)
    if message.state is State.CLOSED:
        note(session, message.id, actor, Happened.CLOSED, now, staff_id=actor.id)
    spoke = notes.outcome in SPOKE
    audit.record(session, actor, "advice.called", SUBJECT, message.id, now, outcome=notes.outcome, spoke=spoke)
    return call

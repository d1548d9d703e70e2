"""A recorded call can be taken back for a minute. What follows from it outside the message waits that long.

Whoever takes it back and the worker that settles it hold the message's row while they decide, so exactly one of them
does.
"""

from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from advice_line.models import AdviceCall, AdviceMessage
from advice_line.record_models import AdviceRecord
from advice_line.record_words import TAKE_BACK_WITHIN, CallNotes, MovedOn, TooLate
from advice_line.service import SUBJECT, locked, note
from advice_line.words import Happened, Reason, State
from core.domain.errors import NotFound
from core.domain.identity import Actor, Discipline
from core.storage import audit
from core.storage.columns import keys
from core.storage.session import Session
from core.storage.tasks import plan

SETTLE = "advice.settle-call"
# What recording a call may change of a message. None of it says anything about a person.
_COLUMNS = (
    "state",
    "owner_id",
    "exception_reason",
    "run_id",
    "call_from",
    "next_action_at",
    "first_called_at",
    "closed_at",
    "discipline",
    "needs",
    "language",
    "interpreter_ok",
    "pinned",
)
_INSTANTS = ("call_from", "next_action_at", "first_called_at", "closed_at")
_IDS = ("owner_id", "run_id")
_KINDS = {"state": State, "exception_reason": Reason, "discipline": Discipline}


def as_it_stands(message: AdviceMessage) -> dict[str, Any]:
    """The message before a call is recorded, as JSON."""
    return {name: _told(getattr(message, name)) for name in _COLUMNS}


def _told(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(value) if isinstance(value, UUID) else value


def _put_back(message: AdviceMessage, before: dict[str, Any]) -> None:
    for name, value in before.items():
        setattr(message, name, _read(name, value))


def _read(name: str, value: Any) -> Any:
    if value is None:
        return None
    if name in _INSTANTS:
        return datetime.fromisoformat(value)
    if name in _IDS:
        return UUID(value)
    return _KINDS[name](value) if name in _KINDS else value


async def remember(
    session: Session,
    message: AdviceMessage,
    call: AdviceCall,
    notes: CallNotes,
    before: dict[str, Any],
    *,
    writes: bool,
) -> AdviceRecord:
    """Keeps how the message stood, and plans what follows from the call for when it can no longer be taken back."""
    record = AdviceRecord(
        id=call.id,
        message_id=message.id,
        staff_id=call.staff_id,
        at=call.at,
        typed=notes.as_typed(),
        digest=digest(notes),
        what_next=notes.following,
        before=before,
        revision=message.revision,
        writes=writes,
        sends_advice=notes.advice.send and bool(notes.advice.texts),
        until=call.at + TAKE_BACK_WITHIN,
    )
    await _forget_what_was_typed(session, message.id)
    session.add(record)
    await plan(session, SETTLE, key=f"settle:{call.id}", run_at=record.until, call_id=call.id)
    return record


def digest(notes: CallNotes) -> bytes:
    """What tells whether a form sent again says the same."""
    return keys().fingerprint("advice-call", repr(sorted(notes.as_typed().items())))


async def _forget_what_was_typed(session: Session, message_id: UUID) -> None:
    """What was taken back before is not filled in again."""
    forget = sa.text("update advice_record set typed = null where message_id = :id and typed is not null")
    await (await session.connection()).execute(forget, {"id": message_id})


async def take_back(session: Session, actor: Actor, call_id: UUID, now: datetime) -> AdviceRecord:
    """As if the call had not been recorded; what was typed is kept for the form. Again changes nothing.

    NotFound for anybody else's; TooLate once the minute is over, MovedOn when the message changed since."""
    message, record = await held(session, call_id)
    if record.staff_id != actor.id:
        raise NotFound("somebody else's call")
    if record.taken_back_at:
        return record
    if record.settled_at or now > record.until:
        raise TooLate("the minute is over")
    if message.revision != record.revision:
        raise MovedOn("the message changed since")
    _put_back(message, record.before)
    message.revision += 1
    record.taken_back_at = now
    await session.delete(await session.get_one(AdviceCall, call_id))
    await (await session.connection()).execute(sa.text("delete from advice_given where call_id = :id"), {"id": call_id})
    note(session, message.id, actor, Happened.TAKEN_BACK, now, staff_id=actor.id)
    audit.record(session, actor, "advice.call-taken-back", SUBJECT, message.id, now)
    return record


async def held(session: Session, call_id: UUID) -> tuple[AdviceMessage, AdviceRecord]:
    """The record of a call as it is once nobody else holds its message. NotFound."""
    record = await session.get(AdviceRecord, call_id)
    if record is None:
        raise NotFound("no such call")
    message = await locked(session, record.message_id)
    await session.refresh(record)
    return message, record

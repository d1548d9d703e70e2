"""Delivery as it is written down: what a worker takes up, and what it heard. Many at a time, since each is little."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from core.domain.errors import NotPossible
from core.domain.guard import NO_GUARD, Guard
from core.domain.identity import Actor, system
from core.domain.ids import new_id
from core.storage.columns import keys
from core.storage.guards import guard_about, guards_about
from core.storage.session import Session
from core.storage.tasks import plan
from notifications import barred, courtesy, delivery
from notifications.models import Message, MessageStep, MessageSwitch
from notifications.wishes import wishes_of
from notifications.words import Channel, DeliveryState, Outgoing, Receipt, Recipient, Send, Taken, Wishes

DELIVER = "notifications.deliver"
UNIQUE = ("subject_id", "purpose", "recipient", "occasion")
POST = system("notifications")
_COPIED = (
    "purpose",
    "subject_id",
    "template",
    "priority",
    "language",
    "large_print",
    "nhs_number_key",
    "surname_born_key",
)
# The kinds of fingerprint the rest of the house finds people by.
FOUND_BY = {Channel.EMAIL: "email", Channel.TEXT: "phone", Channel.LETTER: "postal-address"}


class Heard(StrEnum):
    """What became of handing a message over, or of asking for it."""

    RECEIPT = "receipt"
    NOTHING_KNOWN = "nothing known"
    SILENCE = "silence"
    NOT_TAKEN = "not taken"
    THROTTLED = "throttled"
    REFUSED = "refused"
    CANNOT_BE_ASKED = "cannot be asked"


@dataclass(frozen=True, slots=True)
class Note:
    """`why` is a kind, never what was said; `seconds` is how long a provider wants to be left alone."""

    message_id: UUID
    heard: Heard
    now: datetime
    provider: str = ""
    why: str = ""
    receipt: Receipt | None = None
    seconds: float = 0.0


async def take_up(session: Session, wanted: Sequence[tuple[UUID, datetime]]) -> list[Taken]:
    """What to do with each. A message to be sent now is on record as being sent from here on."""
    # Switches first, messages second, as whoever turns a switch does: in one order nobody waits in a ring.
    switched = select(MessageSwitch.purpose).where(col(MessageSwitch.stopped_at).is_not(None))
    stopped = set((await session.exec(switched.with_for_update(read=True))).all())
    rows = await _locked(session, [message_id for message_id, _ in wanted])
    guards = await guards_about(session, [barred.child_of(row) for row in rows.values()])
    guard_of = dict(zip(rows, guards, strict=True))
    return [
        await _taken(session, rows.get(message_id), stopped, guard_of.get(message_id, NO_GUARD), now)
        for message_id, now in wanted
    ]


async def _locked(session: Session, ids: Sequence[UUID]) -> Mapping[UUID, Message]:
    found = select(Message).where(col(Message.id).in_(ids)).order_by(col(Message.id)).with_for_update()
    return {row.id: row for row in await session.exec(found)}


async def _taken(session: Session, row: Message | None, stopped: set[str], guard: Guard, now: datetime) -> Taken:
    if row is None:
        return Taken(Send.NOTHING)
    what, at = delivery.what_to_do(row.state, row.began_at, row.asked, row.tries, now)
    if what is Send.NOW and not barred.may_reach(Recipient(row.channel, row.address), guard):
        await _bar(session, row, now)
        return Taken(Send.NOTHING)
    if what is Send.NOW and row.purpose in stopped:
        _hold(session, row, now)
        return Taken(Send.HELD)
    if what is Send.GIVE_UP:
        await _give_up(session, row, now)
    if what is Send.NOW:
        row.began_at, row.tries, row.asked, row.held_at = now, row.tries + 1, 0, None
        step(session, row, DeliveryState.SENDING, now)
    outgoing = Outgoing(
        row.id,
        row.channel,
        row.address,
        row.subject_line,
        row.body,
        template=row.template,
        language=row.language,
        large_print=row.large_print,
    )
    return Taken(what, outgoing if what in (Send.NOW, Send.ASK) else None, at)


def _hold(session: Session, row: Message, now: datetime) -> None:
    if row.state is not DeliveryState.WAITING:
        step(session, row, DeliveryState.WAITING, now, "stopped")
    row.held_at = row.held_at or now


async def _bar(session: Session, row: Message, now: datetime) -> None:
    """Somebody said since it was written that this address is never used. Another way is tried, or a person told."""
    if row.state is not DeliveryState.WAITING:
        step(session, row, DeliveryState.WAITING, now, barred.WHY)
    row.held_at = None
    step(session, row, DeliveryState.DROPPED, now, barred.WHY)
    await _another_way(session, row, now)


async def _give_up(session: Session, row: Message, now: datetime) -> None:
    """Tried as often as is decent. What surely did not leave has failed; of the rest nobody knows."""
    if row.state is DeliveryState.WAITING:
        step(session, row, DeliveryState.FAILED, now, "tries used")
        await _another_way(session, row, now)
        return
    if row.state is DeliveryState.SENDING:
        step(session, row, DeliveryState.UNKNOWN, now, "tries used")
    row.needs_person_since = now


async def note(session: Session, notes: Sequence[Note]) -> list[datetime | None]:
    """Writes down what was heard; for each, when it must be taken up again, or None."""
    rows = await _locked(session, [one.message_id for one in notes])
    return [await _noted(session, rows[one.message_id], one) for one in notes]


async def _noted(session: Session, row: Message, note: Note) -> datetime | None:
    row.provider = note.provider
    match note.heard:
        case Heard.RECEIPT if note.receipt:
            await receive(session, row, note.receipt, note.now, note.why or note.provider)
        case Heard.NOTHING_KNOWN if delivery.may_be_taken_up(row.state):
            row.asked += 1
            return note.now
        case Heard.SILENCE if delivery.may_be_taken_up(row.state):
            return _silent(session, row, note)
        case Heard.NOT_TAKEN | Heard.THROTTLED if row.state is DeliveryState.SENDING:
            return _back_to_waiting(session, row, note)
        case Heard.REFUSED if delivery.may_step(row.state, DeliveryState.FAILED):
            step(session, row, DeliveryState.FAILED, note.now, note.why)
            await _another_way(session, row, note.now)
        case Heard.CANNOT_BE_ASKED if delivery.may_be_taken_up(row.state):
            if row.state is DeliveryState.SENDING:
                step(session, row, DeliveryState.UNKNOWN, note.now, note.why)
            row.needs_person_since = note.now
    return None


def _silent(session: Session, row: Message, note: Note) -> datetime:
    if row.state is DeliveryState.SENDING:
        step(session, row, DeliveryState.UNKNOWN, note.now, note.why)
    began_at = row.began_at or note.now
    if delivery.is_long_unknown(began_at, note.now):
        row.needs_person_since = row.needs_person_since or note.now
    return max(began_at + delivery.FIRST_ASK, note.now + delivery.wait_after(row.tries))


def _back_to_waiting(session: Session, row: Message, note: Note) -> datetime:
    step(session, row, DeliveryState.WAITING, note.now, note.why)
    if note.heard is Heard.THROTTLED:
        # Being told to wait is no fault of the message.
        row.tries -= 1
        return note.now + timedelta(seconds=note.seconds)
    return note.now + delivery.wait_after(row.tries)


async def hear(session: Session, message_id: UUID, receipt: Receipt, now: datetime, provider: str) -> bool:
    """A provider's own word about a message, in any order and however often; False when there is no such message."""
    row = (await _locked(session, [message_id])).get(message_id)
    if row is None:
        return False
    await receive(session, row, receipt, now, provider)
    return True


async def receive(session: Session, row: Message, receipt: Receipt, now: datetime, why: str) -> None:
    """Moves the message on if this is news."""
    row.provider_id = row.provider_id or receipt.provider_id
    if row.state is receipt.state or not delivery.may_step(row.state, receipt.state):
        return
    row.held_at = None
    if receipt.state in (DeliveryState.SENT, DeliveryState.DELIVERED):
        row.sent_at, row.needs_person_since = row.sent_at or now, None
    step(session, row, receipt.state, now, why)
    if receipt.state is DeliveryState.FAILED:
        await _another_way(session, row, now)


async def _another_way(session: Session, row: Message, now: datetime) -> None:
    """Says the same by the other channel, once; where there is none a person has to."""
    wanted = bool(row.spare) and await _is_wanted(session, row)
    if row.spare and delivery.deserves_another_way(has_alternative=wanted, is_another_way=row.is_other_way):
        await write_copy(session, row, f"other-way:{row.id}", now, POST, row.spare, is_other_way=True)
    else:
        row.needs_person_since = now


async def _is_wanted(session: Session, row: Message) -> bool:
    """Wishes may have changed since the words for the other way were written, and who must not be told."""
    said = row.spare or {}
    other = Recipient(Channel(said["channel"]), said["address"])
    if not barred.may_reach(other, await guard_about(session, barred.child_of(row))):
        return False
    return courtesy.way_to(other, await wishes_of(session, other) or Wishes()).to is not None


async def write_copy(
    session: Session,
    row: Message,
    occasion: str,
    now: datetime,
    by: Actor,
    said: Mapping[str, str],
    *,
    is_other_way: bool = False,
    why: str | None = None,
) -> UUID | None:
    """The same message once more on a new occasion; its id, or None when that occasion has its message already. `said`
    are channel, address, subject_line and body."""
    channel = Channel(said["channel"])
    new = {
        **{name: getattr(row, name) for name in _COPIED},
        **said,
        "id": new_id(),
        "channel": channel,
        "recipient": keys().fingerprint(FOUND_BY[channel], said["address"]),
        "occasion": occasion,
        "state": DeliveryState.WAITING,
        "created_at": now,
        "said_by": by.audit_name,
        "why": why,
        "follows": row.id,
        "is_other_way": is_other_way,
    }
    once = insert(Message).values(new).on_conflict_do_nothing(index_elements=UNIQUE).returning(col(Message.id))
    written: UUID | None = (await session.exec(once)).scalar_one_or_none()
    if written:
        await plan(session, DELIVER, key=f"deliver:{written}", run_at=now, priority=row.priority, message_id=written)
    return written


def step(session: Session, row: Message, to: DeliveryState, now: datetime, why: str = "", by: Actor = POST) -> None:
    """Moves the message and remembers that it moved. NotPossible."""
    if row.state is not to and not delivery.may_step(row.state, to):
        raise NotPossible(f"{row.state} to {to}")
    row.state = to
    session.add(MessageStep(message_id=row.id, state=to, at=now, actor=by.audit_name, why=why[:80]))

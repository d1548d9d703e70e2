"""What a person decides about messages: stopping a purpose, sending again, seeing to what reached nobody."""

from collections.abc import Sequence
from datetime import datetime
from uuid import NAMESPACE_OID, UUID, uuid5

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from core.domain.errors import NotFound, NotPossible
from core.domain.identity import Actor
from core.domain.ids import new_id
from core.storage import audit
from core.storage.guards import guard_about
from core.storage.session import Session, note_planned_task
from notifications import barred, delivery
from notifications.dispatch import DELIVER, write_copy
from notifications.models import Message, MessageStep, MessageSwitch
from notifications.wishes import wishes_of
from notifications.words import DeliveryState, Recipient

# One statement, however many wait: each gets a task of its own, at the priority it had.
_RELEASE = sa.text("""
    with released as (
        update message set held_at = null where purpose = :purpose and held_at is not null returning id, priority
    )
    insert into task (id, kind, dedupe_key, payload, priority, run_at, attempts)
    select gen_random_uuid(), :kind, 'deliver:' || id || ':' || cast(:turn as text),
        jsonb_build_object('message_id', id::text), priority, :now, 0
    from released
""")


async def stop(session: Session, actor: Actor, purpose: str, why: str, now: datetime) -> None:
    """From here on no message of this purpose leaves the house; those that would have gone wait and are shown.
    NotPossible when it is stopped already."""
    row = await _switch(session, purpose)
    if row.stopped_at is not None:
        raise NotPossible("stopped already")
    row.stopped_at, row.stopped_by, row.why = now, actor.audit_name, why
    audit.record(session, actor, "messages.stopped", "message-switch", _about(purpose), now, purpose=purpose)


async def release(session: Session, actor: Actor, purpose: str, now: datetime) -> int:
    """Switches a purpose on again and sends what waited; how many that is. NotPossible when it is not stopped."""
    row = await _stopped(session, purpose)
    row.stopped_at = row.stopped_by = row.why = None
    await session.flush()
    given = {"purpose": purpose, "kind": DELIVER, "turn": str(new_id()), "now": now}
    released: int = (await (await session.connection()).execute(_RELEASE, given)).rowcount
    note_planned_task(session)
    audit.record(
        session, actor, "messages.released", "message-switch", _about(purpose), now, purpose=purpose, count=released
    )
    return released


async def drop_held(session: Session, actor: Actor, purpose: str, why: str, now: datetime) -> int:
    """What waits for this purpose is never sent; how many that is. The purpose stays stopped. NotPossible."""
    await _stopped(session, purpose)
    dropped = (
        sa.update(Message)
        .where(col(Message.purpose) == purpose, col(Message.held_at).is_not(None))
        .values(held_at=None, state=DeliveryState.DROPPED, why=why)
        .returning(col(Message.id))
    )
    ids: Sequence[UUID] = (await session.exec(dropped)).scalars().all()
    session.add_all(
        MessageStep(message_id=one, state=DeliveryState.DROPPED, at=now, actor=actor.audit_name, why="dropped")
        for one in ids
    )
    audit.record(
        session, actor, "messages.dropped", "message-switch", _about(purpose), now, purpose=purpose, count=len(ids)
    )
    return len(ids)


async def _switch(session: Session, purpose: str) -> MessageSwitch:
    """The switch of a purpose, locked; made when there is none."""
    await session.exec(insert(MessageSwitch).values(purpose=purpose).on_conflict_do_nothing())
    found = select(MessageSwitch).where(MessageSwitch.purpose == purpose).with_for_update()
    return (await session.exec(found)).one()


async def _stopped(session: Session, purpose: str) -> MessageSwitch:
    row = await _switch(session, purpose)
    if row.stopped_at is None:
        raise NotPossible("not stopped")
    return row


def _about(purpose: str) -> UUID:
    """The audit trail asks for an id; a purpose has none of its own, so one is made of its name."""
    return uuid5(NAMESPACE_OID, f"message purpose {purpose}")


async def send_again(session: Session, actor: Actor, message_id: UUID, turn: int, why: str, now: datetime) -> UUID:
    """The same words to the same address once more, on an occasion of its own. `turn` is the number this repetition
    has on the page it was asked from: pressing twice sends once. NotFound; NotPossible while it is on its way,
    and to who must not be contacted."""
    row = await _locked(session, message_id)
    to = Recipient(row.channel, row.address)
    wishes, guard = await wishes_of(session, to), await guard_about(session, barred.child_of(row))
    if (wishes and wishes.never) or not barred.may_reach(to, guard):
        raise NotPossible("must not be contacted")
    if delivery.may_be_taken_up(row.state) and row.needs_person_since is None:
        raise NotPossible("it is on its way")
    said = {
        "channel": row.channel.value,
        "address": row.address,
        "subject_line": row.subject_line,
        "body": row.body,
    }
    occasion = f"again:{row.id}:{turn}"
    written = await write_copy(session, row, occasion, now, actor, said, why=why)
    if written is None:
        found = select(Message.id).where(Message.follows == row.id, Message.occasion == occasion)
        return (await session.exec(found)).one()
    if row.needs_person_since and row.seen_to_at is None:
        _see_to(row, actor, why, now)
    audit.record(session, actor, "message.sent-again", "message", row.id, now, new=str(written))
    return written


async def see_to(session: Session, actor: Actor, message_id: UUID, why: str, now: datetime) -> None:
    """Ticks off a message that reached nobody: a person has dealt with it. NotFound; NotPossible when it does not wait
    for anybody."""
    row = await _locked(session, message_id)
    if row.needs_person_since is None or row.seen_to_at is not None:
        raise NotPossible("nobody is waited for")
    _see_to(row, actor, why, now)
    audit.record(session, actor, "message.seen-to", "message", row.id, now, about=str(row.subject_id))


def _see_to(row: Message, actor: Actor, why: str, now: datetime) -> None:
    row.seen_to_at, row.seen_to_by, row.seen_to_why = now, actor.audit_name, why


async def _locked(session: Session, message_id: UUID) -> Message:
    row = await session.get(Message, message_id, with_for_update=True)
    if row is None:
        raise NotFound("no such message")
    return row

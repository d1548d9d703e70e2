"""What is asked about messages."""

from dataclasses import dataclass, replace
from functools import reduce
from operator import or_
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import distinct_on
from sqlmodel import col, select

from core.domain.errors import NotFound
from core.domain.guard import Guard
from core.storage.children import ChildKeys, keys_of
from core.storage.guards import guard_about
from core.storage.session import Session
from core.storage.tasks import URGENT
from notifications.barred import child_of
from notifications.models import Message, MessageStep, MessageSwitch
from notifications.words import Channel, DeliveryState, MessageLine, MessageView, Recipient, StepView, Switch

PER_PAGE = 25

# Jumps along the index from one purpose to the next: as fast with a million messages as with ten.
_PURPOSES = sa.text("""
    with recursive known as (
        (select purpose from message order by purpose limit 1)
        union all
        select (select purpose from message where purpose > known.purpose order by purpose limit 1)
        from known where known.purpose is not null
    )
    select purpose from known where purpose is not null
""")


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which messages a list shows. `before` is the message the page before ended with."""

    purpose: str = ""
    state: DeliveryState | None = None
    before: UUID | None = None


async def newest(session: Session, chosen: Chosen) -> tuple[list[MessageLine], bool]:
    """(one page of messages, newest first; whether there are more). One query."""
    found = select(Message).order_by(col(Message.created_at).desc(), col(Message.id).desc()).limit(PER_PAGE + 1)
    if chosen.purpose:
        found = found.where(Message.purpose == chosen.purpose)
    if chosen.state:
        found = found.where(Message.state == chosen.state)
    if chosen.before:
        last = sa.select(col(Message.created_at), col(Message.id)).where(col(Message.id) == chosen.before)
        found = found.where(sa.tuple_(col(Message.created_at), col(Message.id)) < last.scalar_subquery())
    rows = (await session.exec(found)).all()
    return [_line(row) for row in rows[:PER_PAGE]], len(rows) > PER_PAGE


async def purposes(session: Session) -> list[str]:
    """Every purpose a message was ever sent for, in the order of the alphabet."""
    return list((await (await session.connection()).execute(_PURPOSES)).scalars())


async def message(session: Session, message_id: UUID) -> MessageView:
    """One message with its words. NotFound."""
    row = await session.get(Message, message_id)
    if row is None:
        raise NotFound("no such message")
    return view_of(row)


async def ways_of(session: Session, message_id: UUID) -> list[Recipient]:
    """Where a message goes, and the other way it may go. NotFound. No query when it was read just before."""
    row = await session.get(Message, message_id)
    if row is None:
        raise NotFound("no such message")
    ways = [Recipient(row.channel, row.address)]
    return ways + ([Recipient(Channel(row.spare["channel"]), row.spare["address"])] if row.spare else [])


async def guard_on(session: Session, message_id: UUID) -> Guard:
    """Who must not be told about the child a message is about. NotFound. One query when it was read just before."""
    row = await session.get(Message, message_id)
    if row is None:
        raise NotFound("no such message")
    return await guard_about(session, child_of(row))


async def guard_on_all(session: Session, subject_id: UUID) -> Guard:
    """The same for everything said about one thing. Two queries."""
    found = select(Message.nhs_number_key, Message.surname_born_key).where(Message.subject_id == subject_id).distinct()
    children = [keys_of(*row) for row in await session.exec(found)]
    return await guard_about(session, reduce(or_, children, ChildKeys()))


async def steps_of(session: Session, message_id: UUID) -> list[StepView]:
    """How far a message has come, step by step. One query."""
    found = select(MessageStep).where(MessageStep.message_id == message_id).order_by(col(MessageStep.id))
    return [StepView(step.state, step.at, step.actor, step.why) for step in await session.exec(found)]


async def following(session: Session, message_id: UUID) -> list[MessageView]:
    """What repeated this message or stood in for it, oldest first. One query."""
    found = select(Message).where(Message.follows == message_id).order_by(col(Message.id))
    return [view_of(row) for row in await session.exec(found)]


async def lines_about(session: Session, subject_id: UUID) -> list[MessageLine]:
    """Everything said about one thing with the words unread, oldest first. One query."""
    found = select(Message).where(Message.subject_id == subject_id)
    return [_line(row) for row in await session.exec(found.order_by(col(Message.created_at), col(Message.id)))]


async def undelivered(session: Session, limit: int = 100) -> list[MessageLine]:
    """What reached nobody and waits for a person, longest waiting first, with why. Two queries."""
    found = select(Message).where(_waits_for_a_person()).order_by(col(Message.needs_person_since), col(Message.id))
    rows = (await session.exec(found.limit(limit))).all()
    why = await _last_reasons(session, [row.id for row in rows])
    return [replace(_line(row), why_not=why.get(row.id, "")) for row in rows]


async def _last_reasons(session: Session, ids: list[UUID]) -> dict[UUID, str]:
    """Why each of these messages came no further, as its last step says. One query."""
    last = select(col(MessageStep.message_id), col(MessageStep.why)).where(col(MessageStep.message_id).in_(ids))
    newest_first = (col(MessageStep.message_id), col(MessageStep.id).desc())
    found = last.ext(distinct_on(col(MessageStep.message_id))).order_by(*newest_first)
    return dict((await session.exec(found)).all())


async def count_undelivered(session: Session) -> int:
    """How many messages wait for a person."""
    return (await session.exec(select(sa.func.count()).select_from(Message).where(_waits_for_a_person()))).one()


def _waits_for_a_person() -> sa.ColumnElement[bool]:
    return col(Message.needs_person_since).is_not(None) & col(Message.seen_to_at).is_(None)


async def switches(session: Session) -> list[Switch]:
    """Every purpose ever sent for or switched, with its switch and how many messages wait for it. Three queries."""
    waiting = select(Message.purpose, sa.func.count()).where(col(Message.held_at).is_not(None))
    held = dict((await session.exec(waiting.group_by(Message.purpose))).all())
    rows = {row.purpose: row for row in await session.exec(select(MessageSwitch))}
    known = sorted({*await purposes(session), *rows})
    return [_switch(purpose, rows.get(purpose), held.get(purpose, 0)) for purpose in known]


def _switch(purpose: str, row: MessageSwitch | None, held: int) -> Switch:
    if row is None:
        return Switch(purpose, held=held)
    return Switch(purpose, row.stopped_at, row.stopped_by or "", row.why or "", held)


async def is_urgent(session: Session, message_id: UUID) -> bool:
    """Whether it may take what is kept for urgent messages."""
    priority = (await session.exec(select(Message.priority).where(Message.id == message_id))).one_or_none()
    return priority is not None and priority >= URGENT


async def messages_about(session: Session, subject_id: UUID) -> list[MessageView]:
    """Everything said about one thing, oldest first. One query."""
    found = select(Message).where(Message.subject_id == subject_id)
    rows = await session.exec(found.order_by(col(Message.created_at), col(Message.id)))
    return [view_of(row) for row in rows]


def view_of(row: Message) -> MessageView:
    """The row as others see it."""
    return MessageView(
        id=row.id,
        purpose=row.purpose,
        subject_id=row.subject_id,
        channel=row.channel,
        address=row.address,
        template=row.template,
        subject_line=row.subject_line,
        body=row.body,
        state=row.state,
        language=row.language,
        created_at=row.created_at,
        sent_at=row.sent_at,
        said_by=row.said_by,
        why=row.why or "",
        follows=row.follows,
        is_held=row.held_at is not None,
        needs_person=row.needs_person_since is not None and row.seen_to_at is None,
    )


def _line(row: Message) -> MessageLine:
    return MessageLine(
        row.id,
        row.purpose,
        row.channel,
        row.address,
        row.subject_line,
        row.state,
        row.created_at,
        is_held=row.held_at is not None,
        subject_id=row.subject_id,
        needs_person_since=row.needs_person_since,
    )

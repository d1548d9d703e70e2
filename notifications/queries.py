"""What is asked about messages."""

from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from core.domain.errors import NotFound
from core.storage.session import Session
from notifications.models import Message
from notifications.words import DeliveryState, MessageLine, MessageView

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
        created_at=row.created_at,
        sent_at=row.sent_at,
    )


def _line(row: Message) -> MessageLine:
    return MessageLine(row.id, row.purpose, row.channel, row.address, row.subject_line, row.state, row.created_at)

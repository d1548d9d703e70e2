"""Who may see a message, and which messages are about one child."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from accounts.api import Opened, open_record, those_that_open
from advice_line import rules
from advice_line.models import AdviceMessage
from core.domain.errors import NotFound
from core.domain.guard import Guard
from core.domain.identity import Actor
from core.storage.children import ChildKeys, ChildRecord, keys_of
from core.storage.guards import guards_about
from core.storage.session import Session

SUBJECT = "advice-message"


async def open_message(session: Session, actor: Actor, message: AdviceMessage, now: datetime) -> Opened:
    """Why this person may see it. Raises ReasonNeeded and OwnFamily as `open_record` says."""
    record = ChildRecord(SUBJECT, message.id, keys_of(named=message.child_key))
    reason = rules.reason_to_see(actor, message.owner_id, message.discipline)
    return await open_record(session, actor, record, reason, now)


async def may_read_about(session: Session, actor: Actor, ids: Collection[UUID], now: datetime) -> set[UUID]:
    """Those of these messages that this person may see, and so what was said about them."""

    async def opens(message_id: UUID) -> Opened:
        message = await session.get(AdviceMessage, message_id)
        if message is None:
            raise NotFound("no such message")
        return await open_message(session, actor, message, now)

    return await those_that_open(ids, opens)


async def guards_of(session: Session, messages: Sequence[AdviceMessage]) -> dict[UUID, Guard]:
    """Those of these messages about whose child it is said who must not be contacted or told. One query for all."""
    found = await guards_about(session, [keys_of(named=one.child_key) for one in messages])
    return {one.id: guard for one, guard in zip(messages, found, strict=True) if guard}


async def records_of_child(session: Session, wanted: ChildKeys, reference: str = "") -> list[ChildRecord]:
    """The messages about one child, or the one with this reference."""
    is_theirs = sa.or_(
        col(AdviceMessage.child_key).in_(wanted.named), col(AdviceMessage.reference) == (reference or None)
    )
    found = select(AdviceMessage.id, AdviceMessage.child_key).where(is_theirs)
    return [ChildRecord(SUBJECT, row[0], keys_of(named=row[1])) for row in await session.exec(found)]

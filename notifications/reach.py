"""Whether people can be reached: asked by rooms that must phone those who cannot."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import distinct_on
from sqlmodel import col, select

from core.storage.session import Session
from notifications.models import Message
from notifications.words import DeliveryState

LOST = frozenset({DeliveryState.FAILED, DeliveryState.DROPPED})


async def states_of(session: Session, message_ids: Collection[UUID]) -> dict[UUID, DeliveryState]:
    """How far each of these messages has come. One query."""
    if not message_ids:
        return {}
    found = select(col(Message.id), col(Message.state)).where(col(Message.id).in_(message_ids))
    return dict((await session.exec(found)).all())


def message_is(message_id: Any, states: Collection[DeliveryState]) -> sa.ColumnElement[bool]:
    """A condition for other rooms' queries: the message with the id in this column is in one of these states."""
    return sa.exists().where(col(Message.id) == message_id, col(Message.state).in_(states))


async def not_reached(session: Session, subject_ids: Collection[UUID]) -> set[UUID]:
    """Those of these subjects about whom the last message did not arrive. One query."""
    if not subject_ids:
        return set()
    last = (
        select(col(Message.subject_id), col(Message.state))
        .where(col(Message.subject_id).in_(subject_ids))
        .ext(distinct_on(col(Message.subject_id)))
        .order_by(col(Message.subject_id), col(Message.created_at).desc(), col(Message.id).desc())
    )
    return {subject for subject, state in (await session.exec(last)).all() if state in LOST}

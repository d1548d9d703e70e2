"""Messages about the same child, or from the same phone, within 14 days: shown side by side, never made one."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import aliased
from sqlmodel import col, select

from advice_line.models import AdviceMessage
from advice_line.words import State
from core.storage.session import Session

WITHIN = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Linked:
    """Another message that may be about the same worry, and what it has in common with this one."""

    id: UUID
    reference: str
    received_at: datetime
    state: State
    same_child: bool
    same_phone: bool

    @property
    def is_open(self) -> bool:
        return self.state not in (State.CLOSED, State.WITHDRAWN)

    @property
    def why(self) -> str:
        if self.same_child:
            return "same child, same phone" if self.same_phone else "same child"
        return "same phone"


async def linked_to(session: Session, about: AdviceMessage) -> list[Linked]:
    """The messages linked with this one, newest first."""
    found = (
        select(AdviceMessage)
        .where(_one_family(AdviceMessage, about), _near(AdviceMessage, about.received_at), AdviceMessage.id != about.id)
        .order_by(col(AdviceMessage.received_at).desc())
    )
    return [_linked(other, about) for other in await session.exec(found)]


async def linked_counts(session: Session, messages: Sequence[AdviceMessage]) -> dict[UUID, int]:
    """How many others each of these is linked with; those without any are left out. One query."""
    if not messages:
        return {}
    one, other = aliased(AdviceMessage), aliased(AdviceMessage)
    counted = (
        sa.select(col(one.id), sa.func.count())
        .join(other, sa.and_(_one_family(other, one), _near(other, one.received_at), other.id != one.id))  # type: ignore[arg-type]
        .where(col(one.id).in_([message.id for message in messages]))
        .group_by(col(one.id))
    )
    rows = (await (await session.connection()).execute(counted)).all()
    return {row[0]: row[1] for row in rows}


def _one_family(other: Any, one: Any) -> Any:
    """The same phone; or the same child, where one is named (two unknown children are not the same)."""
    same_phone = other.phone_key == one.phone_key
    if isinstance(one, AdviceMessage) and one.child_key is None:
        return same_phone
    return sa.or_(same_phone, other.child_key == one.child_key)


def _near(other: Any, at: Any) -> Any:
    return other.received_at.between(at - WITHIN, at + WITHIN)


def _linked(other: AdviceMessage, about: AdviceMessage) -> Linked:
    return Linked(
        id=other.id,
        reference=other.reference,
        received_at=other.received_at,
        state=other.state,
        same_child=about.child_key is not None and other.child_key == about.child_key,
        same_phone=other.phone_key == about.phone_key,
    )


def open_ones(found: Collection[Linked]) -> list[Linked]:
    return [one for one in found if one.is_open]

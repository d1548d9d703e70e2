"""The table of the board: calls that were moved by hand."""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from core.storage.base import Row, instant, optional_instant

_STAFF = "staff_account.id"


class AdviceMove(Row, table=True):
    """Somebody gave a call to a colleague: `parts` is what spoke for them then, `before` the columns of the message as
    they were, and `revision` the message's after it, so that it is undone only while nothing else happened. Holds no
    words of any person."""

    __tablename__ = "advice_move"
    __table_args__ = (
        sa.CheckConstraint("(undone_at is null) = (undone_by is null)", name="undone_whole"),
        sa.Index("ix_advice_move_at", "at"),
        sa.Index("ix_advice_move_message", "message_id", "at"),
    )

    message_id: UUID = Field(foreign_key="advice_message.id")
    at: datetime = instant()
    by: str = Field(max_length=80)
    from_staff_id: UUID | None = Field(default=None, foreign_key=_STAFF)
    to_staff_id: UUID = Field(foreign_key=_STAFF)
    parts: dict[str, Any] = Field(default_factory=dict, sa_type=JSONB)
    before: dict[str, Any] = Field(default_factory=dict, sa_type=JSONB)
    revision: int
    undone_at: datetime | None = optional_instant()
    undone_by: str | None = Field(default=None, max_length=80)

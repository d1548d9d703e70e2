"""Tables of recorded calls: what may be taken back, the advice given, and worries about a child's safety."""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from advice_line.record_words import WhatNext
from core.storage.base import Row, instant, optional_instant
from core.storage.columns import EncryptedJSON, EncryptedText, text_enum

_STAFF = "staff_account.id"
_MESSAGE = "advice_message.id"


class AdviceRecord(Row, table=True):
    """The pressing of "Record the call"; its id is that of the call. Until `until` it can be taken back: `before` is
    how the message stood, `revision` how it was left. Nothing is sent before it is settled. `typed` is kept only so
    long as the form may have to be filled in again."""

    __tablename__ = "advice_record"
    __table_args__ = (
        sa.CheckConstraint("num_nonnulls(settled_at, taken_back_at) < 2", name="settled_or_taken_back"),
        sa.Index("ix_advice_record_message", "message_id", "at"),
        sa.Index("ix_advice_record_staff", "staff_id", "at"),
    )

    message_id: UUID = Field(foreign_key=_MESSAGE)
    staff_id: UUID = Field(foreign_key=_STAFF)
    at: datetime = instant()
    typed: dict[str, Any] | None = Field(default=None, sa_type=EncryptedJSON("advice_record.typed"))
    digest: bytes
    what_next: WhatNext | None = Field(default=None, sa_type=text_enum(WhatNext, "what_next_known"))
    before: dict[str, Any] = Field(default_factory=dict, sa_type=JSONB)
    revision: int
    writes: bool = False
    sends_advice: bool = False
    until: datetime = instant()
    settled_at: datetime | None = optional_instant()
    taken_back_at: datetime | None = optional_instant()


class AdviceGiven(SQLModel, table=True):
    """A text that was given in a call, in the words it had then."""

    __tablename__ = "advice_given"
    __table_args__ = (
        sa.ForeignKeyConstraint(
            ["snippet_id", "version"], ["advice_snippet_version.snippet_id", "advice_snippet_version.version"]
        ),
    )

    call_id: UUID = Field(primary_key=True, foreign_key="advice_record.id")
    snippet_id: UUID = Field(primary_key=True)
    version: int


class AdviceBooking(Row, table=True):
    """A clinic or session that was booked for the family after this call, also when the call was taken back
    meanwhile. How the booking stands now, only booking says."""

    __tablename__ = "advice_booking"
    __table_args__ = (
        sa.UniqueConstraint("booking_id", name="uq_advice_booking_booking"),
        sa.Index("ix_advice_booking_message", "message_id"),
    )

    message_id: UUID = Field(foreign_key=_MESSAGE)
    call_id: UUID = Field(foreign_key="advice_record.id")
    booking_id: UUID
    staff_id: UUID = Field(foreign_key=_STAFF)
    at: datetime = instant()


class AdviceConcern(Row, table=True):
    """A worry about a child's safety, from the moment somebody says so. `done` is what they did about it; managers look
    at each."""

    __tablename__ = "advice_concern"
    __table_args__ = (
        sa.UniqueConstraint("call_id", name="uq_advice_concern_call"),
        sa.CheckConstraint("(done is null) = (done_at is null)", name="done_whole"),
        sa.CheckConstraint("(seen_at is null) = (seen_by is null)", name="seen_whole"),
        sa.CheckConstraint("seen_at is null or done_at is not null", name="seen_after_done"),
        sa.Index("ix_advice_concern_message", "message_id"),
        sa.Index("ix_advice_concern_unseen", "raised_at", postgresql_where=sa.text("seen_at is null")),
    )

    message_id: UUID = Field(foreign_key=_MESSAGE)
    call_id: UUID
    raised_at: datetime = instant()
    raised_by: UUID = Field(foreign_key=_STAFF)
    done: str | None = Field(default=None, sa_type=EncryptedText("advice_concern.done"))
    done_at: datetime | None = optional_instant()
    seen_at: datetime | None = optional_instant()
    seen_by: UUID | None = Field(default=None, foreign_key=_STAFF)

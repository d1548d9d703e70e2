"""Tables of messages to people."""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from core.storage.base import Row, instant, optional_instant
from core.storage.columns import EncryptedJSON, EncryptedText, text_enum
from core.storage.tasks import NORMAL
from notifications.words import Channel, DeliveryState

_POST = "system:notifications"


class Message(Row, table=True):
    """One thing said to one person on one occasion; its id is the provider's reference. The words are kept as they
    were said: templates change."""

    __tablename__ = "message"
    __table_args__ = (
        # Sent once (design, rule 4). `subject_id` first: it also finds everything said about one thing.
        sa.UniqueConstraint("subject_id", "purpose", "recipient", "occasion"),
        sa.Index("ix_message_newest", "created_at", "id"),
        sa.Index("ix_message_purpose_newest", "purpose", "created_at", "id"),
        sa.Index("ix_message_state_newest", "state", "created_at", "id"),
        sa.Index(
            "ix_message_undelivered",
            "needs_person_since",
            "id",
            postgresql_where=sa.text("needs_person_since is not null and seen_to_at is null"),
        ),
        sa.Index("ix_message_held", "purpose", "id", postgresql_where=sa.text("held_at is not null")),
        sa.Index("ix_message_follows", "follows", postgresql_where=sa.text("follows is not null")),
        sa.CheckConstraint("state not in ('sent', 'delivered') or sent_at is not null", name="sent_has_instant"),
        sa.CheckConstraint("held_at is null or state = 'waiting'", name="only_waiting_is_held"),
        sa.CheckConstraint("(seen_to_at is null) = (seen_to_by is null)", name="seen_to_whole"),
        sa.CheckConstraint("(channel = 'text') = (subject_line = '')", name="only_texts_lack_subject"),
    )

    purpose: str = Field(max_length=60)
    subject_id: UUID
    recipient: bytes
    occasion: str = Field(max_length=80)
    channel: Channel = Field(sa_type=text_enum(Channel, "channel"))
    address: str = Field(sa_type=EncryptedText("message.address"))
    template: str = Field(max_length=60)
    subject_line: str = Field(max_length=200)
    body: str = Field(sa_type=EncryptedText("message.body"))
    state: DeliveryState = Field(default=DeliveryState.WAITING, sa_type=text_enum(DeliveryState, "state"))
    language: str = Field(default="en", max_length=8, sa_column_kwargs={"server_default": "en"})
    large_print: bool = Field(default=False, sa_column_kwargs={"server_default": sa.false()})
    created_at: datetime = instant()
    sent_at: datetime | None = optional_instant()
    # Who caused it and, where a person sent it again, why. `follows` is the message this one repeats or stands in for.
    said_by: str = Field(default=_POST, max_length=80, sa_column_kwargs={"server_default": _POST})
    why: str | None = Field(default=None, sa_type=EncryptedText("message.why"))
    follows: UUID | None = Field(default=None, foreign_key="message.id")
    is_other_way: bool = Field(default=False, sa_column_kwargs={"server_default": sa.false()})
    # Another channel's address and words, for when this one cannot be reached.
    spare: dict[str, Any] | None = Field(default=None, sa_type=EncryptedJSON("message.spare"))
    priority: int = Field(default=NORMAL, sa_type=sa.SmallInteger, sa_column_kwargs={"server_default": str(NORMAL)})
    # When it was last handed over, how often it was, and how often since the provider said that it knows nothing.
    began_at: datetime | None = optional_instant()
    tries: int = Field(default=0, sa_type=sa.SmallInteger, sa_column_kwargs={"server_default": "0"})
    asked: int = Field(default=0, sa_type=sa.SmallInteger, sa_column_kwargs={"server_default": "0"})
    provider: str = Field(default="", max_length=40, sa_column_kwargs={"server_default": ""})
    provider_id: str = Field(default="", max_length=80, sa_column_kwargs={"server_default": ""})
    held_at: datetime | None = optional_instant()
    # The child it is about, as `core.storage.children` finds one: whom nobody may tell is asked again when it leaves.
    nhs_number_key: bytes | None = None
    surname_born_key: bytes | None = None
    needs_person_since: datetime | None = optional_instant()
    seen_to_at: datetime | None = optional_instant()
    seen_to_by: str | None = Field(default=None, max_length=80)
    seen_to_why: str | None = Field(default=None, sa_type=EncryptedText("message.seen_to_why"))


class MessageStep(Row, table=True):
    """How a message came from one state to the next: appended, never changed. `why` is a kind, never what was said."""

    __tablename__ = "message_step"
    __table_args__ = (sa.Index("ix_message_step_message", "message_id", "at"),)

    message_id: UUID = Field(foreign_key="message.id")
    state: DeliveryState = Field(sa_type=text_enum(DeliveryState, "step_state"))
    at: datetime = instant()
    actor: str = Field(max_length=80)
    why: str = Field(default="", max_length=80)


class MessageSwitch(SQLModel, table=True):
    """One purpose's switch. Without a row its messages leave the house; `stopped_at` says since when they do not."""

    __tablename__ = "message_switch"
    __table_args__ = (sa.CheckConstraint("(stopped_at is null) = (stopped_by is null)", name="stopped_whole"),)

    purpose: str = Field(primary_key=True, max_length=60)
    stopped_at: datetime | None = optional_instant()
    stopped_by: str | None = Field(default=None, max_length=80)
    why: str | None = Field(default=None, sa_type=EncryptedText("message_switch.why"))

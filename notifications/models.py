"""Tables of messages to people."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field

from core.storage.base import Row, instant, optional_instant
from core.storage.columns import EncryptedText, text_enum
from notifications.words import Channel, DeliveryState


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
        sa.CheckConstraint("(state = 'sent') = (sent_at is not null)", name="sent_has_instant"),
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
    created_at: datetime = instant()
    sent_at: datetime | None = optional_instant()


class MessageStep(Row, table=True):
    """How a message came from one state to the next: appended, never changed. `why` is a kind, never what was said."""

    __tablename__ = "message_step"
    __table_args__ = (sa.Index("ix_message_step_message", "message_id", "at"),)

    message_id: UUID = Field(foreign_key="message.id")
    state: DeliveryState = Field(sa_type=text_enum(DeliveryState, "step_state"))
    at: datetime = instant()
    actor: str = Field(max_length=80)
    why: str = Field(default="", max_length=80)

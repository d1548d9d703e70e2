"""Tables of spoken messages, and of what families add to a message later."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field

from advice_line.voice_words import CameBy
from core.storage.base import Row, instant, optional_instant
from core.storage.columns import EncryptedText, text_enum

_MESSAGE, _STAFF = "advice_message.id", "staff_account.id"


class AdviceVoice(Row, table=True):
    """The recording of a message; a message has one at most. The sound stands in the file port under `file_id`; a
    voicemail that could not be kept says in `refused` why. `seconds` are read from the sound, None where it does not
    say; of a voicemail without any, they are what the exchange told. `written` is what a therapist heard, in words."""

    __tablename__ = "advice_voice"
    __table_args__ = (
        sa.UniqueConstraint("message_id", name="uq_advice_voice_message"),
        sa.UniqueConstraint("provider_id", name="uq_advice_voice_provider"),
        sa.CheckConstraint("num_nonnulls(file_id, refused) = 1", name="kept_or_refused"),
        sa.CheckConstraint("seconds >= 0", name="seconds_count"),
        sa.CheckConstraint("num_nonnulls(written, written_by, written_at) in (0, 3)", name="written_whole"),
    )

    message_id: UUID = Field(foreign_key=_MESSAGE)
    file_id: UUID | None = None
    seconds: int | None = None
    came_by: CameBy = Field(sa_type=text_enum(CameBy, "came_by_known"))
    provider_id: str | None = Field(default=None, max_length=120)
    refused: str | None = Field(default=None, max_length=40)
    written: str | None = Field(default=None, sa_type=EncryptedText("advice_voice.written"))
    written_by: UUID | None = Field(default=None, foreign_key=_STAFF)
    written_at: datetime | None = optional_instant()


class AdviceAddition(Row, table=True):
    """What a family said later about a message it had left. Only ever added to."""

    __tablename__ = "advice_addition"
    __table_args__ = (sa.Index("ix_advice_addition_message", "message_id", "at"),)

    message_id: UUID = Field(foreign_key=_MESSAGE)
    at: datetime = instant()
    said: str = Field(sa_type=EncryptedText("advice_addition.said"))
    signs: list[str] = Field(default_factory=list, sa_type=ARRAY(sa.Text))

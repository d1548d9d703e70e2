"""Tables of what was decided, the letters about it, and what families add by themselves."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field

from core.storage.base import Row, instant, optional_instant
from core.storage.columns import EncryptedText, text_enum
from referral.outcome_words import ComesNext, LetterState, LetterTo, WhyNot
from referral.words import RequestStep


def _hidden(column: str, **options: Any) -> Any:
    return Field(sa_type=EncryptedText(column), **options)


class RequestOutcome(Row, table=True):
    """What one step decided, as it was decided: only ever added to. `duplicate_of` is an id and no foreign key: each
    referral is kept and deleted by itself."""

    __tablename__ = "request_outcome"
    __table_args__ = (
        sa.CheckConstraint("(step = 'not accept') = (why_not is not null)", name="not_accepted_with_a_reason"),
        sa.CheckConstraint("(step = 'mark as duplicate') = (duplicate_of is not null)", name="duplicate_of_one"),
        sa.CheckConstraint("(step = 'book') = (booked_for is not null)", name="booked_for_a_day"),
        sa.Index("ix_request_outcome_request", "request_id", "id"),
    )

    request_id: UUID = Field(foreign_key="referral_request.id")
    step: RequestStep = Field(sa_type=text_enum(RequestStep, "step_known"))
    at: datetime = instant()
    by: str = Field(max_length=80)
    pathway: str = Field(default="", max_length=60)
    comes_next: ComesNext | None = Field(default=None, sa_type=text_enum(ComesNext, "comes_next_known"))
    why_not: WhyNot | None = Field(default=None, sa_type=text_enum(WhyNot, "why_not_known"))
    place: str | None = _hidden("request_outcome.place", default=None)
    words: str | None = _hidden("request_outcome.words", default=None)
    todo: str | None = _hidden("request_outcome.todo", default=None)
    duplicate_of: UUID | None = None
    booked_for: date | None = None


class ReferralLetter(Row, table=True):
    """One letter about one decision to one recipient. `text` is the draft, and then word for word what was sent in
    `message_id`. A draft without `leaves_at` waits until somebody sends it; `why` says why, or why nothing was sent."""

    __tablename__ = "referral_letter"
    __table_args__ = (
        sa.UniqueConstraint("outcome_id", "recipient", name="uq_referral_letter_outcome_id_recipient"),
        sa.CheckConstraint("(state = 'sent') = (message_id is not null)", name="sent_as_a_message"),
        sa.CheckConstraint("version >= 1", name="version_grows"),
        sa.CheckConstraint("(state = 'draft') = (ended_at is null)", name="ended_then"),
        sa.Index("ix_referral_letter_referral", "referral_id", "id"),
        sa.Index("ix_referral_letter_waits", "id", postgresql_where=sa.text("state = 'draft' and leaves_at is null")),
    )

    referral_id: UUID = Field(foreign_key="referral.id")
    outcome_id: UUID = Field(foreign_key="request_outcome.id")
    recipient: LetterTo = Field(sa_type=text_enum(LetterTo, "recipient_known"))
    state: LetterState = Field(default=LetterState.DRAFT, sa_type=text_enum(LetterState, "state_known"))
    kind: str = Field(max_length=40)
    text: str = _hidden("referral_letter.text")
    leaves_at: datetime | None = optional_instant()
    by: str = Field(max_length=80)
    edited_by: str | None = Field(default=None, max_length=80)
    ended_at: datetime | None = optional_instant()
    message_id: UUID | None = None
    why: str = Field(default="", max_length=80)
    version: int = Field(default=1)


class ReferralAddition(Row, table=True):
    """What a family told us without being asked. `once` makes two presses of a button one."""

    __tablename__ = "referral_addition"
    __table_args__ = (
        sa.UniqueConstraint("referral_id", "once", name="uq_referral_addition_referral_id_once"),
        sa.CheckConstraint("(read_at is null) = (read_by is null)", name="read_by_someone"),
        sa.Index("ix_referral_addition_unread", "at", "id", postgresql_where=sa.text("read_at is null")),
    )

    referral_id: UUID = Field(foreign_key="referral.id")
    once: UUID
    at: datetime = instant()
    text: str = _hidden("referral_addition.text")
    read_at: datetime | None = optional_instant()
    read_by: str | None = Field(default=None, max_length=80)

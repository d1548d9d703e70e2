"""Tables of who opened a child's record without a reason of their own, and of who is family of whom."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field

from core.storage.base import Row, instant, optional_instant
from core.storage.columns import EncryptedText

_STAFF = "staff_account.id"


class RecordOpening(Row, table=True):
    """One record opened in an emergency, by one person, until `until`. `why` is what they typed. Governance sets
    `looked_at` once."""

    __tablename__ = "record_opening"
    __table_args__ = (
        sa.CheckConstraint("until > opened_at", name="ends_after_it_began"),
        sa.CheckConstraint("(looked_at is null) = (looked_by is null)", name="looked_at_by_someone"),
        sa.CheckConstraint("looked_by <> staff_id", name="looked_at_by_another"),
        sa.Index("ix_record_opening_record", "staff_id", "kind", "record_id", "until"),
        sa.Index("ix_record_opening_open", "id", postgresql_where=sa.text("looked_at is null")),
    )

    staff_id: UUID = Field(foreign_key=_STAFF)
    kind: str = Field(max_length=40)
    record_id: UUID
    why: str = Field(sa_type=EncryptedText("record_opening.why"))
    opened_at: datetime = instant()
    until: datetime = instant()
    looked_at: datetime | None = optional_instant()
    looked_by: UUID | None = Field(default=None, foreign_key=_STAFF)


class FamilyMark(Row, table=True):
    """This member of staff is family of the child whose keyed hashes these are. Ended, never deleted."""

    __tablename__ = "family_mark"
    __table_args__ = (
        sa.CheckConstraint("num_nonnulls(nhs_number_key, surname_born_key) > 0", name="names_a_child"),
        sa.CheckConstraint("(ended_at is null) = (ended_by is null)", name="ended_by_someone"),
        sa.Index("ix_family_mark_staff", "staff_id", postgresql_where=sa.text("ended_at is null")),
    )

    staff_id: UUID = Field(foreign_key=_STAFF)
    nhs_number_key: bytes | None = None
    surname_born_key: bytes | None = None
    marked_at: datetime = instant()
    marked_by: UUID = Field(foreign_key=_STAFF)
    ended_at: datetime | None = optional_instant()
    ended_by: UUID | None = Field(default=None, foreign_key=_STAFF)

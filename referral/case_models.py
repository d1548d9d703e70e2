"""What staff write down about a case for each other."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field

from core.storage.base import Row, instant
from core.storage.columns import EncryptedText


class CaseNote(Row, table=True):
    """An internal note. No page and no message shows it to a family; a copy of the record does, once somebody has
    looked at it. Never changed. `once` makes the same note sent twice one."""

    __tablename__ = "case_note"
    __table_args__ = (
        sa.UniqueConstraint("referral_id", "once", name="uq_case_note_once"),
        sa.Index("ix_case_note_referral", "referral_id", "id"),
    )

    referral_id: UUID = Field(foreign_key="referral.id")
    once: UUID
    at: datetime = instant()
    by: str = Field(max_length=80)
    text: str = Field(sa_type=EncryptedText("case_note.text"))

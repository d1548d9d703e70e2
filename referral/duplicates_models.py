"""The table of what people said about referrals that are alike."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field

from core.storage.base import Row, instant
from core.storage.columns import EncryptedText, text_enum
from referral.duplicates_words import Verdict


class DuplicateVerdict(Row, table=True):
    """Somebody looked at two referrals and said whether they are about one child. Only added to; the newest counts.
    `other_id` is an id and no foreign key: each referral is kept and deleted by itself."""

    __tablename__ = "duplicate_verdict"
    __table_args__ = (
        sa.CheckConstraint("other_id <> referral_id", name="two_referrals"),
        sa.Index("ix_duplicate_verdict_referral", "referral_id", "id"),
        sa.Index("ix_duplicate_verdict_other", "other_id", "id"),
    )

    referral_id: UUID = Field(foreign_key="referral.id")
    other_id: UUID
    verdict: Verdict = Field(sa_type=text_enum(Verdict, "verdict_known"))
    at: datetime = instant()
    by: str = Field(max_length=80)
    why: str | None = Field(default=None, sa_type=EncryptedText("duplicate_verdict.why"))

"""Tables of who has a case and who is reading it."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from core.storage.base import Row, instant
from core.storage.columns import EncryptedText, text_enum
from referral.claims_words import Claim

_STAFF = "staff_account.id"


class ReferralClaim(Row, table=True):
    """A case changed hands: from whom, to whom (nobody: the queue), when, by whom, with which words. Only added to."""

    __tablename__ = "referral_claim"
    __table_args__ = (
        sa.CheckConstraint("num_nonnulls(from_staff_id, to_staff_id) > 0", name="changed_hands"),
        sa.CheckConstraint("kind <> 'handed over' or note is not null", name="handed_over_with_a_note"),
        sa.Index("ix_referral_claim_referral", "referral_id", "id"),
    )

    referral_id: UUID = Field(foreign_key="referral.id")
    kind: Claim = Field(sa_type=text_enum(Claim, "kind_known"))
    from_staff_id: UUID | None = Field(default=None, foreign_key=_STAFF)
    to_staff_id: UUID | None = Field(default=None, foreign_key=_STAFF)
    at: datetime = instant()
    by: str = Field(max_length=80)
    note: str | None = Field(default=None, sa_type=EncryptedText("referral_claim.note"))


class ReferralReader(SQLModel, table=True):
    """Somebody has a case on the screen. `seen_at` is by the database's clock; `opened_at` is service time."""

    __tablename__ = "referral_reader"

    referral_id: UUID = Field(foreign_key="referral.id", primary_key=True)
    staff_id: UUID = Field(foreign_key=_STAFF, primary_key=True)
    opened_at: datetime = instant()
    seen_at: datetime = instant(sa_column_kwargs={"server_default": sa.func.clock_timestamp()})

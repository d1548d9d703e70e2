"""Links that lead back to a referral somebody has begun."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field

from core.storage.base import Row, instant
from core.storage.columns import EncryptedText


class SavedReferral(Row, table=True):
    """One link that was sent. Every link to a draft leads to the draft as it is now. `link` is the fingerprint of its
    secret, `born_key` that of the date of birth which opens it; `holder` is the secret that the browsers share to which
    the draft belongs."""

    __tablename__ = "saved_referral"
    __table_args__ = (
        sa.UniqueConstraint("link", name="uq_saved_referral_link"),
        sa.Index("ix_saved_referral_draft", "draft_id"),
    )

    draft_id: UUID = Field(foreign_key="draft.id", ondelete="CASCADE")
    link: bytes
    born_key: bytes
    holder: str = Field(sa_type=EncryptedText("saved_referral.holder"))
    saved_at: datetime = instant()
    ends_at: datetime = instant()

"""Tables of signing in through another organisation. What it calls a person is only kept as a keyed hash."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from core.storage.base import Row, instant
from core.storage.columns import EncryptedText


class FederatedIdentity(Row, table=True):
    """This person at the provider is this member of staff: one to one, for good, whatever addresses change."""

    __tablename__ = "staff_federated_identity"
    __table_args__ = (
        sa.UniqueConstraint("issuer", "subject_fingerprint"),
        sa.UniqueConstraint("issuer", "staff_id"),
    )

    issuer: str = Field(max_length=500)
    subject_fingerprint: bytes
    staff_id: UUID = Field(foreign_key="staff_account.id")
    linked_at: datetime = instant()


class FederationAttempt(Row, table=True):
    """A sign-in on its way to the provider and back. Deleted by whoever comes back with it, so it works once."""

    __tablename__ = "staff_federation_attempt"
    __table_args__ = (sa.UniqueConstraint("state_fingerprint"), sa.Index(None, "began_at"))

    state_fingerprint: bytes
    browser: bytes
    nonce: str = Field(sa_type=EncryptedText("staff_federation_attempt.nonce"))
    verifier: str = Field(sa_type=EncryptedText("staff_federation_attempt.verifier"))
    wanted: str = Field(max_length=500)
    fresh: bool = False
    began_at: datetime = instant()


class FederatedSession(Row, table=True):
    """Which of our sessions rests on which of the provider's. The ID token is kept for signing out there, and forgotten
    when the session can no longer live."""

    __tablename__ = "staff_federated_session"
    __table_args__ = (
        sa.UniqueConstraint("session_id"),
        sa.Index(None, "issuer", "subject_fingerprint"),
        sa.Index(None, "issuer", "sid_fingerprint"),
        sa.Index("ix_staff_federated_session_token", "began_at", postgresql_where=sa.text("id_token is not null")),
    )

    session_id: UUID = Field(sa_column=sa.Column(sa.ForeignKey("staff_session.id", ondelete="CASCADE"), nullable=False))
    issuer: str = Field(max_length=500)
    subject_fingerprint: bytes
    sid_fingerprint: bytes | None = None
    id_token: str | None = Field(default=None, sa_type=EncryptedText("staff_federated_session.id_token"))
    began_at: datetime = instant()


class FederationNotice(SQLModel, table=True):
    """A message from the provider that was acted on: the same one is not taken again, and a sign-in of that session
    which was under way comes too late."""

    __tablename__ = "staff_federation_notice"
    __table_args__ = (sa.Index(None, "seen_at"),)

    fingerprint: bytes = Field(primary_key=True)
    sid_fingerprint: bytes | None = None
    seen_at: datetime = instant()

"""Tables of staff and of their sessions."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field

from core.domain.identity import Discipline, Role
from core.storage.base import Row, instant, optional_instant
from core.storage.columns import EncryptedText


def _only(column: str, words: type[Role] | type[Discipline]) -> sa.CheckConstraint:
    known = ", ".join(f"'{word.value}'" for word in words)
    return sa.CheckConstraint(f"{column} <@ array[{known}]::text[]", name=f"{column}_known")


class StaffAccount(Row, table=True):
    """A member of staff. Leaving makes an account inactive; it is never deleted, the audit trail names it."""

    __tablename__ = "staff_account"
    __table_args__ = (
        sa.UniqueConstraint("email_fingerprint"),
        _only("roles", Role),
        _only("disciplines", Discipline),
        sa.CheckConstraint("cardinality(roles) > 0", name="has_a_role"),
    )

    name: str = Field(sa_type=EncryptedText("staff_account.name"))
    email: str = Field(sa_type=EncryptedText("staff_account.email"))
    email_fingerprint: bytes
    password_hash: str = Field(max_length=200)
    roles: list[str] = Field(default_factory=list, sa_type=ARRAY(sa.Text))
    disciplines: list[str] = Field(default_factory=list, sa_type=ARRAY(sa.Text))
    languages: list[str] = Field(default_factory=list, sa_type=ARRAY(sa.Text))
    areas: list[str] = Field(default_factory=list, sa_type=ARRAY(sa.Text))
    active: bool = True
    added_at: datetime = instant()


class StaffSession(Row, table=True):
    """One sign-in. Only ever moves forward: `seen_at` while it lives, `ended_at` once."""

    __tablename__ = "staff_session"
    __table_args__ = (
        sa.UniqueConstraint("token_fingerprint"),
        sa.Index("ix_staff_session_open", "staff_id", postgresql_where=sa.text("ended_at is null")),
        sa.CheckConstraint("seen_at >= started_at", name="seen_after_start"),
    )

    token_fingerprint: bytes
    staff_id: UUID = Field(foreign_key="staff_account.id")
    started_at: datetime = instant()
    seen_at: datetime = instant()
    ended_at: datetime | None = optional_instant()

"""Who did what to whose record, when and why: written in the transaction that did it, never changed."""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from core.domain.identity import Actor
from core.domain.ids import new_id
from core.storage.base import instant
from core.storage.session import Session


class AuditEntry(SQLModel, table=True):
    """One act. `detail` holds ids, states and counts: never names, numbers or what people wrote."""

    __tablename__ = "audit_entry"
    __table_args__ = (
        sa.Index("ix_audit_entry_subject", "subject", "subject_id", "at"),
        sa.Index("ix_audit_entry_actor", "actor", "id"),
        sa.Index("ix_audit_entry_at", "at", "id"),
        # A message to a family is about a booking or a referral, and names it.
        sa.Index("ix_audit_entry_about", sa.text("(detail ->> 'about')"), postgresql_where=sa.text("detail ? 'about'")),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    at: datetime = instant()
    actor: str = Field(max_length=80)
    action: str = Field(max_length=80)
    subject: str = Field(max_length=40)
    subject_id: UUID
    detail: dict[str, Any] = Field(default_factory=dict, sa_type=JSONB)


def record(
    session: Session, actor: Actor, action: str, subject: str, subject_id: UUID, at: datetime, **detail: Any
) -> None:
    """Adds one entry: `record(session, actor, "referral.accepted", "referral", referral.id, now, discipline="slt")`."""
    session.add(
        AuditEntry(
            at=at,
            actor=actor.audit_name,
            action=action,
            subject=subject,
            subject_id=subject_id,
            detail=detail,
        )
    )

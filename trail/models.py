"""Tables of the chain over the audit trail."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from core.storage.base import instant


class AuditPending(SQLModel, table=True):
    """An entry that waits for its seal. A trigger adds it with the entry; the sealing job takes it away. `since` is by
    the database's clock."""

    __tablename__ = "audit_pending"

    entry_id: UUID = Field(primary_key=True)
    since: datetime = instant(sa_column_kwargs={"server_default": sa.func.now()})


class AuditLink(SQLModel, table=True):
    """One link of the chain: a keyed hash over an entry, its position and the hash before it."""

    __tablename__ = "audit_link"
    __table_args__ = (
        sa.UniqueConstraint("entry_id"),
        sa.CheckConstraint("position > 0", name="begins_at_one"),
    )

    position: int = Field(sa_type=sa.BigInteger, primary_key=True, sa_column_kwargs={"autoincrement": False})
    entry_id: UUID
    hash: bytes
    sealed_at: datetime = instant()


class AuditPatrol(SQLModel, table=True):
    """How far the auditor has come on its round along the chain. It never passes a fault."""

    __tablename__ = "audit_patrol"
    __table_args__ = (sa.CheckConstraint("id = 1", name="only_one"),)

    id: int = Field(default=1, sa_type=sa.SmallInteger, primary_key=True, sa_column_kwargs={"autoincrement": False})
    checked_to: int = Field(default=0, sa_type=sa.BigInteger, sa_column_kwargs={"server_default": "0"})

"""The base of every table: one naming of constraints, time-ordered keys."""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from core.domain.ids import new_id

# Named constraints make migrations reversible and errors readable.
NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

# SQLModel keeps one metadata for every table; it must be named before the first table is declared.
SQLModel.metadata.naming_convention = NAMES
metadata = SQLModel.metadata


class Row(SQLModel):
    """A table row with a key made by us, so that a row can name another before either is stored.

    Table classes do not validate (SQLModel skips it): forms check what people type, constraints check the rest.
    """

    id: UUID = Field(default_factory=new_id, primary_key=True)


def instant(**options: Any) -> Any:
    """A column of an instant: timestamptz, stored in UTC, refusing naive values."""
    return Field(sa_type=sa.DateTime(timezone=True), **options)


def optional_instant(**options: Any) -> Any:
    return instant(default=None, nullable=True, **options)


__all__ = ["NAMES", "UUID", "Row", "datetime", "instant", "metadata", "optional_instant"]

"""Tables of the advice we give: texts per discipline, every version kept."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from core.domain.identity import Discipline
from core.storage.base import Row, instant, optional_instant
from core.storage.columns import text_enum


class AdviceSnippet(Row, table=True):
    """A text for families; no discipline means all of them. `version` is the one in use; retired, it is given no
    more."""

    __tablename__ = "advice_snippet"
    __table_args__ = (sa.CheckConstraint("version > 0", name="version_counts"),)

    discipline: Discipline | None = Field(default=None, sa_type=text_enum(Discipline, "discipline_known"))
    version: int = 1
    made_at: datetime = instant()
    retired_at: datetime | None = optional_instant()


class AdviceSnippetVersion(SQLModel, table=True):
    """The words of a text as they were from one moment on. Only ever added to."""

    __tablename__ = "advice_snippet_version"

    snippet_id: UUID = Field(primary_key=True, foreign_key="advice_snippet.id")
    version: int = Field(primary_key=True)
    title: str = Field(max_length=80)
    body: str
    link: str | None = Field(default=None, max_length=300)
    written_at: datetime = instant()
    written_by: UUID = Field(foreign_key="staff_account.id")

"""Marks on what is kept about a child, for whoever reads it: that its use is restricted, or that it was corrected.

Information governance sets them (`privacy/`, above); the rooms below show them and act on them.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field, col, select

from core.storage.base import Row, instant, optional_instant
from core.storage.children import ChildKeys
from core.storage.columns import EncryptedText, text_enum
from core.storage.session import Session


class MarkKind(StrEnum):
    """`restricted` is of a child (UK GDPR, article 18); `corrected` is of one record (article 16)."""

    RESTRICTED = "restricted"
    CORRECTED = "corrected"


class RecordMark(Row, table=True):
    """One mark. A restriction names the child by keyed hashes, a correction the record by its id."""

    __tablename__ = "record_mark"
    __table_args__ = (
        sa.CheckConstraint("num_nonnulls(nhs_number_key, surname_born_key, record_id) > 0", name="names_something"),
        sa.CheckConstraint("kind <> 'corrected' or record_id is not null", name="correction_of_a_record"),
        sa.CheckConstraint("(lifted_at is null) = (lifted_by is null)", name="lifted_by_someone"),
        sa.Index("ix_record_mark_record", "record_id", postgresql_where=sa.text("lifted_at is null")),
        sa.Index("ix_record_mark_nhs_number", "nhs_number_key", postgresql_where=sa.text("lifted_at is null")),
        sa.Index("ix_record_mark_surname_born", "surname_born_key", postgresql_where=sa.text("lifted_at is null")),
    )

    kind: MarkKind = Field(sa_type=text_enum(MarkKind, "kind_known"))
    nhs_number_key: bytes | None = None
    surname_born_key: bytes | None = None
    record_id: UUID | None = None
    request_id: UUID
    words: str = Field(sa_type=EncryptedText("record_mark.words"))
    set_at: datetime = instant()
    set_by: str = Field(max_length=80)
    lifted_at: datetime | None = optional_instant()
    lifted_by: str | None = Field(default=None, max_length=80)


@dataclass(frozen=True, slots=True)
class Mark:
    """A mark that stands."""

    id: UUID
    kind: MarkKind
    words: str = field(repr=False)
    set_at: datetime


async def marks_on(session: Session, keys: ChildKeys, record_ids: Collection[UUID] = ()) -> list[Mark]:
    """The marks that stand on a child and on these records, restrictions first. One query."""
    about = sa.or_(
        col(RecordMark.nhs_number_key).in_(keys.nhs),
        col(RecordMark.surname_born_key).in_(keys.named),
        col(RecordMark.record_id).in_(record_ids),
    )
    found = select(RecordMark).where(col(RecordMark.lifted_at).is_(None), about)
    rows = (await session.exec(found.order_by(col(RecordMark.kind).desc(), col(RecordMark.id)))).all()
    return [Mark(row.id, row.kind, row.words, row.set_at) for row in rows]


async def is_restricted(session: Session, keys: ChildKeys) -> bool:
    """Whether what is kept about this child may only be stored, until the restriction is lifted."""
    return any(mark.kind is MarkKind.RESTRICTED for mark in await marks_on(session, keys))

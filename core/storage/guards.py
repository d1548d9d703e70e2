"""Who must not be contacted about a child, or told where the child lives.

The referral form asks, and `referral` keeps what was said here, on the floor: every room's pages show it, and every
message about a child is held against it (`notifications`), when it is written and again when it leaves.
"""

from collections.abc import Iterable, Sequence
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field, col, select

from core.domain.guard import NO_GUARD, Guard
from core.storage.base import Row
from core.storage.children import ChildKeys, keys_of
from core.storage.columns import EncryptedText
from core.storage.session import Session


class ChildGuard(Row, table=True):
    """What one record says about a child. `ways` are keyed hashes of the phones and emails that are never used; it goes
    with its record."""

    __tablename__ = "child_guard"
    __table_args__ = (
        sa.CheckConstraint("num_nonnulls(nhs_number_key, surname_born_key) > 0", name="names_a_child"),
        sa.Index("ix_child_guard_nhs_number", "nhs_number_key", postgresql_where=sa.text("nhs_number_key is not null")),
        sa.Index("ix_child_guard_surname_born", "surname_born_key"),
        sa.Index("ix_child_guard_record", "record_id"),
    )

    record_id: UUID
    nhs_number_key: bytes | None = None
    surname_born_key: bytes | None = None
    words: str = Field(sa_type=EncryptedText("child_guard.words"))
    hides_address: bool = Field(default=False)
    ways: list[bytes] = Field(sa_type=ARRAY(sa.LargeBinary), default_factory=list)


async def guard_about(session: Session, child: ChildKeys) -> Guard:
    """Everything any record of this child says about it, newest first. One query."""
    return (await guards_about(session, [child]))[0]


async def guards_about(session: Session, children: Sequence[ChildKeys]) -> list[Guard]:
    """The same for each of these children, in their order. One query; none for nobody."""
    nhs = frozenset[bytes]().union(*(child.nhs for child in children))
    named = frozenset[bytes]().union(*(child.named for child in children))
    if not (nhs or named):
        return [NO_GUARD] * len(children)
    about = sa.or_(col(ChildGuard.nhs_number_key).in_(nhs), col(ChildGuard.surname_born_key).in_(named))
    rows = (await session.exec(select(ChildGuard).where(about).order_by(col(ChildGuard.id).desc()))).all()
    return [_together(row for row in rows if _keys_of(row).meets(child)) for child in children]


def _together(rows: Iterable[ChildGuard]) -> Guard:
    told = list(rows)
    return Guard(
        words=tuple(dict.fromkeys(row.words for row in told if row.words)),
        hides_address=any(row.hides_address for row in told),
        barred=frozenset(bytes(way) for row in told for way in row.ways),
    )


def _keys_of(row: ChildGuard) -> ChildKeys:
    return keys_of(row.nhs_number_key, row.surname_born_key)

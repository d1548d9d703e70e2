"""What a room keeps about people, for information governance: looked at by rule, told to whom it is about, forgotten.

A room says in its `keeping.py` what its records are; the rest is here and the same for all. What belongs to a record is
found by its foreign keys, so that a table somebody adds later is told and forgotten without anybody thinking of it.
"""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import Enum
from typing import Any, ClassVar, Generic, TypeVar
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from core.domain.calendar import spoken_date, spoken_instant
from core.domain.keeping import Matter, Whose
from core.storage.base import Row, metadata
from core.storage.children import ChildKeys
from core.storage.columns import EncryptedJSON, EncryptedText
from core.storage.marks import Mark, marks_on
from core.storage.session import Session

Record = TypeVar("Record", bound=Row)

# Tables that name a record by its id alone, because they stand below or beside the room.
_BY_ID = (
    ("message", "subject_id"),
    ("draft", "sent_subject"),
    ("stored_file", "about_id"),
    ("record_opening", "record_id"),
    ("record_mark", "record_id"),
    ("child_guard", "record_id"),
    ("family_link", "subject_id"),
)
# Whoever follows a colleague's id finds a member of staff, never the child.
_STAFF_COLUMNS = ("by", "_by", "staff_id", "owner_id", "host_id", "actor")
# Audit names that stand for no colleague.
_NOBODYS = ("public", "system:")
# Not told: what only machines read.
SECRETS: Mapping[str, str] = {
    "booking_known.way_back": "an address of a staff page: an id and nothing else",
    "draft.sent_token": "the secret of the family's own link: whoever holds a copy could open the record with it",
    "saved_referral.holder": "the secret of browsers that may go on with a draft: a copy of it would open the draft",
    "sitting.join_code": "the secret of the video call",
    "stored_file.secret": "the key of a file, which is useless without it",
}


@dataclass(frozen=True, slots=True)
class Kept:
    """One record as the retention rules see it. `over_on` is the day it ended; None while it is still open."""

    kind: str
    id: UUID
    matter: Matter
    reference: str
    born: date | None = field(repr=False)
    over_on: date | None
    keys: ChildKeys = field(repr=False)
    first: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Told:
    """One piece of what is kept: where it stands, what it is called, what it says, and whose it is."""

    place: str
    row: UUID | None
    label: str
    value: str = field(repr=False)
    whose: Whose


@dataclass(frozen=True, slots=True)
class _Branch:
    """The rows of a table that belong to a record: those whose `column` is one of `ids`."""

    table: sa.Table
    column: sa.Column[Any]
    ids: tuple[UUID, ...]

    @property
    def condition(self) -> sa.ColumnElement[bool]:
        return self.column.in_(self.ids)


class Keeper(Generic[Record]):
    """One kind of record of one room. `kind` is the subject of its audit entries; tables in `stays` point at a record
    without being part of it. `told` maps `table.column`, or `table.column.key` inside JSON, to its label and whose."""

    kind: ClassVar[str]
    title: ClassVar[str]
    model: ClassVar[type[Row]]
    stays: ClassVar[frozenset[str]] = frozenset()
    told: ClassVar[Mapping[str, tuple[str, Whose]]] = {}

    async def facts(self, session: Session, rows: Sequence[Record]) -> list[Kept]:
        """The rows as the rules see them. A constant number of queries."""
        raise NotImplementedError

    def about(self, keys: ChildKeys) -> sa.ColumnElement[bool]:
        """A condition: the record is about the child with these keys."""
        raise NotImplementedError

    async def let_go(self, session: Session, ids: Collection[UUID]) -> None:
        """Frees what is not part of the record before it goes (a place)."""

    def words_for(self, place: str) -> tuple[str, Whose] | None:
        """What a part is called and whose it is; None when the room has no word for it."""
        return self.told.get(place)

    async def page(self, session: Session, after: UUID | None, most: int) -> tuple[list[Kept], UUID | None]:
        """(the next records by id, where to go on; None at the end)."""
        found = select(self.model).order_by(col(self.model.id)).limit(most)
        if after:
            found = found.where(col(self.model.id) > after)
        rows = (await session.exec(found)).all()
        return await self.facts(session, rows), rows[-1].id if len(rows) == most else None  # type: ignore[arg-type]

    async def again(self, session: Session, ids: Collection[UUID], *, lock: bool = False) -> list[Kept]:
        """These records as they are now; with `lock` nobody changes them before the transaction ends."""
        found = select(self.model).where(col(self.model.id).in_(ids)).order_by(col(self.model.id))
        found = found.with_for_update() if lock else found
        rows = (await session.exec(found.execution_options(populate_existing=True))).all()
        return await self.facts(session, rows)  # type: ignore[arg-type]

    async def marks(self, session: Session, record_id: UUID) -> list[Mark]:
        """What information governance put on this record or on its child, for whoever reads it."""
        kept = await self.again(session, [record_id])
        return await marks_on(session, kept[0].keys, [record_id]) if kept else []

    async def child(self, session: Session, record_id: UUID) -> ChildKeys:
        """How the child of this record is found; empty when it names none."""
        kept = await self.again(session, [record_id])
        return kept[0].keys if kept else ChildKeys()

    async def known(self, session: Session, keys: ChildKeys) -> list[Kept]:
        """The records about a child."""
        if not keys:
            return []
        found = select(self.model).where(self.about(keys)).order_by(col(self.model.id))
        return await self.facts(session, (await session.exec(found)).all())  # type: ignore[arg-type]

    async def tell(self, session: Session, ids: Collection[UUID]) -> list[Told]:
        """Everything kept about these records, all columns of all that belongs to them, but what only machines read."""
        branches = [self._root(ids), *await _belongings(session, self._table, tuple(ids), self.stays)]
        pieces: list[Told] = []
        seen: set[tuple[str, str]] = set()
        for branch in branches:
            rows = (await (await session.connection()).execute(sa.select(branch.table).where(branch.condition))).all()
            for row in rows:
                values = dict(row._mapping)
                key = (branch.table.name, str([values[c.name] for c in branch.table.primary_key]))
                if key not in seen:
                    seen.add(key)
                    pieces += self._pieces(branch.table, values)
        return pieces

    async def forget(self, session: Session, ids: Collection[UUID]) -> dict[str, int]:
        """Deletes these records with all that belongs to them: rows by table. What is gone already counts nothing."""
        if not ids:
            return {}
        await self.let_go(session, ids)
        branches = [self._root(ids), *await _belongings(session, self._table, tuple(ids), self.stays)]
        counts: dict[str, int] = {}
        connection = await session.connection()
        for branch in reversed(branches):
            gone = await connection.execute(sa.delete(branch.table).where(branch.condition))
            counts[branch.table.name] = counts.get(branch.table.name, 0) + gone.rowcount
        return {name: count for name, count in sorted(counts.items()) if count}

    @property
    def _table(self) -> sa.Table:
        return metadata.tables[str(self.model.__tablename__)]

    def _root(self, ids: Collection[UUID]) -> _Branch:
        return _Branch(self._table, self._table.c.id, tuple(ids))

    def _pieces(self, table: sa.Table, values: Mapping[str, Any]) -> Iterator[Told]:
        row = values.get("id")
        for column in table.columns:
            place, value = f"{table.name}.{column.name}", values[column.name]
            if place in SECRETS or _is_for_machines(column, value):
                continue
            parts = _parts(place, value)
            for where, text in parts:
                label, whose = self.words_for(where) or _plain_words(where, column)
                if whose is Whose.STAFF and text.startswith(_NOBODYS):
                    whose = Whose.CHILD
                yield Told(where, row, label, text, whose)


def _parts(place: str, value: Any) -> list[tuple[str, str]]:
    """A value as text; each entry of a JSON object apart."""
    if isinstance(value, dict):
        return [(f"{place}.{key}", _text(part)) for key, part in value.items() if _text(part)]
    return [(place, _text(value))]


def _text(value: Any) -> str:
    if isinstance(value, datetime):
        return spoken_instant(value)
    if isinstance(value, date):
        return spoken_date(value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, list) and all(isinstance(part, str) for part in value):
        return ", ".join(value)
    if value is None or isinstance(value, str):
        return value or ""
    return json.dumps(value, ensure_ascii=False, default=str)


def _is_for_machines(column: sa.Column[Any], value: Any) -> bool:
    """Keyed hashes, ids and links between rows; an id of a colleague stays, since it names a person."""
    names_staff = any(fk.column.table.name == "staff_account" for fk in column.foreign_keys)
    return value is None or value == "" or isinstance(value, bytes) or (isinstance(value, UUID) and not names_staff)


def _plain_words(place: str, column: sa.Column[Any]) -> tuple[str, Whose]:
    """For what a room has no word for: its own name. What was worth encrypting is shown to a person first."""
    name = place.split(".", 1)[1].replace("_", " ").replace(".", ": ")
    if column.name in _STAFF_COLUMNS or column.name.endswith(_STAFF_COLUMNS[1:]):
        return name, Whose.STAFF
    hidden = isinstance(column.type, EncryptedText | EncryptedJSON)
    return name, Whose.OTHER_WORDS if hidden else Whose.CHILD


async def _belongings(
    session: Session,
    table: sa.Table,
    ids: tuple[UUID, ...],
    stays: frozenset[str],
    above: tuple[tuple[str, UUID], ...] = (),
) -> list[_Branch]:
    """Every table whose rows belong to these, parents before children; deleted from the end, nothing is in the way."""
    above = (*above, *((table.name, one) for one in ids))
    found: list[_Branch] = []
    for other, column in _links_to(table, stays, by_id=len(above) == len(ids)):
        branch = _Branch(other, column, ids)
        found.append(branch)
        if "id" in other.c and any(True for _ in _links_to(other, stays, by_id=False)):
            rows = (await (await session.connection()).execute(sa.select(other.c.id).where(branch.condition))).scalars()
            below = tuple(one for one in rows if (other.name, one) not in above)
            if below:
                found += await _belongings(session, other, below, stays, above)
    return found


def _links_to(table: sa.Table, stays: frozenset[str], *, by_id: bool) -> Iterator[tuple[sa.Table, sa.Column[Any]]]:
    """Tables that point at this one's key, and by which column."""
    for other in metadata.sorted_tables:
        for key in sorted(other.foreign_keys, key=lambda key: str(key.parent)):
            if other.name not in stays and key.column is table.c.get("id"):
                yield other, key.parent
    for name, column in _BY_ID if by_id else ():
        if name in metadata.tables and name not in stays and name != table.name:
            yield metadata.tables[name], metadata.tables[name].c[column]


def tables_of(keeper: Keeper[Any]) -> set[str]:
    """Every table that may hold a part of such a record."""
    names: set[str] = set()
    waiting = [(metadata.tables[str(keeper.model.__tablename__)], True)]
    while waiting:
        table, by_id = waiting.pop()
        if table.name not in names:
            names.add(table.name)
            waiting += [(other, False) for other, _ in _links_to(table, keeper.stays, by_id=by_id)]
    return names

"""Moves what is sealed from older keys to the current one, row by row, while everybody goes on working.

Nothing is remembered beside the data themselves: a row needs work when the key id in front of one of its values is not
the current one. So it may be stopped at any line, begun again, or run twice. Tables are walked in windows by primary
key, reading four signs of each value; only rows that need work are read whole.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from core.storage.columns import EncryptedJSON, EncryptedText
from core.storage.keys import Keyring, Undecipherable
from core.storage.session import Database

_WINDOW = 2000
_BATCH = 100

Row = sa.RowMapping


@dataclass(frozen=True)
class SealedTable:
    """A table with sealed columns. `raw` is the same table as the database sees it: bytes."""

    name: str
    raw: sa.TableClause
    keys: tuple[str, ...]
    places: Mapping[str, str]

    def key_columns(self) -> list[Any]:
        return [self.raw.c[name] for name in self.keys]

    def is_row(self, row: Row) -> sa.ColumnElement[bool]:
        """Finds this row by its primary key."""
        return sa.and_(*(self.raw.c[name] == row[name] for name in self.keys))


@dataclass(slots=True)
class Progress:
    """How far one table is. `busy` rows changed meanwhile and come next time; `unreadable` ones open with no key."""

    table: str
    done: int = 0
    left: int = 0
    busy: int = 0
    unreadable: int = 0


def sealed_tables(metadata: sa.MetaData) -> tuple[SealedTable, ...]:
    """Every table that has something sealed, by name."""
    found = (_sealed(table) for table in sorted(metadata.tables.values(), key=lambda table: table.name))
    return tuple(table for table in found if table.places)


def _sealed(table: sa.Table) -> SealedTable:
    hidden = {c.name: c.type.place for c in table.columns if isinstance(c.type, EncryptedText | EncryptedJSON)}
    keys = [sa.column(column.name, column.type) for column in table.primary_key.columns]
    raw = sa.table(table.name, *keys, *(sa.column(name, sa.LargeBinary()) for name in hidden))
    return SealedTable(table.name, raw, tuple(key.name for key in keys), hidden)


async def keys_in_use(db: Database, table: SealedTable) -> Counter[str]:
    """Key id → how many rows of the table need it."""
    counted: Counter[str] = Counter()
    async for window in _windows(db, table):
        for row in window:
            counted.update(_key_ids(table, row))
    return counted


async def reseal(db: Database, table: SealedTable, ring: Keyring, *, pause: float = 0.0) -> AsyncIterator[Progress]:
    """Once through a table, telling how far it is after each small batch. Rows somebody is changing are left for the
    next time; none is ever overwritten with what it was before."""
    progress = Progress(table.name)
    async for window in _windows(db, table):
        due = [row for row in window if _key_ids(table, row) - {ring.current}]
        for start in range(0, len(due), _BATCH):
            await _reseal_rows(db, table, ring, due[start : start + _BATCH], progress)
            yield progress
            await asyncio.sleep(pause)


async def _windows(db: Database, table: SealedTable) -> AsyncIterator[Sequence[Row]]:
    """The whole table by primary key: keys, and the key id in front of each value."""
    keys = table.key_columns()
    ids = [sa.func.substring(table.raw.c[name], 2, 4).label(name) for name in table.places]
    asked = sa.select(*keys, *ids).order_by(*keys).limit(_WINDOW)
    after: tuple[Any, ...] | None = None
    while True:
        typed = [sa.literal(value, key.type) for value, key in zip(after or (), keys, strict=False)]
        beyond = asked.where(sa.tuple_(*keys) > sa.tuple_(*typed)) if after else asked
        async with db.transaction() as session:
            window = (await (await session.connection()).execute(beyond)).mappings().all()
        yield window
        if len(window) < _WINDOW:
            return
        after = tuple(window[-1][name] for name in table.keys)


def _key_ids(table: SealedTable, row: Row) -> set[str]:
    return {bytes(row[name]).decode("ascii", "replace") for name in table.places if row[name] is not None}


async def _reseal_rows(
    db: Database, table: SealedTable, ring: Keyring, rows: Sequence[Row], progress: Progress
) -> None:
    """One transaction, which waits for nobody: rows that are locked are passed over."""
    wanted = sa.or_(*(table.is_row(row) for row in rows))
    locked = sa.select(table.raw).where(wanted).with_for_update(skip_locked=True, key_share=True)
    async with db.transaction() as session:
        connection = await session.connection()
        held = (await connection.execute(locked)).mappings().all()
        progress.busy += len(rows) - len(held)
        for row in held:
            try:
                change = _resealed(table, ring, row)
            except Undecipherable:
                progress.unreadable += 1
                continue
            if not change:
                # Written anew since the window was read.
                progress.done += 1
                continue
            # The lock alone would do; that the old bytes are still there is asked for all the same.
            unchanged = sa.and_(*(table.raw.c[name] == row[name] for name in change))
            done = await connection.execute(sa.update(table.raw).where(table.is_row(row), unchanged).values(change))
            progress.done += done.rowcount


def _resealed(table: SealedTable, ring: Keyring, row: Row) -> dict[str, bytes]:
    current = ring.current.encode()
    old = {name: bytes(row[name]) for name in table.places if row[name] is not None}
    return {
        name: ring.seal(ring.open(value, table.places[name]), table.places[name])
        for name, value in old.items()
        if value[1:5] != current
    }

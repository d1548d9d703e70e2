"""A database with its protection taken out, for the controls of race tests: a control that does not go wrong has raced
nothing. No row is locked, what is claimed is read first and written later, and the last line,
the constraints, is gone."""

import asyncio
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.util import await_only

from core.storage.session import Database

_LOCK = re.compile(r"\s+for\s+(?:no\s+key\s+)?update(?:\s+of\s+\w+)?(?:\s+skip\s+locked)?", re.IGNORECASE)
_ADVISORY = re.compile(r"pg_advisory_xact_lock\(([^)]*)\)")
_CLAIM = re.compile(r"\s*update place set (?P<set>.+?) where (?P<where>.+?)(?: returning id)?\s*$", re.DOTALL)
_PLACE = re.compile(r"\$(\d+)")
_WINDOW = 0.004

_LAST_LINE = (
    "alter table place drop constraint if exists uq_place_booking",
    "alter table place drop constraint if exists fk_place_booking",
    "alter table place drop constraint if exists ck_place_held_by_someone",
    "alter table place drop constraint if exists ck_place_held_until_then",
    "alter table place drop constraint if exists ck_place_booked_by_someone",
    "drop index if exists uq_place_held_by",
    "alter table booking drop constraint if exists uq_booking_draft",
    "drop index if exists uq_booking_child_twice",
    "drop index if exists uq_waiting_turn_open",
    "alter table waiting_turn drop constraint if exists uq_waiting_turn_told_once",
)


async def drop_the_last_line(db: Database) -> None:
    """Takes the constraints out that would stop a second owner."""
    async with db.transaction() as session:
        for statement in _LAST_LINE:
            await (await session.connection()).execute(sa.text(statement))


@contextmanager
def unprotected(engine: AsyncEngine) -> Iterator[None]:
    """Inside the block this engine locks nothing, and claims a place by reading first and writing a moment later."""
    event.listen(engine.sync_engine, "before_cursor_execute", _weaken, retval=True)
    try:
        yield
    finally:
        event.remove(engine.sync_engine, "before_cursor_execute", _weaken)


def _weaken(
    _connection: Any, cursor: Any, statement: str, parameters: Any, _context: Any, _many: bool
) -> tuple[str, Any]:
    statement = _ADVISORY.sub(r"coalesce(cast(\1 as bigint), 0)", _LOCK.sub("", statement))
    claim = _CLAIM.match(statement)
    if claim is None:
        return statement, parameters
    cursor.execute(*_numbered(f"select id from place where {claim['where']}", parameters))  # noqa: S608 - our own words
    found = cursor.fetchall()
    await_only(asyncio.sleep(_WINDOW))
    if len(found) != 1:
        return statement, parameters
    written, given = _numbered(f"update place set {claim['set']}", parameters)  # noqa: S608 - our own words
    return f"{written} where id = ${len(given) + 1} returning id", (*given, found[0][0])


def _numbered(statement: str, parameters: Sequence[Any]) -> tuple[str, tuple[Any, ...]]:
    """The statement with only the parameters it names, counted anew."""
    used = list(dict.fromkeys(int(number) for number in _PLACE.findall(statement)))
    text = _PLACE.sub(lambda found: f"${used.index(int(found[1])) + 1}", statement)
    return text, tuple(parameters[number - 1] for number in used)

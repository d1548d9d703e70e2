"""The ceiling of a journey: the very statements it ran, in their transactions, again with nothing but asyncpg.

They are recorded while the application serves one family, so the ceiling changes with the service and leaves nothing
out: locks, savepoints, audit and task rows included. Ids, hashes and references are made anew for each family, and
the sitting is exchanged, all before the clock starts.
"""

import asyncio
import re
import secrets
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine

from core.domain.ids import SPOKEN, new_id, new_reference

_REFERENCE = re.compile(rf"[{SPOKEN}]{{4}}-[{SPOKEN}]{{4}}")
_UUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")
_HASH = 32

Statement = tuple[str, tuple[Any, ...]]


@dataclass
class Recording:
    """Transactions in the order they were begun, each with the request it served."""

    transactions: list[tuple[str, list[Statement]]] = field(default_factory=list)
    serving: str = ""

    def only(self, wanted: Callable[[str], bool]) -> "Recording":
        """The transactions of some requests, by their names."""
        return Recording([(name, one) for name, one in self.transactions if wanted(name)])

    @property
    def statements(self) -> int:
        return sum(len(one) for _, one in self.transactions)


@contextmanager
def recording(engine: AsyncEngine) -> Iterator[Recording]:
    """Everything this engine says to its database inside the block; one family at a time."""
    told = Recording()
    sync = engine.sync_engine

    def begun(_: Any) -> None:
        told.transactions.append((told.serving, []))

    def said(_c: Any, _cursor: Any, statement: str, parameters: Any, _x: Any, many: bool) -> None:
        given = parameters if many else [parameters]
        told.transactions[-1][1].extend((statement, tuple(one)) for one in given)

    listeners: dict[str, Callable[..., Any]] = {"begin": begun, "before_cursor_execute": said}
    for name, listener in listeners.items():
        event.listen(sync, name, listener)
    try:
        yield told
    finally:
        for name, listener in listeners.items():
            event.remove(sync, name, listener)


class Renewed:
    """One family's own values for what was recorded of another's. `same` maps what has a place in the database already
    (an offer, a sitting, its start) to what shall stand there instead."""

    def __init__(self, same: Mapping[Any, Any]) -> None:
        self._known: dict[Any, Any] = dict(same)

    def transactions(self, recorded: Recording) -> list[list[Statement]]:
        return [[(text, tuple(map(self.value, given))) for text, given in one] for _, one in recorded.transactions]

    def value(self, old: Any) -> Any:
        """Known values stay known; ids, hashes and references are new, the same one each time it comes up."""
        if isinstance(old, list | tuple):
            return [self.value(one) for one in old]
        if old.__hash__ and old in self._known:
            return self._known[old]
        if isinstance(old, uuid.UUID):
            # In time order, as ours are: random keys would slow the ceiling's indexes.
            return self._new(old, new_id() if old.int else old)
        if isinstance(old, bytes) and len(old) == _HASH:
            return self._new(old, secrets.token_bytes(_HASH))
        if isinstance(old, str):
            if _REFERENCE.fullmatch(old):
                return self._new(old, new_reference())
            return _UUID.sub(lambda found: str(self.value(UUID(found[0]))), old)
        return old

    def _new(self, old: Any, new: Any) -> Any:
        self._known[old] = new
        return new


async def replay(url: str, families: Sequence[list[list[Statement]]], at_once: int, connections: int) -> float:
    """Seconds of wall time for all of them, so many families at once over so many connections."""
    free: asyncio.Queue[asyncpg.Connection] = asyncio.Queue()
    opened = [await asyncpg.connect(url, statement_cache_size=500) for _ in range(min(connections, at_once))]
    for connection in opened:
        free.put_nowait(connection)
    waiting = iter(families)

    async def one_after_another() -> None:
        for transactions in waiting:
            for statements in transactions:
                await _transaction(free, statements)

    began = asyncio.get_running_loop().time()
    await asyncio.gather(*(one_after_another() for _ in range(at_once)))
    seconds = asyncio.get_running_loop().time() - began
    for connection in opened:
        await connection.close()
    return seconds


async def _transaction(free: "asyncio.Queue[asyncpg.Connection]", statements: list[Statement]) -> None:
    connection = await free.get()
    try:
        await connection.execute("begin")
        for text, given in statements:
            await (connection.fetch(text, *given) if given else connection.execute(text))
        await connection.execute("commit")
    finally:
        free.put_nowait(connection)

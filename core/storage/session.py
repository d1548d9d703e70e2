"""Transactions: opened where a page or job begins to change something, committed or rolled back as a whole."""

import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import event
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry
from sqlmodel.ext.asyncio.session import AsyncSession

Wake = Callable[[], Awaitable[None]]
Tell = Callable[[Iterable[str]], Awaitable[None]]
Session = AsyncSession

_TASKS_PLANNED = "tasks_planned"
_CHANGED = "changed"
_IDLE = 30.0
# Opened for a moment, when all that are kept are in use: each costs more than most pages do.
_SPARE = 4


async def _nobody() -> None:
    """Wakes no one: the sweep will find the work."""


async def _nothing(_: Iterable[str]) -> None:
    """Tells no one: open pages look by themselves."""


class Database:
    """Hands out transactions on one engine (or, in tests, one connection that is rolled back at the end).

    `wake` is called after a commit that planned tasks, `tell` with the topics of which pages show something else now;
    both must be quick and must not raise.
    """

    def __init__(self, bind: AsyncEngine | AsyncConnection, wake: Wake = _nobody, tell: Tell = _nothing) -> None:
        self._bind = bind
        self.wake = wake
        self.tell = tell

    @property
    def is_parallel(self) -> bool:
        """Whether several transactions may be open at once; not in tests that keep to one connection."""
        return isinstance(self._bind, AsyncEngine)

    @property
    def engine(self) -> AsyncEngine:
        """What the connections come from. TypeError for a database that keeps to one connection."""
        if not isinstance(self._bind, AsyncEngine):
            raise TypeError("one connection, and no engine")
        return self._bind

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Session]:
        """Everything inside happens or nothing does. Rows stay readable after the commit."""
        async with AsyncSession(
            self._bind, expire_on_commit=False, autoflush=True, join_transaction_mode="create_savepoint"
        ) as session:
            async with session.begin():
                yield session
            if session.info.pop(_TASKS_PLANNED, False):
                await self.wake()
            if topics := session.info.pop(_CHANGED, None):
                await self.tell(topics)


def note_planned_task(session: Session) -> None:
    """Remembers that this transaction planned a task, so that a worker is woken once it has committed."""
    session.info[_TASKS_PLANNED] = True


def note_change(session: Session, topic: str) -> None:
    """Remembers that open pages about this topic will show something else once this has committed."""
    session.info.setdefault(_CHANGED, set()).add(topic)


# What the service works as: it reads and writes, but changes no table and nothing of the audit trail.
APP_ROLE = "frontdoor_app"


def make_engine(url: str, pool_size: int = 16, role: str | None = None) -> AsyncEngine:
    """An engine that keeps personal data out of its errors and notices a restarted server before using a connection.
    With a `role`, every connection works with the rights of that role alone."""
    engine = create_async_engine(
        url,
        pool_size=pool_size,
        max_overflow=_SPARE,
        pool_timeout=10,
        hide_parameters=True,
        connect_args={
            "timeout": 5,
            "command_timeout": 30,
            "server_settings": {"application_name": "frontdoor"} | ({"role": role} if role else {}),
        },
    )
    event.listen(engine.sync_engine, "checkin", _note_return)
    event.listen(engine.sync_engine, "checkout", _look_before_use)
    return engine


def _note_return(_: Any, record: ConnectionPoolEntry) -> None:
    record.info["returned"] = time.monotonic()


def _look_before_use(connection: Any, record: ConnectionPoolEntry, _: Any) -> None:
    """A restarted server closes its sockets, which asyncpg knows without asking: no round trip for each transaction.
    Only a connection that lay idle is asked, for networks that drop silently."""
    if connection.driver_connection.is_closed():
        raise InvalidatePoolError("the server has closed this connection")
    if time.monotonic() - record.info.get("returned", time.monotonic()) > _IDLE:
        try:
            connection.ping()
        except Exception as silence:
            raise InvalidatePoolError("no answer on an idle connection") from silence

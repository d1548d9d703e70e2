"""Transactions: opened where a page or job begins to change something, committed or rolled back as a whole."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlmodel.ext.asyncio.session import AsyncSession

Wake = Callable[[], Awaitable[None]]
Session = AsyncSession

_TASKS_PLANNED = "tasks_planned"


async def _nobody() -> None:
    """Wakes no one: the sweep will find the work."""


class Database:
    """Hands out transactions on one engine (or, in tests, one connection that is rolled back at the end).

    `wake` is called after a commit that planned tasks; it must be quick and must not raise.
    """

    def __init__(self, bind: AsyncEngine | AsyncConnection, wake: Wake = _nobody) -> None:
        self._bind = bind
        self.wake = wake

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


def note_planned_task(session: Session) -> None:
    """Remembers that this transaction planned a task, so that a worker is woken once it has committed."""
    session.info[_TASKS_PLANNED] = True


def make_engine(url: str, pool_size: int = 10) -> AsyncEngine:
    """An engine that keeps personal data out of its errors and notices a restarted server before using a connection."""
    return create_async_engine(
        url,
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_timeout=10,
        pool_pre_ping=True,
        hide_parameters=True,
        connect_args={
            "timeout": 5,
            "command_timeout": 30,
            "server_settings": {"application_name": "frontdoor"},
        },
    )

"""Work that workers do: what a job is, and the bench it works at.

A job takes ids only, reads everything again, and returns early when there is nothing left to do: it may run twice.
"""

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import Executor
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from anyio import to_thread

from core.domain.clock import Clock
from core.domain.profile import Profile
from core.storage.files_scanner import Scanner
from core.storage.files_store import FileStore, MemoryStore
from core.storage.session import Database

Result = TypeVar("Result")


class NotYet(Exception):
    """Raised by a job outside the database that is not finished and wants to run again `at` a moment of service time.
    It is no failure: it counts as no attempt."""

    def __init__(self, at: datetime) -> None:
        super().__init__("not yet")
        self.at = at


@dataclass(frozen=True)
class Workbench:
    """`address` is the public address for links. `pool` runs long computations outside the event loop. `post_room` is
    what messages are sent with (`notifications.postroom`); the floor only carries it. `files` keeps what people
    send."""

    db: Database
    clock: Clock
    profile: Profile
    address: str
    pool: Executor | None = None
    post_room: object = None
    files: FileStore = field(default_factory=MemoryStore)
    scanner: Scanner | None = None

    async def compute(self, function: Callable[..., Result], *args: Any) -> Result:
        """Runs a pure function away from the event loop: in a process when there is a pool, else in a thread."""
        if self.pool is None:
            return await to_thread.run_sync(function, *args)
        return await asyncio.get_running_loop().run_in_executor(self.pool, function, *args)


@dataclass(frozen=True, slots=True)
class Job:
    """`run(session, bench, **ids)`: its effects commit together with the task being done, so they happen exactly once.
    With `outside`, `run(bench, **ids)` opens its own transactions (it talks to a provider, or computes for long) and
    must be safe to run again after dying on any line."""

    run: Callable[..., Awaitable[None]]
    outside: bool = False

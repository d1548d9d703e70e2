"""A process that is killed at its n-th await: a fork of this one, with a loop of its own, and no chance to tidy up;
and the wait until the server has noticed."""

import asyncio
import gc
import os
import signal
from collections.abc import Awaitable, Callable, Coroutine, Generator
from typing import Any

import pytest
import sqlalchemy as sa

from core.storage.session import Database

_AT_WORK = sa.text("""
    select count(*) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()
      and backend_type = 'client backend' and (state <> 'idle' or xact_start is not null)
""")


class Life:
    """What is left of a process, in awaits: with the last one it is killed with SIGKILL."""

    def __init__(self, awaits: int) -> None:
        self._left = awaits

    def spend(self) -> None:
        self._left -= 1
        if self._left == 0:
            os.kill(os.getpid(), signal.SIGKILL)


class Mortal:
    """Awaits `work`, and spends of a life whenever it lets go of the loop: whatever it has sent when that ends is on
    its way, and nothing more is."""

    def __init__(self, work: Coroutine[Any, Any, object], life: Life) -> None:
        self._work, self._life = work, life

    def __await__(self) -> Generator[Any, Any, object]:
        sent: Any = None
        error: BaseException | None = None
        while True:
            try:
                waits_for = self._work.throw(error) if error else self._work.send(sent)
            except StopIteration as done:
                return done.value
            self._life.spend()
            sent, error = None, None
            try:
                sent = yield waits_for
            except BaseException as thrown:  # noqa: BLE001 - handed on to the work
                error = thrown


def dies(work: Callable[[], Coroutine[Any, Any, object]], at: int, *, in_any_task: bool = False) -> bool:
    """Does the work in a process that dies at its `at`th await, counted in every task it begins when that is wanted;
    False when it was done before. RuntimeError when it ended in another way."""
    pid = os.fork()
    if pid == 0:
        _live(work, Life(at), in_any_task=in_any_task)
    _, status = os.waitpid(pid, 0)
    if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL:
        return True
    if os.waitstatus_to_exitcode(status) != 0:
        raise RuntimeError(f"ended with {os.waitstatus_to_exitcode(status)}")
    return False


def _live(work: Callable[[], Coroutine[Any, Any, object]], life: Life, *, in_any_task: bool) -> None:
    # The sockets of the process we came from are not ours to close.
    gc.disable()
    asyncio.events._set_running_loop(None)
    code = 1
    try:
        asyncio.run(_in_every_task(work, life) if in_any_task else _all(Mortal(work(), life)))
        code = 0
    finally:
        os._exit(code)


async def _all(mortal: Awaitable[object]) -> object:
    return await mortal


async def _in_every_task(work: Callable[[], Coroutine[Any, Any, object]], life: Life) -> None:
    def begin(loop: asyncio.AbstractEventLoop, task: Any, **options: Any) -> "asyncio.Task[Any]":
        return asyncio.Task(_all(Mortal(task, life)), loop=loop, **options)

    asyncio.get_running_loop().set_task_factory(begin)
    await Mortal(work(), life)


async def everything_else_ended(db: Database) -> None:
    """The server has noticed that its client is gone, and rolled back or committed what it was at."""
    for _ in range(200):
        async with db.transaction() as session:
            if not await (await session.connection()).scalar(_AT_WORK):
                return
        await asyncio.sleep(0.02)
    pytest.fail("a dead process still has a transaction")

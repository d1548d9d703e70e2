"""A process that is killed at its n-th await: a fork of this one, with a loop of its own, and no chance to tidy up."""

import asyncio
import gc
import os
import signal
from collections.abc import Awaitable, Callable, Coroutine, Generator
from typing import Any


class Mortal:
    """Awaits `work`, and kills the process with SIGKILL when it lets go of the loop for the `last`th time: whatever it
    has sent by then is on its way, and nothing more is."""

    def __init__(self, work: Coroutine[Any, Any, object], last: int) -> None:
        self._work, self._left = work, last

    def __await__(self) -> Generator[Any, Any, object]:
        sent: Any = None
        error: BaseException | None = None
        while True:
            try:
                waits_for = self._work.throw(error) if error else self._work.send(sent)
            except StopIteration as done:
                return done.value
            self._left -= 1
            if self._left == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            sent, error = None, None
            try:
                sent = yield waits_for
            except BaseException as thrown:  # noqa: BLE001 - handed on to the work
                error = thrown


def dies(work: Callable[[], Coroutine[Any, Any, object]], at: int) -> bool:
    """Does the work in a process that dies at its `at`th await; False when it was done before. RuntimeError when it
    ended in another way."""
    pid = os.fork()
    if pid == 0:
        _live(work, at)
    _, status = os.waitpid(pid, 0)
    if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL:
        return True
    if os.waitstatus_to_exitcode(status) != 0:
        raise RuntimeError(f"ended with {os.waitstatus_to_exitcode(status)}")
    return False


def _live(work: Callable[[], Coroutine[Any, Any, object]], at: int) -> None:
    # The sockets of the process we came from are not ours to close.
    gc.disable()
    asyncio.events._set_running_loop(None)
    code = 1
    try:
        asyncio.run(_all(Mortal(work(), at)))
        code = 0
    finally:
        os._exit(code)


async def _all(mortal: Awaitable[object]) -> None:
    await mortal

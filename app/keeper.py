"""Keeps programs alive: notices what died, says so, and starts it again, ever more patiently."""

import signal
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from app.child import Child, StartFailed

# A part that lived this long and died had another reason than the last one: its back-off starts afresh.
_SETTLED = 60.0
_LONGEST_PAUSE = 30.0


@dataclass
class Part:
    """One supervised program; `start` returns when it is up, `stop` when it is gone."""

    name: str
    child: Child
    start: Callable[[], None]
    stop: Callable[[], None]
    wanted: bool = False
    deaths: int = 0
    started_at: float = 0.0
    next_try: float = 0.0

    def begin(self) -> None:
        self.wanted, self.started_at, self.next_try = True, time.monotonic(), 0.0
        self.start()

    def end(self) -> None:
        self.wanted = False
        self.stop()

    def pause(self) -> float:
        """Seconds to wait before the next start: 0.5, 1, 2 … 30."""
        if time.monotonic() - self.started_at > _SETTLED:
            self.deaths = 0
        self.deaths += 1
        return float(min(_LONGEST_PAUSE, 0.5 * 2 ** (self.deaths - 1)))

    def how_it_ended(self) -> str:
        code = self.child.exit_code
        return signal.Signals(-code).name if code is not None and code < 0 else f"exit code {code}"


class Keeper:
    """Watches parts from a thread of its own. Whoever starts or stops a part holds `turn` meanwhile."""

    def __init__(self, parts: Mapping[str, Part], say: Callable[[str], None]) -> None:
        self.turn = threading.RLock()
        self.restarts = True
        self._parts = parts
        self._say = say
        self._over = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def watching(self) -> bool:
        return self._thread is not None

    def watch(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._watch, name="keeper", daemon=True)
            self._thread.start()

    def leave(self) -> None:
        """Nothing is started again after this returns."""
        self._over.set()
        if self._thread:
            self._thread.join(5)

    def _watch(self) -> None:
        while not self._over.wait(0.2):
            for part in self._parts.values():
                with self.turn:
                    if self.restarts and part.wanted and part.child.pid is None and not self._over.is_set():
                        self._revive(part)

    def _revive(self, part: Part) -> None:
        if part.next_try == 0.0:
            part.child.kill()
            pause = part.pause()
            part.next_try = time.monotonic() + pause
            told = f"{part.name} ended ({part.how_it_ended()}). Starting it again in {pause:g} s."
            self._say(f"{told} Log: {part.child.log}")
        elif time.monotonic() >= part.next_try:
            try:
                part.begin()
            except StartFailed as failure:
                self._say(str(failure))

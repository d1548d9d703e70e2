"""One program we started: a session of its own, its output in a file, and dead when we are."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil

# The kernel's "parent died" means the *thread* that started the child. This one lives as long as the process.
_STARTER = ThreadPoolExecutor(max_workers=1, thread_name_prefix="starter")
_LAUNCH = Path(__file__).with_name("launch.py")


class StartFailed(Exception):
    """A program ended or stayed silent when it should have become ready. The text is meant for people."""


@dataclass(frozen=True)
class Program:
    """What to run, as `user` (uid, gid) where set; `needed` are paths that user must be able to reach."""

    name: str
    command: tuple[str, ...]
    env: Mapping[str, str] | None = field(default=None, repr=False)
    user: tuple[int, int] | None = None
    needed: tuple[Path, ...] = ()
    death_signal: signal.Signals = signal.SIGTERM


class Child:
    """Starts, signals and buries one program at a time.

    May be called from any thread, though not to start from two at once.
    """

    def __init__(self, program: Program, log: Path) -> None:
        self.program = program
        self.log = log
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """None when it is not running."""
        process = self._process
        if process is None or process.returncode is not None or has_ended(process.pid):
            return None
        return process.pid

    @property
    def exit_code(self) -> int | None:
        """How the last run ended; negative is a signal. None until it was stopped, killed or buried."""
        return self._process.returncode if self._process else None

    def start(self) -> None:
        if self.pid is None:
            self.kill()
            _STARTER.submit(self._start).result()

    def _start(self) -> None:
        self.log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with open(os.open(self.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "ab") as log:
            self._process = subprocess.Popen(
                launched(self.program),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=self.program.env,
                start_new_session=True,
            )

    def ask(self, number: signal.Signals) -> None:
        """Does nothing to a child that has ended."""
        pid = self.pid
        if pid is not None:
            # Safe: an ended child keeps its pid until `kill` buries it, so this can be nobody else.
            os.kill(pid, number)

    def wait(self, seconds: float) -> bool:
        """True once it has ended."""
        deadline = time.monotonic() + seconds
        while self.pid is not None:
            if time.monotonic() > deadline:
                return False
            time.sleep(0.02)
        return True

    def stop(self, *asks: tuple[signal.Signals, float]) -> None:
        """Asks in turn, each time waiting so many seconds; then kills. Leaves none of its group."""
        for number, patience in asks:
            self.ask(number)
            if self.wait(patience):
                break
        self.kill()

    def kill(self) -> None:
        """SIGKILL to the whole group, waited for; also buries what ended by itself."""
        process = self._process
        if process is None or process.returncode is not None:
            return
        # The leader, dead or alive, is not yet waited for: its number still names this group and no other.
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def log_end(self, lines: int = 15) -> str:
        """The end of its output, indented, with the name of the file: for showing when something failed."""
        return f"The end of {self.log}:\n" + "\n".join("    " + line for line in self.last_lines(lines))

    def last_lines(self, count: int) -> list[str]:
        try:
            return self.log.read_text(encoding="utf-8", errors="replace").splitlines()[-count:]
        except FileNotFoundError:
            return []


def has_ended(pid: int) -> bool:
    """True for a process that is gone, or has ended and waits to be buried by its parent."""
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def launched(program: Program) -> list[str]:
    """The command line that runs the program so that it ends with us."""
    user = "{}:{}".format(*program.user) if program.user else "-"
    head = [sys.executable, "-I", "-S", str(_LAUNCH), str(os.getpid()), str(int(program.death_signal)), user]
    return [*head, "\n".join(map(str, program.needed)), *program.command]


def rotate(log: Path, keep: int = 3) -> None:
    """Makes room for a new log: x.log becomes x.log.1, and so on; the oldest goes."""
    for number in range(keep, 0, -1):
        older = log.with_name(f"{log.name}.{number - 1}") if number > 1 else log
        if older.exists():
            older.replace(log.with_name(f"{log.name}.{number}"))

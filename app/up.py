"""`frontdoor up`: everything on this machine, until somebody says stop."""

import ctypes
import json
import os
import signal
import socket
import sys
import threading
import time
from pathlib import Path
from types import FrameType

import click

from app.child import StartFailed
from app.data_dir import DataDirInUse
from app.programs import Programs
from app.stack import Interrupted, Stack
from core.domain.settings import Settings

_SET_DEATH_SIGNAL = 1
# One Ctrl-C may arrive twice (make passes on what the terminal sent already); a second one comes later.
_SAME_PRESS = 0.7


def up(settings: Settings, *, with_parent: bool = False, programs: Programs | None = None) -> int:
    """Runs the stack in the foreground; what it returns is the exit code. `programs` replaces our own (tests)."""
    began = time.monotonic()
    stopping = threading.Event()
    stack = Stack(settings, programs=programs, say=say, stopping=stopping)
    listen_for_stop(stack, stopping)
    if with_parent:
        stop_with_parent(stopping)
    try:
        with stack:
            _start(stack, settings)
            say(banner(settings, time.monotonic() - began))
            while not stopping.wait(1.0):
                pass
            say("Stopping …")
    except Interrupted:
        say("Stopped before it was ready.")
        return 130
    except (StartFailed, DataDirInUse, OSError) as problem:
        say(explain(problem, settings))
        return 1
    say("Everything has stopped.")
    return 0


def _start(stack: Stack, settings: Settings) -> None:
    stack.take()
    refuse_taken_port(settings.port)
    say("Starting PostgreSQL and Redis …")
    stack.start_servers()
    stack.prepare()
    say("Starting web and worker …")
    stack.start_ours()


def refuse_taken_port(port: int) -> None:
    """Raises StartFailed when somebody listens there."""
    with socket.socket() as probe:
        # As the web server does: a port that is only winding down is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as refusal:
            raise StartFailed(
                f"Port {port} is taken ({refusal.strerror}). Choose another: PORT={port + 1} make run"
            ) from None


def explain(problem: Exception, settings: Settings) -> str:
    if isinstance(problem, DataDirInUse):
        return (
            f"Front Door is already running here: {problem}\n"
            "Stop it with Ctrl-C in its own window, or start a second one beside it:\n"
            f"    DATA_DIR=.data-2 PORT={settings.port + 1} make run"
        )
    if isinstance(problem, OSError):
        return f"{problem}. Front Door must own DATA_DIR, and its disk must have room."
    return str(problem)


def listen_for_stop(stack: Stack, stopping: threading.Event) -> None:
    """SIGINT and SIGTERM stop in order; a second Ctrl-C while that takes its time kills."""
    first = 0.0

    def heard(number: int, _frame: FrameType | None) -> None:
        nonlocal first
        if not stopping.is_set() or not first:
            first = time.monotonic()
            stopping.set()
        elif number == signal.SIGINT and time.monotonic() - first > _SAME_PRESS:
            stack.force()

    signal.signal(signal.SIGINT, heard)
    signal.signal(signal.SIGTERM, heard)


def stop_with_parent(stopping: threading.Event) -> None:
    """For `make run`, which stands between the terminal and us: what stops make stops us.

    When make is killed, the kernel sends us SIGTERM. When SIGINT is sent to make alone, make passes nothing
    on and waits for us for ever; but it puts its handler down, and that can be seen.
    """
    if sys.platform != "linux":
        return
    parent = os.getppid()
    ctypes.CDLL(None).prctl(_SET_DEATH_SIGNAL, signal.SIGTERM, 0, 0, 0)
    if os.getppid() != parent:
        stopping.set()
    if catches_interrupts(parent):
        threading.Thread(target=_watch_parent, args=(parent, stopping), daemon=True).start()


def _watch_parent(parent: int, stopping: threading.Event) -> None:
    while not stopping.wait(0.5):
        if not catches_interrupts(parent):
            stopping.set()


def catches_interrupts(pid: int) -> bool:
    """Whether that process has a handler for SIGINT at this moment. False for one that is gone."""
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace")
    except OSError:
        return False
    caught = next((line.split()[1] for line in status.splitlines() if line.startswith("SigCgt:")), "0")
    return bool(int(caught, 16) >> (signal.SIGINT - 1) & 1)


def banner(settings: Settings, seconds: float) -> str:
    """What a person wants to know once it runs."""
    lines = ["", f"Front Door is ready at {settings.address} (started in {seconds:.1f} s)", ""]
    sign_ins = read_sign_ins(settings.data_dir)
    if sign_ins:
        width = max(len(each["email"]) for each in sign_ins)
        lines += [f"Demo sign-ins for {settings.address}/staff (the people are invented):", ""]
        lines += [f"    {each['email']:{width}}  {each['password']}  {each['role']}" for each in sign_ins]
        lines += [""]
    logs = settings.data_dir.resolve() / "logs"
    return "\n".join([*lines, f"Logs are in {logs}. Ctrl-C stops everything."])


def read_sign_ins(data_dir: Path) -> list[dict[str, str]]:
    """The demo sign-ins `frontdoor prepare` wrote down; none outside a demo."""
    try:
        sign_ins: list[dict[str, str]] = json.loads(sign_ins_file(data_dir).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return []
    return sign_ins


def sign_ins_file(data_dir: Path) -> Path:
    return data_dir / "demo-sign-ins.json"


def say(line: str) -> None:
    """Prints at once. Whoever read our output may have left; that is no reason to fall over."""
    try:
        click.echo(line)
    except OSError:
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115

"""The whole service on one machine: PostgreSQL, Redis, web and worker, started in order and kept alive.

`frontdoor up` drives it for people; the fault harness drives it to kill parts of it under load.
"""

import os
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import TracebackType

from app import leftovers
from app.child import Child, Program, StartFailed, rotate
from app.data_dir import DataDirLock, forget_running, note_running
from app.embedded import EmbeddedPostgres, EmbeddedRedis
from app.health import Answer, ask
from app.keeper import Keeper, Part
from app.prepared import Marker
from app.programs import Programs, as_environment, our_programs
from core.domain.settings import Settings

_READY_PATIENCE = 60.0
# Longer than `frontdoor serve` gives requests in flight, and than a job may need to be put down.
_WEB_STOP = (signal.SIGTERM, 12.0)
_WORKER_STOP = (signal.SIGTERM, 28.0)


class Interrupted(Exception):
    """Somebody asked us to stop while we were starting."""


class Stack:
    """Servers are embedded only where the settings name none.

    `start` brings everything up or raises StartFailed, DataDirInUse or Interrupted; `stop` leaves no process
    behind in any case. With `auto_restart` a part that dies is started again, and `say` tells. `stopping`,
    when set from anywhere, ends a start that is under way.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        programs: Programs | None = None,
        auto_restart: bool = True,
        durable: bool = True,
        say: Callable[[str], None] = print,
        stopping: threading.Event | None = None,
    ) -> None:
        self.data_dir = settings.data_dir.resolve()
        self.stopping = stopping or threading.Event()
        self._settings = settings
        self._say = say
        self._programs = programs or our_programs()
        self._lock = DataDirLock(self.data_dir)
        self.postgres = None if settings.database_url else EmbeddedPostgres(self.data_dir, durable=durable)
        self.redis = None if settings.redis_url else EmbeddedRedis(self.data_dir, durable=durable)
        self._marker = Marker(self.postgres.dir, demo=settings.demo) if self.postgres else None
        self._parts = self._make_parts()
        self._keeper = Keeper(self._parts, say)
        self._keeper.restarts = auto_restart

    def _make_parts(self) -> dict[str, Part]:
        """In the order they start; they stop the other way round."""
        parts = [
            Part(name, server.child, server.start, server.stop)
            for name, server in (("postgres", self.postgres), ("redis", self.redis))
            if server
        ]
        for name, command, stop in (
            ("worker", self._programs.worker, _WORKER_STOP),
            ("web", self._programs.web, _WEB_STOP),
        ):
            child = Child(Program(name, command), self._log(name))
            parts.append(Part(name, child, partial(self._start_ours, child), partial(child.stop, stop)))
        return {part.name: part for part in parts}

    def _start_ours(self, child: Child) -> None:
        # The servers' addresses are known only once they run.
        child.program = replace(child.program, env=self.environment)
        child.start()

    def __enter__(self) -> "Stack":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    # What it tells

    @property
    def database_url(self) -> str:
        return self._settings.database_url or (self.postgres.url if self.postgres else "")

    @property
    def redis_url(self) -> str:
        return self._settings.redis_url or (self.redis.url if self.redis else "")

    @property
    def web_url(self) -> str:
        return f"http://127.0.0.1:{self._settings.port}"

    @property
    def pids(self) -> dict[str, int | None]:
        """By name: postgres, redis (when embedded), worker, web. None for what is not running."""
        return {name: part.child.pid for name, part in self._parts.items()}

    @property
    def environment(self) -> dict[str, str]:
        """The settings as our processes get them."""
        settings = self._settings.model_copy(
            update={"database_url": self.database_url, "redis_url": self.redis_url, "data_dir": self.data_dir}
        )
        ours = {"PYTHONUNBUFFERED": "1", leftovers.OURS: str(self.data_dir)}
        return as_environment(settings, os.environ) | ours

    @property
    def auto_restart(self) -> bool:
        """Whether a part that dies comes back by itself. May be changed at any time."""
        return self._keeper.restarts

    @auto_restart.setter
    def auto_restart(self, wanted: bool) -> None:
        self._keeper.restarts = wanted

    # Up and down

    def start(self) -> None:
        """From nothing to ready."""
        self.take()
        self.start_servers()
        self.prepare()
        self.start_ours()

    def take(self) -> None:
        """Makes the data directory ours, and stops what a killed predecessor left running on it."""
        self._lock.take()
        found = leftovers.find(self.data_dir)
        if found:
            self._say(f"The last run was cut off: stopping {len(found)} processes it left behind.")
            leftovers.stop(found)
        for log in (self.data_dir / "logs").glob("*.log"):
            rotate(log)

    def start_servers(self) -> None:
        """PostgreSQL and Redis, as far as they are ours to start."""
        for name in ("postgres", "redis"):
            if name in self._parts:
                self._begin(name)
                self._go_on()
        note_running(self.data_dir, {"database_url": self.database_url, "redis_url": self.redis_url})

    def prepare(self) -> None:
        """Keys, migrations and the demo service, in a process of their own; nothing, if that was done before."""
        done_before = self._marker is not None and self._marker.take()
        if not self._programs.prepare or (done_before and self._settings.keys_path.exists()):
            return
        self._say("Preparing the database …")
        child = Child(Program("prepare", self._programs.prepare, self.environment), self._log("prepare"))
        try:
            child.start()
            while not child.wait(0.02):
                self._go_on()
        finally:
            child.stop((signal.SIGTERM, 5.0))
        if child.exit_code != 0:
            raise StartFailed(f"Preparing the database failed. {child.log_end(25)}")

    def start_ours(self) -> None:
        """Web and worker; returns when they are ready. What dies from now on comes back."""
        self.start_worker()
        self.start_web()
        self.wait_ready()
        if self._marker:
            self._marker.put()
        self._keeper.watch()

    def wait_ready(self, patience: float = _READY_PATIENCE) -> None:
        """Returns when everything serves. StartFailed when that takes too long or one of ours died.

        A promise the auditor found broken is said, but keeps nothing from starting: it is by running that the
        service makes up for what it missed.
        """
        deadline = time.monotonic() + patience
        while not (answer := self.health()).serving:
            self._go_on()
            for name in ("web", "worker"):
                part = self._parts[name]
                if part.wanted and part.child.pid is None and not self._keeper.watching:
                    raise StartFailed(f"The {name} process ended. {part.child.log_end()}")
            if time.monotonic() > deadline:
                ends = "\n".join(self._parts[name].child.log_end() for name in ("web", "worker"))
                raise StartFailed(f"Not ready after {patience:.0f} seconds ({answer.said}).\n{ends}")
            time.sleep(0.05)
        if not answer.ready:
            self._say(f"The auditor found a promise broken: {answer.said}. See `frontdoor audit check`.")

    def health(self) -> Answer:
        """What `/health/ready` of our web process says."""
        return ask(self._settings)

    def stop(self) -> None:
        """The web process finishes its requests, the worker its jobs; then Redis and PostgreSQL."""
        self._keeper.leave()
        with self._keeper.turn:
            for part in reversed(self._parts.values()):
                part.end()
        if self._lock.held:
            forget_running(self.data_dir)
            self._lock.release()

    def force(self) -> None:
        """No more patience: kills our processes; PostgreSQL stops at once and recovers at the next start.

        Takes no lock: it is called from a signal handler, to cut short a `stop` that waits.
        """
        for name, part in self._parts.items():
            part.child.ask(signal.SIGQUIT if name == "postgres" else signal.SIGKILL)

    # One part at a time: what the fault harness pulls

    def start_web(self) -> None:
        self._begin("web")

    def stop_web(self) -> None:
        self._end("web")

    def kill_web(self) -> None:
        """SIGKILL. With `auto_restart` it comes back by itself."""
        self._parts["web"].child.ask(signal.SIGKILL)

    def start_worker(self) -> None:
        self._begin("worker")

    def stop_worker(self) -> None:
        self._end("worker")

    def kill_worker(self) -> None:
        """SIGKILL. With `auto_restart` it comes back by itself."""
        self._parts["worker"].child.ask(signal.SIGKILL)

    def start_redis(self) -> None:
        self._begin("redis")

    def stop_redis(self) -> None:
        self._end("redis")

    def restart_postgres(self, *, immediate: bool = False) -> None:
        """`immediate`: as a crash, without telling anyone; the log is replayed. Same address afterwards."""
        if self.postgres is None:
            raise RuntimeError("PostgreSQL is not ours to restart: DATABASE_URL is set.")
        with self._keeper.turn:
            self.postgres.stop(immediate=immediate)
            self.postgres.start()

    def _begin(self, name: str) -> None:
        with self._keeper.turn:
            self._parts[name].begin()

    def _end(self, name: str) -> None:
        with self._keeper.turn:
            self._parts[name].end()

    def _go_on(self) -> None:
        if self.stopping.is_set():
            raise Interrupted

    def _log(self, name: str) -> Path:
        return self.data_dir / "logs" / f"{name}.log"

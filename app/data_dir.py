"""The data directory: who is using it, the secrets kept in it, and where its parts stand."""

import fcntl
import json
import os
import secrets
from pathlib import Path

_LOCK = "lock"
_RUNNING = "running.json"


class DataDirInUse(Exception):
    """Another process works on this data directory. `pid` names it, when it can be told."""

    def __init__(self, data_dir: Path, pid: int | None) -> None:
        self.pid = pid
        who = f"process {pid}" if pid else "another process"
        super().__init__(f"{data_dir} is in use by {who}.")


class DataDirLock:
    """Held by whoever runs servers on a data directory.

    The kernel keeps it (flock), so it ends with the process however that dies; the file itself means nothing.
    """

    def __init__(self, data_dir: Path) -> None:
        self._data_dir = data_dir
        self._fd: int | None = None

    def take(self) -> None:
        """Raises DataDirInUse at once when somebody else holds it; nothing was touched then."""
        # Others may walk through (as root, PostgreSQL runs as somebody else) but not list.
        self._data_dir.mkdir(mode=0o711, parents=True, exist_ok=True)
        fd = os.open(self._data_dir / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = _pid_in(fd)
            os.close(fd)
            raise DataDirInUse(self._data_dir, holder) from None
        os.ftruncate(fd, 0)
        os.pwrite(fd, f"{os.getpid()}\n".encode(), 0)
        self._fd = fd

    @property
    def held(self) -> bool:
        return self._fd is not None

    def release(self) -> None:
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None


def _pid_in(fd: int) -> int | None:
    told = os.pread(fd, 32, 0).strip()
    return int(told) if told.isdigit() else None


def kept_secret(path: Path) -> tuple[str, bool]:
    """The secret in this file, and whether it had to be made (48 hex digits, readable by its owner alone)."""
    if path.exists():
        return path.read_text(encoding="ascii").strip(), False
    secret = secrets.token_hex(24)
    write_private(path, secret + "\n")
    return secret, True


def write_private(path: Path, text: str) -> None:
    """Replaces the file whole or not at all; only its owner may read it."""
    draft = path.with_name(f"{path.name}.{os.getpid()}.new")
    draft.unlink(missing_ok=True)
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def note_running(data_dir: Path, urls: dict[str, str]) -> None:
    """Tells other commands on this machine how to reach the servers that run on this data directory."""
    write_private(data_dir / _RUNNING, json.dumps(urls))


def read_running(data_dir: Path) -> dict[str, str]:
    """What `note_running` said; empty when nobody did. Believe it only while the lock is held."""
    try:
        urls: dict[str, str] = json.loads((data_dir / _RUNNING).read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    return urls


def forget_running(data_dir: Path) -> None:
    (data_dir / _RUNNING).unlink(missing_ok=True)

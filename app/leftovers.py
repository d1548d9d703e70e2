"""What a killed stack may leave running: found by the data directory it belongs to, then stopped."""

import signal
from collections.abc import Sequence
from contextlib import suppress
from itertools import pairwise
from pathlib import Path

import psutil

# The servers name their directory on the command line; our own processes, and theirs in turn, in the environment.
POSTGRES_FLAG, REDIS_FLAG, OURS = "-D", "--dir", "FRONTDOOR_OF"


def find(data_dir: Path) -> list[psutil.Process]:
    """Servers and processes of this data directory, oldest first; never a stranger that reuses a number."""
    running = psutil.process_iter(["cmdline"])
    found = [each for each in running if is_server(each.info["cmdline"], data_dir) or _is_ours(each, data_dir)]
    return sorted(found, key=_started)


def is_server(command: Sequence[str] | None, data_dir: Path) -> bool:
    """Whether a command line is that of the PostgreSQL or Redis of this data directory."""
    if not command:
        return False
    program, flags = Path(command[0]).name, list(pairwise(command))
    return (program == "postgres" and (POSTGRES_FLAG, str(data_dir / "postgres")) in flags) or (
        program == "redis-server" and (REDIS_FLAG, str(data_dir / "redis")) in flags
    )


def _is_ours(process: psutil.Process, data_dir: Path) -> bool:
    try:
        return process.environ().get(OURS) == str(data_dir)
    except psutil.Error:
        # Gone, or another user's: then it is not ours.
        return False


def stop(processes: Sequence[psutil.Process], patience: float = 10.0) -> None:
    """Asks each to finish (PostgreSQL: a fast shutdown), waits, then kills what is left.

    Our own processes first, so that nobody works on a database that goes away.
    """
    ours = [process for process in processes if not _is_postgres(process)]
    servers = [process for process in processes if _is_postgres(process)]
    for group, ask in ((ours, signal.SIGTERM), (servers, signal.SIGINT)):
        for process in group:
            with suppress(psutil.NoSuchProcess):
                process.send_signal(ask)
        _, stubborn = psutil.wait_procs(group, timeout=patience)
        for process in stubborn:
            with suppress(psutil.NoSuchProcess):
                # SIGQUIT makes PostgreSQL take its own children along; the next start recovers from its log.
                process.send_signal(signal.SIGQUIT if _is_postgres(process) else signal.SIGKILL)
        psutil.wait_procs(stubborn, timeout=patience)


def _is_postgres(process: psutil.Process) -> bool:
    try:
        return process.name() == "postgres"
    except psutil.NoSuchProcess:
        return False


def _started(process: psutil.Process) -> float:
    try:
        return process.create_time()
    except psutil.NoSuchProcess:
        return 0.0

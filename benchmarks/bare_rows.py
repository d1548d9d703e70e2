"""Rows written with nothing but asyncpg, a transaction a script, by as many processes as serve the pages."""

import asyncio
import time
from collections.abc import Sequence
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any

import asyncpg

from benchmarks.replay import Statement
from core.storage.keys import Keyring

PROCESSES = 2
_HASH = 32
_PATIENCE = 120.0


def write(url: str, scripts: Sequence[list[Statement]], ring: Keyring, at_once: int) -> float:
    """Seconds from the first statement to the last commit; connections and processes are there before."""
    context = get_context("spawn")
    started = []
    for n in range(PROCESSES):
        ours, theirs = context.Pipe()
        process = context.Process(
            target=_writer, args=(theirs, url, scripts[n::PROCESSES], ring, max(at_once // PROCESSES, 1)), daemon=True
        )
        process.start()
        started.append((process, ours))
    for _, pipe in started:
        _heard(pipe)
    for _, pipe in started:
        pipe.send("go")
    times = [_heard(pipe) for _, pipe in started]
    for process, _ in started:
        process.join(_PATIENCE)
    return float(max(end for _, end in times) - min(start for start, _ in times))


def _heard(pipe: Connection) -> Any:
    if not pipe.poll(_PATIENCE):
        raise TimeoutError("a process of the ceiling does not answer")
    return pipe.recv()


def _writer(pipe: Connection, url: str, scripts: Sequence[list[Statement]], ring: Keyring, at_once: int) -> None:
    asyncio.run(_write(pipe, url, scripts, ring, at_once))


async def _write(pipe: Connection, url: str, scripts: Sequence[list[Statement]], ring: Keyring, at_once: int) -> None:
    connections = [await asyncpg.connect(url, statement_cache_size=500) for _ in range(at_once)]
    left = iter(scripts)

    async def one_after_another(connection: asyncpg.Connection) -> None:
        for statements in left:
            async with connection.transaction():
                for text, given in statements:
                    await connection.fetch(text, *(_sealed_anew(value, ring) for value in given))

    pipe.send("ready")
    _heard(pipe)
    began = time.monotonic()
    await asyncio.gather(*map(one_after_another, connections))
    pipe.send((began, time.monotonic()))
    for connection in connections:
        await connection.close()


def _sealed_anew(value: Any, ring: Keyring) -> Any:
    """A sealed text is sealed again, as long as it was."""
    if not isinstance(value, bytes) or len(value) == _HASH:
        return value
    return ring.seal("x" * max(len(value) - len(ring.seal("", "bench.bench")), 0), "bench.bench")

"""The floor under everything: every 30 seconds, from the worker and from the web process, look for what is due.

Nothing here depends on Redis. The web process only does the work itself when no worker has been seen for a while.
"""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from uuid import UUID

import sqlalchemy as sa

from core.storage.jobs import Workbench
from core.storage.session import Database
from workers.queue import Queue
from workers.schedule import Beat, plan_due_beats

log = logging.getLogger("frontdoor.sweep")

SWEEP_EVERY = 30.0
BEAT_EVERY = 10.0

_BEAT = sa.text("""
    insert into worker_beat (worker_id, role, seen_at) values (:id, :role, clock_timestamp())
    on conflict (worker_id) do update set seen_at = excluded.seen_at
""")
_FORGET = sa.text("delete from worker_beat where seen_at < clock_timestamp() - interval '1 day'")
_ALIVE = sa.text(
    "select count(*) from worker_beat where role = 'worker' and seen_at > clock_timestamp() - interval '30 seconds'"
)


async def worker_is_alive(db: Database) -> bool:
    """True when a worker has shown itself in the last 30 seconds, by the database's clock."""
    async with db.transaction() as session:
        return bool(await (await session.connection()).scalar(_ALIVE))


async def show_life(db: Database, worker_id: UUID, role: str) -> None:
    """One heartbeat."""
    async with db.transaction() as session:
        connection = await session.connection()
        await connection.execute(_BEAT, {"id": worker_id, "role": role})
        await connection.execute(_FORGET)


async def sweep(bench: Workbench, beats: tuple[Beat, ...]) -> None:
    """Turns the beats that have come into tasks."""
    async with bench.db.transaction() as session:
        await plan_due_beats(session, bench.profile, beats, bench.clock.now())


async def sweep_from_web(bench: Workbench, queue: Queue, beats: tuple[Beat, ...]) -> int:
    """Plans what has come, and runs what is due while no worker is seen; returns how many tasks were finished."""
    await sweep(bench, beats)
    if await worker_is_alive(bench.db):
        return 0
    return await queue.drain(most_batches=5)


async def repeat(what: Callable[[], Awaitable[object]], seconds: float, stopping: asyncio.Event, name: str) -> None:
    """Does it again and again until told to stop. A failure is logged and tried again: PostgreSQL may be restarting."""
    while not stopping.is_set():
        try:
            await what()
        except Exception as error:  # noqa: BLE001 - the loop must outlive every fault
            log.error("failed", extra={"loop": name, "error": type(error).__name__})
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stopping.wait(), seconds)

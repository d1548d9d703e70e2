"""Claiming and finishing tasks: ours against the same two statements a batch with bare asyncpg."""

from pathlib import Path
from tempfile import TemporaryDirectory

import asyncpg
import sqlalchemy as sa

from app.embedded import EmbeddedPostgres
from app.migrate import migrate
from benchmarks.rows import Row, against_ceiling, timed
from core.domain.clock import SystemClock
from core.domain.ids import new_id
from core.domain.profile import load_profile
from core.storage.jobs import Job, Workbench
from core.storage.session import Database, Session, make_engine
from workers.queue import BATCH, Queue

_TASKS = 4_000
_ROUNDS = 5

_FILL = """
    insert into task (id, kind, dedupe_key, payload, priority, run_at, attempts)
    select gen_random_uuid(), 'bench', gen_random_uuid()::text, '{}', 50, now() - interval '1 minute', 0
    from generate_series(1, $1)
"""
_CLAIM = """
    with due as (
        select id from task where done_at is null and dead_at is null and run_at <= now()
          and (lease_until is null or lease_until < clock_timestamp())
        order by priority desc, run_at, id limit $1 for update skip locked
    )
    update task set lease_owner = $2, lease_until = clock_timestamp() + interval '60 seconds', attempts = attempts + 1
    from due where task.id = due.id returning task.id, task.kind, task.payload
"""
_FINISH = """
    update task set done_at = now(), lease_owner = null, lease_until = null
    where id = any($1) and lease_owner = $2 and done_at is null returning id
"""


async def nothing(session: Session, bench: Workbench) -> None:
    """A job that does nothing: what is measured is the queue."""


async def run() -> list[Row]:
    """Fsync on, one consumer on each side, the same batch size, in turn."""
    with TemporaryDirectory(prefix="frontdoor-bench-") as place:
        postgres = EmbeddedPostgres(Path(place))
        postgres.start()
        try:
            await migrate(postgres.url)
            ours, bare = [], []
            for _ in range(_ROUNDS):
                bare.append(await _bare(postgres.url))
                ours.append(await _ours(postgres.url))
        finally:
            postgres.stop(immediate=True)
    return [against_ceiling("queue_drain", ours, bare, "tasks/s", 0.5, batch=BATCH, tasks=_TASKS)]


async def _ours(url: str) -> float:
    engine = make_engine(url)
    bench = Workbench(Database(engine), SystemClock(), load_profile(Path("profiles/hertfordshire.toml")), "")
    queue = Queue(bench, {"bench": Job(nothing)})
    async with engine.begin() as connection:
        await connection.execute(sa.text("truncate task"))
        await connection.execute(sa.text(_FILL.replace("$1", str(_TASKS))))
    async with engine.connect():
        seconds = await timed(queue.drain)
    await engine.dispose()
    return _TASKS / seconds


async def _bare(url: str) -> float:
    connection = await asyncpg.connect(url.replace("+asyncpg", ""))
    await connection.execute("truncate task")
    await connection.execute(_FILL, _TASKS)
    seconds = await timed(lambda: _drain(connection))
    await connection.close()
    return _TASKS / seconds


async def _drain(connection: asyncpg.Connection) -> None:
    owner = new_id()
    while claimed := await connection.fetch(_CLAIM, BATCH, owner):
        await connection.fetch(_FINISH, [row["id"] for row in claimed], owner)

"""Sharing out a day's calls: a whole run, from rows to stored and explained rows, against bare OR-tools on the same
numbers and bare asyncpg writing the same rows.

`gap` is what our share costs more than the optimum of the bare solver; `solver_share` is how much of our time that
solver takes when it runs alone.
"""

import statistics
import time
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import asyncpg
import numpy as np
from ortools.graph.python.min_cost_flow import SimpleMinCostFlow

from advice_line import jobs, run_queries
from advice_line.arcs import Arcs, arcs_of, grounds_of
from advice_line.problem import COSTS, Problem
from app.embedded import EmbeddedPostgres
from app.migrate import migrate
from benchmarks.assignment_scene import MORNING, Size, as_before, fill
from benchmarks.rows import Row, timed
from core.domain.clock import MovedClock
from core.domain.profile import load_profile
from core.storage.columns import use_keys
from core.storage.jobs import Workbench
from core.storage.keys import new_keyring
from core.storage.session import Database, make_engine

SIZES = tuple(Size(m, t, load) for m, t in ((2_000, 50), (10_000, 300)) for load in (0.9, 1.1))
MOST, ROUNDS = 3.0, 5

# What a run leaves behind, row for row.
_TABLES = ("advice_assignment", "advice_event")
_OWN = """
    update advice_message message set owner_id = o.owner_id, exception_reason = o.reason, run_id = $1,
        revision = o.revision
    from unnest($2::uuid[], $3::uuid[], $4::text[], $5::int[]) as o(id, owner_id, reason, revision)
    where message.id = o.id
"""


@dataclass
class Written:
    """The rows of one run, to be written again by the bare driver."""

    run: asyncpg.Record
    owned: list[asyncpg.Record]
    rows: dict[str, list[asyncpg.Record]]


async def run(sizes: tuple[Size, ...] = SIZES, rounds: int = ROUNDS) -> AsyncIterator[Row]:
    """A row a size; fsync on, in turn with its ceiling."""
    context = get_context("spawn")
    for size in sizes:
        with _postgres() as url, ProcessPoolExecutor(1, mp_context=context) as pool:
            await migrate(url)
            yield await _measure(url, pool, size, rounds)


@contextmanager
def _postgres() -> Any:
    with TemporaryDirectory(prefix="frontdoor-bench-") as place:
        postgres = EmbeddedPostgres(Path(place))
        postgres.start()
        try:
            yield postgres.url
        finally:
            postgres.stop(immediate=True)


async def _measure(url: str, pool: Executor, size: Size, rounds: int) -> Row:
    use_keys(new_keyring())
    engine, connection = make_engine(url), await asyncpg.connect(url.replace("+asyncpg", ""))
    try:
        profile = load_profile(Path("profiles/hertfordshire.toml"))
        bench = Workbench(Database(engine), MovedClock(MORNING), profile, "", pool)
        await fill(bench.db, connection, size)
        return await _rounds(bench, connection, size, rounds)
    finally:
        await connection.close()
        await engine.dispose()


async def _rounds(bench: Workbench, connection: asyncpg.Connection, size: Size, rounds: int) -> Row:
    problem = await _problem(bench)
    # The first warms both sides: the process that solves, the plans of the statements.
    await _round(bench, connection, problem)
    taken = [await _round(bench, connection, problem) for _ in range(rounds)]
    left = await _left_by(connection)
    ours, solved, written = ([one[n] for one in taken] for n in range(3))
    return _row(size, ours, solved, written, _gap(left, problem, _solved(problem)[1]), left)


async def _round(bench: Workbench, connection: asyncpg.Connection, problem: Problem) -> tuple[float, float, float]:
    """Seconds of our run, of the bare solver, and of writing again what our run had written."""
    await as_before(connection)
    ours = await timed(lambda: jobs.morning_run(bench))
    left = await _left_by(connection)
    solved, _ = _solved(problem)
    await as_before(connection)
    return ours, solved, await timed(lambda: _write(connection, left))


def _row(size: Size, ours: list[float], solved: list[float], written: list[float], gap: int, left: Written) -> Row:
    bare = [one + other for one, other in zip(solved, written, strict=True)]
    ratio = statistics.median(mine / theirs for mine, theirs in zip(ours, bare, strict=True))
    seconds = statistics.median(ours)
    more = {
        "gap": gap,
        "objective": left.run["objective"],
        "placed": left.run["placed"],
        "left_out": left.run["left_out"],
        "solver_share": round(statistics.median(solved) / seconds, 3),
        "write_share": round(statistics.median(written) / seconds, 3),
    }
    name = f"assignment_{size.messages}x{size.therapists}_{size.load}"
    holds = ratio <= MOST and gap == 0
    return Row(name, seconds, "s", f"ratio <= {MOST}, gap 0", holds, statistics.median(bare), ratio, more)


async def _problem(bench: Workbench) -> Problem:
    async with bench.db.transaction() as session:
        return (await run_queries.read_day(session, bench.profile, MORNING)).problem.in_order()


def _solved(problem: Problem) -> tuple[float, int]:
    """(seconds, the optimum) of the solver with nothing around it: arrays in, flows out."""
    arcs = arcs_of(problem, grounds_of(problem).eligible, COSTS)
    began = time.perf_counter()
    flow = SimpleMinCostFlow()
    _network(flow, problem, arcs)
    status = flow.solve()
    flow.flows(np.arange(flow.num_arcs()))
    seconds = time.perf_counter() - began
    assert status == flow.OPTIMAL
    return seconds, flow.optimal_cost()


def _network(flow: Any, problem: Problem, arcs: Arcs) -> None:
    many, sink = len(problem.wanted), len(problem.wanted) + len(problem.able)
    ones: Callable[[int], Any] = lambda n: np.ones(n, dtype=np.int64)  # noqa: E731
    add = flow.add_arcs_with_capacity_and_unit_cost
    add(arcs.row, many + arcs.column, ones(len(arcs.row)), arcs.cost)
    add(np.arange(many), np.full(many, sink), ones(many), arcs.left_out)
    add(many + arcs.bands[:, 0], np.full(len(arcs.bands), sink), arcs.bands[:, 1], arcs.bands[:, 2])
    flow.set_nodes_supplies(np.append(np.arange(many), sink), np.append(ones(many), -many))


async def _left_by(connection: asyncpg.Connection) -> Written:
    owned = "select id, owner_id, exception_reason, revision from advice_message where closed_at is null"
    return Written(
        await connection.fetchrow("select * from advice_run"),
        await connection.fetch(owned),
        {table: await connection.fetch(f"select * from {table}") for table in _TABLES},
    )


async def _write(connection: asyncpg.Connection, left: Written) -> None:
    """The same rows, with nothing but the driver, as fast as it can: COPY and one update."""
    async with connection.transaction():
        await _copy(connection, "advice_run", [left.run])
        ids, owners, reasons, revisions = (list(column) for column in zip(*left.owned, strict=True))
        await connection.execute(_OWN, left.run["id"], ids, owners, reasons, revisions)
        for table, rows in left.rows.items():
            await _copy(connection, table, rows)


async def _copy(connection: asyncpg.Connection, table: str, rows: list[asyncpg.Record]) -> None:
    columns = list(rows[0].keys())
    await connection.copy_records_to_table(table, records=(tuple(row) for row in rows), columns=columns)


def _gap(left: Written, problem: Problem, optimum: int) -> int:
    """What the stored rows cost more than the optimum, added up from the rows themselves."""
    loads = {one.key: 0 for one in problem.able}
    total = 0
    for row in left.rows["advice_assignment"]:
        total += row["cost"]
        if row["staff_id"]:
            loads[str(row["staff_id"])] += 1
    arcs = arcs_of(problem, grounds_of(problem).eligible, COSTS)
    for therapist, calls, cost in arcs.bands.tolist():
        filled = min(calls, loads[problem.able[therapist].key])
        loads[problem.able[therapist].key] -= filled
        total += filled * cost
    assert total == left.run["objective"], "the stored objective is that of the stored rows"
    return int(total - optimum)

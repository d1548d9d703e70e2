"""Who calls whom today: an exact assignment by min-cost flow, from plain data to plain data.

Every message goes to one therapist who may take it, or is left out at a price. The price comes before everything
else: as few as can be are left out, and never one of higher priority while one of lower has a place that any chain
of exchanges could give it. Among all such shares the one with the cheapest fit is taken (see `Costs`).

The flow: message → therapist where eligible; therapist → sink in bands that get dearer as the day fills, so that the
day is even; message → sink when left out. Capacities are whole numbers, so the optimum is whole, and it is found.
"""

from collections import Counter
from dataclasses import replace
from typing import Any

import numpy as np

from advice_line.arcs import Arcs, Grounds, Ints, arcs_of, grounds_of
from advice_line.problem import COSTS, Able, Costs, Met, Placed, Problem, Shared, Wanted
from advice_line.words import Reason, Solver

try:
    from ortools.graph.python.min_cost_flow import SimpleMinCostFlow
except ImportError:
    SimpleMinCostFlow = None


MOST = 20_000
"""So many messages are shared out at once, the most pressing first; it bounds the time of a run. The others are left
out, which a day with fewer calls would have done with them in any case."""


def solve(problem: Problem, costs: Costs = COSTS) -> Shared:
    """The best share there is; the same problem gives the same answer in any process. Without OR-tools a simple rule
    shares out, and says that it did."""
    problem, beyond = _bounded(problem.in_order())
    grounds = grounds_of(problem)
    arcs = arcs_of(problem, grounds.eligible, costs)
    if SimpleMinCostFlow is None:
        choice, solver = by_turns(problem, arcs), Solver.GREEDY
    else:
        choice, solver = by_flow(problem, arcs), Solver.MIN_COST_FLOW
    pairs = _costs_of(arcs, choice)
    placed = [*_explained(problem, grounds, choice.tolist(), pairs.tolist()), *beyond]
    objective = int(pairs.sum()) + _load_cost(arcs, choice)
    return Shared(tuple(sorted(placed, key=lambda one: one.wanted)), objective, solver)


def _bounded(problem: Problem) -> tuple[Problem, list[Placed]]:
    """The most pressing messages of an ordered problem, and what becomes of the rest."""
    if len(problem.wanted) <= MOST:
        return problem, []
    pressing = sorted(problem.wanted, key=lambda one: (-one.priority, one.key))
    kept = tuple(sorted(pressing[:MOST], key=lambda one: one.key))
    return replace(problem, wanted=kept), [Placed(one.key, None, Reason.NO_SLOTS, 0, {}) for one in pressing[MOST:]]


def by_flow(problem: Problem, arcs: Arcs) -> Ints:
    """For each message the number of its therapist, or -1. RuntimeError should the solver not reach the optimum."""
    many, few = len(problem.wanted), len(problem.able)
    if not many:
        return np.empty(0, dtype=np.int64)
    sink, messages = many + few, np.arange(many)
    tails = np.concatenate([arcs.row, messages, many + arcs.bands[:, 0]])
    heads = np.concatenate([many + arcs.column, np.full(many, sink), np.full(len(arcs.bands), sink)])
    room = np.concatenate([np.ones(len(arcs.row) + many, dtype=np.int64), arcs.bands[:, 1]])
    unit = np.concatenate([arcs.cost, arcs.left_out, arcs.bands[:, 2]])
    flow = SimpleMinCostFlow()
    numbers = flow.add_arcs_with_capacity_and_unit_cost(tails, heads, room, unit)
    flow.set_nodes_supplies(np.append(messages, sink), np.append(np.ones(many, dtype=np.int64), -many))
    if (status := flow.solve()) != flow.OPTIMAL:
        raise RuntimeError(f"no optimal share: {status}")
    taken = flow.flows(numbers[: len(arcs.row)]) > 0
    choice = np.full(many, -1, dtype=np.int64)
    choice[arcs.row[taken]] = arcs.column[taken]
    return choice


def by_turns(problem: Problem, arcs: Arcs) -> Ints:
    """The most pressing first, each to whoever is cheapest at that moment: safe, but not the best share."""
    free = [
        [cost for therapist, calls, cost in arcs.bands.tolist() if therapist == n for _ in range(calls)]
        for n in range(len(problem.able))
    ]
    pairs: dict[int, list[tuple[int, int]]] = {n: [] for n in range(len(problem.wanted))}
    for row, column, cost in zip(arcs.row.tolist(), arcs.column.tolist(), arcs.cost.tolist(), strict=True):
        pairs[row].append((cost, column))
    choice = np.full(len(problem.wanted), -1, dtype=np.int64)
    for n in sorted(pairs, key=lambda n: (-problem.wanted[n].priority, n)):
        if open_to := [(cost + free[column][0], column) for cost, column in pairs[n] if free[column]]:
            _, choice[n] = min(open_to)
            free[int(choice[n])].pop(0)
    return choice


def _costs_of(arcs: Arcs, choice: Ints) -> Ints:
    """What each message costs where it went: the pair's cost, or the price of leaving it out."""
    costs = np.where(choice < 0, arcs.left_out, 0)
    chosen = choice[arcs.row] == arcs.column
    costs[arcs.row[chosen]] = arcs.cost[chosen]
    return costs


def _load_cost(arcs: Arcs, choice: Ints) -> int:
    loads, total = Counter(choice[choice >= 0].tolist()), 0
    for therapist, calls, cost in arcs.bands.tolist():
        filled = min(calls, loads[therapist])
        loads[therapist] -= filled
        total += filled * cost
    return total


def _explained(problem: Problem, grounds: Grounds, choice: list[int], costs: list[int]) -> list[Placed]:
    loads = Counter(choice)
    met = {(one.wanted, one.able): one for one in problem.met}
    placed = []
    for n, (wanted, number, cost) in enumerate(zip(problem.wanted, choice, costs, strict=True)):
        if number < 0:
            placed.append(Placed(wanted.key, None, _reason(problem, grounds, n), cost, {}))
            continue
        able = problem.able[number]
        parts = spoke_for(wanted, able, met.get((wanted.key, able.key)))
        # As people count: a slot that went by unused was no call.
        parts["calls"] = [able.used - able.past + loads[number], able.slots]
        placed.append(Placed(wanted.key, able.key, None, cost, parts))
    return placed


def spoke_for(wanted: Wanted, able: Able, met: Met | None) -> dict[str, Any]:
    """What spoke for this pair, and against it, in a form that can be stored."""
    parts: dict[str, Any] = {}
    if met:
        parts |= {"met": met.on, "continuity": met.score}
    if language := wanted.must_speak or wanted.would_speak:
        parts["speaks" if language in able.languages else "interpreter"] = language
    if about := wanted.needs | wanted.better:
        told = {"knows": about & able.competences, "lacks": about - able.competences}
        parts |= {name: sorted(those) for name, those in told.items() if those}
    if wanted.areas:
        parts["area"] = not wanted.areas.isdisjoint(able.areas)
    if wanted.times:
        parts["time"] = not wanted.times.isdisjoint(able.times)
    if wanted.holder == able.key:
        parts["kept"] = True
    if able.lately:
        parts["lately"] = list(able.lately)
    return parts


def _reason(problem: Problem, grounds: Grounds, n: int) -> Reason:
    """The first ground on which nobody is left."""
    if not problem.able:
        return Reason.NOBODY_ON_DUTY
    left = grounds.discipline[n]
    if not left.any():
        return Reason.NO_DISCIPLINE
    left = left & grounds.language[n]
    if not left.any():
        return Reason.NO_LANGUAGE
    left = left & grounds.competence[n]
    return Reason.NO_SLOTS if left.any() else Reason.NO_COMPETENCE

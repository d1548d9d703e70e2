"""Two ways to the best share that have nothing in common with the one under test: trying everything, and augmenting
paths one by one. They know the costs only as the words of `problem.Costs` state them."""

import itertools
from collections import Counter
from collections.abc import Iterator
from fractions import Fraction

from advice_line.arcs import arcs_of, grounds_of
from advice_line.problem import COSTS, Able, Problem, Wanted

Choice = tuple[int, ...]


def may_call(able: Able, wanted: Wanted) -> bool:
    return (
        (wanted.discipline is None or wanted.discipline in able.disciplines)
        and (wanted.must_speak is None or wanted.must_speak in able.languages)
        and wanted.needs <= able.competences
    )


def pair_cost(problem: Problem, wanted: Wanted, able: Able) -> int:
    """In whole units, tie-break left out."""
    cost = 0
    if wanted.would_speak and wanted.would_speak not in able.languages:
        cost += COSTS.no_language
    if not wanted.better <= able.competences:
        cost += COSTS.less_known
    if wanted.areas and wanted.areas.isdisjoint(able.areas):
        cost += COSTS.other_area
    if wanted.times and wanted.times.isdisjoint(able.times):
        cost += COSTS.other_time
    if wanted.holder == able.key:
        cost -= COSTS.keeps
    for met in problem.met:
        if (met.wanted, met.able) == (wanted.key, able.key):
            cost -= min(met.score, COSTS.continuity)
    return cost


def slot_cost(able: Able, nth: int) -> int:
    """Of the nth further call (from 0), in whole units."""
    return ((able.used + nth) * 10 // able.slots + 1) * COSTS.band + spared(able)


def spared(able: Able) -> int:
    """Half the most for whoever had as many calls of late as all together, or is new; nothing for no call."""
    if able.lately is None or able.lately.team == 0:
        return COSTS.lately // 2
    return min(COSTS.lately, int(Fraction(COSTS.lately * able.lately.own, 2 * able.lately.team)))


def free(able: Able) -> int:
    return max(0, able.slots - able.used)


def every_choice(problem: Problem) -> Iterator[Choice]:
    """Every share that breaks no rule; -1 leaves a message out."""
    open_to = [[-1, *(n for n, able in enumerate(problem.able) if may_call(able, wanted))] for wanted in problem.wanted]
    for choice in itertools.product(*open_to):
        loads = Counter(choice)
        if all(loads[n] <= free(able) for n, able in enumerate(problem.able)):
            yield choice


def cost_of(problem: Problem, choice: Choice) -> int:
    """The whole cost of a share in eighths, prices and tie-breaks as the arcs have them."""
    arcs = arcs_of(problem, grounds_of(problem).eligible, COSTS)
    pairs = {
        (r, c): cost for r, c, cost in zip(arcs.row.tolist(), arcs.column.tolist(), arcs.cost.tolist(), strict=True)
    }
    total = sum(int(arcs.left_out[n]) if c < 0 else pairs[n, c] for n, c in enumerate(choice))
    for n, load in Counter(choice).items():
        if n >= 0:
            total += sum(8 * slot_cost(problem.able[n], nth) for nth in range(load))
    return total


def best_by_trying(problem: Problem) -> int:
    """The cheapest of all shares."""
    return min(cost_of(problem, choice) for choice in every_choice(problem))


def best_by_paths(problem: Problem) -> int:
    """Successive shortest paths (Bellman and Ford) on the same network: exact, slow, and nobody else's code."""
    arcs = arcs_of(problem, grounds_of(problem).eligible, COSTS)
    many, few = len(problem.wanted), len(problem.able)
    source, sink = many + few, many + few + 1
    net = _Net(many + few + 2)
    for n in range(many):
        net.add(source, n, 1, 0)
        net.add(n, sink, 1, int(arcs.left_out[n]))
    for r, c, cost in zip(arcs.row.tolist(), arcs.column.tolist(), arcs.cost.tolist(), strict=True):
        net.add(r, many + c, 1, cost)
    for n, calls, cost in arcs.bands.tolist():
        net.add(many + n, sink, calls, cost)
    return sum(net.push(source, sink) for _ in range(many))


class _Net:
    """Arcs in pairs: an arc and its way back."""

    def __init__(self, nodes: int) -> None:
        self.out: list[list[int]] = [[] for _ in range(nodes)]
        self.to: list[int] = []
        self.room: list[int] = []
        self.cost: list[int] = []

    def add(self, tail: int, head: int, room: int, cost: int) -> None:
        for node, other, free_room, price in ((tail, head, room, cost), (head, tail, 0, -cost)):
            self.out[node].append(len(self.to))
            self.to.append(other)
            self.room.append(free_room)
            self.cost.append(price)

    def push(self, source: int, sink: int) -> int:
        """Sends one along the cheapest way and says what it cost."""
        far: list[float] = [float("inf")] * len(self.out)
        came = [-1] * len(self.out)
        far[source] = 0
        for _ in self.out:
            for node, arcs in enumerate(self.out):
                for arc in arcs:
                    if self.room[arc] and far[node] + self.cost[arc] < far[self.to[arc]]:
                        far[self.to[arc]], came[self.to[arc]] = far[node] + self.cost[arc], arc
        node = sink
        while node != source:
            arc = came[node]
            self.room[arc] -= 1
            self.room[arc ^ 1] += 1
            node = self.to[arc ^ 1]
        return int(far[sink])

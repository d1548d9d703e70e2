"""Who could take a call, the best first: by the same grounds and costs as a run. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from advice_line.arcs import BANDS, EIGHTHS, Grounds, arcs_of, grounds_of
from advice_line.assignment import spoke_for
from advice_line.board_words import Cannot, Choice
from advice_line.fairness import dearer_by
from advice_line.problem import COSTS, Able, Problem


@dataclass(frozen=True, slots=True)
class Asked:
    """Some calls, and everybody who is on duty. `used` of an `Able` are calls made today; `owned` are those still open
    that are theirs today; `in_time` have time for one more call."""

    problem: Problem
    owned: Mapping[str, int]
    in_time: frozenset[str]


def choices(asked: Asked) -> dict[UUID, list[Choice]]:
    """For each call everybody on duty: those who can take it first, the best fit and the emptiest day before others."""
    problem = asked.problem.in_order()
    grounds = grounds_of(problem)
    arcs = arcs_of(problem, grounds.eligible, COSTS)
    pairs = {
        (r, c): cost for r, c, cost in zip(arcs.row.tolist(), arcs.column.tolist(), arcs.cost.tolist(), strict=True)
    }
    met = {(one.wanted, one.able): one for one in problem.met}
    found: dict[UUID, list[Choice]] = {}
    for row, wanted in enumerate(problem.wanted):
        each = []
        for column, able in enumerate(problem.able):
            has_it = wanted.holder == able.key
            calls = able.used + asked.owned.get(able.key, 0) + (not has_it)
            parts = spoke_for(wanted, able, met.get((wanted.key, able.key))) | {"calls": [calls, able.slots]}
            cannot = Cannot.HAS_IT if has_it else _cannot(grounds, row, column, able, asked.in_time)
            cost = pairs.get((row, column), 0) + _load(able, calls)
            each.append(Choice(UUID(able.key), cannot, parts, calls, able.slots, cost))
        found[UUID(wanted.key)] = sorted(each, key=_in_order)
    return found


def best(found: list[Choice]) -> Choice | None:
    """Whoever is offered at one tap: somebody who can take it without more than the rota plans for them."""
    return next((one for one in found if one.cannot is None and not one.is_over), None)


def _in_order(one: Choice) -> tuple[bool, bool, int, UUID]:
    return one.cannot is not None, one.is_over, one.cost, one.staff_id


def _cannot(grounds: Grounds, row: int, column: int, able: Able, in_time: frozenset[str]) -> Cannot | None:
    for why, held in (
        (Cannot.DISCIPLINE, grounds.discipline),
        (Cannot.LANGUAGE, grounds.language),
        (Cannot.COMPETENCE, grounds.competence),
    ):
        if not held[row, column]:
            return why
    return None if able.key in in_time else Cannot.NO_TIME


def _load(able: Able, calls: int) -> int:
    """What one more call costs as the day fills, as in a run (`arcs`); dearer still beyond the slots."""
    tenth = (calls - 1) * BANDS // able.slots if able.slots else BANDS
    return ((tenth + 1) * COSTS.band + dearer_by(able.lately, COSTS.lately)) * EIGHTHS

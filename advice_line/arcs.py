"""A day's calls as arrays: who may call whom, what it costs, and what it costs to leave a message out."""

import zlib
from collections import Counter
from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from advice_line.fairness import dearer_by
from advice_line.problem import Able, Costs, Problem, Wanted

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Words = AbstractSet[str]

BANDS = 10
EIGHTHS = 8
"""Costs are counted in eighths of a unit, so that a tie is broken by less than one."""


@dataclass(frozen=True, slots=True)
class Arcs:
    """`row`, `column`, `cost` are the eligible pairs of an ordered problem; `left_out` is the price per message;
    `bands` are (therapist, calls, cost), dearer as the day fills, and for whoever had most of the calls of late."""

    row: Ints
    column: Ints
    cost: Ints
    left_out: Ints
    bands: Ints


@dataclass(frozen=True, slots=True)
class Grounds:
    """messages × therapists, one for each thing that can rule a call out: true where it does not."""

    discipline: Bools
    language: Bools
    competence: Bools

    @property
    def eligible(self) -> Bools:
        return self.discipline & self.language & self.competence


def grounds_of(problem: Problem) -> Grounds:
    """Who may call whom. Someone not sure which therapy they need may be called by any."""
    wanted, able = problem.wanted, problem.able
    return Grounds(
        _has_all((_only(w.discipline) for w in wanted), (a.disciplines for a in able)),
        _has_all((_only(w.must_speak) for w in wanted), (a.languages for a in able)),
        _has_all((w.needs for w in wanted), (a.competences for a in able)),
    )


def arcs_of(problem: Problem, eligible: Bools, costs: Costs) -> Arcs:
    """The arcs of an ordered problem."""
    row, column = np.nonzero(eligible)
    cost = _pair_costs(problem, costs)[row, column]
    bands = _bands(problem.able, costs)
    return Arcs(row, column, cost, _prices(problem, cost, bands), bands)


@cache
def _only(word: str | None) -> Words:
    return frozenset((word,)) if word else frozenset()


def _has_all(asked: Iterable[Words], brought: Iterable[Words]) -> Bools:
    asked_mask, brought_mask = _masks(asked, brought)
    held: Bools = (asked_mask[:, None] & ~brought_mask[None, :]) == 0
    return held


def _has_one(asked: Iterable[Words], brought: Iterable[Words]) -> Bools:
    """True where something asked is brought, or nothing was asked."""
    asked_mask, brought_mask = _masks(asked, brought)
    held: Bools = ((asked_mask[:, None] & brought_mask[None, :]) != 0) | (asked_mask == 0)[:, None]
    return held


def _masks(asked: Iterable[Words], brought: Iterable[Words]) -> tuple[Ints, Ints]:
    """Words as bits; only what is asked for gets one. ValueError when that is more than an integer has."""
    asked, brought = list(asked), list(brought)
    bits = {word: 1 << n for n, word in enumerate(sorted(frozenset[str]().union(*set(asked))))}
    if len(bits) > 62:
        raise ValueError("too many different words to assign by")
    # Few sets are different.
    mask = {words: sum(bits.get(word, 0) for word in words) for words in {*asked, *brought}}
    return (
        np.array([mask[words] for words in asked], dtype=np.int64),
        np.array([mask[words] for words in brought], dtype=np.int64),
    )


def _pair_costs(problem: Problem, costs: Costs) -> Ints:
    wanted, able = problem.wanted, problem.able
    speaks = _has_one((_only(w.would_speak) for w in wanted), (a.languages for a in able))
    at_home = _has_one((w.areas for w in wanted), (a.areas for a in able))
    in_time = _has_one((w.times for w in wanted), (a.times for a in able))
    knows = _has_all((w.better for w in wanted), (a.competences for a in able))
    total: Ints = ~speaks * np.int64(costs.no_language)
    total += ~knows * np.int64(costs.less_known)
    total += ~at_home * np.int64(costs.other_area)
    total += ~in_time * np.int64(costs.other_time)
    _take_off_what_is_known(total, problem, costs)
    total *= EIGHTHS
    total += _ties(wanted, able)
    return total


def _take_off_what_is_known(total: Ints, problem: Problem, costs: Costs) -> None:
    rows = {one.key: n for n, one in enumerate(problem.wanted)}
    columns = {one.key: n for n, one in enumerate(problem.able)}
    for one in problem.wanted:
        if one.holder in columns:
            total[rows[one.key], columns[one.holder]] -= costs.keeps
    for met in problem.met:
        if met.wanted in rows and met.able in columns:
            total[rows[met.wanted], columns[met.able]] -= min(met.score, costs.continuity)


def _ties(wanted: Sequence[Wanted], able: Sequence[Able]) -> Ints:
    """Less than one unit for each pair, the same in every process: between equals no one is always first."""
    rows = np.array([zlib.crc32(one.key.encode()) for one in wanted], dtype=np.int64)
    columns = np.array([zlib.crc32(one.key.encode()) for one in able], dtype=np.int64)
    mixed = (rows[:, None] ^ columns[None, :]) * np.int64(0x9E3779B1)
    ties: Ints = (mixed >> np.int64(13)) & np.int64(EIGHTHS - 1)
    return ties


def _bands(able: Sequence[Able], costs: Costs) -> Ints:
    bands = []
    for n, one in enumerate(able):
        more = dearer_by(one.lately, costs.lately)
        tenths = Counter(slot * BANDS // one.slots for slot in range(one.used, one.slots))
        bands += [(n, calls, ((tenth + 1) * costs.band + more) * EIGHTHS) for tenth, calls in sorted(tenths.items())]
    return np.array(bands, dtype=np.int64).reshape(-1, 3)


def _prices(problem: Problem, cost: Ints, bands: Ints) -> Ints:
    """The price of leaving each message out: one step for being left out, one more for each higher priority.

    A step is more than any chain of exchanges can save, since such a chain passes each therapist at most once: so
    no saving on who fits whom is ever bought by leaving somebody out."""
    spread = int(cost.max() - cost.min()) if cost.size else 0
    dearest = int(np.abs(cost).max()) if cost.size else 0
    fullest = int(bands[:, 2].max()) if bands.size else 0
    step = spread * (len(problem.able) + 1) + dearest + fullest + 1
    priorities = np.array([one.priority for one in problem.wanted], dtype=np.int64)
    ranks = np.searchsorted(np.unique(priorities), priorities)
    prices: Ints = (ranks.astype(np.int64) + 1) * step
    return prices

"""A day's calls as plain data: what is to be shared out, among whom, and what came of it."""

from dataclasses import dataclass
from typing import Any, NamedTuple

from advice_line.words import Part, Reason, Solver
from core.domain.identity import Discipline


@dataclass(frozen=True, slots=True)
class Costs:
    """What a call costs with one therapist rather than another, in units of inconvenience. `band` is added for each
    tenth of the day already full, and up to `lately` for whoever had most of the calls of late (`fairness`); what was
    known of the family before is taken off, at most `continuity`."""

    continuity: int = 120
    keeps: int = 25
    no_language: int = 50
    less_known: int = 40
    other_time: int = 30
    other_area: int = 10
    band: int = 6
    lately: int = 20


COSTS = Costs()


class Wanted(NamedTuple):
    """A call to be made. `priority`: larger is left out later. `must_speak` only somebody who speaks it may call;
    `would_speak` is better than an interpreter, and so is it with what they `needs` to know and what they had `better`
    know. No `times`, no `areas`: any will do. `holder` has it now."""

    key: str
    priority: int
    discipline: Discipline | None = None
    needs: frozenset[str] = frozenset()
    better: frozenset[str] = frozenset()
    must_speak: str | None = None
    would_speak: str | None = None
    areas: frozenset[str] = frozenset()
    times: frozenset[Part] = frozenset()
    holder: str | None = None


class Lately(NamedTuple):
    """Of the calls the rota had room for in the last weeks, how many were made: in a hundred, by one person and by all
    who are here."""

    own: int
    team: int


class Able(NamedTuple):
    """A therapist on duty; `used` of `slots` calls are spoken for already, `past` of these only by time that has gone
    by. No `lately` for somebody new."""

    key: str
    disciplines: frozenset[Discipline]
    slots: int
    used: int = 0
    competences: frozenset[str] = frozenset()
    languages: frozenset[str] = frozenset()
    areas: frozenset[str] = frozenset()
    times: frozenset[Part] = frozenset(Part)
    lately: Lately | None = None
    past: int = 0


class Met(NamedTuple):
    """This therapist spoke with this family before; `score` (0 to 120) grows with meetings and fades with time,
    `on` is the last of them as an ISO date."""

    wanted: str
    able: str
    score: int
    on: str


@dataclass(frozen=True)
class Problem:
    """One day's calls. The same people in another order are the same problem."""

    wanted: tuple[Wanted, ...]
    able: tuple[Able, ...]
    met: tuple[Met, ...] = ()

    def in_order(self) -> "Problem":
        """Sorted, so that the same input gives the same answer whatever order it was read in."""
        return Problem(
            tuple(sorted(self.wanted, key=lambda w: w.key)),
            tuple(sorted(self.able, key=lambda a: a.key)),
            tuple(sorted(self.met, key=lambda m: (m.wanted, m.able, m.score, m.on))),
        )


class Placed(NamedTuple):
    """Where one message went: to `able`, or left out for a `reason`. `parts` explain it; `cost` is that of the pair
    (or the price of leaving it out), in eighths of a unit."""

    wanted: str
    able: str | None
    reason: Reason | None
    cost: int
    parts: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Shared:
    """The whole share, a `Placed` for every message in the order of their keys; `objective` is in eighths."""

    placed: tuple[Placed, ...]
    objective: int
    solver: Solver

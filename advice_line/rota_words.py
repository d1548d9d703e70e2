"""The nouns of the rota: sessions of a day, swaps, and what may be done to them."""

from dataclasses import dataclass
from datetime import date, time
from enum import StrEnum
from uuid import UUID

from advice_line.words import Pattern
from core.domain.errors import Conflict
from core.domain.identity import Discipline


class SwapState(StrEnum):
    """How far a swap has come."""

    ASKED = "asked"
    AGREED = "agreed"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    TAKEN_BACK = "taken-back"


class SwapStep(StrEnum):
    """What moves a swap on: the colleague answers, whoever asked no longer needs it, or it is undone later."""

    ACCEPT = "accept"
    DECLINE = "decline"
    WITHDRAW = "withdraw"
    TAKE_BACK = "take-back"


class RotaAct(StrEnum):
    """What was done to the rota, in its history."""

    ADDED = "added"
    CHANGED = "changed"
    ENDED = "ended"
    AWAY = "away"
    BACK = "back"
    SWAPPED = "swapped"


@dataclass(frozen=True, slots=True)
class Session:
    """One session of one day, as it will be held: `slots` are those left when part of it is missed."""

    staff_id: UUID
    starts: time
    ends: time
    slots: int
    disciplines: frozenset[Discipline]
    competences: frozenset[str]


@dataclass(frozen=True, slots=True)
class Swap:
    """`taker` holds all sessions of `giver` on `day`, and gives all of their own on `back_day` in return."""

    giver: UUID
    taker: UUID
    day: date
    back_day: date | None = None


@dataclass(frozen=True, slots=True)
class SessionDetails:
    """A session as a manager writes it, on each of `weekdays`."""

    staff_id: UUID
    weekdays: tuple[int, ...]
    starts: time
    ends: time
    slots: int
    disciplines: frozenset[Discipline]
    competences: frozenset[str]
    first: date
    last: date | None
    every: int

    def patterns(self) -> tuple[Pattern, ...]:
        """One pattern a weekday."""
        return tuple(
            Pattern(
                self.staff_id, weekday, self.starts, self.ends, self.slots, self.disciplines, self.competences,
                self.first, self.last, self.every,
            )
            for weekday in self.weekdays
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Away:
    """Somebody is away from `first` to `last`; `part` is (from, until) of each day when it is not whole days."""

    staff_id: UUID
    first: date
    last: date
    part: tuple[time, time] | None = None


class DoubleBooked(Conflict):
    """They would have to be in two sessions at once on `day`."""

    def __init__(self, staff_id: UUID, day: date) -> None:
        super().__init__("double-booked")
        self.staff_id, self.day = staff_id, day


class CannotSwap(Conflict):
    """Why a swap does not go; `why` is one of the words below, `missing` what somebody cannot do."""

    PAST, CLOSED, NO_DUTY, AWAY, BUSY, SKILL, ASKED = "past", "closed", "no-duty", "away", "busy", "skill", "asked"

    def __init__(self, why: str, field: str, missing: frozenset[str] = frozenset()) -> None:
        super().__init__(why)
        self.why, self.field, self.missing = why, field, missing


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody asks of a colleague."""

    giver: UUID
    taker: UUID
    day: date
    back_day: date | None = None

    def swap(self) -> Swap:
        return Swap(self.giver, self.taker, self.day, self.back_day)

"""The nouns of the managers' board: who could take a call, what stands where, and what was moved."""

from collections.abc import Mapping
from dataclasses import astuple, dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from core.domain.errors import Conflict
from core.domain.identity import Discipline

Therapy = Discipline | None


class Cannot(StrEnum):
    """Why somebody on duty cannot take a call."""

    DISCIPLINE = "discipline"
    LANGUAGE = "language"
    COMPETENCE = "competence"
    NO_TIME = "no-time"
    HAS_IT = "has-it"


@dataclass(frozen=True, slots=True)
class Choice:
    """One colleague on duty, for one call. `parts` is what speaks for and against them, as a run would explain it;
    `calls` are theirs today with this one, made or not. `cost` is the solver's, lower is better."""

    staff_id: UUID
    cannot: Cannot | None
    parts: Mapping[str, Any]
    calls: int
    slots: int
    cost: int

    @property
    def is_over(self) -> bool:
        """More than the rota plans for them."""
        return self.calls > self.slots


@dataclass(frozen=True, slots=True)
class Load:
    """Open calls, of one person or one therapy: for today, urgent among them, overdue, and up to the end of the week.
    `nobodys` of them have no owner, `set_aside` wait for somebody's decision."""

    today: int = 0
    urgent: int = 0
    overdue: int = 0
    week: int = 0
    nobodys: int = 0
    set_aside: int = 0

    def __add__(self, other: "Load") -> "Load":
        return Load(*(one + more for one, more in zip(astuple(self), astuple(other), strict=True)))


@dataclass(frozen=True, slots=True)
class RunLine:
    """One run in the history; `moved` messages went elsewhere by it."""

    id: UUID
    day: date
    cause: str
    solver: str
    ran_at: datetime
    placed: int
    left_out: int
    moved: int


class CannotTake(Conflict):
    """The colleague a call should go to cannot take it."""

    def __init__(self, why: Cannot) -> None:
        super().__init__(why)
        self.why = why


class NotToday(Conflict):
    """No run gives this call out today, so nobody moves it: its day has not come, somebody is on the phone about it, or
    a person must decide what becomes of it."""

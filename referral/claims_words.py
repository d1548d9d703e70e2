"""The nouns of who has a case."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class Claim(StrEnum):
    """How a case came to somebody, or went back to the queue."""

    TAKEN = "taken"
    ASSIGNED = "assigned"
    HANDED_OVER = "handed over"
    GIVEN_BACK = "given back"
    LEFT = "colleague left"


@dataclass(frozen=True, slots=True)
class ClaimView:
    """One change of hands. `by` is the actor's audit name."""

    kind: Claim
    from_id: UUID | None
    to_id: UUID | None
    at: datetime
    by: str
    note: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Reader:
    """A colleague who has the case on the screen, or had it a moment ago. `quiet_for` is in seconds."""

    staff_id: UUID
    opened_at: datetime
    quiet_for: float

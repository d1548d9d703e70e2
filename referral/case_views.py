"""What is read of a case beside the referral itself: who has it, who reads it, and what staff wrote for each other."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from referral.claims_words import ClaimView, Reader


@dataclass(frozen=True, slots=True)
class NoteView:
    """An internal note. `by` is the actor's audit name."""

    at: datetime
    by: str
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Standing:
    """Who has a case. `came_back_at` is when a colleague who had it left."""

    owner_id: UUID | None
    owned_since: datetime | None
    came_back_at: datetime | None


@dataclass(frozen=True, slots=True)
class Desk:
    """All of it."""

    standing: Standing
    claims: tuple[ClaimView, ...]
    notes: tuple[NoteView, ...]
    readers: tuple[Reader, ...]

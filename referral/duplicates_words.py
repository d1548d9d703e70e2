"""The nouns of referrals that may be about the same child."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from referral.words import Child, ReferrerKind, RequestState


class Alike(StrEnum):
    """Why two referrals may be about one child, the surest first."""

    NHS_NUMBER = "nhs-number"
    NAME_AND_BIRTH = "name-and-birth"
    CLOSE_SPELLING = "close-spelling"


class Verdict(StrEnum):
    """What a person says about two referrals. Nothing is joined by it."""

    SAME = "same-child"
    DIFFERENT = "not-the-same"


@dataclass(frozen=True, slots=True)
class VerdictView:
    """What somebody said last. `by` is their audit name."""

    verdict: Verdict
    at: datetime
    by: str
    why: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Twin:
    """Another referral that may be about the same child. `states` are those of its therapies."""

    id: UUID
    reference: str
    alike: Alike
    child: Child
    phone: str = field(repr=False)
    email: str = field(repr=False)
    referrer: ReferrerKind
    received_at: datetime
    states: tuple[tuple[str, RequestState], ...]
    verdict: VerdictView | None = None

"""The nouns of working on a case."""

from dataclasses import dataclass
from uuid import UUID

from core.domain.facts import Fact


@dataclass(frozen=True)
class InformationChased(Fact):
    """Somebody who was asked has not answered, and is reminded for the `times`-th time."""

    referral_id: UUID
    request_id: UUID
    information_id: UUID
    times: int

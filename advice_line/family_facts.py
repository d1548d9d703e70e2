"""What the advice line tells the rest of the house when a family does something."""

from dataclasses import dataclass
from uuid import UUID

from core.domain.facts import Fact


@dataclass(frozen=True, slots=True)
class MessageLeft(Fact):
    """Somebody left a message and was promised a call."""

    message_id: UUID


@dataclass(frozen=True, slots=True)
class MessageWithdrawn(Fact):
    """Whoever left the message no longer wants a call."""

    message_id: UUID


@dataclass(frozen=True, slots=True)
class NumberCorrected(Fact):
    """The family gave us another number to ring."""

    message_id: UUID


@dataclass(frozen=True, slots=True)
class MessageAddedTo(Fact):
    """The family said more about a message."""

    message_id: UUID

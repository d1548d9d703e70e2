"""The nouns of messages to people."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol
from uuid import UUID


class Channel(StrEnum):
    """How a message travels."""

    EMAIL = "email"
    TEXT = "text"
    LETTER = "letter"


class DeliveryState(StrEnum):
    """How far it has come: waiting → sending → sent | failed | unknown. `unknown` means it was handed over and nobody
    said what became of it: the provider is asked before anything is sent again."""

    WAITING = "waiting"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Recipient:
    """Where a message goes: an e-mail address, a phone number in E.164, or a postal address in lines."""

    channel: Channel
    address: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Rendered:
    """The exact words. Only e-mails and letters have a subject."""

    subject_line: str
    body: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Outgoing:
    """What a provider is given. `reference` is the message's id and stays the same however often it is tried."""

    reference: UUID
    channel: Channel
    address: str = field(repr=False)
    subject_line: str
    body: str = field(repr=False)


class Provider(Protocol):
    """Carries messages out of the house."""

    name: str

    async def send(self, outgoing: Outgoing) -> None:
        """Takes the message over. Raising means that nobody knows whether it did."""
        ...

    async def has(self, reference: UUID) -> bool:
        """Whether a message with this reference was taken over before."""
        ...


@dataclass(frozen=True, slots=True)
class MessageView:
    """A message as it was said. `template` names the folder its words came from."""

    id: UUID
    purpose: str
    subject_id: UUID
    channel: Channel
    address: str = field(repr=False)
    template: str
    subject_line: str
    body: str = field(repr=False)
    state: DeliveryState
    created_at: datetime
    sent_at: datetime | None


@dataclass(frozen=True, slots=True)
class MessageLine:
    """A message on a list: the words stay unread."""

    id: UUID
    purpose: str
    channel: Channel
    address: str = field(repr=False)
    subject_line: str
    state: DeliveryState
    created_at: datetime

"""The nouns of messages to people."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol
from uuid import UUID


class Channel(StrEnum):
    """How a message travels."""

    EMAIL = "email"
    TEXT = "text"
    LETTER = "letter"


class DeliveryState(StrEnum):
    """How far it has come. `sent`: the provider has it; `delivered`: it says the person has. `unknown`: it was handed
    over and nobody said what became of it, so the provider is asked before anything is sent again. `dropped`: a person
    decided that it is not sent."""

    WAITING = "waiting"
    SENDING = "sending"
    SENT = "sent"
    DELIVERED = "delivered"
    FAILED = "failed"
    UNKNOWN = "unknown"
    DROPPED = "dropped"


class Send(StrEnum):
    """What is to be done with a message a worker takes up."""

    NOTHING = "nothing"
    NOW = "now"
    ASK = "ask"
    LATER = "later"
    HELD = "held"
    GIVE_UP = "give up"


@dataclass(frozen=True, slots=True)
class Recipient:
    """Where a message goes: an e-mail address, a phone number in E.164, or a postal address in lines. `alternatives`
    are other ways to reach the same person; the first is tried once when this one cannot be reached. `language` is what
    they told this time; what they asked for in general (`Wishes`) wins."""

    channel: Channel
    address: str = field(repr=False)
    alternatives: "tuple[Recipient, ...]" = field(default=(), repr=False)
    language: str = "en"


@dataclass(frozen=True, slots=True)
class Language:
    """A language messages may be in; `name` as its speakers write it."""

    name: str
    english: str
    right_to_left: bool = False


# ISO 639-1. A new one needs a line here and a catalogue in `templates/messages/locale`.
LANGUAGES: Mapping[str, Language] = {
    "en": Language("English", "English"),
    "pl": Language("Polski", "Polish"),
    "ro": Language("Română", "Romanian"),
    "ur": Language("اردو", "Urdu", right_to_left=True),
    "bn": Language("বাংলা", "Bengali"),
}


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words of ours inside a message ("a place at a workshop") that are said in the reader's language."""

    text: str


# What may stand in a gap: text that somebody may have typed, words of ours, a day, an instant.
Word = str | Phrase | date | datetime


@dataclass(frozen=True, slots=True)
class Wishes:
    """How somebody wants to be written to. `never` is who must not be contacted at all."""

    language: str = "en"
    no_texts: bool = False
    easy_read: bool = False
    large_print: bool = False
    never: bool = False


@dataclass(frozen=True, slots=True)
class Rendered:
    """The exact words, and the language they came out in. Only e-mails and letters have a subject."""

    subject_line: str
    body: str = field(repr=False)
    language: str = "en"


@dataclass(frozen=True, slots=True)
class Outgoing:
    """What a provider is given. `reference` is the message's id and stays the same however often it is tried. After
    `send_before` (on `time.monotonic`) it must not be handed over: somebody may ask for it already."""

    reference: UUID
    channel: Channel
    address: str = field(repr=False)
    subject_line: str
    body: str = field(repr=False)
    send_before: float = math.inf
    template: str = ""
    language: str = "en"
    large_print: bool = False


class ProviderError(Exception):
    """Base of what a provider's answer may mean. Messages are kinds (`"429"`, `"timeout"`), never what was said."""


class Retryable(ProviderError):
    """No answer, or not now. With `may_have_left` nobody knows whether it was taken over: the provider is asked before
    anything is sent again. Without, it surely was not."""

    def __init__(self, kind: str, *, may_have_left: bool = True) -> None:
        super().__init__(kind)
        self.may_have_left = may_have_left


class Throttled(ProviderError):
    """Too many at once: it was not taken over, and for so many seconds nothing will be."""

    def __init__(self, kind: str, seconds: float = 10.0) -> None:
        super().__init__(kind)
        self.seconds = seconds


class Final(ProviderError):
    """This message will never be taken over as it is."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a provider knows of a message: how far it has come, and the provider's own name for it."""

    state: DeliveryState
    provider_id: str = ""


class Provider(Protocol):
    """Carries messages out of the house. `can_be_asked`: it knows our references afterwards."""

    name: str
    can_be_asked: bool

    async def send(self, outgoing: Outgoing) -> Receipt:
        """Takes the message over. Raises Retryable, Throttled or Final; anything else means that nobody knows."""
        ...

    async def find(self, reference: UUID) -> Receipt | None:
        """What became of the message with this reference; None when none was taken over. Raises Retryable or
        Throttled."""
        ...


@dataclass(frozen=True, slots=True)
class Taken:
    """A message in a worker's hands: what to do with it and, where that is later, when."""

    what: Send
    outgoing: Outgoing | None = None
    at: datetime | None = None
    priority: int = 0
    tries: int = 0


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
    said_by: str = ""
    why: str = field(default="", repr=False)
    follows: UUID | None = None
    is_held: bool = False
    needs_person: bool = False
    language: str = "en"

    @property
    def is_undelivered(self) -> bool:
        """It did not reach the person this way."""
        return self.state is DeliveryState.FAILED or self.needs_person


@dataclass(frozen=True, slots=True)
class StepView:
    """One step of a delivery."""

    state: DeliveryState
    at: datetime
    actor: str
    why: str


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
    is_held: bool = False
    subject_id: UUID | None = None
    needs_person_since: datetime | None = None
    why_not: str = ""


@dataclass(frozen=True, slots=True)
class Switch:
    """Whether messages of one purpose leave the house; `held` are those that wait for it."""

    purpose: str
    stopped_at: datetime | None = None
    stopped_by: str = ""
    why: str = field(default="", repr=False)
    held: int = 0

"""The nouns of what is decided about each therapy, and of what follows."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from core.domain.facts import Fact
from referral.words import RequestStep, Urgency


class WhyNot(StrEnum):
    """Why a referral was not accepted (annex §1.4)."""

    INCOMPLETE = "incomplete"
    AGE = "outside-age"
    AREA = "outside-area"
    KNOWN = "already-known"
    UNIVERSAL = "universal-offer"
    NO_EFFECT = "no-effect-on-daily-life"
    REFERRER = "wrong-referrer"
    OTHER_PATHWAY = "other-pathway"
    CONSENT = "no-consent"


class ComesNext(StrEnum):
    """Where an accepted child is seen first."""

    CLINIC = "clinic"
    HOME = "home"
    SCHOOL = "school"
    VIDEO = "video"
    PHONE = "phone"
    GROUP = "group"


# How each step is called in an address.
SLUGS: Mapping[RequestStep, str] = {
    RequestStep.ACCEPT: "accept",
    RequestStep.ASK: "ask",
    RequestStep.SIGNPOST: "signpost",
    RequestStep.REDIRECT: "redirect",
    RequestStep.NOT_ACCEPT: "not-accept",
    RequestStep.MARK_DUPLICATE: "duplicate",
    RequestStep.WITHDRAW: "withdraw",
    RequestStep.REOPEN: "reopen",
    RequestStep.PUT_ON_LIST: "waiting-list",
    RequestStep.BOOK: "book",
    RequestStep.GIVE_BACK: "give-back",
    RequestStep.SEE: "see",
    RequestStep.DISCHARGE: "discharge",
}


class LetterTo(StrEnum):
    FAMILY = "family"
    REFERRER = "referrer"


class NotTold(StrEnum):
    """Why a letter is not sent, or not by itself. The page says so, and a person decides."""

    RESTRICTED = "restricted"
    FAMILY_NOT_ASKED = "family-not-asked"
    BARRED = "must-not-be-contacted"
    NO_SAFE_WAY = "no-safe-way"
    NO_CONSENT = "no-consent"
    LOOK_FIRST = "look-first"
    STOPPED = "stopped"
    IN_PERSON = "told-in-person"
    OVERTAKEN = "overtaken"


class LetterState(StrEnum):
    """A draft leaves by itself after a rest. What nobody may be sent is kept, to be told by a person; what was
    overtaken by a second thought is dropped."""

    DRAFT = "draft"
    SENT = "sent"
    KEPT = "kept"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What somebody decided with one step. `words` are plain and for the family; `todo` says what they can do; `place`
    is a resource, a service or a team; `why` stays among staff. `other` is the reference of the child's referral that
    goes on."""

    step: RequestStep
    urgency: Urgency | None = None
    area_id: str = ""
    pathway: str = ""
    comes_next: ComesNext | None = None
    why_not: WhyNot | None = None
    place: str = field(default="", repr=False)
    words: str = field(default="", repr=False)
    todo: str = field(default="", repr=False)
    why: str = field(default="", repr=False)
    other: str = ""
    booked_for: date | None = None


@dataclass(frozen=True, slots=True)
class OutcomeView:
    """What one step decided, as it is kept. `by` is the actor's audit name."""

    id: UUID
    request_id: UUID
    step: RequestStep
    at: datetime
    by: str
    pathway: str
    comes_next: ComesNext | None
    why_not: WhyNot | None
    place: str = field(repr=False)
    words: str = field(repr=False)
    todo: str = field(repr=False)
    duplicate_of: UUID | None
    booked_for: date | None


@dataclass(frozen=True, slots=True)
class LetterView:
    """A letter as it stands. `why` says why it has not left, or never will."""

    id: UUID
    outcome_id: UUID
    recipient: LetterTo
    state: LetterState
    kind: str
    text: str = field(repr=False)
    leaves_at: datetime | None
    ended_at: datetime | None
    why: NotTold | None
    version: int
    edited_by: str | None = None
    message_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class AdditionView:
    """What a family told us without being asked; unread while `read_at` is None."""

    id: UUID
    at: datetime
    text: str = field(repr=False)
    read_at: datetime | None
    read_by: str | None


@dataclass(frozen=True)
class _OfRequest(Fact):
    referral_id: UUID
    request_id: UUID


@dataclass(frozen=True)
class RequestSignposted(_OfRequest):
    """Other help fits better."""


@dataclass(frozen=True)
class RequestRedirected(_OfRequest):
    """Another NHS service has it now."""


@dataclass(frozen=True)
class RequestNotAccepted(_OfRequest):
    """A clinician decided not to take it on."""


@dataclass(frozen=True)
class RequestJoined(_OfRequest):
    """A duplicate: the other referral goes on."""


@dataclass(frozen=True)
class RequestWithdrawn(_OfRequest):
    """The family, or staff for them, took it back."""


@dataclass(frozen=True)
class RequestReopened(_OfRequest):
    """An outcome was mistaken, or the family came back."""


@dataclass(frozen=True)
class RequestListed(_OfRequest):
    """On the waiting list."""


@dataclass(frozen=True)
class RequestBooked(_OfRequest):
    """There is an appointment."""


@dataclass(frozen=True)
class RequestGivenBack(_OfRequest):
    """The appointment was given back."""


@dataclass(frozen=True)
class RequestSeen(_OfRequest):
    """A therapist has seen the child."""


@dataclass(frozen=True)
class RequestDischarged(_OfRequest):
    """The work is finished."""


@dataclass(frozen=True)
class InformationAdded(Fact):
    """A family told us more without being asked."""

    referral_id: UUID
    addition_id: UUID

"""The nouns of information governance: what is kept and for how long, who asked for what, and who complained."""

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from core.domain.facts import Fact


class Rule(StrEnum):
    """Why a record may go, as the certificate says it."""

    BIRTHDAY = "birthday"
    BIRTHDAY_WHEN_17 = "birthday-when-17"
    ADULT = "adult"
    NOT_ACCEPTED = "not-accepted"
    ENQUIRY = "enquiry"
    GROUP_SESSION = "group-session"
    DRAFT = "draft"
    RECORDING = "recording"
    RIGHTS_REQUEST = "rights-request"
    COMPLAINT = "complaint"


class RunState(StrEnum):
    """How far a retention run has come."""

    LOOKING = "looking"
    READY = "ready"
    APPROVED = "approved"
    DONE = "done"
    DROPPED = "dropped"


class RunStep(StrEnum):
    FOUND = "everything was looked at"
    APPROVE = "approve"
    FINISH = "nothing is left to delete"
    DROP = "drop"


class Outcome(StrEnum):
    """What became of one record of a run."""

    DELETED = "deleted"
    HELD = "held"
    CHANGED = "changed"
    GONE = "gone"


class RequestKind(StrEnum):
    """What the law lets people ask for."""

    ACCESS = "access"
    CORRECTION = "correction"
    RESTRICTION = "restriction"


class RequestState(StrEnum):
    OPEN = "open"
    DONE = "done"
    REFUSED = "refused"


class ComplaintState(StrEnum):
    RECEIVED = "received"
    ACKNOWLEDGED = "acknowledged"
    CLOSED = "closed"


class ComplaintStep(StrEnum):
    ACKNOWLEDGE = "acknowledge"
    CLOSE = "close"


class Upheld(StrEnum):
    YES = "upheld"
    PARTLY = "partly-upheld"
    NO = "not-upheld"


class Happened(StrEnum):
    """A line in the history of a request or a complaint."""

    RECEIVED = "received"
    EXTENDED = "extended"
    CHOSEN = "records-chosen"
    PREPARED = "copy-prepared"
    RELEASED = "copy-released"
    DOWNLOADED = "copy-downloaded"
    NOTED = "correction-noted"
    RESTRICTED = "restricted"
    LIFTED = "restriction-lifted"
    DONE = "done"
    REFUSED = "refused"
    ACKNOWLEDGED = "acknowledged"
    CLOSED = "closed"


@dataclass(frozen=True)
class LookAsked(Fact):
    """Somebody wants to know what is due for deletion."""

    run_id: UUID


@dataclass(frozen=True)
class RunApproved(Fact):
    """A person approved what a run found."""

    run_id: UUID


@dataclass(frozen=True)
class CopyWanted(Fact):
    """The records of a subject access request were chosen; a copy is to be prepared."""

    request_id: UUID


@dataclass(frozen=True, slots=True)
class Hold:
    """Nothing it covers is deleted. Without keys it covers everything; without `until` it has no end yet."""

    nhs: frozenset[bytes] = field(default=frozenset(), repr=False)
    named: frozenset[bytes] = field(default=frozenset(), repr=False)
    until: date | None = None

    @property
    def is_for_everything(self) -> bool:
        return not (self.nhs or self.named)


@dataclass(frozen=True, slots=True)
class Due:
    """From which day a record may go, and by which rule."""

    on: date
    rule: Rule


@dataclass(frozen=True, slots=True)
class Child:
    """Who a request is about, as typed."""

    first: str = field(repr=False)
    last: str = field(repr=False)
    born: date | None = field(repr=False)
    nhs_number: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Counted:
    """A line of a preview or a certificate: so many records of a kind by one rule; after a run also what became of
    them."""

    kind: str
    rule: Rule
    found: int
    outcomes: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Clock:
    """A promise made by law: due on a day, kept on one, or overdue."""

    due_on: date
    kept_at: datetime | None = None

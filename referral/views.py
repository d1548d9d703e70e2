"""What is read of referrals: frozen, for pages, for workers and for other rooms."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from core.domain.identity import Discipline
from referral.queue_words import View
from referral.words import Asked, Child, Consent, FlagKind, ReferrerKind, RequestState, Urgency


@dataclass(frozen=True, slots=True)
class InformationView:
    """Something we asked. `answer` is None while we wait, or when it was no longer needed."""

    id: UUID
    request_id: UUID
    what: str = field(repr=False)
    of: Asked
    due_on: date
    asked_at: datetime
    ended_at: datetime | None
    answer: str | None = field(repr=False)
    chases: int = 0
    chased_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class RequestView:
    """One discipline's part. `wanted` is the enquiry we wait for; `note` is for the family."""

    id: UUID
    discipline: Discipline
    state: RequestState
    urgency: Urgency
    target_on: date
    version: int
    area_id: str | None
    note: str | None = field(repr=False)
    wanted: InformationView | None = None


@dataclass(frozen=True, slots=True)
class StatusView:
    """Where a referral stands. Names nobody: whoever shows it decides what else may be shown."""

    id: UUID
    reference: str
    referrer: ReferrerKind
    received_at: datetime
    requests: tuple[RequestView, ...]


@dataclass(frozen=True, slots=True)
class EventView:
    """A step of one request. `by` is the actor's audit name."""

    discipline: Discipline
    before: RequestState | None
    after: RequestState
    at: datetime
    by: str
    why: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class FlagView:
    id: UUID
    kind: FlagKind
    cleared_at: datetime | None
    cleared_by: str | None
    note: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Awaited:
    """Something we wait to hear: of whom, until when, and how often we reminded them."""

    of: Asked
    due_on: date
    chases: int
    chased_at: datetime | None


@dataclass(frozen=True, slots=True)
class QueueLine:
    """A referral on the list of triage."""

    id: UUID
    reference: str
    first: str = field(repr=False)
    last: str = field(repr=False)
    received_at: datetime
    area_ids: tuple[str, ...]
    pressing: int | None
    requests: tuple[RequestView, ...]
    flags: tuple[FlagKind, ...]
    owner_id: UUID | None = None
    came_back_at: datetime | None = None
    asked_until: date | None = None
    awaited: tuple[Awaited, ...] = ()


@dataclass(frozen=True, slots=True)
class Case:
    """Everything about one referral, for staff who may see it."""

    status: StatusView
    child: Child
    area_ids: tuple[str, ...]
    version: str
    answers: dict[str, Any] = field(repr=False)
    flags: tuple[FlagView, ...] = ()
    consents: tuple[Consent, ...] = ()
    events: tuple[EventView, ...] = ()
    information: tuple[InformationView, ...] = ()


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which referrals of the queue are looked for. `after` is where the page before this one ended: how pressing its
    last referral was (among overdue answers: the last day asked for), when it was received, and its id."""

    discipline: Discipline | None = None
    state: RequestState | None = None
    after: tuple[int, datetime, UUID] | None = None
    area: str = ""
    view: View = View.ALL

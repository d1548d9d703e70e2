"""The nouns of running clinics: attendance, what came of a screening, changes and what they do."""

from dataclasses import dataclass, field
from datetime import date, datetime, time
from enum import StrEnum
from uuid import UUID

from booking.words import OfferKind
from core.domain.identity import Discipline

LANGUAGES = {
    "en": "English",
    "bn": "Bengali",
    "bsl": "British Sign Language",
    "gu": "Gujarati",
    "pl": "Polish",
    "pt": "Portuguese",
    "pa": "Punjabi",
    "ro": "Romanian",
    "tr": "Turkish",
    "ur": "Urdu",
}


class Audience(StrEnum):
    """Who an offer is meant for. It advises; it keeps nobody out."""

    FAMILIES = "families"
    SCHOOLS = "schools"
    PROFESSIONALS = "professionals"
    EVERYONE = "everyone"


class Attendance(StrEnum):
    """Whether somebody came. A child does not fail to attend: they were not brought."""

    CAME = "came"
    LATE = "late"
    NOT_BROUGHT = "not-brought"
    CANCELLED_BY_FAMILY = "cancelled-by-family"
    CANCELLED_BY_SERVICE = "cancelled-by-service"


class Outcome(StrEnum):
    """What a screening led to."""

    ADVICE = "advice"
    REFER = "refer"
    SESSION = "session"


class CallReason(StrEnum):
    """Why a person has to phone somebody who booked."""

    LEFT = "left"
    CANCELLED = "cancelled"
    MOVED = "moved"
    NOT_BROUGHT = "not-brought"


class SettledBy(StrEnum):
    """How it came that nobody needs to phone any more."""

    PHONED = "phoned"
    MESSAGE_SENT = "message-sent"
    NOT_NEEDED = "not-needed"


class Choice(StrEnum):
    """What is done about the people a change meets."""

    MOVE = "move"
    CANCEL = "cancel"
    LEAVE = "leave"


class SittingHappened(StrEnum):
    """A line of a sitting's history."""

    CANCELLED = "cancelled"
    CLOSED = "closed"
    CAPACITY = "capacity"
    LEFT = "left"
    PLANNED = "planned"
    HOST_GONE = "host-gone"
    HOST = "host"


class ChangeKind(StrEnum):
    """What staff change about clinics."""

    CANCEL_SITTING = "cancel-sitting"
    CANCEL_DAY = "cancel-day"
    CLOSURE = "closure"
    ABSENCE = "absence"
    END_PATTERN = "end-pattern"
    EDIT_PATTERN = "edit-pattern"


@dataclass(frozen=True, slots=True)
class Question:
    """One thing families are asked before they book. Whoever answers no is told `advice` and may book all the same."""

    ask: str
    advice: str


@dataclass(frozen=True, slots=True)
class Release:
    """When the public may book: on this weekday (Monday 0) at this wall time in London, every sitting that begins
    within the `weeks` that follow."""

    weekday: int
    at: time
    weeks: int


@dataclass(frozen=True, slots=True)
class OfferDetails:
    """An offer as staff write it."""

    kind: OfferKind
    discipline: Discipline | None
    title: str
    about: str
    audience: str
    audience_kind: Audience
    topic: str
    language: str
    minutes: int
    capacity: int
    link_pattern: str | None
    venue: str | None
    questions: tuple[Question, ...] = ()
    release: Release | None = None


@dataclass(frozen=True, slots=True)
class PatternDetails:
    """Repeating sessions as staff write them: the same hours on several weekdays."""

    offer_id: UUID
    host_id: UUID | None
    weekdays: tuple[int, ...]
    opens: time
    closes: time
    minutes: int
    gap: int
    places: int | None
    first: date
    last: date | None


@dataclass(frozen=True, slots=True)
class Change:
    """One change of the timetable, as the page that shows its effect sends it back. `why` is read by colleagues.

    `first` and `last` bound the days; `host_id` those of one person, `discipline` those of one therapy. For an edited
    pattern, `pattern` is how it is from `first` on. A closure of the `whole_service` closes the advice line too."""

    kind: ChangeKind
    why: str = field(default="", repr=False)
    sitting_id: UUID | None = None
    availability_id: UUID | None = None
    host_id: UUID | None = None
    discipline: Discipline | None = None
    first: date | None = None
    last: date | None = None
    pattern: PatternDetails | None = None
    whole_service: bool = False


@dataclass(frozen=True, slots=True)
class Met:
    """A booking that a change meets. `reachable` is False when nothing we send can arrive. Who was booked with others
    has the `lead_id` of the one who speaks for all."""

    booking_id: UUID
    sitting_id: UUID
    offer_id: UUID
    starts_at: datetime
    sequence: int
    reachable: bool
    name: str = field(repr=False)
    reference: str = ""
    lead_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Hit:
    """A sitting that a change takes away. `open_places` are those with nobody in them, held ones included."""

    sitting_id: UUID
    offer_id: UUID
    title: str
    starts_at: datetime
    ends_at: datetime
    host_id: UUID | None
    booked: int
    held: int
    open_places: int


@dataclass(frozen=True, slots=True)
class FreeTime:
    """A sitting with places left that somebody could be moved to."""

    sitting_id: UUID
    offer_id: UUID
    starts_at: datetime
    free: int


@dataclass(frozen=True, slots=True)
class Effect:
    """All that a change would do: the sittings that go, the people it meets, and where each could be moved to."""

    hits: tuple[Hit, ...]
    people: tuple[Met, ...]
    targets: tuple[tuple[UUID, FreeTime], ...]
    stay: int = 0
    clashes: tuple["Clash", ...] = ()

    @property
    def target_of(self) -> dict[UUID, FreeTime]:
        return dict(self.targets)

    @property
    def held(self) -> int:
        """Places somebody is filling in a form for."""
        return sum(hit.held for hit in self.hits)

    @property
    def unreachable(self) -> tuple[Met, ...]:
        return tuple(person for person in self.people if not person.reachable)

    @property
    def without_target(self) -> tuple[Met, ...]:
        """Those for whom there is no other time."""
        known = self.target_of
        return tuple(person for person in self.people if person.booking_id not in known)


@dataclass(frozen=True, slots=True)
class Clash:
    """A time of a repeating session that was not laid out, because its host is somewhere else then."""

    offer: str
    starts_at: datetime
    ends_at: datetime
    host_id: UUID
    other: str
    other_starts_at: datetime


@dataclass(frozen=True, slots=True)
class Done:
    """What a change did."""

    sittings: int
    moved: int
    cancelled: int
    left: int

"""The nouns of booking: offers, sittings, places, holds and bookings."""

from dataclasses import dataclass, field
from datetime import date, datetime, time
from enum import StrEnum
from typing import Any
from uuid import UUID

from booking.known_words import FamilyInset
from core.domain.facts import Fact
from core.domain.identity import Discipline


class OfferKind(StrEnum):
    """What can be booked."""

    SCREENING = "screening"
    INFORMATION = "information"
    WORKSHOP = "workshop"


class SittingState(StrEnum):
    PLANNED = "planned"
    CANCELLED = "cancelled"


class PlaceState(StrEnum):
    """What has become of one seat. `held` and `offered` end by the clock alone; `withdrawn` is taken away with its
    sitting or by a cut in capacity."""

    FREE = "free"
    HELD = "held"
    OFFERED = "offered"
    BOOKED = "booked"
    WITHDRAWN = "withdrawn"


class BookingState(StrEnum):
    BOOKED = "booked"
    CANCELLED = "cancelled"


class Happened(StrEnum):
    """A line of a booking's history."""

    BOOKED = "booked"
    MOVED = "moved"
    CANCELLED = "cancelled"
    CONTACT = "contact"


class ContactBy(StrEnum):
    EMAIL = "email"
    TEXT = "text"


@dataclass(frozen=True)
class BookingConfirmed(Fact):
    """A place was booked."""

    booking_id: UUID
    sitting_id: UUID


@dataclass(frozen=True)
class BookingMoved(Fact):
    """A booking went from one sitting to another of the same offer; it is the `sequence`th change of it."""

    booking_id: UUID
    from_sitting_id: UUID
    to_sitting_id: UUID
    sequence: int


@dataclass(frozen=True)
class BookingCancelled(Fact):
    """A booking was given up."""

    booking_id: UUID
    sitting_id: UUID


@dataclass(frozen=True)
class PlaceReleased(Fact):
    """A booked place is free again and can be offered to whoever waits."""

    place_id: UUID
    sitting_id: UUID


@dataclass(frozen=True)
class SittingCancelled(Fact):
    """A sitting was taken away by staff; nobody is booked on it any more."""

    sitting_id: UUID


@dataclass(frozen=True)
class BookingOrphaned(Fact):
    """A change met this booking, and a person has to decide what becomes of it."""

    booking_id: UUID
    sitting_id: UUID


@dataclass(frozen=True, slots=True)
class Pattern:
    """A repeating session, in London's wall time: on this weekday (Monday 0), sittings of `minutes` one after the other
    with `gap` minutes between them, from `opens` to `closes` at the latest, on days from `first` up to `last`."""

    weekday: int
    opens: time
    closes: time
    minutes: int
    gap: int
    first: date
    last: date | None = None


@dataclass(frozen=True, slots=True)
class OfferView:
    """What can be booked, as anyone may read it. `online` is False where there is a `venue` to go to. `asks` are the
    questions before booking, each with the advice for whoever answers no; they keep nobody out."""

    id: UUID
    kind: OfferKind
    discipline: Discipline | None
    title: str
    about: str
    audience: str
    minutes: int
    venue: str | None
    asks_child: bool
    topic: str = ""
    language: str = "en"
    asks: tuple[tuple[str, str], ...] = ()

    @property
    def online(self) -> bool:
        return self.venue is None


@dataclass(frozen=True, slots=True)
class SittingView:
    """One sitting and how many places of it are free at this moment."""

    id: UUID
    offer_id: UUID
    starts_at: datetime
    ends_at: datetime
    free: int


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which sittings are looked for: those that start from `since` and before `before`. `after` is where the page
    before this one ended: the start and the id of its last sitting. `hours` are a part of the day in London: from this
    hour on and before that one."""

    kinds: tuple[OfferKind, ...]
    discipline: Discipline | None = None
    offer_id: UUID | None = None
    since: datetime | None = None
    before: datetime | None = None
    after: tuple[datetime, UUID] | None = None
    topic: str | None = None
    language: str | None = None
    hours: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Attendee:
    """Who books, as they typed it. `child_born` is ISO; the phone is E.164; `answers` are those of the questions that
    are asked beside. `others` are the names of those who come with them, each on a place of their own."""

    contact_name: str = field(repr=False)
    contact_by: ContactBy
    email: str | None = field(default=None, repr=False)
    phone: str | None = field(default=None, repr=False)
    child_first: str | None = field(default=None, repr=False)
    child_last: str | None = field(default=None, repr=False)
    child_born: str | None = field(default=None, repr=False)
    answers: dict[str, Any] = field(default_factory=dict, repr=False)
    others: tuple[str, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class HoldView:
    """A time a visitor has chosen. From `until` on the place may be taken by others. `ended` once it was booked;
    `extended` once it was kept for longer. One for a `family` that staff know is shown to `known_by` alone."""

    id: UUID
    offer: OfferView
    sitting_id: UUID
    starts_at: datetime
    ends_at: datetime
    until: datetime
    ended: bool
    extended: bool = False
    known_id: UUID | None = None
    known_by: UUID | None = None
    family: FamilyInset | None = None


@dataclass(frozen=True, slots=True)
class BookingView:
    """A booking as its family sees it; whoever asks for one must have proved to be them."""

    id: UUID
    reference: str
    link: bytes = field(repr=False)
    state: BookingState
    offer: OfferView
    sitting_id: UUID
    starts_at: datetime
    ends_at: datetime
    link_pattern: str | None = field(repr=False)
    join_code: str = field(repr=False)
    calendar_uid: str
    calendar_sequence: int
    child_first: str | None = field(repr=False)
    child_last: str | None = field(repr=False)
    child_born: str | None = field(repr=False)
    contact_name: str = field(repr=False)
    contact_by: ContactBy
    email: str | None = field(repr=False)
    phone: str | None = field(repr=False)
    booked_for_them: bool = False

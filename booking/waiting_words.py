"""The nouns of the waiting list: who waits for what, and whose turn it is."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from booking.words import OfferView
from core.domain.facts import Fact


class WaitingState(StrEnum):
    """Where somebody on the list stands. `ended`: two turns went by without an answer."""

    WAITING = "waiting"
    OFFERED = "offered"
    BOOKED = "booked"
    LEFT = "left"
    ENDED = "ended"


class TurnState(StrEnum):
    """What became of one place offered to one family. `lost`: the service took the place away."""

    OPEN = "open"
    TAKEN = "taken"
    DECLINED = "declined"
    LAPSED = "lapsed"
    LOST = "lost"


class DayPart(StrEnum):
    """A part of a London day: until midday, until five, after that."""

    MORNING = "morning"
    AFTERNOON = "afternoon"
    EVENING = "evening"


class LinkKind(StrEnum):
    """What a secret link opens."""

    BOOKING = "booking"
    FEED = "feed"
    WAITING = "waiting"
    TURN = "turn"


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody waits for: places of one offer on these weekdays (Monday 0) and parts of the day. `wider` ones
    take any offer of the same kind and therapy."""

    offer_id: UUID
    days: frozenset[int] = frozenset(range(7))
    parts: frozenset[DayPart] = frozenset(DayPart)
    wider: bool = False


@dataclass(frozen=True, slots=True)
class Joined:
    """Somebody is on the list. `before`: they were already, so no new link is shown to whoever asked this time."""

    waiting_id: UUID
    token: str = field(repr=False)
    before: bool = False


@dataclass(frozen=True, slots=True)
class WaitingView:
    """A place on the list, as whoever has its link sees it: nothing about a child. `ahead` is how many come first."""

    id: UUID
    state: WaitingState
    offer: OfferView
    joined_at: datetime
    ahead: int
    days: frozenset[int]
    parts: frozenset[DayPart]
    offered_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class TurnView:
    """A place that is offered, as whoever has its link sees it: nothing about a child."""

    id: UUID
    state: TurnState
    offer: OfferView
    starts_at: datetime
    ends_at: datetime
    until: datetime
    still: bool


@dataclass(frozen=True)
class WaitingJoined(Fact):
    """Somebody joined a waiting list."""

    waiting_id: UUID
    offer_id: UUID


@dataclass(frozen=True)
class PlaceOffered(Fact):
    """A place is kept for whoever waited longest."""

    turn_id: UUID
    waiting_id: UUID
    sitting_id: UUID


@dataclass(frozen=True)
class TurnEnded(Fact):
    """A turn was taken, declined, lost, or ran out."""

    turn_id: UUID
    how: str

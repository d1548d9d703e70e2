"""The nouns of booking for a family that staff have just spoken with, with what is known of it already typed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from core.domain.errors import Conflict, FrontDoorError
from core.domain.facts import Fact

KEPT_FOR = timedelta(hours=2)
"""So long what is known of a family waits to be used."""
STILL_KEPT = timedelta(minutes=45)
"""And at least so long from the moment in which a place was held for them: longer than any hold."""


@dataclass(frozen=True, slots=True)
class KnownFamily:
    """What another room knows of a family. `subject_id` is its record of them and `occasion_id` what booking follows
    from (a call); `reference` is how colleagues name it, `way_back` the page it is on. `texts` is False where no text
    may be sent to the phone. `seen` answers whether we saw the child in the last 12 months, where that is known;
    `parent_knows` is True when the parent or carer agreed to it; False is not known."""

    subject_id: UUID
    occasion_id: UUID
    reference: str
    way_back: str
    child: Mapping[str, str] = field(default_factory=dict, repr=False)
    parent_name: str = field(default="", repr=False)
    email: str = field(default="", repr=False)
    phone: str = field(default="", repr=False)
    texts: bool = False
    parent_knows: bool = False
    seen: str = ""
    not_told: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Booker:
    """The member of staff who books: their name and work, and where to write to when they want to be told."""

    staff_id: UUID
    name: str = field(repr=False)
    role: str
    email: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class FamilyInset:
    """For whom a member of staff books in this browser, as its pages say it. `not_told` says who must not be
    told or contacted: the family's own words, and what other records of the child say."""

    id: UUID
    reference: str
    way_back: str
    until: datetime
    not_told: str = field(default="", repr=False)
    texts: bool = True


class OtherFamily(Conflict):
    """The page that was pressed on is about another family than the one this browser books for now, or about nobody."""


class TypedAlready(Conflict):
    """Somebody typed into a booking of this offer in this browser, not for this family; `hold_id` is where."""

    def __init__(self, hold_id: UUID) -> None:
        super().__init__("answers typed by hand")
        self.hold_id = hold_id


class FamilyOver(FrontDoorError):
    """What was known of a family is no longer kept in this browser: stopped, booked, or too long ago."""


@dataclass(frozen=True)
class BookedForFamily(Fact):
    """A member of staff booked for a family that another room (`subject_id`) knows, after `occasion_id`."""

    booking_id: UUID
    subject_id: UUID
    occasion_id: UUID
    staff_id: UUID

"""The nouns of the queue: how it may be looked at, and the bands of how long somebody has waited."""

from dataclasses import dataclass
from enum import StrEnum

# The filter for families whose postcode leads to no team.
OUTSIDE = "outside"
# The list of all areas together, known to the profile or not.
EVERY = ""


class View(StrEnum):
    """Which of the open referrals are shown. Each is an index of its own, so that none costs more than another."""

    ALL = "all"
    MINE = "mine"
    NOBODYS = "unassigned"
    FLAGGED = "flagged"
    ASKED = "waiting-for-information"
    OVERDUE = "overdue"


@dataclass(frozen=True, slots=True)
class Band:
    """Days waited, from `first` up to and with `last`; the last band has no end."""

    first: int
    last: int | None

    @property
    def words(self) -> str:
        return f"{self.first} to {self.last} days" if self.last is not None else "Over 52 weeks"


# As community health services report them (annex §3.3). Published, the last band is "over 365", which leaves day 365 in
# none: it is counted as over 52 weeks.
BANDS = (Band(0, 7), Band(8, 14), Band(15, 28), Band(29, 84), Band(85, 126), Band(127, 364), Band(365, None))

"""The nouns of the list of calls: which calls somebody wants to see, and where a page of them ends."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from uuid import UUID

from core.domain.identity import Discipline

_TICK = timedelta(microseconds=1)
_FIRST = datetime(1970, 1, 1, tzinfo=UTC)


class Whose(StrEnum):
    """Whose calls: the reader's own, or everybody's whose messages they may see."""

    MINE = "mine"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which calls are shown; a therapy shows everybody's calls of that therapy."""

    whose: Whose
    therapy: Discipline | None = None

    @property
    def word(self) -> str:
        """As it stands in the address."""
        return self.therapy or self.whose


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page ended. The next page is in the order of the moment `at`, so that nothing is passed over when a good
    time to call begins meanwhile."""

    at: datetime
    later: bool
    calm: bool
    due: datetime
    not_now: bool
    received: datetime
    id: UUID

    def __str__(self) -> str:
        told = (self.at, self.later, self.calm, self.due, self.not_now, self.received)
        return "_".join([*(str(_number(one)) for one in told), str(self.id)])


def place_from(text: str) -> Place:
    """The place that was written so. ValueError when it is none."""
    *numbers, message_id = text.split("_")
    at, later, calm, due, not_now, received = map(int, numbers)
    return Place(
        at=_instant(at),
        later=bool(later),
        calm=bool(calm),
        due=_instant(due),
        not_now=bool(not_now),
        received=_instant(received),
        id=UUID(message_id),
    )


def _number(told: datetime | bool) -> int:
    return (told - _FIRST) // _TICK if isinstance(told, datetime) else int(told)


def _instant(number: int) -> datetime:
    try:
        return _FIRST + number * _TICK
    except OverflowError:
        raise ValueError("not an instant") from None

"""Now, as something that can be handed over, so that rules never read a clock of their own.

Two kinds of time meet in the service. *Service time* decides what is due: it comes from a `Clock`, and
tests move it. *Liveness* (leases, heartbeats) asks whether a process is still there: it is measured by
PostgreSQL's own `clock_timestamp()` and never moved.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")


class Clock(Protocol):
    """Tells the time of the service."""

    def now(self) -> datetime:
        """The present instant, aware, in UTC."""
        ...


class SystemClock:
    """The time of the machine."""

    def now(self) -> datetime:
        return datetime.now(UTC)


@dataclass
class MovedClock:
    """A clock that stands still until it is moved; for tests and demonstrations."""

    instant: datetime

    def __post_init__(self) -> None:
        self.move_to(self.instant)

    def now(self) -> datetime:
        return self.instant

    def move_to(self, instant: datetime) -> None:
        # Kept in UTC: adding hours to a London datetime would move its wall clock, not time itself.
        self.instant = _known_instant(instant).astimezone(UTC)

    def move_on(self, **amount: float) -> None:
        self.instant += timedelta(**amount)


def in_london(instant: datetime) -> datetime:
    """The same instant as a wall clock in London shows it. ValueError without a time zone."""
    return _known_instant(instant).astimezone(LONDON)


def london_day(instant: datetime) -> date:
    """The date a calendar on a wall in London shows at this instant."""
    return in_london(instant).date()


def london(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
    """The instant at which London's clocks show this; the first of the two when an hour repeats."""
    return datetime(year, month, day, hour, minute, tzinfo=LONDON).astimezone(UTC)


def _known_instant(instant: datetime) -> datetime:
    # Python would read it in the machine's own time zone, which is London's on no server.
    if instant.tzinfo is None:
        raise ValueError("an instant needs a time zone")
    return instant

"""The days and hours the service works, in London. Instants come in and go out in UTC; days are plain dates.

A clock starts at once in hours, else at the next opening. "Within N working days" means by the close of the
Nth open day after the London date something arrived. A change of calendar gives a new `version`, so that
open deadlines can be found and counted again.
"""

import hashlib
import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property

import holidays

from core.domain.clock import LONDON, in_london, london_day

_A_YEAR = 366


def england_bank_holidays(years: range) -> dict[date, str]:
    """Bank holidays of England as the `holidays` package knows them, day → name."""
    return dict(holidays.country_holidays("GB", subdiv="ENG", years=years))


@dataclass(frozen=True)
class ServiceCalendar:
    """`hours`: weekday (Monday 0) → (opens, closes), wall time in London; a weekday left out is closed.
    `closed`: day → why, for bank holidays and the service's own closures alike."""

    hours: Mapping[int, tuple[time, time]]
    closed: Mapping[date, str] = field(default_factory=dict)

    @cached_property
    def version(self) -> str:
        """Short name of exactly these hours and closures."""
        told = repr((sorted(self.hours.items()), sorted(self.closed.items())))
        return hashlib.sha256(told.encode()).hexdigest()[:12]

    def is_open_on(self, day: date) -> bool:
        return day.weekday() in self.hours and day not in self.closed

    def opening(self, day: date) -> tuple[datetime, datetime]:
        """When the service opens and closes on this day, in UTC. KeyError on a day it is closed."""
        if day in self.closed:
            raise KeyError(day)
        opens, closes = self.hours[day.weekday()]
        return _at(day, opens), _at(day, closes)

    def is_open_at(self, instant: datetime) -> bool:
        day = london_day(instant)
        if not self.is_open_on(day):
            return False
        opens, closes = self.opening(day)
        return opens <= instant < closes

    def days_from(self, day: date) -> Iterator[date]:
        """Open days, this one first when it is one, without end. RuntimeError when a year holds none."""
        closed = 0
        while closed < _A_YEAR:
            if self.is_open_on(day):
                yield day
                closed = 0
            else:
                closed += 1
            day += timedelta(days=1)
        raise RuntimeError("the calendar has no open day for a year")

    def clock_start(self, received: datetime) -> datetime:
        """When a promise made for something received at this instant starts to count."""
        for day in self.days_from(london_day(received)):
            opens, closes = self.opening(day)
            if received < closes:
                return max(received, opens).astimezone(UTC)
        raise AssertionError("days_from never ends quietly")

    def due(self, received: datetime, days: int) -> tuple[date, datetime]:
        """The last day of a promise of `days` working days, and the instant the service closes on it.

        The day something arrives does not count, whatever the hour; a promise of 0 days is kept on the day
        its clock starts."""
        if days < 0:
            raise ValueError("a promise is of 0 days or more")
        if days == 0:
            day = london_day(self.clock_start(received))
        else:
            ahead = self.days_from(london_day(received) + timedelta(days=1))
            day = next(itertools.islice(ahead, days - 1, None))
        return day, self.opening(day)[1]

    def open_days_between(self, first: date, last: date) -> int:
        """Open days after `first` up to and including `last`."""
        return sum(self.is_open_on(first + timedelta(days=n)) for n in range(1, (last - first).days + 1))

    def working_time(self, start: datetime, end: datetime) -> timedelta:
        """Time within opening hours between two instants; none when they are the wrong way round."""
        # In UTC, because Python takes two London times from each other as a wall clock would.
        start, end = start.astimezone(UTC), end.astimezone(UTC)
        total, day = timedelta(), london_day(start)
        while day <= london_day(end):
            if self.is_open_on(day):
                opens, closes = self.opening(day)
                total += max(timedelta(), min(end, closes) - max(start, opens))
            day += timedelta(days=1)
        return total


def _at(day: date, wall: time) -> datetime:
    return datetime.combine(day, wall, tzinfo=LONDON).astimezone(UTC)


def spoken_date(day: date) -> str:
    """As people say it: Tuesday 1 December 2026."""
    return f"{day:%A} {day.day} {day:%B %Y}"


def spoken_time(instant: datetime) -> str:
    """As the NHS writes times, in London: 9am, 5:30pm, midday, midnight."""
    wall = in_london(instant)
    return spoken_wall_time(wall.time())


def spoken_wall_time(wall: time) -> str:
    if (wall.hour, wall.minute) in ((0, 0), (12, 0)):
        return "midday" if wall.hour else "midnight"
    minutes = f":{wall.minute:02d}" if wall.minute else ""
    return f"{(wall.hour - 1) % 12 + 1}{minutes}{'am' if wall.hour < 12 else 'pm'}"


def spoken_instant(instant: datetime) -> str:
    """Tuesday 1 December 2026 at 9:30am, in London."""
    return f"{spoken_date(london_day(instant))} at {spoken_time(instant)}"

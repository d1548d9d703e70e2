"""The figures of a stretch of days: what is shown of them, and what is not because it would tell of single families.

Pure. A count from 1 to 4 is never shown, nor anything made from it; and where that would leave a gap that the sum
betrays, the next smallest is left out, too.
"""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

LEAST = 5
FEW = "fewer than 5"
HIDDEN = "not shown"


@dataclass(frozen=True, slots=True)
class Measured:
    """One group of messages as the database counted them. `counted` were called, or should have been by now;
    `in_time` of them by the promised moment. `called` were rung at least once, `reached` of them spoken with; `calls`
    were made, `talks` of them with somebody there."""

    name: str
    messages: int
    counted: int
    in_time: int
    hours: float | None
    called: int
    reached: int
    calls: int
    talks: int


@dataclass(frozen=True, slots=True)
class Shown:
    """A group as people may see it: words, and percentages for the bars (None where nothing may be shown)."""

    name: str
    messages: str
    in_time: str
    hours: str
    tries: str
    reach: str
    in_time_percent: int | None
    reach_percent: int | None


@dataclass(frozen=True, slots=True)
class Open:
    """The working time of the service as the database can look it up: one entry a day, with the seconds worked before
    it. Closed days open and close at midnight."""

    days: tuple[date, ...]
    opens: tuple[float, ...]
    seconds: tuple[int, ...]
    before: tuple[int, ...]


def shown(whole: Measured, groups: Sequence[Measured]) -> tuple[Shown, list[Shown]]:
    """The whole, and its groups."""
    hidden = _hidden(groups)
    return _shown(whole, hide=0 < whole.messages < LEAST), [_shown(one, hide=one.name in hidden) for one in groups]


def _hidden(groups: Iterable[Measured]) -> set[str]:
    """The groups that are too small, and one more when only one of them is."""
    there = sorted((one for one in groups if one.messages), key=lambda one: (one.messages, one.name))
    small = {one.name for one in there if one.messages < LEAST}
    return {one.name for one in there[:2]} if len(small) == 1 else small


def _shown(one: Measured, *, hide: bool) -> Shown:
    if hide:
        messages = FEW if one.messages < LEAST else HIDDEN
        return Shown(one.name, messages, HIDDEN, HIDDEN, HIDDEN, HIDDEN, None, None)
    in_time, reach = _percent(one.in_time, one.counted), _percent(one.reached, one.called)
    return Shown(
        one.name, str(one.messages), _with_percent(in_time), _hours(one),
        _tries(one), _with_percent(reach), in_time, reach,
    )  # fmt: skip


def _percent(part: int, whole: int) -> int | None:
    return round(100 * part / whole) if whole >= LEAST else None


def _with_percent(percent: int | None) -> str:
    return HIDDEN if percent is None else f"{percent}%"


def _hours(one: Measured) -> str:
    if one.hours is None or one.called < LEAST:
        return HIDDEN
    return f"{one.hours:.1f}"


def _tries(one: Measured) -> str:
    """Calls for each time somebody was there."""
    return f"{one.calls / one.talks:.1f}" if one.talks >= LEAST else HIDDEN


_COLUMNS = (
    "Group", "Messages", "Called back in time", "Median working hours to first call", "Calls for each contact",
    "Families reached",
)  # fmt: skip


def as_csv(first: date, last: date, parts: Sequence[tuple[str, Sequence[Shown]]]) -> bytes:
    """What is shown, for a spreadsheet. Names are the profile's own; nothing anybody typed stands in it."""
    written = io.StringIO()
    table = csv.writer(written)
    table.writerow(["From", first.isoformat(), "to", last.isoformat()])
    for title, rows in parts:
        table.writerow([])
        table.writerow([title])
        table.writerow(_COLUMNS)
        table.writerows([one.name, one.messages, one.in_time, one.hours, one.tries, one.reach] for one in rows)
    return written.getvalue().encode("utf-8-sig")


def usual_period(today: date) -> tuple[date, date]:
    """The last twelve weeks, up to yesterday."""
    return today - timedelta(weeks=12), today - timedelta(days=1)

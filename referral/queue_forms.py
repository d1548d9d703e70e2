"""The filters of the queue, as its address says them. Nothing about a person ever stands there."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from urllib.parse import urlencode
from uuid import UUID

from core.domain.identity import Discipline
from referral.queue_words import OUTSIDE, View
from referral.views import QueueLine, Wanted
from referral.words import RequestState

_LATEST = date.max.toordinal()


def wanted(asked: Mapping[str, str], areas: Collection[str] = ()) -> Wanted:
    """What an address asks for. What cannot be read is left out: a filter refuses nobody."""
    discipline, state, view = asked.get("discipline", ""), asked.get("state", ""), asked.get("view", "")
    area = asked.get("area", "")
    return Wanted(
        discipline=Discipline(discipline) if discipline in set(Discipline) else None,
        state=RequestState(state) if state in set(RequestState) else None,
        after=_read_mark(asked.get("after", "")),
        area=area if area in {*areas, OUTSIDE} else "",
        view=View(view) if view in set(View) else View.ALL,
    )


def address(path: str, wanted: Wanted, after: str = "", **changed: object) -> str:
    """Where this is shown; `changed` names filters that differ."""
    wanted = replace(wanted, **changed)  # type: ignore[arg-type]
    told = {
        "view": wanted.view if wanted.view is not View.ALL else "",
        "discipline": wanted.discipline,
        "area": wanted.area,
        "state": wanted.state,
        "after": after,
    }
    query = urlencode({name: str(value) for name, value in told.items() if value})
    return f"{path}?{query}" if query else path


def mark(line: QueueLine, view: View = View.ALL) -> str:
    """Where a page ended whose last line this is, for the address of the next."""
    first = line.pressing or 0
    if view is View.OVERDUE and line.asked_until:
        first = line.asked_until.toordinal()
    return f"{first}-{line.received_at.astimezone(UTC):%Y%m%dT%H%M%S%f}-{line.id.hex}"


def _read_mark(text: str) -> tuple[int, datetime, UUID] | None:
    first, _, rest = text.partition("-")
    moment, _, key = rest.partition("-")
    try:
        received_at = datetime.strptime(moment, "%Y%m%dT%H%M%S%f").replace(tzinfo=UTC)
        number = int(first) if first.isascii() and first.isdecimal() and len(first) < 9 else -1
        return (number, received_at, UUID(hex=key)) if 0 <= number <= _LATEST else None
    except ValueError:
        return None

"""What the address of a list says: which times are looked for, and where the page before ended."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from booking.clinic_words import LANGUAGES
from booking.waiting_words import DayPart
from booking.words import OfferKind, Wanted
from core.domain.clock import LONDON
from core.domain.identity import Discipline

# Hours of a London day, from the first and before the second.
HOURS = {DayPart.MORNING: (0, 12), DayPart.AFTERNOON: (12, 17), DayPart.EVENING: (17, 24)}


def wanted(asked: Mapping[str, str], kinds: tuple[OfferKind, ...]) -> Wanted:
    """The filter of a list as its address says it. What cannot be read is left out: a filter refuses nobody."""
    day = read_day(asked.get("day", ""))
    known = {discipline.value for discipline in Discipline}
    discipline, language, part = (asked.get(name, "") for name in ("discipline", "language", "time"))
    return Wanted(
        kinds=kinds,
        discipline=Discipline(discipline) if discipline in known else None,
        since=_midnight(day) if day else None,
        before=_midnight(day + timedelta(days=1)) if day else None,
        after=read_mark(asked.get("after", "")),
        topic=asked.get("topic") or None,
        language=language if language in LANGUAGES else None,
        hours=HOURS[DayPart(part)] if part in set(DayPart) else None,
    )


def mark(starts_at: datetime, sitting_id: UUID) -> str:
    """Where a page of a list ended, for the address of the next."""
    return f"{starts_at:%Y%m%dT%H%M%S}-{sitting_id.hex}"


def read_mark(text: str) -> tuple[datetime, UUID] | None:
    """What `mark` wrote; None for anything else."""
    moment, _, key = text.partition("-")
    try:
        return datetime.strptime(moment, "%Y%m%dT%H%M%S").replace(tzinfo=UTC), UUID(hex=key)
    except ValueError:
        return None


def read_day(text: str) -> date | None:
    """A day of an address; None for anything else."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if 2000 <= day.year < 3000 else None


def read_id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=LONDON).astimezone(UTC)

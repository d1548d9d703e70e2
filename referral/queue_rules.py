"""How long somebody has waited, and on whose lists they are. The clock starts on the day a referral is received and
never pauses."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta

from core.domain.clock import LONDON, london_day
from referral.queue_words import BANDS, EVERY, OUTSIDE, Band


def days_waiting(received_at: datetime, now: datetime) -> int:
    """Whole days on London's calendar."""
    return (london_day(now) - london_day(received_at)).days


def band_of(days: int) -> Band:
    """The band these days fall into; exactly one, whatever they are."""
    return next((band for band in reversed(BANDS) if days >= band.first), BANDS[0])


def received_within(band: Band, today: date) -> tuple[datetime | None, datetime]:
    """(from when, before when) what is in this band today was received; the longest wait has no beginning."""
    before = _begins(today - timedelta(days=band.first - 1))
    return (None if band.last is None else _begins(today - timedelta(days=band.last))), before


def _begins(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=LONDON).astimezone(UTC)


def is_late(target_on: date, today: date) -> bool:
    """True from the day after the last day of the target."""
    return today > target_on


def lists_of(team: str | None, area_ids: Iterable[str]) -> list[str]:
    """The areas whose list shows a request. While no team has it, each that the family's postcode leads to is one."""
    return [EVERY, team] if team else [EVERY, *(sorted(set(area_ids)) or [OUTSIDE])]


def list_name(discipline: str, area: str) -> str:
    """What a list of one therapy in one area is called where another list says who may see what stands there."""
    return f"{discipline} {area}"

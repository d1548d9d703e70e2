"""The filters above a list of times, as selects; and the address of the same list further on."""

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode

from booking.addresses import HOURS, mark
from booking.clinic_words import LANGUAGES
from booking.waiting_words import DayPart
from booking.words import OfferView, SittingView, Wanted

_PARTS = {
    DayPart.MORNING: "Morning",
    DayPart.AFTERNOON: "Afternoon, midday to 5pm",
    DayPart.EVENING: "Evening, after 5pm",
}
FILTERS = ("discipline", "topic", "language", "day", "time")


def topics(offers: Iterable[OfferView], chosen: str | None) -> list[dict[str, Any]]:
    """What the sessions are about; nothing to choose from when there is one topic or none."""
    return _select("Any topic", {topic: topic for topic in sorted({o.topic for o in offers if o.topic})}, chosen)


def languages(offers: Iterable[OfferView], chosen: str | None) -> list[dict[str, Any]]:
    """The languages something is offered in."""
    spoken = {offer.language for offer in offers}
    return _select("Any language", {code: name for code, name in LANGUAGES.items() if code in spoken}, chosen)


def times(wanted: Wanted) -> list[dict[str, Any]]:
    chosen = next((part for part, hours in HOURS.items() if hours == wanted.hours), None)
    return _select("Any time", {part.value: words for part, words in _PARTS.items()}, chosen)


def _select(everything: str, items: dict[str, str], chosen: str | None) -> list[dict[str, Any]]:
    if len(items) < 2:
        return []
    known = [{"value": value, "text": text, "selected": value == chosen} for value, text in items.items()]
    return [{"value": "", "text": everything}, *known]


def asked_again(asked: Any, *without: str) -> str:
    """The filters in force, as the end of an address, without those named."""
    return urlencode({name: asked[name] for name in FILTERS if asked.get(name) and name not in without})


def further(asked: Any, found: list[SittingView], most: int) -> str:
    """The end of the address of the next page; empty when this is the last."""
    if len(found) <= most:
        return ""
    last = found[most - 1]
    kept = asked_again(asked)
    return f"{kept}&after={mark(last.starts_at, last.id)}" if kept else f"after={mark(last.starts_at, last.id)}"

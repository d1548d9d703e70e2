"""Every message with invented words in its gaps: for staff to read before a family does."""

import json
from functools import lru_cache

from core.domain.errors import NotFound
from notifications import wording
from notifications.words import Channel, Rendered


@lru_cache(maxsize=1)
def names() -> tuple[str, ...]:
    """The templates of the house, in the order of the alphabet."""
    return tuple(sorted(path.parent.name for path in wording.TEMPLATES.glob("*/sample.json")))


def sample_words(template: str) -> dict[str, str]:
    """An invented word for each gap. NotFound."""
    if template not in names():
        raise NotFound("no such template")
    words: dict[str, str] = json.loads((wording.TEMPLATES / template / "sample.json").read_text(encoding="utf-8"))
    return words


def preview(template: str, channel: Channel, language: str = wording.ENGLISH, *, easy_read: bool = False) -> Rendered:
    """The message as a family would read it. NotFound."""
    return wording.render(template, channel, sample_words(template), language, easy_read=easy_read)


def has_easy_read(template: str) -> bool:
    return bool(wording.source(template, "easy.txt"))


def test_purpose(template: str) -> str:
    """What a test message is sent for: a purpose of its own, so that stopping one does not stop the other."""
    return f"test-{template}"[:60]

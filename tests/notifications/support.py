"""A message template that exists in tests only, and something to say with it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from core.domain.ids import new_id
from core.storage.session import Database
from core.web.house import House
from notifications import wording
from notifications.api import NO_CHILD, Channel, Recipient, send_message

WORDS = {"reference": "K7MA-4QXA", "parent_name": "Ann", "link": "https://testserver/bookings/x"}
ADDRESS = Recipient(Channel.EMAIL, "parent@example.org")

FILES = {
    "subject.txt": "Your booking {{ reference }}",
    "body.txt": "Dear parent or carer,\n\nFor {{ parent_name }}: {{ link }}\n",
    "text.txt": "Your booking {{ reference }}: {{ link }}",
}


def write_template(folder: Path, name: str, **files: str) -> None:
    (folder / name).mkdir()
    for file, words in files.items():
        (folder / name / f"{file}.txt").write_text(words, encoding="utf-8")


def use_templates(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Messages take their words from `folder` in this test."""
    monkeypatch.setattr(wording, "TEMPLATES", folder)
    forget()


def forget() -> None:
    """Templates are kept once read."""
    wording.placeholders.cache_clear()
    wording.source.cache_clear()


def made(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The template "made-up" for one test."""
    write_template(folder, "made-up", **{name.removesuffix(".txt"): words for name, words in FILES.items()})
    use_templates(folder, monkeypatch)
    yield
    forget()


async def say(db: Database, house: House, **changes: Any) -> UUID:
    """One message, as a feature would send it."""
    given: dict[str, Any] = {
        "template": "made-up",
        "to": ADDRESS,
        "purpose": "booking-confirmed",
        "subject_id": new_id(),
        "occasion": "1",
        "words": WORDS,
        "child": NO_CHILD,
        "now": house.clock.now(),
    }
    async with db.transaction() as session:
        return await send_message(session, **(given | changes))

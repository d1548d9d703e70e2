"""The nouns of the advice we give: a text, and a version of it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from core.domain.errors import Conflict
from core.domain.identity import Discipline

LONGEST_TITLE = 80
LONGEST_BODY = 1200
LONGEST_LINK = 300


@dataclass(frozen=True, slots=True)
class Text:
    """What a family reads: a title, a few sentences, and perhaps a page to read on."""

    title: str
    body: str
    link: str | None = None

    @property
    def lines(self) -> tuple[str, ...]:
        """As it stands in a message; the page to read on stands beneath."""
        return (self.title, *self.body.splitlines())


@dataclass(frozen=True, slots=True)
class Snippet:
    """A text in the version that is in use; `version` says which."""

    id: UUID
    version: int
    discipline: Discipline | None
    text: Text
    retired: bool


@dataclass(frozen=True, slots=True)
class Version:
    """A text as it was from `at` on."""

    version: int
    text: Text
    at: datetime
    by: UUID


class Rewritten(Conflict):
    """A colleague saved a newer version since this one was opened."""

"""The nouns of the audit trail."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID


class Shown(StrEnum):
    """Which entries are looked for."""

    ALL = "all"
    VIEWS = "views"
    CHANGES = "changes"


class Fault(StrEnum):
    """What is wrong at one place of the chain."""

    CHANGED = "the entry, its place or its seal was changed"
    REMOVED = "an entry that was sealed is gone"
    GAP = "a link of the chain is gone"
    INSERTED = "an entry was put in without waiting for its seal"
    CUT = "the chain is shorter than the head that was noted"
    REWRITTEN = "the chain is not the one whose head was noted"


@dataclass(frozen=True, slots=True)
class Entry:
    """One act, as the trail keeps it."""

    id: UUID
    at: datetime
    actor: str
    action: str
    subject: str
    subject_id: UUID
    detail: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Head:
    """The end of the chain. Noted elsewhere, it proves later that nothing before it was changed or cut off."""

    position: int
    hash: bytes

    def __str__(self) -> str:
        return f"{self.position}:{self.hash.hex()}"


@dataclass(frozen=True, slots=True)
class Found:
    """A fault at a position of the chain; 0 for an entry that has none."""

    fault: Fault
    position: int
    entry_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for. `records` are (subject, id): None is everything, empty is nothing."""

    records: frozenset[tuple[str, UUID]] | None = None
    actor: str = ""
    since: datetime | None = None
    until: datetime | None = None
    shown: Shown = Shown.ALL
    after: tuple[datetime, UUID] | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """An entry in words. `who` names a colleague, so it stays out of `repr`."""

    at: datetime
    who: str = field(repr=False)
    what: str
    record: str
    record_id: UUID
    why: str = field(repr=False)
    more: str

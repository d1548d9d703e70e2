"""The nouns of watching over the service."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class Part(StrEnum):
    """What must be well for the service to be ready."""

    DATABASE = "database"
    MIGRATIONS = "migrations"
    REDIS = "redis"
    WORKER = "worker"
    AUDITOR = "auditor"


@dataclass(frozen=True, slots=True)
class Finding:
    """One promise that was checked, and how many things break it; 0 is well."""

    name: str
    broken: int


@dataclass(frozen=True, slots=True)
class Health:
    """Which parts are well."""

    parts: dict[Part, bool]

    @property
    def is_ready(self) -> bool:
        return all(self.parts.values())


@dataclass(frozen=True, slots=True)
class DeadTask:
    """Work that was given up after its last try and now needs a person."""

    id: UUID
    kind: str
    dead_at: datetime
    attempts: int
    last_error: str


@dataclass(frozen=True, slots=True)
class QueueFigures:
    """The queue at one moment; `oldest_due_seconds` is how long the most overdue task has waited."""

    due: int
    waiting: int
    dead: int
    oldest_due_seconds: float

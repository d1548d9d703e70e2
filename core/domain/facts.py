"""What has happened, told upwards. A fact holds ids and plain words only, never personal data.

A feature writes a fact to the outbox in the transaction that made it true; `workers/reactions.py` says what
happens next. Facts are kept, so their names and fields are a promise: add fields with defaults, never rename.
"""

from dataclasses import asdict, dataclass, fields
from typing import Any, ClassVar, get_type_hints
from uuid import UUID


@dataclass(frozen=True)
class Fact:
    """Something that is now true. Subclasses are frozen dataclasses of UUIDs, strings, numbers and None."""

    known: ClassVar[dict[str, type["Fact"]]] = {}

    def __init_subclass__(cls) -> None:
        # The outbox keeps the name alone, so no two may share one. (A dataclass with slots is made twice.)
        earlier = Fact.known.get(cls.__name__, cls)
        if (earlier.__module__, earlier.__qualname__) != (cls.__module__, cls.__qualname__):
            raise TypeError(f"two facts are called {cls.__name__}")
        Fact.known[cls.__name__] = cls

    def payload(self) -> dict[str, Any]:
        """The fields as JSON can hold them."""
        told = asdict(self).items()
        return {name: str(value) if isinstance(value, UUID) else value for name, value in told}

    @classmethod
    def restore(cls, name: str, payload: dict[str, Any]) -> "Fact":
        """The fact that `payload()` was taken from. KeyError when no such fact is known to this version."""
        kind = cls.known[name]
        types = get_type_hints(kind)
        uuids = {field.name for field in fields(kind) if types[field.name] in (UUID, UUID | None)}
        return kind(**{k: UUID(v) if k in uuids and v is not None else v for k, v in payload.items()})

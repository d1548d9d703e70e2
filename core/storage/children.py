"""How a child is found again in every room without anybody's name: by keyed hashes."""

from dataclasses import dataclass
from datetime import date
from typing import Protocol
from uuid import UUID

from core.domain.names import surname_and_birth
from core.storage.columns import keys
from core.storage.session import Session


@dataclass(frozen=True, slots=True)
class ChildKeys:
    """What finds one child: `nhs` are hashes of NHS numbers, `named` of surname and date of birth. Twins share the
    second kind, so what is found by it alone may be about a brother or sister."""

    nhs: frozenset[bytes] = frozenset()
    named: frozenset[bytes] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.nhs or self.named)

    def __or__(self, other: "ChildKeys") -> "ChildKeys":
        return ChildKeys(self.nhs | other.nhs, self.named | other.named)

    def meets(self, other: "ChildKeys") -> bool:
        """True when both have a hash in common."""
        return not (self.nhs.isdisjoint(other.nhs) and self.named.isdisjoint(other.named))


@dataclass(frozen=True, slots=True)
class ChildRecord:
    """A record about a child: its `kind` is the subject of its audit entries."""

    kind: str
    id: UUID
    keys: ChildKeys


class ChildRecords(Protocol):
    """One room's records about a child, or the one with a reference. Two queries at most, whatever it holds."""

    async def __call__(self, session: Session, wanted: ChildKeys, reference: str = "") -> list[ChildRecord]: ...


def keys_of(nhs: bytes | None = None, named: bytes | None = None) -> ChildKeys:
    """From the hashes as a row keeps them."""
    return ChildKeys(frozenset(filter(None, [nhs])), frozenset(filter(None, [named])))


def keys_from(nhs_number: str = "", last: str = "", born: date | None = None) -> ChildKeys:
    """From what a person typed. A surname without a date of birth, or the other way round, finds nobody."""
    nhs = keys().fingerprint("nhs-number", nhs_number) if nhs_number else None
    named = keys().fingerprint("surname-dob", surname_and_birth(last, born)) if last and born else None
    return keys_of(nhs, named)

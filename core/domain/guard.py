"""Who must not be contacted about a child, or told where the child lives."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Guard:
    """What staff read on every page about the child. `barred` are keyed hashes of the phones and emails never used."""

    words: tuple[str, ...] = field(default=(), repr=False)
    hides_address: bool = False
    barred: frozenset[bytes] = field(default=frozenset(), repr=False)

    def __bool__(self) -> bool:
        return bool(self.words or self.barred or self.hides_address)


NO_GUARD = Guard()

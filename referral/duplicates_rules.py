"""When two referrals may be about one child. Pure. What is alike is shown to a person; nothing is ever joined by it."""

import re
from itertools import product

from rapidfuzz import fuzz

from core.domain.names import plain_name
from referral.duplicates_words import Alike
from referral.words import Child

# Out of 100. Low on purpose: a name too many on the page costs a look, a name too few a second therapist.
CLOSE = 73
_BETWEEN = re.compile(r"[\s\-‐-―]+")


def alike(one: Child, other: Child) -> Alike | None:
    """Why these may be one child; None when nothing says so. Children born on different days are alike only by their
    NHS number; twins are alike by name and birth, and a person tells them apart."""
    if one.nhs_number and one.nhs_number == other.nhs_number:
        return Alike.NHS_NUMBER
    if one.born != other.born:
        return None
    if plain_name(one.last) == plain_name(other.last):
        return Alike.NAME_AND_BIRTH
    return Alike.CLOSE_SPELLING if likeness(one, other) >= CLOSE else None


def likeness(one: Child, other: Child) -> float:
    """How much two names are alike, in whatever order they were typed; of a double-barrelled last name also each half
    alone."""
    return max(fuzz.token_sort_ratio(mine, theirs) for mine, theirs in product(_spellings(one), _spellings(other)))


def _spellings(child: Child) -> list[str]:
    first, last = _parts(child.first), _parts(child.last)
    return [" ".join([*first, *each]) for each in (last, *([part] for part in last[:3] if len(last) > 1))]


def _parts(name: str) -> list[str]:
    return [part for part in map(plain_name, _BETWEEN.split(name)) if part]

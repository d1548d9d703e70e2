"""Who had more of the calls of late, and who less. Pure.

Counted by the calls the rota had room for, so that half a week of duty is not taken for half the zeal. Without it the
same therapist would be the cheapest again and again.
"""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from uuid import UUID

from advice_line.problem import Lately

WEEKS = timedelta(weeks=4)


def lately(calls: Mapping[UUID, int], slots: Mapping[UUID, int], here: Iterable[UUID]) -> dict[UUID, Lately]:
    """For each of those here who had duty in these weeks: what they made of it, and what all of them did together.
    Nothing while nobody has called."""
    known = [one for one in here if slots.get(one)]
    if not any(calls.get(one) for one in known):
        return {}
    team = _in_a_hundred(sum(calls.get(one, 0) for one in known), sum(slots[one] for one in known))
    return {one: Lately(_in_a_hundred(calls.get(one, 0), slots[one]), team) for one in known}


def dearer_by(found: Lately | None, most: int) -> int:
    """What a call costs more with somebody, from 0 to `most`: half of it for whoever had as many as the others, and for
    somebody new."""
    if found is None or not found.team:
        return most // 2
    return min(most, most * found.own // (2 * found.team))


def _in_a_hundred(calls: int, slots: int) -> int:
    return round(100 * calls / slots)

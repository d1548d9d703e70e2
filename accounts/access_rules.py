"""Why somebody may see a child's record, and what happens when there is no reason but it must be opened."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from core.domain.errors import NotAllowed, NotFound
from core.domain.facts import Fact
from core.domain.guard import NO_GUARD, Guard
from core.domain.identity import Actor, Reason, Right

# Long enough for a call and its notes; a child who is still at risk then is worth a second reason.
OPEN_FOR = timedelta(minutes=60)
SHORTEST_WHY, LONGEST_WHY = 15, 1000

# Where each kind of record is read. Only these can be opened in an emergency.
WHERE: Mapping[str, str] = {
    "referral": "/staff/triage/{id}",
    "advice-message": "/staff/callbacks/{id}",
    "booking": "/staff/clinics/bookings/{id}",
}


@dataclass(frozen=True, slots=True)
class Opened:
    """A record that may be shown. `until` is set when it was opened in an emergency, `guard` says who must not be
    contacted or told about the child: the page says both (`components/opened.html`)."""

    reason: Reason
    until: datetime | None = None
    guard: Guard = NO_GUARD


@dataclass(frozen=True)
class RecordOpenedWithoutReason(Fact):
    """Somebody opened a child's record in an emergency; information governance looks at each."""

    opening_id: UUID
    staff_id: UUID


def where(kind: str, record_id: UUID) -> str:
    """The page a record is read on. NotFound for a kind that nobody reads."""
    if kind not in WHERE:
        raise NotFound("no such kind of record")
    return WHERE[kind].format(id=record_id)


def is_open(until: datetime, now: datetime) -> bool:
    """An opening ends by itself, to the second."""
    return now < until


def check_may_break_glass(actor: Actor) -> None:
    """Raises NotAllowed."""
    if not actor.may(Right.BREAK_GLASS):
        raise NotAllowed("right to break glass")


def check_why(typed: str) -> str:
    """Some words, not a dot. ValueError with words for the person."""
    if len(typed.strip()) < SHORTEST_WHY:
        raise ValueError(f"Your reason must be {SHORTEST_WHY} characters or more: say what is happening")
    return typed.strip()

"""Whether, when and by what way somebody may be written to. Pure: `now` is given."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from core.domain.clock import LONDON, in_london
from notifications.words import Channel, Recipient, Wishes

QUIET_FROM = time(20)
QUIET_UNTIL = time(8)


@dataclass(frozen=True, slots=True)
class Way:
    """How a message goes; no recipient when it must not go at all. `why` is for staff: no personal data."""

    to: Recipient | None
    why: str = ""


def may_leave_at(now: datetime, channel: Channel, *, urgent: bool, answers: bool) -> datetime:
    """When a message written now may leave, UTC. Nobody's phone rings between 20:00 and 08:00 in London unless it is
    urgent, or `answers` what the person did themselves a moment ago: whoever books at night wants to see it worked.
    A letter rings nowhere."""
    wall = in_london(now)
    is_quiet = wall.time() >= QUIET_FROM or wall.time() < QUIET_UNTIL
    if not is_quiet or urgent or answers or channel is Channel.LETTER:
        return now
    day = wall.date() + timedelta(days=1) if wall.time() >= QUIET_FROM else wall.date()
    return datetime.combine(day, QUIET_UNTIL, tzinfo=LONDON).astimezone(UTC)


def way_to(to: Recipient, wishes: Wishes, others: tuple[Recipient, ...] = ()) -> Way:
    """How to reach somebody who has wishes: never who must not be contacted, no text to who wants none; the first of
    the `others` instead."""
    if wishes.never:
        return Way(None, "must not be contacted")
    if to.channel is Channel.TEXT and wishes.no_texts:
        other = next((one for one in others if one.channel is not Channel.TEXT), None)
        return Way(other, "" if other else "wants no texts")
    return Way(to)

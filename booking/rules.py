"""Decisions about times, places and bookings. Pure: `now` is given."""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum

from booking.words import BookingState, Pattern, PlaceState
from core.domain.calendar import ServiceCalendar
from core.domain.clock import LONDON
from core.domain.errors import NotPossible

JOIN_BEFORE = timedelta(minutes=15)


class PlaceStep(StrEnum):
    """What can be done with one seat."""

    HOLD = "hold"
    LET_GO = "let go"
    OFFER = "offer"
    BOOK = "book"
    RELEASE = "release"
    WITHDRAW = "withdraw"


class BookingStep(StrEnum):
    MOVE = "move"
    CANCEL = "cancel"


# Each is one UPDATE of the place's own row. What ran out, held or offered, is taken anew as it stands.
PLACE_STEPS: Mapping[tuple[PlaceState, PlaceStep], PlaceState] = {
    (PlaceState.FREE, PlaceStep.HOLD): PlaceState.HELD,
    (PlaceState.FREE, PlaceStep.OFFER): PlaceState.OFFERED,
    (PlaceState.FREE, PlaceStep.BOOK): PlaceState.BOOKED,
    (PlaceState.FREE, PlaceStep.WITHDRAW): PlaceState.WITHDRAWN,
    (PlaceState.HELD, PlaceStep.HOLD): PlaceState.HELD,
    (PlaceState.HELD, PlaceStep.OFFER): PlaceState.OFFERED,
    (PlaceState.HELD, PlaceStep.LET_GO): PlaceState.FREE,
    (PlaceState.HELD, PlaceStep.BOOK): PlaceState.BOOKED,
    (PlaceState.HELD, PlaceStep.WITHDRAW): PlaceState.WITHDRAWN,
    (PlaceState.OFFERED, PlaceStep.HOLD): PlaceState.HELD,
    (PlaceState.OFFERED, PlaceStep.LET_GO): PlaceState.FREE,
    (PlaceState.OFFERED, PlaceStep.BOOK): PlaceState.BOOKED,
    (PlaceState.OFFERED, PlaceStep.WITHDRAW): PlaceState.WITHDRAWN,
    (PlaceState.BOOKED, PlaceStep.RELEASE): PlaceState.FREE,
    (PlaceState.BOOKED, PlaceStep.WITHDRAW): PlaceState.WITHDRAWN,
}

BOOKING_STEPS: Mapping[tuple[BookingState, BookingStep], BookingState] = {
    (BookingState.BOOKED, BookingStep.MOVE): BookingState.BOOKED,
    (BookingState.BOOKED, BookingStep.CANCEL): BookingState.CANCELLED,
}


def booking_after(state: BookingState, step: BookingStep, starts_at: datetime, now: datetime) -> BookingState:
    """The state a family's step leads to. NotPossible once the sitting has begun, or from a state without that step."""
    following = BOOKING_STEPS.get((state, step))
    if following is None or now >= starts_at:
        raise NotPossible(f"{step} from {state}")
    return following


def may_change(state: BookingState, starts_at: datetime, now: datetime) -> bool:
    """True while the family may still move or cancel."""
    return state is BookingState.BOOKED and now < starts_at


def may_join(state: BookingState, starts_at: datetime, ends_at: datetime, now: datetime) -> bool:
    """True from 15 minutes before the start until the end."""
    return state is BookingState.BOOKED and starts_at - JOIN_BEFORE <= now < ends_at


def lay_out(
    pattern: Pattern, calendar: ServiceCalendar, first_day: date, last_day: date
) -> list[tuple[datetime, datetime]]:
    """Start and end, in UTC, of every sitting of a pattern from `first_day` to `last_day`, both included.

    09:00 is nine o'clock on London's clocks on either side of a change. Bank holidays and closures leave none;
    weekends and evenings are not closures: a session may be held then."""
    days = _days(max(first_day, pattern.first), min(last_day, pattern.last or last_day))
    open_days = (day for day in days if day.weekday() == pattern.weekday and day not in calendar.closed)
    return [sitting for day in open_days for sitting in _one_after_the_other(pattern, day)]


def _days(first: date, last: date) -> Iterator[date]:
    for ahead in range((last - first).days + 1):
        yield first + timedelta(days=ahead)


def _one_after_the_other(pattern: Pattern, day: date) -> Iterator[tuple[datetime, datetime]]:
    # Stepped in UTC: a session across the night of a change neither overlaps itself nor has sittings of no length.
    start, closes = _instant(day, pattern.opens), _instant(day, pattern.closes)
    length, gap = timedelta(minutes=pattern.minutes), timedelta(minutes=pattern.gap)
    while start + length <= closes:
        yield start, start + length
        start += length + gap


def _instant(day: date, wall: time) -> datetime:
    return datetime.combine(day, wall, tzinfo=LONDON).astimezone(UTC)

"""The day the confirmation names, across Christmas, bank holidays and both clock changes.

The days England is closed are written here as gov.uk tells them, and the promise is counted once more from those, in
plain days: nothing here asks the service's own calendar.
"""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advice_line.family_words import promise_words
from advice_line.rules import promise
from advice_line.words import Sign, Urgency
from core.domain.clock import LONDON, london
from core.storage.session import Session
from tests.advice_line.support import leave, profile

BANK_HOLIDAYS = frozenset(
    map(
        date.fromisoformat,
        (
            "2026-08-31", "2026-12-25", "2026-12-28", "2027-01-01", "2027-03-26", "2027-03-29", "2027-05-03",
            "2027-05-31", "2027-08-30", "2027-12-27", "2027-12-28",
        ),
    )
)  # fmt: skip
FIRST, MINUTES = datetime(2026, 9, 1, tzinfo=UTC), 480 * 24 * 60
INSTANTS = st.integers(0, MINUTES).map(lambda minutes: FIRST + timedelta(minutes=minutes))


def open_on(day: date) -> bool:
    return day.weekday() < 5 and day not in BANK_HOLIDAYS


def next_open(day: date) -> date:
    while not open_on(day):
        day += timedelta(days=1)
    return day


def closes(day: date) -> datetime:
    return datetime.combine(day, time(16, 30) if day.weekday() == 4 else time(17, 30), tzinfo=LONDON)


def expected(received: datetime, urgency: Urgency) -> date:
    """Routine: the next working day after the day it came. Urgent: the same day while we are open, else the next."""
    today = received.astimezone(LONDON).date()
    may_be_today = urgency is Urgency.URGENT and open_on(today) and received < closes(today)
    return today if may_be_today else next_open(today + timedelta(days=1))


@given(INSTANTS, st.sampled_from(Urgency))
def test_every_minute_of_sixteen_months_is_promised_the_day_a_person_would_count(
    received: datetime, urgency: Urgency
) -> None:
    promised = promise(profile.calendar, profile.advice.due_days, received, urgency)
    assert promised.due_on == expected(received, urgency)
    assert promised.due_at == closes(promised.due_on)


@pytest.mark.parametrize(
    ("received", "routine", "urgent"),
    [
        # Christmas 2026 is a Friday, Boxing Day a Saturday: Monday 28 December is a bank holiday instead.
        (london(2026, 12, 23, 18), "Thursday 24 December", "Thursday 24 December"),
        (london(2026, 12, 24, 9), "Tuesday 29 December", "Thursday 24 December"),
        (london(2026, 12, 24, 17, 30), "Tuesday 29 December", "Tuesday 29 December"),
        (london(2026, 12, 25, 3), "Tuesday 29 December", "Tuesday 29 December"),
        (london(2026, 12, 28, 12), "Tuesday 29 December", "Tuesday 29 December"),
        (london(2026, 12, 31, 10), "Monday 4 January", "Thursday 31 December"),
        (london(2026, 12, 31, 23, 59), "Monday 4 January", "Monday 4 January"),
        # Easter 2027, with the night the clocks go forward in between.
        (london(2027, 3, 25, 16), "Tuesday 30 March", "Thursday 25 March"),
        (london(2027, 3, 28, 0, 59), "Tuesday 30 March", "Tuesday 30 March"),
        (london(2027, 3, 28, 2, 1), "Tuesday 30 March", "Tuesday 30 March"),
        # The hour that comes twice: both are Sunday.
        (datetime(2026, 10, 25, 0, 30, tzinfo=UTC), "Monday 26 October", "Monday 26 October"),
        (datetime(2026, 10, 25, 1, 30, tzinfo=UTC), "Monday 26 October", "Monday 26 October"),
        # 23:30 in London is the day before in UTC as long as it is summer, and the same day from then on.
        (datetime(2026, 10, 22, 22, 59, tzinfo=UTC), "Friday 23 October", "Friday 23 October"),
        (datetime(2026, 10, 22, 23, 1, tzinfo=UTC), "Monday 26 October", "Friday 23 October"),
        (datetime(2026, 10, 29, 23, 59, tzinfo=UTC), "Friday 30 October", "Friday 30 October"),
        (london(2027, 4, 30, 17), "Tuesday 4 May", "Tuesday 4 May"),
        (london(2027, 5, 28, 16, 29), "Tuesday 1 June", "Friday 28 May"),
    ],
)
async def test_the_confirmation_names_the_day(session: Session, received: datetime, routine: str, urgent: str) -> None:
    for day, signs in ((routine, frozenset[Sign]()), (urgent, frozenset({Sign.CHOKING}))):
        message = await leave(session, received, signs=signs)
        assert promise_words(message, profile) == f"A speech and language therapist will call you by the end of {day}."

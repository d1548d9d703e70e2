"""Bookings in words and in calendars."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import cast
from zoneinfo import ZoneInfo

import icalendar
import pytest

from booking import presenters
from booking.words import BookingState, BookingView, ContactBy, HoldView, OfferKind, OfferView
from core.domain.calendar import ServiceCalendar
from core.domain.clock import london, london_day
from core.domain.identity import Discipline
from core.domain.ids import new_id
from core.domain.profile import Profile
from core.web.house import House

_NINE = london(2026, 12, 1, 9)
_OFFER = OfferView(
    new_id(),
    OfferKind.SCREENING,
    Discipline.SLT,
    "Virtual speech and language screening clinic",
    "About",
    "parents",
    15,
    None,
    True,
)


def booking_at(starts_at: datetime = _NINE, **other: object) -> BookingView:
    view = BookingView(
        id=new_id(),
        reference="K7MA-4QXT",
        link=b"link",
        state=BookingState.BOOKED,
        offer=_OFFER,
        sitting_id=new_id(),
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=15),
        link_pattern="https://video.example.org/{code}",
        join_code="secret-code",
        calendar_uid="0192@booking",
        calendar_sequence=0,
        child_first="Robin",
        child_last="Sample",
        child_born="2021-03-14",
        contact_name="Alex Sample",
        contact_by=ContactBy.EMAIL,
        email="alex.sample@example.org",
        phone=None,
    )
    return replace(view, **other)  # type: ignore[arg-type]


@pytest.mark.parametrize("starts_at", [_NINE, london(2026, 10, 24, 9), london(2026, 10, 26, 9), london(2027, 3, 29, 9)])
def test_a_calendar_shows_nine_in_london_on_either_side_of_a_change(starts_at: datetime) -> None:
    written = presenters.calendar_file(booking_at(starts_at), "Therapies", _NINE)
    calendar = icalendar.Calendar.from_ical(written)
    [event] = calendar.walk("VEVENT")
    assert event["DTSTART"].params["TZID"] == "Europe/London"
    assert event.decoded("DTSTART").replace(tzinfo=ZoneInfo("Europe/London")) == starts_at
    assert event.decoded("DTSTART").hour == 9
    assert [zone["TZID"] for zone in calendar.walk("VTIMEZONE")] == ["Europe/London"]


def test_the_zone_in_the_file_itself_puts_both_sides_of_a_change_right() -> None:
    for starts_at in (london(2026, 10, 24, 9), london(2026, 10, 26, 9)):
        calendar = icalendar.Calendar.from_ical(presenters.calendar_file(booking_at(starts_at), "Therapies", _NINE))
        zone = cast("icalendar.Timezone", calendar.walk("VTIMEZONE")[0]).to_tz(lookup_tzid=False)
        assert datetime(starts_at.year, starts_at.month, starts_at.day, 9, tzinfo=zone) == starts_at


def test_a_calendar_says_nothing_secret() -> None:
    calendar = icalendar.Calendar.from_ical(presenters.calendar_file(booking_at(), "Therapies", _NINE))
    written = calendar.walk("VEVENT")[0].to_ical().decode()
    for private in ("Robin", "Sample", "secret-code", "video.example", "/bookings/", "2021"):
        assert private not in written
    assert "K7MA-4QXT" in written


def test_time_left_is_rounded_up_and_never_below_nothing() -> None:
    hold = HoldView(new_id(), _OFFER, new_id(), _NINE, _NINE, _NINE, ended=False)
    for seconds, words in (
        (900, "15 minutes"),
        (841, "15 minutes"),
        (60, "1 minute"),
        (1, "1 minute"),
        (-5, "0 minutes"),
    ):
        told = presenters.hold_words(hold, _NINE - timedelta(seconds=seconds))
        assert (told["held_left"], told["held_over"]) == (words, seconds <= 0)


@pytest.mark.parametrize(("free", "words"), [(0, "Full"), (1, "1 place left"), (12, "12 places left")])
def test_places_left_in_words(free: int, words: str) -> None:
    assert presenters.places_left(free) == words


def test_days_to_choose_from_leave_out_weekends_and_holidays(house: House) -> None:
    calendar: ServiceCalendar = house.profile.calendar
    items = presenters.days_ahead(calendar, london_day(london(2026, 12, 24)), 1, "2026-12-29")
    assert [(item["text"], item.get("selected", False)) for item in items] == [
        ("Any day", False),
        ("Thursday 24 December 2026", False),
        ("Tuesday 29 December 2026", True),
        ("Wednesday 30 December 2026", False),
        ("Thursday 31 December 2026", False),
    ]


def test_only_therapies_that_have_a_clinic_can_be_chosen(house: House) -> None:
    profile: Profile = house.profile
    items = presenters.therapies([_OFFER], profile, Discipline.SLT)
    assert [(item["text"], item.get("selected")) for item in items] == [
        ("Any therapy", None),
        ("Speech and language therapy", True),
    ]

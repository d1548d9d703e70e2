"""Addresses and answers that cannot be used."""

from datetime import UTC, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as some

from booking import forms
from booking.words import ContactBy, OfferKind
from core.domain.clock import london


@given(some.datetimes(timezones=some.just(UTC)), some.uuids())
def test_a_mark_is_read_back_to_the_second(starts_at: object, sitting_id: object) -> None:
    at = starts_at.replace(microsecond=0)  # type: ignore[attr-defined]
    if at.year >= 1000:
        assert forms.read_mark(forms.mark(at, sitting_id)) == (at, sitting_id)  # type: ignore[arg-type]


@given(some.text())
def test_no_address_breaks_the_filter(text: str) -> None:
    forms.wanted({"day": text, "discipline": text, "after": text}, (OfferKind.SCREENING,))


def test_a_day_is_a_day_in_london() -> None:
    found = forms.wanted({"day": "2026-10-25"}, (OfferKind.SCREENING,))
    assert found.since == london(2026, 10, 25)
    assert found.before is not None
    assert found.before - london(2026, 10, 25) == timedelta(hours=25)


def test_a_mobile_number_is_the_phone_of_whoever_wants_texts() -> None:
    who = forms.attendee({"contact_name": "Jo Madeup", "contact_by": "text", "mobile": "+447700900982"})
    assert (who.contact_by, who.phone, who.email) == (ContactBy.TEXT, "+447700900982", None)


@pytest.mark.parametrize("typed", ["07700 900982", "+44 7700 900 982", "a.b@example.org", " A.B@EXAMPLE.ORG "])
def test_people_are_known_by_what_they_booked_with_however_they_type_it(typed: str) -> None:
    assert forms.is_reach(typed, "a.b@example.org", "+447700900982")


@pytest.mark.parametrize("typed", ["", "07700 900983", "a.c@example.org", "@", "None", "01a20bc5-4598-7238"])
def test_nobody_else_is(typed: str) -> None:
    assert not forms.is_reach(typed, "a.b@example.org", "+447700900982")
    assert not forms.is_reach(typed, None, None)

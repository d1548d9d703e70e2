"""When a phone may ring, and by what way somebody is reached."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain.clock import in_london, london
from notifications.courtesy import Way, may_leave_at, way_to
from notifications.words import Channel, Recipient, Wishes

TEXT = Recipient(Channel.TEXT, "+447700900123")
EMAIL = Recipient(Channel.EMAIL, "sam@example.org")


@pytest.mark.parametrize(
    ("written", "leaves"),
    [
        (london(2026, 11, 23, 19, 59), london(2026, 11, 23, 19, 59)),
        (london(2026, 11, 23, 20), london(2026, 11, 24, 8)),
        (london(2026, 11, 24, 0, 30), london(2026, 11, 24, 8)),
        (london(2026, 11, 24, 7, 59), london(2026, 11, 24, 8)),
        (london(2026, 11, 24, 8), london(2026, 11, 24, 8)),
        # The night the clocks go back has an hour more, the night they go forward an hour less.
        (london(2026, 10, 24, 21), london(2026, 10, 25, 8)),
        (london(2027, 3, 27, 21), london(2027, 3, 28, 8)),
    ],
)
def test_nobodys_phone_rings_at_night(written: datetime, leaves: datetime) -> None:
    assert may_leave_at(written, Channel.TEXT, urgent=False, answers=False) == leaves


@pytest.mark.parametrize("how", [{"urgent": True, "answers": False}, {"urgent": False, "answers": True}])
def test_what_is_urgent_or_answers_them_leaves_at_night(how: dict[str, bool]) -> None:
    night = london(2026, 11, 23, 23, 40)
    assert may_leave_at(night, Channel.EMAIL, **how) == night


def test_a_letter_waits_for_no_morning() -> None:
    night = london(2026, 11, 23, 23, 40)
    assert may_leave_at(night, Channel.LETTER, urgent=False, answers=False) == night


@given(st.integers(0, 60 * 24 * 400))
def test_it_never_leaves_early_nor_more_than_a_night_late(minutes: int) -> None:
    written = london(2026, 9, 1) + timedelta(minutes=minutes)
    leaves = may_leave_at(written, Channel.TEXT, urgent=False, answers=False)
    assert written <= leaves <= written + timedelta(hours=13)
    assert 8 <= in_london(leaves).hour < 20


def test_who_must_not_be_contacted_is_not() -> None:
    assert way_to(EMAIL, Wishes(never=True), (TEXT,)) == Way(None, "must not be contacted")


def test_who_wants_no_texts_gets_an_email_or_stays_for_a_person() -> None:
    assert way_to(TEXT, Wishes(no_texts=True), (TEXT, EMAIL)) == Way(EMAIL)
    assert way_to(TEXT, Wishes(no_texts=True)) == Way(None, "wants no texts")
    assert way_to(EMAIL, Wishes(no_texts=True)) == Way(EMAIL)

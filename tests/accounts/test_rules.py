"""How long a session lives, and who sees what on the home page."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.rules import (
    AT_MOST,
    CARDS,
    IDLE,
    RIGHTS,
    cards_for,
    check_new_password,
    is_alive,
    is_to_be_noted,
    most_pressing_first,
    rights_of,
)
from accounts.words import Need
from core.domain.clock import london
from core.domain.identity import Role

BEGUN = london(2026, 10, 25, 0, 30)  # the night an hour repeats
SECOND = timedelta(seconds=1)
spans = st.timedeltas(timedelta(), timedelta(days=2))


def test_fifteen_minutes_without_use_end_a_session() -> None:
    assert is_alive(BEGUN, BEGUN, None, BEGUN + IDLE - SECOND)
    assert not is_alive(BEGUN, BEGUN, None, BEGUN + IDLE)


def test_twelve_hours_end_a_session_that_is_in_use() -> None:
    assert is_alive(BEGUN, BEGUN + AT_MOST - SECOND, None, BEGUN + AT_MOST - SECOND)
    assert not is_alive(BEGUN, BEGUN + AT_MOST - SECOND, None, BEGUN + AT_MOST)


@given(spans, spans, spans)
def test_a_session_that_ended_never_lives_again(seen: timedelta, ended: timedelta, later: timedelta) -> None:
    assert not is_alive(BEGUN, BEGUN + seen, BEGUN + ended, BEGUN + later)


@given(spans, spans)
def test_a_session_that_ran_out_stays_out(idle: timedelta, longer: timedelta) -> None:
    if not is_alive(BEGUN, BEGUN, None, BEGUN + idle):
        assert not is_alive(BEGUN, BEGUN, None, BEGUN + idle + longer)


def test_use_is_noted_once_a_minute() -> None:
    def noted(after: timedelta, seen: datetime = BEGUN) -> bool:
        return is_to_be_noted(seen, seen + after)

    assert not noted(timedelta(seconds=59))
    assert noted(timedelta(seconds=60))


def test_a_password_is_long_and_otherwise_free() -> None:
    assert check_new_password("aaaa aaaa aaaa") == "aaaa aaaa aaaa"
    with pytest.raises(ValueError, match="12 characters or more"):
        check_new_password("Sh0rt!word1")
    with pytest.raises(ValueError, match="256 characters or fewer"):
        check_new_password("a" * 257)


def test_each_card_is_for_someone_and_nobody_has_all_by_accident() -> None:
    assert cards_for(frozenset()) == ()
    assert all(any(card.right in held for held in RIGHTS.values()) for card in CARDS)
    assert "/staff/triage" not in [card.href for card in cards_for(rights_of(frozenset({Role.CLINIC_ADMIN})))]


def test_what_is_urgent_stands_first_and_nothing_to_do_is_left_out() -> None:
    routine, urgent, none = Need("a", 2, "/a"), Need("b", 1, "/b", urgent=True), Need("c", 0, "/c", urgent=True)
    assert most_pressing_first([routine, none, urgent]) == [urgent, routine]

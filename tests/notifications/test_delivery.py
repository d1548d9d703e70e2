"""The rules of delivery, without a database."""

from datetime import datetime, timedelta

import pytest

from core.domain.clock import london
from notifications.delivery import (
    FIRST_ASK,
    MOST_TRIES,
    NOTIFY_STATES,
    SECOND_ASK,
    STEPS,
    deserves_another_way,
    is_long_unknown,
    may_be_taken_up,
    may_step,
    wait_after,
    what_to_do,
)
from notifications.jobs import _HAND_OVER_WITHIN
from notifications.providers import notify
from notifications.words import DeliveryState, Send

S = DeliveryState
BEGAN = london(2026, 11, 23, 10)


def at(seconds: float) -> datetime:
    return BEGAN + timedelta(seconds=seconds)


def test_every_state_is_in_the_table_and_delivered_is_the_last_word() -> None:
    assert set(STEPS) == set(S)
    assert not any(may_step(S.DELIVERED, to) for to in S)
    assert all(may_step(state, S.DELIVERED) for state in S if state not in (S.DELIVERED, S.DROPPED))


def test_what_was_sent_is_never_sent_again_by_itself() -> None:
    for state in (S.SENT, S.DELIVERED, S.FAILED, S.DROPPED):
        assert not may_be_taken_up(state)
        assert what_to_do(state, BEGAN, 0, 1, at(9999)) == (Send.NOTHING, None)
        assert not may_step(state, S.SENDING)


@pytest.mark.parametrize("state", [S.SENDING, S.UNKNOWN])
@pytest.mark.parametrize(
    ("asked", "after", "what", "back_at"),
    [
        (0, 0, Send.LATER, 30),
        (0, 29.9, Send.LATER, 30),
        (0, 30, Send.ASK, None),
        (1, 31, Send.LATER, 120),
        (1, 120, Send.ASK, None),
        (2, 120, Send.NOW, None),
    ],
)
def test_what_may_have_left_is_sent_again_only_after_two_empty_answers_well_apart(
    state: S, asked: int, after: float, what: Send, back_at: float | None
) -> None:
    expected = (what, None if back_at is None else at(back_at))
    assert what_to_do(state, BEGAN, asked, 1, at(after)) == expected


def test_tries_come_to_an_end() -> None:
    assert what_to_do(S.WAITING, None, 0, MOST_TRIES, BEGAN)[0] is Send.GIVE_UP
    assert what_to_do(S.UNKNOWN, BEGAN, 2, MOST_TRIES, at(999))[0] is Send.GIVE_UP
    assert what_to_do(S.WAITING, None, 0, MOST_TRIES - 1, BEGAN)[0] is Send.NOW


def test_nobody_asks_while_somebody_may_still_be_sending() -> None:
    assert FIRST_ASK.total_seconds() > _HAND_OVER_WITHIN + notify._PATIENCE
    assert notify._CONNECT + notify._READ < notify._PATIENCE
    assert SECOND_ASK > FIRST_ASK


def test_waiting_doubles_and_ends_at_half_an_hour() -> None:
    assert [wait_after(tries).total_seconds() for tries in (0, 1, 2, 3, 50)] == [5, 5, 10, 20, 1800]


def test_an_hour_without_an_answer_is_a_matter_for_a_person() -> None:
    assert not is_long_unknown(BEGAN, at(3599))
    assert is_long_unknown(BEGAN, at(3600))


def test_another_way_is_tried_once() -> None:
    assert deserves_another_way(has_alternative=True, is_another_way=False)
    assert not deserves_another_way(has_alternative=True, is_another_way=True)
    assert not deserves_another_way(has_alternative=False, is_another_way=False)


def test_notifys_words_are_ours_once_it_has_the_message() -> None:
    assert set(NOTIFY_STATES.values()) == {S.SENT, S.DELIVERED, S.FAILED}

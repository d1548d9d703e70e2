"""How long wrong tries cost."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from accounts.slowing import FREE_TRIES, LONGEST_WAIT, wait_after


@given(st.integers(0, 10_000))
def test_delays_only_grow_and_never_become_a_lock(failed: int) -> None:
    assert timedelta() <= wait_after(failed) <= wait_after(failed + 1) <= LONGEST_WAIT


def test_typing_errors_cost_nothing() -> None:
    assert wait_after(FREE_TRIES - 1) == timedelta()
    assert wait_after(FREE_TRIES) == timedelta(seconds=30)


def test_nobody_gets_more_than_a_hundred_tries_a_day() -> None:
    tries, spent = 0, timedelta()
    while spent < timedelta(days=1):
        tries += 1
        spent += wait_after(tries)
    assert tries <= 110  # NIST SP 800-63B: 100 in a row, the first few free

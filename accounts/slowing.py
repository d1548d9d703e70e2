"""How long to wait after wrong tries. Delays grow for one account and never become a lock: somebody who tries wrong
passwords on purpose slows down strangers, not the colleague at a browser they have used before."""

from datetime import timedelta

# Typing errors cost nothing.
FREE_TRIES = 5
FIRST_WAIT = timedelta(seconds=30)
LONGEST_WAIT = timedelta(minutes=15)
# Tries this old are forgotten.
FORGOTTEN_AFTER = timedelta(hours=24)


def wait_after(failed: int) -> timedelta:
    """How long to wait after this many wrong tries in a row: nothing at first, then twice as long each time.

    At the longest wait somebody gets 96 tries a day (NIST SP 800-63B allows 100 in a row)."""
    if failed < FREE_TRIES:
        return timedelta()
    doublings = min(failed - FREE_TRIES, 10)
    return min(FIRST_WAIT * (1 << doublings), LONGEST_WAIT)

"""How the delivery of a message moves on: what a provider's word changes, when it is asked, when a person is."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from notifications.words import DeliveryState, Send

# A late "sending" never undoes "delivered"; a receipt may come before our own note that it was sent, and a provider
# that gave up may still learn that the person has it.
STEPS: Mapping[DeliveryState, frozenset[DeliveryState]] = {
    DeliveryState.WAITING: frozenset(
        {
            DeliveryState.SENDING,
            DeliveryState.SENT,
            DeliveryState.DELIVERED,
            DeliveryState.FAILED,
            DeliveryState.DROPPED,
        }
    ),
    DeliveryState.SENDING: frozenset(
        {
            DeliveryState.WAITING,
            DeliveryState.SENT,
            DeliveryState.DELIVERED,
            DeliveryState.FAILED,
            DeliveryState.UNKNOWN,
        }
    ),
    DeliveryState.UNKNOWN: frozenset(
        {
            DeliveryState.WAITING,
            DeliveryState.SENDING,
            DeliveryState.SENT,
            DeliveryState.DELIVERED,
            DeliveryState.FAILED,
        }
    ),
    DeliveryState.SENT: frozenset({DeliveryState.DELIVERED, DeliveryState.FAILED}),
    DeliveryState.FAILED: frozenset({DeliveryState.DELIVERED}),
    DeliveryState.DELIVERED: frozenset(),
    DeliveryState.DROPPED: frozenset(),
}

# Longer than a provider's client may take altogether, so that nobody asks while somebody is still sending.
FIRST_ASK = timedelta(seconds=30)
# A provider writes down what it took over a little after it took it: one empty answer is not enough to send again.
SECOND_ASK = timedelta(seconds=120)
MOST_TRIES = 6
_LONG_UNKNOWN = timedelta(hours=1)
_FIRST_WAIT = timedelta(seconds=5)
_LONGEST_WAIT = timedelta(minutes=30)

# GOV.UK Notify's words for how far a message has come. What is not here is news to us and changes nothing.
NOTIFY_STATES: Mapping[str, DeliveryState] = {
    "created": DeliveryState.SENT,
    "sending": DeliveryState.SENT,
    "pending": DeliveryState.SENT,
    "sent": DeliveryState.SENT,
    "accepted": DeliveryState.SENT,
    "pending-virus-check": DeliveryState.SENT,
    "received": DeliveryState.DELIVERED,
    "delivered": DeliveryState.DELIVERED,
    "permanent-failure": DeliveryState.FAILED,
    "temporary-failure": DeliveryState.FAILED,
    "technical-failure": DeliveryState.FAILED,
    "cancelled": DeliveryState.FAILED,
    "validation-failed": DeliveryState.FAILED,
    "virus-scan-failed": DeliveryState.FAILED,
}


def may_step(state: DeliveryState, to: DeliveryState) -> bool:
    return to in STEPS[state]


def may_be_taken_up(state: DeliveryState) -> bool:
    """Something is left to do to get it out of the house."""
    return state in (DeliveryState.WAITING, DeliveryState.SENDING, DeliveryState.UNKNOWN)


def what_to_do(
    state: DeliveryState, began_at: datetime | None, asked: int, tries: int, now: datetime
) -> tuple[Send, datetime | None]:
    """What a worker that takes a message up does with it and, for LATER, when to come back.

    `asked` counts empty answers since it was last handed over (at `began_at`); `tries` how often it was."""
    if not may_be_taken_up(state):
        return Send.NOTHING, None
    if state is DeliveryState.WAITING or began_at is None:
        return (Send.GIVE_UP if tries >= MOST_TRIES else Send.NOW), None
    return _after_silence(began_at, asked, tries, now)


def _after_silence(began_at: datetime, asked: int, tries: int, now: datetime) -> tuple[Send, datetime | None]:
    """It may have left. Twice, well apart, the provider must say that it knows nothing before it is sent again."""
    ask_at = began_at + (FIRST_ASK if asked == 0 else SECOND_ASK)
    if asked < 2:
        return (Send.ASK, None) if now >= ask_at else (Send.LATER, ask_at)
    return (Send.GIVE_UP if tries >= MOST_TRIES else Send.NOW), None


def wait_after(tries: int) -> timedelta:
    """How long to wait before a message is tried again that surely was not taken over: 5 s, doubling to 30 minutes."""
    doubled: int = 2 ** min(max(tries - 1, 0), 20)
    return min(_FIRST_WAIT * doubled, _LONGEST_WAIT)


def is_long_unknown(began_at: datetime, now: datetime) -> bool:
    """A provider that has not answered for an hour is still asked, and a person is told."""
    return now - began_at >= _LONG_UNKNOWN


def deserves_another_way(*, has_alternative: bool, is_another_way: bool) -> bool:
    """What did not arrive is tried by one other channel, once; after that a person decides."""
    return has_alternative and not is_another_way

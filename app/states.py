"""Draws every transition table of the house: `python -m app.states > docs/states.md`. A test keeps the page true."""

from collections.abc import Iterable, Mapping
from typing import Any

import advice_line.rota
import advice_line.rules
import booking.clinic_rules
import booking.rules
import booking.waiting_rules
import notifications.delivery
import privacy.rules
import referral.rules

Arrow = tuple[str, str, str]

_HEAD = """# States

Drawn from the transition tables in each room's `rules.py` by `python -m app.states`. What is not drawn is not possible:
the rule says so with `NotPossible`, and where one row tells it the database does too. Changes are appended with who,
when and why; nothing is overwritten.
"""

# A task's states stand in its columns (`core/storage/tasks.py`); `workers/queue.py` moves them.
_TASK: tuple[Arrow, ...] = (
    ("planned", "claim", "leased"),
    ("leased", "finish", "done"),
    ("leased", "fail", "planned"),
    ("leased", "lease runs out", "planned"),
    ("leased", "fail the last time", "dead"),
    ("dead", "try again", "planned"),
)
# A therapist's lease on a call (`advice_line/calls.py`): liveness, by the database's clock.
_CALL: tuple[Arrow, ...] = (
    ("nobody calls", "calling now", "calling"),
    ("calling", "record the outcome", "nobody calls"),
    ("calling", "lease runs out", "nobody calls"),
)


def page() -> str:
    """The whole of docs/states.md."""
    advice = ((s, step, to) for s, steps in advice_line.rules.MOVES.items() for step, to in steps.items())
    delivery = ((s, "", to) for s, following in notifications.delivery.STEPS.items() for to in following)
    drawings = (
        ("Request", "One discipline's part of a referral.", _pairs(referral.rules.STEPS)),
        (
            "Place",
            "One seat. A hold that ran out is free; an offer that ran out is the next one's for 15 minutes.",
            _pairs(booking.rules.PLACE_STEPS),
        ),
        (
            "Sitting",
            "One time of an offer. While somebody is left on it for a person to decide, it stands.",
            _pairs(booking.clinic_rules.SITTING_STEPS),
        ),
        ("Booking", "A family's place.", _pairs(booking.rules.BOOKING_STEPS)),
        (
            "Waiting",
            "Somebody on a waiting list. Their place in the line is the moment they joined, whatever happens.",
            _pairs(booking.waiting_rules.WAITING_STEPS),
        ),
        ("Turn", "One place kept for one family that waits.", _pairs(booking.waiting_rules.TURN_STEPS)),
        ("Message", "What a family left on the advice line.", advice),
        ("Swap", "A day of duty that one colleague asks another to hold.", _pairs(advice_line.rota.SWAP_STEPS)),
        ("Call", "Who is on the phone with the family.", _CALL),
        ("Task", "Work that happens later.", _TASK),
        ("Delivery", "Something we say to a family.", delivery),
        ("Retention run", "What is due, approved by a person, deleted, certified.", _pairs(privacy.rules.RUN_STEPS)),
        ("Complaint", "About how we use information: 30 days to acknowledge.", _pairs(privacy.rules.COMPLAINT_STEPS)),
    )
    return _HEAD + "".join(_drawn(*drawing) for drawing in drawings)


def _pairs(table: Mapping[Any, str]) -> Iterable[Arrow]:
    return ((before, step, after) for (before, step), after in table.items())


def _drawn(title: str, words: str, arrows: Iterable[Arrow]) -> str:
    lines = sorted(f"    {_word(a)} --> {_word(b)}{f': {_plain(step)}' if step else ''}" for a, step, b in arrows)
    return f"\n## {title}\n\n{words}\n\n```mermaid\nstateDiagram-v2\n" + "\n".join(lines) + "\n```\n"


def _plain(word: str) -> str:
    return str(word).replace("-", " ").replace("_", " ")


def _word(state: str) -> str:
    return _plain(state).replace(" ", "_")


if __name__ == "__main__":
    print(page(), end="")  # noqa: T201

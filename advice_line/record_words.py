"""The nouns of recording a call: what comes next, the advice that was given, and a worry about a child's safety."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from advice_line.words import Happened, Outcome, State
from core.domain.errors import Conflict
from core.domain.facts import Fact
from core.domain.identity import Discipline

TAKE_BACK_WITHIN = timedelta(seconds=60)
"""So long a recorded call can be taken back; nothing leaves the house before."""


class WhatNext(StrEnum):
    """What a therapist decided once they had spoken with a family."""

    CLOSED = "close"
    CALL_AGAIN = "call-again"
    REFERRAL = "referral"
    BOOKING = "booking"
    PASSED_ON = "pass-on"


ENDS = frozenset({WhatNext.CLOSED, WhatNext.REFERRAL, WhatNext.BOOKING})
"""What leaves nothing more to do about the message itself."""


@dataclass(frozen=True, slots=True)
class Advice:
    """Texts that were given, each (snippet, version), and whether the family wants them in writing."""

    texts: tuple[tuple[UUID, int], ...] = ()
    send: bool = False


@dataclass(frozen=True, slots=True)
class CallNotes:
    """What a therapist records after a call. `close` or `what_next` is only said when the family was reached."""

    outcome: Outcome
    notes: str
    close: bool = False
    again_on: date | None = None
    what_next: WhatNext | None = None
    pass_to: Discipline | None = None
    colleague: UUID | None = None
    language: str | None = None
    advice: Advice = field(default_factory=Advice)

    @property
    def following(self) -> WhatNext | None:
        """What comes next, where a person decided it; None where the no-answer policy does."""
        if self.outcome in (Outcome.NO_ANSWER, Outcome.WRONG_NUMBER, Outcome.REVIEWED):
            return None
        if self.outcome is not Outcome.REACHED:
            return WhatNext.CALL_AGAIN
        return self.what_next or (WhatNext.CLOSED if self.close else WhatNext.CALL_AGAIN)

    def as_typed(self) -> dict[str, Any]:
        """As JSON, to be compared and filled in again."""
        told = {name: str(value) for name, value in asdict(self).items() if value and name != "advice"}
        texts = [f"{snippet}:{version}" for snippet, version in sorted(self.advice.texts)]
        return told | ({"texts": texts} if texts else {}) | ({"send": "yes"} if self.advice.send else {})


@dataclass(frozen=True, slots=True)
class LastCall:
    """A call recorded a moment ago; it may be taken back until `until`. `state` and `next_at` are those of its message
    as it stands."""

    call_id: UUID
    message_id: UUID
    staff_id: UUID
    reference: str
    what_next: WhatNext | None
    discipline: Discipline | None
    until: datetime
    taken_back: bool
    child_key: bytes | None = field(default=None, repr=False)
    state: State = State.CLOSED
    next_at: datetime | None = None


class TooLate(Conflict):
    """The minute in which a call can be taken back is over: what follows from it is on its way."""


class MovedOn(Conflict):
    """Somebody did something about the message since the call was recorded, so it cannot be taken back."""


class HappenedSince(Conflict):
    """Somebody did something about the message after the page was opened; `what` in the order it happened."""

    def __init__(self, what: Sequence[tuple[Happened, datetime]]) -> None:
        super().__init__("something happened since")
        self.what = tuple(what)


class ConcernOpen(Conflict):
    """A worry about a child's safety was raised and nothing is written about it yet: nothing else is recorded."""


@dataclass(frozen=True, slots=True)
class MessagePassedOn(Fact):
    """Another discipline shall call this family."""

    message_id: UUID


@dataclass(frozen=True, slots=True)
class ConcernRaised(Fact):
    """A therapist is worried about a child's safety."""

    message_id: UUID
    concern_id: UUID | None = None

"""The nouns of the advice line: messages, calls, duty, and what is told about them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum
from typing import Any
from uuid import UUID

from advice_line.voice_words import Spoken
from core.domain.facts import Fact
from core.domain.identity import Discipline

LIST_TOPIC = "advice-calls"
"""What open lists of calls listen for."""


class Caller(StrEnum):
    """Who left the message."""

    PARENT = "parent"
    YOUNG_PERSON = "young-person"
    PROFESSIONAL = "professional"
    UNKNOWN = "not-known"


class Known(StrEnum):
    """Whether the child is known to the service, as the person who left the message said."""

    YES = "yes"
    NO = "no"
    UNSURE = "unsure"


class Topic(StrEnum):
    """What a message is about, as the person who left it chose."""

    TALKING = "talking"
    EATING = "eating"
    MOVING = "moving"
    EVERYDAY = "everyday"
    SENSORY = "sensory"
    EQUIPMENT = "equipment"
    REFERRAL = "referral"
    OTHER = "other"


class Sign(StrEnum):
    """Something that makes a message urgent, whoever ticks it."""

    CHOKING = "choking"
    WEIGHT = "weight"
    LOST_SKILLS = "lost-skills"
    UNSAFE_MOVING = "unsafe-moving"
    AFTER_SURGERY = "after-surgery"


class Urgency(StrEnum):
    """Names of the target times in the profile."""

    ROUTINE = "routine"
    URGENT = "urgent"


class Part(StrEnum):
    """A part of the day: before midday, up to 2pm, and after."""

    MORNING = "morning"
    LUNCH = "lunch"
    AFTERNOON = "afternoon"


class State(StrEnum):
    """How far a message has come. Whose it is, is told apart from this."""

    NEW = "new"
    TRIED = "tried"
    CALL_AGAIN = "call-again"
    REVIEW = "review"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"


class Step(StrEnum):
    """What moves a message on."""

    NO_ANSWER = "no-answer"
    TRIES_USED = "tries-used"
    WRONG_NUMBER = "wrong-number"
    CALL_AGAIN = "call-again"
    CLOSE = "close"
    REVIEWED = "reviewed"
    NUMBER_CORRECTED = "number-corrected"
    HAND_ON = "hand-on"
    WITHDRAW = "withdraw"


class Reason(StrEnum):
    """Why an open message is nobody's, or needs a person to look at it."""

    WAITING_FOR_RUN = "waiting-for-run"
    OWNER_AWAY = "owner-away"
    NOBODY_ON_DUTY = "nobody-on-duty"
    NO_DISCIPLINE = "no-discipline"
    NO_LANGUAGE = "no-language"
    NO_COMPETENCE = "no-competence"
    NO_SLOTS = "no-slots"
    WRONG_NUMBER = "wrong-number"
    REVIEW = "review"


class Outcome(StrEnum):
    """How a call ended; the last is a decision without a call."""

    REACHED = "reached"
    NO_ANSWER = "no-answer"
    WRONG_NUMBER = "wrong-number"
    ASKED_LATER = "asked-later"
    INTERPRETER = "interpreter-needed"
    REVIEWED = "reviewed"


SPOKE = (Outcome.REACHED, Outcome.ASKED_LATER)
"""The outcomes of a call in which a therapist and the family spoke."""


class Happened(StrEnum):
    """What the history of a message holds."""

    LEFT = "left"
    ASSIGNED = "assigned"
    NOT_PLACED = "not-placed"
    RELEASED = "released"
    CALLED = "called"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"
    NUMBER_CORRECTED = "number-corrected"
    ADDED_TO = "added-to"
    RECOUNTED = "recounted"
    TAKEN_BACK = "taken-back"
    PASSED_ON = "passed-on"
    MOVED = "moved"
    CONCERN = "concern"
    BOOKED = "booked"


class Solver(StrEnum):
    """What shared out the calls: exact, or the simple rule used only when the exact solver cannot be imported."""

    MIN_COST_FLOW = "min-cost-flow"
    GREEDY = "greedy"


@dataclass(frozen=True, slots=True)
class Child:
    """The child a message is about, when it was said."""

    first: str
    last: str
    born: date


@dataclass(frozen=True, slots=True)
class Left:
    """A message as it was left. `phone` is E.164; no `good_times` means any; `language` is None for English, and
    without `interpreter_ok` only somebody who speaks it may call. `text` may be empty when there is a `voice`; a
    voicemail whose caller showed no number has no `phone` either."""

    caller: Caller
    name: str
    phone: str
    email: str | None
    topic: Topic
    text: str
    discipline: Discipline | None = None
    signs: frozenset[Sign] = frozenset()
    child: Child | None = None
    postcode: str | None = None
    good_times: frozenset[Part] = frozenset()
    not_times: str | None = None
    language: str | None = None
    interpreter_ok: bool = True
    safe_to_leave_message: bool = False
    role: str | None = None
    known: Known | None = None
    call_needs: str | None = None
    not_told: str | None = None
    voice: Spoken | None = None


@dataclass(frozen=True, slots=True)
class Promise:
    """By when we call back, and by which calendar that was counted."""

    urgency: Urgency
    clock_start: datetime
    due_on: date
    due_at: datetime
    calendar_version: str


@dataclass(frozen=True, slots=True)
class Pattern:
    """A session that repeats every week, or every second one (`every`: 2) counted from the week of its first day: wall
    time in London, `slots` calls in it. `valid_until` is its last day; a session that is held once has one day only."""

    staff_id: UUID
    weekday: int
    starts: time
    ends: time
    slots: int
    disciplines: frozenset[Discipline]
    competences: frozenset[str]
    valid_from: date
    valid_until: date | None = None
    every: int = 1


@dataclass(frozen=True, slots=True)
class Absence:
    """One person away on one day; `part` is (from, until) when it is not the whole day."""

    staff_id: UUID
    day: date
    part: tuple[time, time] | None = None


@dataclass(frozen=True, slots=True)
class OnDuty:
    """One person's duty on one day; `sessions` are (starts, ends, slots) in the order of the day."""

    staff_id: UUID
    sessions: tuple[tuple[time, time, int], ...]
    disciplines: frozenset[Discipline]
    competences: frozenset[str]
    parts: frozenset[Part]

    @property
    def slots(self) -> int:
        return sum(slots for _, _, slots in self.sessions)


@dataclass(frozen=True, slots=True)
class NextTry:
    """When to ring again: not before `start`, and by `by` or it is overdue."""

    start: datetime
    by: datetime


@dataclass(frozen=True, slots=True)
class Why:
    """Why a message went where it went: `parts` as the solver stored them, and who decided."""

    solver: Solver
    parts: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class MessagesAssigned(Fact):
    """A run has shared out the calls; what each message got stands in its assignments."""

    run_id: UUID


@dataclass(frozen=True, slots=True)
class CallbackMade(Fact):
    """A therapist rang, whatever came of it."""

    message_id: UUID
    staff_id: UUID
    outcome: str


@dataclass(frozen=True, slots=True)
class MessageClosed(Fact):
    """Nothing more is to be done about a message."""

    message_id: UUID


@dataclass(frozen=True, slots=True)
class AbsenceEntered(Fact):
    """Somebody on the rota is away on this day (ISO date)."""

    staff_id: UUID
    day: str


@dataclass(frozen=True, slots=True)
class RunAsked(Fact):
    """A manager wants today's calls shared out again; `request_id` makes it one run."""

    request_id: UUID

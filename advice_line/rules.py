"""What the advice line decides by itself. Rules may raise urgency and plan calls; everything else a person decides."""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from advice_line.words import NextTry, Part, Promise, Sign, State, Step, Topic, Urgency
from core.domain.calendar import ServiceCalendar
from core.domain.clock import LONDON, in_london, london_day
from core.domain.errors import NotPossible
from core.domain.identity import Actor, Discipline, Reason, Role
from core.domain.profile import Competence

OPEN = frozenset({State.NEW, State.TRIED, State.CALL_AGAIN, State.REVIEW})

MOVES: Mapping[State, Mapping[Step, State]] = {
    State.NEW: {
        Step.NO_ANSWER: State.TRIED,
        Step.TRIES_USED: State.REVIEW,
        Step.WRONG_NUMBER: State.REVIEW,
        Step.CALL_AGAIN: State.CALL_AGAIN,
        Step.HAND_ON: State.CALL_AGAIN,
        Step.CLOSE: State.CLOSED,
        Step.NUMBER_CORRECTED: State.NEW,
        Step.WITHDRAW: State.WITHDRAWN,
    },
    State.TRIED: {
        Step.NO_ANSWER: State.TRIED,
        Step.TRIES_USED: State.REVIEW,
        Step.WRONG_NUMBER: State.REVIEW,
        Step.CALL_AGAIN: State.CALL_AGAIN,
        Step.HAND_ON: State.CALL_AGAIN,
        Step.CLOSE: State.CLOSED,
        Step.NUMBER_CORRECTED: State.TRIED,
        Step.WITHDRAW: State.WITHDRAWN,
    },
    State.CALL_AGAIN: {
        Step.NO_ANSWER: State.TRIED,
        Step.TRIES_USED: State.REVIEW,
        Step.WRONG_NUMBER: State.REVIEW,
        Step.CALL_AGAIN: State.CALL_AGAIN,
        Step.HAND_ON: State.CALL_AGAIN,
        Step.CLOSE: State.CLOSED,
        Step.NUMBER_CORRECTED: State.CALL_AGAIN,
        Step.WITHDRAW: State.WITHDRAWN,
    },
    State.REVIEW: {
        Step.NO_ANSWER: State.TRIED,
        Step.TRIES_USED: State.REVIEW,
        Step.WRONG_NUMBER: State.REVIEW,
        Step.CALL_AGAIN: State.CALL_AGAIN,
        Step.HAND_ON: State.CALL_AGAIN,
        Step.CLOSE: State.CLOSED,
        Step.REVIEWED: State.CLOSED,
        Step.NUMBER_CORRECTED: State.TRIED,
        Step.WITHDRAW: State.WITHDRAWN,
    },
    State.CLOSED: {},
    State.WITHDRAWN: {},
}

_AFTER_CLOSING = timedelta(minutes=15)
_PART_ENDS = ((Part.MORNING, time(12)), (Part.LUNCH, time(14)), (Part.AFTERNOON, time(23, 59)))


def parts_of(words: Iterable[str]) -> frozenset[Part]:
    """Parts of the day from how they are stored; none means any."""
    return frozenset(map(Part, words))


def moved(state: State, step: Step) -> State:
    """Where a step leads. NotPossible when this state does not allow it."""
    try:
        return MOVES[state][step]
    except KeyError:
        raise NotPossible(f"{step} is not possible when {state}") from None


def urgency_of(signs: Iterable[Sign], said: Urgency = Urgency.ROUTINE) -> Urgency:
    """Any sign raises; nothing lowers what was said before."""
    return Urgency.URGENT if any(True for _ in signs) else said


def needs_of(
    competences: Iterable[Competence],
    topic: Topic,
    discipline: Discipline | None,
    signs: Iterable[Sign] = (),
    said: Iterable[str | None] = (),
) -> frozenset[str]:
    """The competences a call is about. A therapy the family asked for rules out those of others: cutlery is about
    eating, too."""
    ticked, words = frozenset(signs), " ".join(filter(None, said)).casefold()
    return frozenset(
        one.id
        for one in competences
        if (discipline is None or discipline in one.disciplines)
        and (topic in one.topics or not ticked.isdisjoint(one.signs) or _speaks_of(words, one.words))
    )


def _speaks_of(said: str, words: Iterable[str]) -> bool:
    return any(re.search(rf"\b{re.escape(word)}\b", said) for word in words)


def promise(calendar: ServiceCalendar, due_days: Mapping[str, int], received: datetime, urgency: Urgency) -> Promise:
    """By when a message received at this instant is called back."""
    due_on, due_at = calendar.due(received, due_days[urgency])
    return Promise(urgency, calendar.clock_start(received), due_on, due_at, calendar.version)


def part_of(instant: datetime) -> Part:
    """The part of the day in London."""
    wall = in_london(instant).time()
    return next(part for part, ends in _PART_ENDS if wall < ends or part is Part.AFTERNOON)


def parts_between(starts: time, ends: time) -> frozenset[Part]:
    """The parts of the day a session touches."""
    begins = dict(zip(Part, (time(0), time(12), time(14)), strict=True))
    return frozenset(part for part, until in _PART_ENDS if starts < until and ends > begins[part])


def may_share_out(calendar: ServiceCalendar, run_at: time, now: datetime) -> bool:
    """True from the morning run until just after the service closes: what came in hours has its run, though the worker
    be busy. Outside, messages wait for the next morning run."""
    today = london_day(now)
    if not calendar.is_open_on(today):
        return False
    morning = datetime.combine(today, run_at, tzinfo=LONDON)
    return morning <= now < calendar.opening(today)[1] + _AFTER_CLOSING


def tries_are_used(tries: Sequence[datetime], good: frozenset[Part], most: int, over_days: int) -> bool:
    """True when a family that never answered was tried often enough: `most` tries over `over_days` days, at different
    times of day where they gave us more than one. Twice as many tries are enough in any case."""
    days = {london_day(at) for at in tries}
    parts = {part_of(at) for at in tries}
    enough = len(tries) >= most and len(days) >= over_days and len(parts) >= min(2, len(good) or 2)
    return enough or len(tries) >= 2 * most


def next_try(
    tries: Sequence[datetime], good: frozenset[Part], calendar: ServiceCalendar, most: int, over_days: int
) -> NextTry | None:
    """When to ring a family again that did not answer; None when it was tried often enough.

    `tries` are the unanswered calls, oldest first, the one just made last. Times the family gave come first, then
    times not tried yet; a try is kept back for each day the policy still asks for."""
    if tries_are_used(tries, good, most, over_days):
        return None
    today = london_day(tries[-1])
    days_missing = over_days - len({london_day(at) for at in tries})
    tried = frozenset(part_of(at) for at in tries)
    if most - len(tries) > days_missing and (later := _later_today(tries[-1], good, tried, calendar)):
        return later
    day = next(calendar.days_from(today + timedelta(days=1)))
    return _best_window(_windows(calendar, day), good, tried)


def _later_today(
    last: datetime, good: frozenset[Part], tried: frozenset[Part], calendar: ServiceCalendar
) -> NextTry | None:
    day = london_day(last)
    if not calendar.is_open_on(day):
        return None
    windows = [
        (part, window)
        for part, window in _windows(calendar, day)
        if window.start > last and part not in tried and (not good or part in good)
    ]
    return _best_window(windows, good, tried) if windows else None


def _best_window(windows: Sequence[tuple[Part, NextTry]], good: frozenset[Part], tried: frozenset[Part]) -> NextTry:
    return min(windows, key=lambda w: (bool(good) and w[0] not in good, w[0] in tried, w[1].start))[1]


def _windows(calendar: ServiceCalendar, day: date) -> list[tuple[Part, NextTry]]:
    """The parts of an open day in which the service is open; a try is overdue only when the day is over."""
    opens, closes = calendar.opening(day)
    windows = []
    starts = opens
    for part, ends in _PART_ENDS:
        end = min(datetime.combine(day, ends, tzinfo=LONDON), closes)
        if starts < end:
            windows.append((part, NextTry(starts.astimezone(opens.tzinfo), closes)))
            starts = end
    return windows


def call_on(calendar: ServiceCalendar, day: date) -> NextTry:
    """A call agreed for a day; on the next open day when that one is closed by now."""
    opens, closes = calendar.opening(next(calendar.days_from(day)))
    return NextTry(opens, closes)


def look_again(calendar: ServiceCalendar, now: datetime, days: int) -> datetime:
    """By when a person looks at a message again: the close of the last of so many working days."""
    return calendar.due(now, days)[1]


def list_order(
    *, urgency: Urgency, due_at: datetime, start: datetime, good: frozenset[Part], received: datetime, now: datetime
) -> tuple[bool, bool, bool, date, bool, datetime]:
    """Sorts a therapist's calls: not before their time, then urgent, overdue, due first, good time now, oldest."""
    good_now = not good or part_of(now) in good
    return (
        start > now,
        urgency is not Urgency.URGENT,
        due_at >= now,
        london_day(due_at),
        not good_now,
        received,
    )


def priority(urgency: str, received_on: date, today: date) -> int:
    """How dear it is to leave a message out today: urgent above all others, then the days it has waited."""
    waited = max(0, min((today - received_on).days, 900))
    return waited + (1000 if urgency == Urgency.URGENT else 0)


def continuity(days_ago: Iterable[int]) -> int:
    """What it is worth that the same therapist calls again, 0 to 120: 80 for a talk today, half after 60 days, added up
    over all talks."""
    return min(120, round(sum(80 * math.pow(0.5, days / 60) for days in days_ago)))


def may_see(actor: Actor, owner_id: UUID | None, discipline: Discipline | None) -> bool:
    """Managers see every message; a therapist their own, and those somebody of their disciplines may call."""
    return reason_to_see(actor, owner_id, discipline) is not None


def reason_to_see(actor: Actor, owner_id: UUID | None, discipline: Discipline | None) -> Reason | None:
    """Why this person may read a message; None is no reason. Managers read every message, a therapist their own and
    those of their disciplines: calls are shared out over all teams."""
    if actor.has(Role.MANAGER):
        return Reason.MY_SERVICE
    theirs = actor.has(Role.THERAPIST) and (discipline is None or discipline in actor.disciplines)
    return Reason.MY_CALL if theirs or (owner_id is not None and owner_id == actor.id) else None


def end_of_day(now: datetime) -> datetime:
    """The next midnight in London."""
    return datetime.combine(london_day(now) + timedelta(days=1), time(0), tzinfo=LONDON).astimezone(UTC)


def start_of_day(now: datetime) -> datetime:
    """The last midnight in London."""
    return datetime.combine(london_day(now), time(0), tzinfo=LONDON).astimezone(UTC)


def short_day(day: date) -> str:
    """As people say a day that is near: Tuesday 1 December."""
    return f"{day:%A} {day.day} {day:%B}"

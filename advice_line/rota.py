"""Who is on duty, and how many calls they can still make. Pure: patterns, absences and swaps in, duty out.

Weeks are counted by days, never by ISO week numbers: after week 53 two odd weeks follow each other.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from uuid import UUID

from advice_line.rota_words import Session, Swap, SwapState, SwapStep
from advice_line.rules import parts_between
from advice_line.words import Absence, OnDuty, Pattern
from core.domain.calendar import ServiceCalendar
from core.domain.clock import LONDON
from core.domain.errors import NotPossible

SWAP_STEPS: Mapping[tuple[SwapState, SwapStep], SwapState] = {
    (SwapState.ASKED, SwapStep.ACCEPT): SwapState.AGREED,
    (SwapState.ASKED, SwapStep.DECLINE): SwapState.DECLINED,
    (SwapState.ASKED, SwapStep.WITHDRAW): SwapState.WITHDRAWN,
    (SwapState.AGREED, SwapStep.TAKE_BACK): SwapState.TAKEN_BACK,
}
# Patterns repeat at most every second week: what meets never within a fortnight meets never.
_CYCLE = timedelta(weeks=2)


def swap_moved(state: SwapState, step: SwapStep) -> SwapState:
    """Where a step leads. NotPossible when this state does not allow it."""
    try:
        return SWAP_STEPS[state, step]
    except KeyError:
        raise NotPossible(f"{step} is not possible when {state}") from None


def sessions_on(
    patterns: Iterable[Pattern],
    absences: Iterable[Absence],
    swaps: Iterable[Swap],
    calendar: ServiceCalendar | None,
    day: date,
) -> tuple[Session, ...]:
    """The sessions held on a day, in a fixed order: what the patterns say, handed over by swaps, less what is missed.
    None on a day the calendar is closed. Without a calendar every day counts as open."""
    if calendar and not calendar.is_open_on(day):
        return ()
    hands = _hands(swaps, day)
    away = [absence for absence in absences if absence.day == day]
    held = (
        part
        for pattern in patterns
        if applies(pattern, day)
        for part in _what_is_left(_session(pattern, hands.get(pattern.staff_id, pattern.staff_id)), away)
        if part.slots
    )
    return tuple(sorted(held, key=_in_order))


def on_duty(
    patterns: Iterable[Pattern],
    absences: Iterable[Absence],
    day: date,
    swaps: Iterable[Swap] = (),
    calendar: ServiceCalendar | None = None,
) -> tuple[OnDuty, ...]:
    """Everyone with a session on this day, in a fixed order; the sessions of one person are one duty."""
    each: defaultdict[UUID, list[Session]] = defaultdict(list)
    for one in sessions_on(patterns, absences, swaps, calendar, day):
        each[one.staff_id].append(one)
    return tuple(_duty(each[staff_id]) for staff_id in sorted(each))


def slots_left(duty: OnDuty, day: date, now: datetime, call_minutes: int, used: int) -> int:
    """Calls this person can still take today: slots not used, and no more than the time left in each session."""
    in_time = sum(
        min(slots, _minutes_left(day, starts, ends, now) // call_minutes) for starts, ends, slots in duty.sessions
    )
    return max(0, min(duty.slots - used, in_time))


def applies(pattern: Pattern, day: date) -> bool:
    """Whether a pattern has a session on this day, whoever holds it."""
    ends = pattern.valid_until or date.max
    is_its_day = pattern.weekday == day.weekday() and pattern.valid_from <= day <= ends
    return is_its_day and (_monday(day) - _monday(pattern.valid_from)).days // 7 % pattern.every == 0


def first_clash(one: Pattern, other: Pattern) -> date | None:
    """The first day on which two patterns of one person overlap in time."""
    if one.staff_id != other.staff_id or one.starts >= other.ends or other.starts >= one.ends:
        return None
    start = max(one.valid_from, other.valid_from)
    days = (start + timedelta(days=n) for n in range(_CYCLE.days))
    return next((day for day in days if applies(one, day) and applies(other, day)), None)


def double_booked(sessions: Iterable[Session]) -> frozenset[UUID]:
    """Everybody who would have to be in two sessions at once."""
    ordered = sorted(sessions, key=lambda s: (s.staff_id, s.starts))
    return frozenset(a.staff_id for a, b in pairwise(ordered) if a.staff_id == b.staff_id and b.starts < a.ends)


def skills_missing(
    sessions: Iterable[Session], disciplines: Collection[str], competences: Collection[str]
) -> tuple[frozenset[str], frozenset[str]]:
    """The therapies and competences these sessions ask for that somebody does not have."""
    wanted = list(sessions)
    therapies = frozenset(str(one) for session in wanted for one in session.disciplines)
    asked = frozenset(one for session in wanted for one in session.competences)
    return therapies - frozenset(map(str, disciplines)), asked - frozenset(competences)


def _hands(swaps: Iterable[Swap], day: date) -> dict[UUID, UUID]:
    """Whose sessions go to whom on a day. A swap within one day crosses over."""
    hands = {}
    for swap in swaps:
        if swap.day == day:
            hands[swap.giver] = swap.taker
        if swap.back_day == day:
            hands[swap.taker] = swap.giver
    return hands


def _session(pattern: Pattern, holder: UUID) -> Session:
    return Session(
        holder, pattern.starts, pattern.ends, pattern.slots, pattern.disciplines, pattern.competences
    )  # fmt: skip


def _what_is_left(session: Session, absences: Iterable[Absence]) -> list[Session]:
    """A session less the time its holder is away: nothing, itself, or what comes before and after."""
    left = [session]
    for absence in absences:
        if absence.staff_id == session.staff_id:
            left = [rest for one in left for rest in _without(one, absence.part)]
    return left


def _without(session: Session, part: tuple[time, time] | None) -> list[Session]:
    if part is None:
        return []
    begins, until = part
    if until <= session.starts or session.ends <= begins:
        return [session]
    pieces = ((session.starts, min(begins, session.ends)), (max(until, session.starts), session.ends))
    return [_piece(session, starts, ends) for starts, ends in pieces if starts < ends]


def _piece(session: Session, starts: time, ends: time) -> Session:
    """Part of a session, with its share of the slots: a call that is cut in two is not held."""
    slots = session.slots * _minutes(starts, ends) // _minutes(session.starts, session.ends)
    return Session(session.staff_id, starts, ends, slots, session.disciplines, session.competences)


def _minutes(starts: time, ends: time) -> int:
    return (ends.hour - starts.hour) * 60 + ends.minute - starts.minute


def _in_order(session: Session) -> tuple[UUID, time, time, int, list[str], list[str]]:
    return (
        session.staff_id, session.starts, session.ends, session.slots,
        sorted(session.disciplines), sorted(session.competences),
    )  # fmt: skip


def _duty(sessions: list[Session]) -> OnDuty:
    ordered = sorted(sessions, key=lambda s: (s.starts, s.ends))
    return OnDuty(
        staff_id=ordered[0].staff_id,
        sessions=tuple((s.starts, s.ends, s.slots) for s in ordered),
        disciplines=frozenset().union(*(s.disciplines for s in ordered)),
        competences=frozenset().union(*(s.competences for s in ordered)),
        parts=frozenset().union(*(parts_between(s.starts, s.ends) for s in ordered)),
    )


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _minutes_left(day: date, starts: time, ends: time, now: datetime) -> int:
    # By timestamps, because Python takes two London times from each other as a wall clock would.
    begin, end = (datetime.combine(day, wall, LONDON).timestamp() for wall in (starts, ends))
    return max(0, int(end - max(begin, now.timestamp()))) // 60

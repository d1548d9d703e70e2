"""Who is on duty, and how many calls they can still make. Pure: patterns and absences in, duty out."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime, time
from uuid import UUID

from advice_line.rules import parts_between
from advice_line.words import Absence, OnDuty, Pattern
from core.domain.clock import LONDON


def on_duty(patterns: Iterable[Pattern], absences: Iterable[Absence], day: date) -> tuple[OnDuty, ...]:
    """Everyone with a session on this day who is not away, in a fixed order."""
    away = {absence.staff_id for absence in absences if absence.day == day}
    sessions: defaultdict[UUID, list[Pattern]] = defaultdict(list)
    for pattern in patterns:
        if pattern.staff_id not in away and _applies(pattern, day):
            sessions[pattern.staff_id].append(pattern)
    return tuple(_duty(sessions[staff_id]) for staff_id in sorted(sessions))


def slots_left(duty: OnDuty, day: date, now: datetime, call_minutes: int, used: int) -> int:
    """Calls this person can still take today: slots not used, and no more than the time left in each session."""
    in_time = sum(
        min(slots, _minutes_left(day, starts, ends, now) // call_minutes) for starts, ends, slots in duty.sessions
    )
    return max(0, min(duty.slots - used, in_time))


def _applies(pattern: Pattern, day: date) -> bool:
    ends = pattern.valid_until or date.max
    return pattern.weekday == day.weekday() and pattern.valid_from <= day <= ends


def _duty(patterns: list[Pattern]) -> OnDuty:
    ordered = sorted(patterns, key=lambda p: (p.starts, p.ends))
    return OnDuty(
        staff_id=ordered[0].staff_id,
        sessions=tuple((p.starts, p.ends, p.slots) for p in ordered),
        disciplines=frozenset().union(*(p.disciplines for p in ordered)),
        competences=frozenset().union(*(p.competences for p in ordered)),
        parts=frozenset().union(*(parts_between(p.starts, p.ends) for p in ordered)),
    )


def _minutes_left(day: date, starts: time, ends: time, now: datetime) -> int:
    # By timestamps, because Python takes two London times from each other as a wall clock would.
    begin, end = (datetime.combine(day, wall, LONDON).timestamp() for wall in (starts, ends))
    return max(0, int(end - max(begin, now.timestamp()))) // 60

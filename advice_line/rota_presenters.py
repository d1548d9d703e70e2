"""The rota in words: a week day by day, what a change does, and what was changed."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time
from typing import Any
from uuid import UUID

from accounts.api import StaffView
from advice_line.demand import DayAhead
from advice_line.demand_queries import WeeksAhead
from advice_line.presenters import name_of
from advice_line.questions import LANGUAGES
from advice_line.rota_effects import DayEffect
from advice_line.rota_forms import WEEKDAYS, competences_of
from advice_line.rota_models import AdviceRotaChange
from advice_line.rota_queries import AwayDays, Stretch
from advice_line.rota_words import RotaAct, Session
from core.domain.calendar import ServiceCalendar, spoken_date, spoken_instant, spoken_wall_time
from core.domain.identity import Discipline
from core.domain.profile import Profile

Names = Mapping[UUID, StaffView]

_ACTS = {
    RotaAct.ADDED: "added a session",
    RotaAct.CHANGED: "changed a session",
    RotaAct.ENDED: "ended a session",
    RotaAct.AWAY: "entered an absence",
    RotaAct.BACK: "took back an absence",
    RotaAct.SWAPPED: "settled a swap",
}
_FIELDS = {
    "weekday": "Weekday",
    "every": "How often",
    "starts": "From",
    "ends": "Until",
    "slots": "Call slots",
    "disciplines": "Therapies",
    "competences": "May also advise about",
    "valid_from": "First day",
    "valid_until": "Last day",
}


@dataclass(frozen=True, slots=True)
class OnDay:
    """One session on the page of a week. `slots` are its calls."""

    staff_id: UUID
    name: str
    hours: str
    slots: int
    therapies: str
    also: str
    languages: str
    areas: str
    is_mine: bool


@dataclass(frozen=True, slots=True)
class DayLine:
    """One day of a week: who is on duty, who is not, and whether it is enough."""

    day: date
    closed: str
    sessions: tuple[OnDay, ...]
    notes: tuple[str, ...]
    ahead: DayAhead
    enough: str
    by_therapy: tuple[tuple[str, int, int], ...]


def week(found: WeeksAhead, names: Names, profile: Profile, me: UUID | None) -> list[DayLine]:
    """The days of a week on which the service works, or would but for a closure."""
    return [
        DayLine(
            one.day, one.closed,
            tuple(on_day(held, names, profile, me) for held in found.stretch.on(one.day, profile.calendar)),
            tuple(_notes(found.stretch, one.day, names)),
            one, enough_words(one, profile), _by_therapy(one, profile),
        )
        for one in found.days
        if one.day.weekday() in profile.calendar.hours
    ]  # fmt: skip


def on_day(held: Session, names: Names, profile: Profile, me: UUID | None) -> OnDay:
    """A session with what its holder can do. Languages and teams are those of their account."""
    view = names.get(held.staff_id)
    can = held.disciplines & view.disciplines if view else frozenset()
    return OnDay(
        staff_id=held.staff_id,
        name=name_of(held.staff_id, names),
        hours=hours(held.starts, held.ends),
        slots=held.slots,
        therapies=", ".join(profile.disciplines[one].short for one in sorted(can)) or "None: look at their account",
        also=", ".join(competences_of(profile).get(one, one) for one in sorted(held.competences)),
        languages=", ".join(LANGUAGES.get(one, one) for one in sorted(view.languages)) if view else "",
        areas=_areas(view, profile),
        is_mine=held.staff_id == me,
    )


def hours(starts: time, ends: time) -> str:
    return f"{spoken_wall_time(starts)} to {spoken_wall_time(ends)}"


def _areas(view: StaffView | None, profile: Profile) -> str:
    found = [area.name for area in profile.areas if view and area.id in view.areas]
    return ", ".join(found) or "All teams"


def _notes(stretch: Stretch, day: date, names: Names) -> Iterable[str]:
    for absence in sorted(stretch.absences, key=lambda a: a.staff_id):
        if absence.day == day:
            part = f", {hours(*absence.part)}" if absence.part else ""
            yield f"{name_of(absence.staff_id, names)} is away{part}"
    for swap in stretch.swaps:
        if swap.day == day:
            yield f"{name_of(swap.taker, names)} holds the sessions of {name_of(swap.giver, names)}"
        if swap.back_day == day:
            yield f"{name_of(swap.giver, names)} holds the sessions of {name_of(swap.taker, names)}"


def enough_words(ahead: DayAhead, profile: Profile) -> str:
    """Whether the slots of a day are likely to do, and which therapy is short of them."""
    if ahead.closed:
        return f"Closed: {ahead.closed}"
    if not ahead.short:
        return "Enough call slots"
    which = " and ".join(profile.disciplines[one].short for one in Discipline if one in ahead.short_of)
    return f"{_calls(ahead.short)} too many{f', most of all {which}' if which else ''}"


def _by_therapy(ahead: DayAhead, profile: Profile) -> tuple[tuple[str, int, int], ...]:
    """(therapy, calls expected, slots of whoever gives it)."""
    each = [
        (profile.disciplines[one].short, ahead.expected.get(one, 0), ahead.offered.get(one, 0)) for one in Discipline
    ]
    return (*each, ("Not sure which", ahead.expected.get(None, 0), ahead.slots))


@dataclass(frozen=True, slots=True)
class EffectLine:
    """One line of what a change would do."""

    day: str
    name: str
    slots: str
    calls: str
    short: str


def effects(found: Sequence[DayEffect], names: Names, today: date) -> list[EffectLine]:
    return [
        EffectLine(
            spoken_date(one.day), name_of(one.staff_id, names), f"{one.slots[0]} now, then {one.slots[1]}",
            _moving(one, today), _short(one),
        )
        for one in found
    ]  # fmt: skip


def _moving(effect: DayEffect, today: date) -> str:
    if not effect.moving:
        return "No call given out moves"
    when = "at once" if effect.day == today else "that morning"
    return f"{_calls(effect.moving)} given out {'goes' if effect.moving == 1 else 'go'} to others {when}"


def _short(effect: DayEffect) -> str:
    before, after = effect.short
    if not after:
        return "Enough call slots"
    return f"{_calls(after)} too many" + ("" if before == after else f" ({before} without the change)")


def _calls(count: int) -> str:
    return f"{count} {'call' if count == 1 else 'calls'}"


@dataclass(frozen=True, slots=True)
class ChangeLine:
    """One entry of the history of the rota."""

    id: UUID
    words: str
    undone: str
    may_undo: bool


def change_line(change: AdviceRotaChange, names: Names, *, may_undo: bool) -> ChangeLine:
    days = spoken_date(change.first_day)
    if change.last_day is None:
        days = f"from {days} on"
    elif change.last_day != change.first_day:
        days = f"{days} to {spoken_date(change.last_day)}"
    words = f"{spoken_instant(change.at)}: {who(change.by, names)} {_ACTS[change.act]} for "
    undone = f"Undone by {who(change.undone_by, names)}" if change.undone_by else ""
    return ChangeLine(
        change.id, f"{words}{name_of(change.staff_id, names)}, {days}", undone, may_undo and not change.undone_at
    )


def who(audit_name: str, names: Names) -> str:
    """A person as the history names them."""
    staff_id = staff_in(audit_name)
    return name_of(staff_id, names) or "A colleague" if staff_id else "The service"


def staff_in(audit_name: str | None) -> UUID | None:
    kind, _, told = (audit_name or "").partition(":")
    return UUID(told) if kind == "staff" else None


def names_needed(changes: Iterable[AdviceRotaChange], away: Iterable[AwayDays]) -> set[UUID]:
    """Everybody named in these."""
    ids = {one for each in changes for one in (each.staff_id, staff_in(each.by), staff_in(each.undone_by))}
    ids |= {one for entry in away for one in (entry.staff_id, staff_in(entry.entered_by))}
    return {one for one in ids if one}


def what_changed(change: AdviceRotaChange | None, row_id: UUID, profile: Profile) -> list[tuple[str, str, str]]:
    """(field, before, now) of one row in one change."""
    rows = [one for one in (change.rows if change else []) if one["id"] == str(row_id)]
    return [
        (words, _value(name, one["before"].get(name), profile), _value(name, one["after"].get(name), profile))
        for one in rows
        if one["before"] and one["after"]
        for name, words in _FIELDS.items()
        if one["before"].get(name) != one["after"].get(name)
    ]


def _value(name: str, value: Any, profile: Profile) -> str:
    match name, value:
        case _, None:
            return "none"
        case "weekday", int(day):
            return WEEKDAYS[day]
        case "every", _:
            return "every week" if value == 1 else "every second week"
        case (("starts" | "ends"), str(told)):
            return spoken_wall_time(time.fromisoformat(told))
        case (("valid_from" | "valid_until"), str(told)):
            return spoken_date(date.fromisoformat(told))
        case "disciplines", list(several):
            return ", ".join(profile.disciplines[Discipline(one)].short for one in several)
        case "competences", list(several):
            return ", ".join(competences_of(profile).get(str(one), str(one)) for one in several) or "none"
    return str(value)


def away_words(entry: AwayDays) -> str:
    """The days of an absence."""
    days = spoken_date(entry.first)
    if entry.last != entry.first:
        days = f"{days} to {spoken_date(entry.last)}"
    return f"{days}, {hours(*entry.part)}" if entry.part else days


def entered_words(entry: AwayDays, names: Names) -> str:
    return f"Entered by {who(entry.entered_by, names)}, {spoken_instant(entry.entered_at)}"


def closures(calendar: ServiceCalendar, first: date, last: date) -> list[tuple[str, str]]:
    """(day, why) of closed days that would be worked on."""
    return [
        (spoken_date(day), str(why))
        for day, why in sorted(calendar.closed.items())
        if first <= day <= last and day.weekday() in calendar.hours
    ]

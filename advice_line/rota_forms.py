"""What may be typed about the rota, and what is said when it cannot be used."""

import re
from collections.abc import Callable, Iterable
from datetime import date, time, timedelta
from uuid import UUID

from accounts.api import StaffView
from advice_line.rota_words import Asked, Away, CannotSwap, DoubleBooked, SessionDetails
from advice_line.words import Pattern
from core.domain.calendar import ServiceCalendar, spoken_date
from core.domain.identity import Discipline
from core.domain.profile import Profile
from core.web.questions import Answers, Kind, Option, Question, always, is_one_of

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
WEEKLY, SECOND, ONCE = "1", "2", "once"
WHOLE, PART = "whole", "part"
_TIME = re.compile(r"(\d{1,2})(?:[:.](\d{2}))?\s*(am|pm)?", re.IGNORECASE)
_LONGEST = timedelta(days=366)
_NO_TIME = "Enter a time, like 9am or 13:30"


def wall_time(typed: str) -> str:
    """A time of day as HH:MM. ValueError with words for the person."""
    found = _TIME.fullmatch(typed.strip())
    hour, minute, half = (int(found[1]), int(found[2] or 0), (found[3] or "").lower()) if found else (99, 0, "")
    if half and not 1 <= hour <= 12:
        raise ValueError(_NO_TIME)
    hour = hour % 12 + 12 * (half == "pm") if half else hour
    if hour > 23 or minute > 59:
        raise ValueError(_NO_TIME)
    return f"{hour:02d}:{minute:02d}"


def _slots(typed: str) -> str:
    if not (typed.isascii() and typed.isdigit() and 1 <= int(typed) <= 100):
        raise ValueError("Call slots must be a whole number from 1 to 100")
    return str(int(typed))


def _at(question_id: str, label: str, hint: str, when: Callable[[Answers], bool] = always) -> Question:
    return Question(question_id, Kind.TEXT, label, hint, _NO_TIME, check=wall_time, width="5", when=when)


def people(views: Iterable[StaffView]) -> tuple[Option, ...]:
    return tuple(Option(str(view.id), view.name) for view in views)


def competences_of(profile: Profile) -> dict[str, str]:
    """What a session may be said to know beside its therapies: name by id."""
    return {one.id: one.name for one in profile.advice.competences}


def session_questions(profile: Profile, who: tuple[Option, ...], *, new: bool) -> tuple[Question, ...]:
    """A session; on several weekdays when it is new, on one when it is changed. The person stays."""
    weekday = Question(
        "weekdays", Kind.CHECKBOXES if new else Kind.RADIOS, "Weekdays" if new else "Weekday",
        "For a session that is held once, the day it is held decides." if new else "",
        "" if new else "Select a weekday", tuple(Option(str(n), day) for n, day in enumerate(WEEKDAYS)),
    )  # fmt: skip
    therapies = tuple(Option(d, words.name.capitalize()) for d, words in profile.disciplines.items())
    return (
        *((Question("who", Kind.SELECT, "Who", missing="Select who is on duty", options=who),) if new else ()),
        Question("every", Kind.RADIOS, "How often", missing="Select how often", options=_REPEATS),
        weekday,
        _at("starts", "From", "For example 9am"),
        _at("ends", "Until", "For example 12:30pm"),
        Question("slots", Kind.TEXT, "Call slots", "How many calls fit into the session", "Enter how many calls fit",
                 check=_slots, width="4"),
        Question("disciplines", Kind.CHECKBOXES, "Therapies", "Only those of their account count",
                 "Select a therapy", therapies),
        Question("competences", Kind.CHECKBOXES, "May also advise about",
                 options=tuple(Option(*one) for one in competences_of(profile).items())),
        Question("first", Kind.DATE, "First day" if new else "From which day on?",
                 "Every second week is counted from this week on", "Enter the first day"),
        Question("last", Kind.DATE, "Last day", "Leave blank if it goes on", when=is_one_of("every", WEEKLY, SECOND)),
    )  # fmt: skip


_REPEATS = (
    Option(WEEKLY, "Every week"),
    Option(SECOND, "Every second week"),
    Option(ONCE, "Once, as an extra session"),
)


def session_problem(answers: Answers, calendar: ServiceCalendar, today: date) -> tuple[str, str] | None:
    """(question, words) when what was typed does not go together."""
    first, last = day_of(answers, "first"), day_of(answers, "last")
    if str(answers["starts"]) >= str(answers["ends"]):
        return "ends", "The end must be after the start, on the same day"
    if first is None or first < today:
        return "first", "The first day must be today or later"
    if last and last < first:
        return "last", "The last day must not be before the first"
    if answers["every"] == ONCE:
        closed = not calendar.is_open_on(first)
        return ("first", f"We are closed on {spoken_date(first)}. Enter another day") if closed else None
    return None if answers.get("weekdays") else ("weekdays", "Select a weekday")


def session_details(answers: Answers, staff_id: UUID) -> SessionDetails:
    """What was typed, as sessions."""
    first = day_of(answers, "first") or date.min
    once = answers["every"] == ONCE
    return SessionDetails(
        staff_id=staff_id,
        weekdays=(first.weekday(),) if once else tuple(sorted(map(int, _several(answers, "weekdays")))),
        starts=time.fromisoformat(str(answers["starts"])),
        ends=time.fromisoformat(str(answers["ends"])),
        slots=int(str(answers["slots"])),
        disciplines=frozenset(map(Discipline, _several(answers, "disciplines"))),
        competences=frozenset(_several(answers, "competences")),
        first=first,
        last=first if once else day_of(answers, "last"),
        every=2 if answers["every"] == SECOND else 1,
    )


def session_answers(pattern: Pattern, first: date) -> dict[str, str | list[str]]:
    """A session as it would have been typed, to be changed from `first` on."""
    once = pattern.valid_until == pattern.valid_from
    told: dict[str, str | list[str]] = {
        "every": ONCE if once else str(pattern.every),
        "weekdays": str(pattern.weekday),
        "starts": f"{pattern.starts:%H:%M}",
        "ends": f"{pattern.ends:%H:%M}",
        "slots": str(pattern.slots),
        "disciplines": sorted(pattern.disciplines),
        "competences": sorted(pattern.competences),
        "first": first.isoformat(),
    }
    return told | ({"last": pattern.valid_until.isoformat()} if pattern.valid_until and not once else {})


END = Question("first", Kind.DATE, "First day without it", "For example 1 12 2026", "Enter the first day without it")


def away_questions(who: tuple[Option, ...]) -> tuple[Question, ...]:
    """An absence; `who` is empty for somebody's own."""
    only_part = is_one_of("how", PART)
    return (
        *((Question("who", Kind.SELECT, "Who is away?", missing="Select who is away", options=who),) if who else ()),
        Question("first", Kind.DATE, "First day", "For example 1 12 2026", "Enter the first day"),
        Question("last", Kind.DATE, "Last day", "Leave blank for one day"),
        Question("how", Kind.RADIOS, "How much of each day?", missing="Select how much of each day",
                 options=(Option(WHOLE, "The whole day"), Option(PART, "Part of the day"))),
        _at("starts", "If part of the day: from", "For example 1pm", only_part),
        _at("ends", "If part of the day: until", "For example 5pm", only_part),
    )  # fmt: skip


def away_problem(answers: Answers, today: date) -> tuple[str, str] | None:
    """(question, words) when what was typed does not go together."""
    first, last = day_of(answers, "first") or today, day_of(answers, "last")
    if first < today:
        return "first", "The first day must be today or later"
    if last and last < first:
        return "last", "The last day must not be before the first"
    if last and last - first > _LONGEST:
        return "last", "The last day must be within a year of the first"
    if answers["how"] == PART and str(answers["starts"]) >= str(answers["ends"]):
        return "ends", "The end must be after the start, on the same day"
    return None


def away_from(answers: Answers, staff_id: UUID) -> Away:
    first = day_of(answers, "first") or date.min
    part = None
    if answers["how"] == PART:
        part = time.fromisoformat(str(answers["starts"])), time.fromisoformat(str(answers["ends"]))
    return Away(staff_id, first, day_of(answers, "last") or first, part)


def swap_questions(days: tuple[Option, ...], who: tuple[Option, ...]) -> tuple[Question, ...]:
    return (
        Question("day", Kind.SELECT, "Which of your days?", missing="Select a day", options=days),
        Question("taker", Kind.SELECT, "Who would hold it?", missing="Select a colleague", options=who),
        Question("back", Kind.DATE, "A day of theirs that you take in return", "Leave blank for none"),
    )


def swap_from(answers: Answers, giver: UUID) -> Asked:
    day = day_of(answers, "day") or date.min
    return Asked(giver, UUID(str(answers["taker"])), day, day_of(answers, "back"))


def swap_words(problem: CannotSwap, profile: Profile) -> str:
    """Why a swap does not go, for the person who asked or answers."""
    missing = [_skill(one, profile) for one in sorted(problem.missing)]
    return {
        CannotSwap.PAST: "That day is over",
        CannotSwap.CLOSED: "We are closed on that day",
        CannotSwap.NO_DUTY: "There is no duty on that day to give away",
        CannotSwap.AWAY: "Whoever would hold that day is away then",
        CannotSwap.BUSY: "Whoever would hold that day would be in two sessions at once",
        CannotSwap.SKILL: f"Whoever would hold that day does not do this: {', '.join(missing)}",
        CannotSwap.ASKED: "You have asked somebody for that day already",
    }[problem.why]


def clash_words(problem: DoubleBooked) -> str:
    return f"They are in another session at that time on {spoken_date(problem.day)}"


def _skill(word: str, profile: Profile) -> str:
    if word in set(Discipline):
        return profile.disciplines[Discipline(word)].name
    return competences_of(profile).get(word, word)


def _several(answers: Answers, name: str) -> list[str]:
    value = answers.get(name, [])
    return [value] if isinstance(value, str) else list(value)


def day_of(answers: Answers, name: str) -> date | None:
    told = answers.get(name)
    return date.fromisoformat(str(told)) if told else None

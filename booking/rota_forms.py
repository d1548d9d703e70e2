"""What staff may type about the timetable, and how a change goes from the page that shows its effect to the one that
does it."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time
from uuid import UUID

from booking import video
from booking.clinic_forms import ATTENDED, CHOICES, OUTCOMES, WEEKDAYS, wall_time, whole
from booking.clinic_words import Change, ChangeKind, Choice, PatternDetails
from booking.words import OfferKind
from core.domain.clock import LONDON
from core.domain.errors import NotFound
from core.domain.identity import Discipline
from core.domain.profile import Profile
from core.web.questions import Answers, Kind, Option, Question

NOBODY = "nobody"
_DAYS = tuple(Option(str(n), day) for n, day in enumerate(WEEKDAYS))


def _time(question_id: str, label: str, hint: str = "") -> Question:
    missing = "Enter a time, like 9am"
    return Question(question_id, Kind.TEXT, label, hint, missing, check=wall_time, width="5")


def _number(question_id: str, label: str, least: int, most: int, hint: str = "", missing: str = "") -> Question:
    return Question(question_id, Kind.TEXT, label, hint, missing, check=whole(label, least, most), width="4")


def pattern_questions(
    offers: tuple[Option, ...], hosts: tuple[Option, ...], *, one_day: bool = False
) -> tuple[Question, ...]:
    """A repeating session; on several weekdays when it is new, on one when one of them is changed."""
    weekdays = Question(
        "weekdays", Kind.RADIOS if one_day else Kind.CHECKBOXES, "Weekday" if one_day else "Weekdays",
        missing="Select a weekday", options=_DAYS,
    )  # fmt: skip
    which = Question("offer", Kind.SELECT, "Offer", missing="Select an offer", options=offers)
    return (
        *(() if one_day else (which,)),
        Question("host", Kind.SELECT, "Therapist", missing="Select a therapist", options=hosts),
        weekdays,
        _time("opens", "From", "For example 9am"),
        _time("closes", "Until", "For example 12:30pm"),
        _number("slot", "Minutes for each sitting", 5, 480, missing="Enter how many minutes"),
        _number("gap", "Minutes between two sittings", 0, 240, "Leave blank for none"),
        _number("places", "Places at each sitting", 1, 1000, "Leave blank for the usual number"),
        Question("first", Kind.DATE, "First day", "For example 1 12 2026", missing="Enter the first day"),
        Question("last", Kind.DATE, "Last day", "Leave blank if it goes on"),
    )


def pattern_problem(answers: Answers) -> tuple[str, str] | None:
    """(question, words) when times or days do not go together."""
    opens, closes = time.fromisoformat(str(answers["opens"])), time.fromisoformat(str(answers["closes"]))
    if opens >= closes:
        return "closes", "The end must be after the start, on the same day"
    minutes = (closes.hour - opens.hour) * 60 + closes.minute - opens.minute
    if minutes < int(str(answers["slot"])):
        return "slot", "Not even one sitting fits between these times"
    return _days_problem(answers)


def _days_problem(answers: Answers) -> tuple[str, str] | None:
    last = answers.get("last")
    if last and date.fromisoformat(str(last)) < date.fromisoformat(str(answers["first"])):
        return "last", "The last day must not be before the first"
    return None


def pattern_details(answers: Answers, offer_id: UUID) -> PatternDetails:
    """What was typed, as repeating sessions."""
    days = answers["weekdays"]
    host, last = str(answers["host"]), answers.get("last")
    return PatternDetails(
        offer_id=offer_id,
        host_id=None if host == NOBODY else UUID(host),
        weekdays=tuple(sorted(int(day) for day in ([days] if isinstance(days, str) else days))),
        opens=time.fromisoformat(str(answers["opens"])),
        closes=time.fromisoformat(str(answers["closes"])),
        minutes=int(str(answers["slot"])),
        gap=int(str(answers.get("gap") or 0)),
        places=int(str(answers["places"])) if answers.get("places") else None,
        first=date.fromisoformat(str(answers["first"])),
        last=date.fromisoformat(str(last)) if last else None,
    )


def pattern_answers(details: PatternDetails) -> dict[str, str | list[str]]:
    """A pattern as it would have been typed."""
    told: dict[str, str | list[str]] = {
        "offer": str(details.offer_id),
        "host": str(details.host_id or NOBODY),
        "weekdays": [str(day) for day in details.weekdays],
        "opens": f"{details.opens:%H:%M}",
        "closes": f"{details.closes:%H:%M}",
        "slot": str(details.minutes),
        "gap": str(details.gap or ""),
        "places": str(details.places or ""),
        "first": details.first.isoformat(),
        "last": details.last.isoformat() if details.last else "",
    }
    return {name: value for name, value in told.items() if value}


def away_questions(hosts: tuple[Option, ...]) -> tuple[Question, ...]:
    return (
        Question("host", Kind.SELECT, "Who is away?", missing="Select who is away", options=hosts),
        *_first_and_last(),
        Question("why", Kind.TEXT, "Note for colleagues", "Not about anybody’s health", longest=200),
    )


def closure_questions(profile: Profile) -> tuple[Question, ...]:
    therapies = tuple(Option(d, w.name.capitalize()) for d, w in profile.disciplines.items())
    return (
        Question("discipline", Kind.SELECT, "Which therapy?", "Leave it for all of them.", options=therapies),
        *_first_and_last(),
        Question("why", Kind.TEXT, "Why", "Colleagues see this", "Say why", longest=200),
    )


def _first_and_last() -> tuple[Question, ...]:
    return (
        Question("first", Kind.DATE, "First day", "For example 1 12 2026", missing="Enter the first day"),
        Question("last", Kind.DATE, "Last day", "Leave blank for one day"),
    )


def days_change(kind: ChangeKind, answers: Answers) -> Change:
    """A closure, an absence, or a day that is cancelled."""
    first, last, host = str(answers["first"]), answers.get("last"), answers.get("host")
    return Change(
        kind,
        why=str(answers.get("why", "")),
        host_id=UUID(str(host)) if host else None,
        discipline=Discipline(str(answers["discipline"])) if answers.get("discipline") else None,
        first=date.fromisoformat(first),
        last=date.fromisoformat(str(last or first)),
    )


days_problem = _days_problem


def one_off_questions(offers: tuple[Option, ...], hosts: tuple[Option, ...]) -> tuple[Question, ...]:
    """A sitting outside any pattern."""
    return (
        Question("offer", Kind.SELECT, "Offer", missing="Select an offer", options=offers),
        Question("host", Kind.SELECT, "Therapist", missing="Select a therapist", options=hosts),
        Question("day", Kind.DATE, "Day", "For example 1 12 2026", missing="Enter a day"),
        _time("at", "Start", "For example 9am"),
        _number("places", "Places", 1, 1000, "Leave blank for the usual number"),
        LINK,
        Question(
            "opens_to", Kind.RADIOS, "When can the public book?", missing="Select when the public can book",
            options=(Option("rule", "As the offer’s rule says"), Option("now", "Now")),
        ),
    )  # fmt: skip


LINK = Question(
    "link", Kind.TEXT, "Video link of this sitting",
    "Paste a link from Teams, Zoom or Attend Anywhere. Only people who booked see it. Leave blank for the usual link.",
    longest=300, check=video.check_link,
)  # fmt: skip
PLACES = _number("places", "Places", 1, 1000, missing="Enter how many places there should be")
WHY = Question("why", Kind.TEXT, "Note for colleagues", "Not sent to families", longest=200)


def host_question(hosts: tuple[Option, ...]) -> Question:
    """Who should hold a sitting."""
    return Question("host", Kind.SELECT, "Therapist", missing="Select a therapist", options=hosts)


END = Question("first", Kind.DATE, "First day without it", "For example 1 12 2026", missing="Enter a day")
CHOICE = Question(
    "choice", Kind.RADIOS, "What should happen to the people who booked?",
    missing="Select what should happen to the people who booked",
    options=tuple(Option(choice, words) for choice, words in CHOICES.items()),
)  # fmt: skip


def starts_at(answers: Answers) -> datetime:
    day, at = date.fromisoformat(str(answers["day"])), time.fromisoformat(str(answers["at"]))
    return datetime.combine(day, at, tzinfo=LONDON).astimezone(UTC)


def visit_questions(kind: OfferKind) -> tuple[Question, ...]:
    """Attendance; what it led to is asked of screenings only."""
    outcome = Question(
        "outcome", Kind.RADIOS, "What came of it?", "Leave it when they did not come.",
        options=tuple(Option(o, words) for o, words in OUTCOMES.items()),
    )  # fmt: skip
    return (
        Question(
            "attendance", Kind.RADIOS, "Did they come?", missing="Select whether they came",
            options=tuple(Option(a, words) for a, words in ATTENDED.items()),
        ),
        *((outcome,) if kind is OfferKind.SCREENING else ()),
        Question("note", Kind.LONG_TEXT, "Notes", "Kept encrypted. Families may ask to read them.", longest=4000),
    )  # fmt: skip


def carried(change: Change) -> dict[str, str]:
    """A change as hidden inputs."""
    told: dict[str, object] = {
        "kind": change.kind, "why": change.why, "sitting": change.sitting_id, "availability": change.availability_id,
        "host": change.host_id, "discipline": change.discipline, "first": change.first, "last": change.last,
    }  # fmt: skip
    if change.pattern:
        answers = pattern_answers(change.pattern)
        told |= {f"p_{name}": ",".join(v) if isinstance(v, list) else v for name, v in answers.items()}
    return {name: str(value) for name, value in told.items() if value}


def read_change(body: Mapping[str, Sequence[str]]) -> Change:
    """What `carried` wrote. NotFound for anything else: no page of ours sends it."""
    told = {name: values[0] for name, values in body.items() if values and values[0]}
    try:
        return Change(
            ChangeKind(told["kind"]),
            why=told.get("why", "")[:200],
            sitting_id=_id(told.get("sitting")),
            availability_id=_id(told.get("availability")),
            host_id=_id(told.get("host")),
            discipline=Discipline(told["discipline"]) if "discipline" in told else None,
            first=_day(told.get("first")),
            last=_day(told.get("last")),
            pattern=_pattern(told),
        )
    except (KeyError, ValueError):
        raise NotFound("not a change of ours") from None


def _pattern(told: Mapping[str, str]) -> PatternDetails | None:
    if "p_offer" not in told:
        return None
    answers: dict[str, str | list[str]] = {name[2:]: value for name, value in told.items() if name.startswith("p_")}
    return pattern_details({**answers, "weekdays": told["p_weekdays"].split(",")}, UUID(told["p_offer"]))


def _id(text: str | None) -> UUID | None:
    return UUID(text) if text else None


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def read_choice(typed: str) -> Choice | None:
    return Choice(typed) if typed in set(Choice) else None

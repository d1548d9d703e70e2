"""What staff may type about clinics, and what is said when it cannot be used."""

import re
from collections.abc import Callable, Collection, Iterable
from datetime import date, time

from accounts.api import StaffView
from booking import video
from booking.clinic_words import (
    LANGUAGES,
    Attendance,
    Audience,
    Choice,
    OfferDetails,
    Outcome,
    PatternDetails,
    Release,
    SittingHappened,
)
from booking.clinic_words import Question as Advice
from booking.models import Offer
from booking.words import OfferKind
from core.domain.identity import Discipline
from core.domain.profile import Profile
from core.web.questions import Answers, Kind, Option, Question, is_one_of

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_TIME = re.compile(r"(\d{1,2})(?:[:.](\d{2}))?\s*(am|pm)?", re.IGNORECASE)
_MOST_QUESTIONS = 3
KINDS = {
    OfferKind.SCREENING: "Screening clinic",
    OfferKind.INFORMATION: "Information session",
    OfferKind.WORKSHOP: "Workshop or training",
}
AUDIENCES = {
    Audience.FAMILIES: "Parents and carers",
    Audience.SCHOOLS: "School, nursery and college staff",
    Audience.PROFESSIONALS: "Other professionals",
    Audience.EVERYONE: "Everyone",
}
ATTENDED = {
    Attendance.CAME: "Came",
    Attendance.LATE: "Came late",
    Attendance.NOT_BROUGHT: "Was not brought",
    Attendance.CANCELLED_BY_FAMILY: "Cancelled by the family",
    Attendance.CANCELLED_BY_SERVICE: "Cancelled by the service",
}
OUTCOMES = {
    Outcome.ADVICE: "Advice given, discharge",
    Outcome.REFER: "Refer to the service",
    Outcome.SESSION: "Information session",
}
HAPPENED = {
    SittingHappened.CANCELLED: "Cancelled",
    SittingHappened.CLOSED: "Closed",
    SittingHappened.CAPACITY: "Number of places changed",
    SittingHappened.LEFT: "To be taken away; people left for a person",
    SittingHappened.PLANNED: "Planned",
    SittingHappened.HOST_GONE: "Its therapist has left the service",
    SittingHappened.HOST: "Handed to another therapist",
}
CHOICES = {
    Choice.MOVE: "Move them to the next free time, and tell them",
    Choice.CANCEL: "Cancel their bookings, and tell them where to book again",
    Choice.LEAVE: "Leave them for a person: nobody is told, and they go on the list of people to phone",
}


def wall_time(typed: str) -> str:
    """A time of day as HH:MM. ValueError with words for the person."""
    found = _TIME.fullmatch(typed.strip())
    if not found:
        raise ValueError("Enter a time, like 9am or 13:30")
    hour, minute, half = int(found[1]), int(found[2] or 0), (found[3] or "").lower()
    if half and not 1 <= hour <= 12:
        raise ValueError("Enter a time, like 9am or 13:30")
    hour = hour % 12 + 12 * (half == "pm") if half else hour
    if hour > 23 or minute > 59:
        raise ValueError("Enter a time, like 9am or 13:30")
    return f"{hour:02d}:{minute:02d}"


def whole(what: str, least: int, most: int) -> Callable[[str], str]:
    """A check for a whole number between two others."""

    def check(typed: str) -> str:
        if not (typed.isascii() and typed.isdigit() and least <= int(typed) <= most):
            raise ValueError(f"{what} must be a whole number from {least} to {most}")
        return str(int(typed))

    return check


def _text(question_id: str, label: str, missing: str = "", longest: int = 200, **other: object) -> Question:
    return Question(id=question_id, kind=Kind.TEXT, label=label, missing=missing, longest=longest, **other)  # type: ignore[arg-type]


def _number(question_id: str, label: str, least: int, most: int, missing: str = "", hint: str = "") -> Question:
    return _text(question_id, label, missing, check=whole(label, least, most), width="4", hint=hint)


def _at(question_id: str, label: str, missing: str = "", hint: str = "") -> Question:
    return _text(question_id, label, missing, check=wall_time, width="5", hint=hint)


_pattern, _weekly = is_one_of("place", "pattern"), is_one_of("release", "weekly")
_venue = is_one_of("place", "venue")


def offer_questions(profile: Profile, *, new: bool) -> tuple[Question, ...]:
    """All about an offer. Its kind is asked once: families were booked under it."""
    kind = Question(
        id="kind", kind=Kind.RADIOS, label="What kind of offer is it?", missing="Select what kind of offer it is",
        options=tuple(Option(k, words) for k, words in KINDS.items()),
    )  # fmt: skip
    therapies = tuple(Option(d, w.name.capitalize()) for d, w in profile.disciplines.items())
    return (
        *((kind,) if new else ()),
        Question("discipline", Kind.SELECT, "Therapy", "A screening clinic needs one.", options=therapies),
        _text("title", "Title", "Enter a title", 120),
        Question("about", Kind.LONG_TEXT, "What it is about", missing="Say what it is about", longest=2000),
        _text("topic", "Topic", longest=60, hint="One or two words families can choose by, like talking or sensory"),
        Question(
            "language", Kind.SELECT, "Language", missing="Select the language it is held in",
            options=tuple(Option(code, name) for code, name in LANGUAGES.items()),
        ),
        Question(
            "audience_kind", Kind.RADIOS, "Who is it for?", missing="Select who it is for",
            options=tuple(Option(a, words) for a, words in AUDIENCES.items()),
        ),
        _text("audience", "Who it is for, in words families read", "Say who it is for"),
        _number("minutes", "Minutes", 5, 480, "Enter how many minutes it lasts"),
        _number("capacity", "Places at each sitting", 1, 1000, "Enter how many places there are"),
        *_where(),
        *_release(),
        *(question for n in range(1, _MOST_QUESTIONS + 1) for question in _advice(n)),
    )  # fmt: skip


def _where() -> tuple[Question, ...]:
    return (
        Question(
            "place", Kind.RADIOS, "Where is it held?", missing="Select where it is held",
            options=(
                Option("pattern", "By video, with a link for each sitting made from a pattern", reveals="link_pattern"),
                Option("pasted", "By video, with links pasted in for each sitting"),
                Option("venue", "In person", reveals="venue"),
            ),
        ),
        _text(
            "link_pattern", "Link pattern", "Enter a link", 300, when=_pattern,
            hint="Write {code} where each sitting’s own code goes. Only people who booked see the link.",
            check=lambda typed: video.check_link(typed, pattern=True),
        ),
        _text("venue", "Address", "Enter the address", 300, when=_venue),
    )  # fmt: skip


def _release() -> tuple[Question, ...]:
    days = tuple(Option(str(n), day) for n, day in enumerate(WEEKDAYS))
    return (
        Question(
            "release", Kind.RADIOS, "When can the public book?", missing="Select when the public can book",
            options=(
                Option("at-once", "As soon as a sitting is on the timetable"),
                Option("weekly", "At a set moment each week"),
            ),
        ),
        Question("release_day", Kind.SELECT, "Day of release", options=days, missing="Select a day", when=_weekly),
        _text("release_at", "Time of release", "Enter a time", check=wall_time, width="5", when=_weekly,
              hint="Only for release at a set moment, for example 9am"),
        _text("release_weeks", "Weeks that open each time", "Enter how many weeks", width="4", when=_weekly,
              check=whole("Weeks that open each time", 1, 26), hint="2 opens every sitting of the 2 weeks that follow"),
    )  # fmt: skip


def _advice(n: int) -> tuple[Question, Question]:
    return (
        _text(f"ask_{n}", f"Question {n} before booking", longest=150,
              hint="A question with yes or no. It advises: nobody is turned away." if n == 1 else ""),
        _text(f"advice_{n}", f"What we tell people who answer no to question {n}", longest=400),
    )  # fmt: skip


def offer_problem(answers: Answers, kind: OfferKind) -> tuple[str, str] | None:
    """(question, words) when answers do not go together."""
    if kind is OfferKind.SCREENING and not answers.get("discipline"):
        return "discipline", "Select a therapy: a screening clinic is held by one"
    for n in range(1, _MOST_QUESTIONS + 1):
        if bool(answers.get(f"ask_{n}")) != bool(answers.get(f"advice_{n}")):
            which = f"advice_{n}" if answers.get(f"ask_{n}") else f"ask_{n}"
            return which, f"Question {n} needs both the question and what we tell people who answer no"
    return None


def offer_details(answers: Answers, kind: OfferKind) -> OfferDetails:
    """What was typed, as an offer."""
    said = {name: str(value) for name, value in answers.items()}
    place = said["place"]
    release = (
        Release(int(said["release_day"]), time.fromisoformat(said["release_at"]), int(said["release_weeks"]))
        if said["release"] == "weekly"
        else None
    )
    return OfferDetails(
        kind=kind,
        discipline=Discipline(said["discipline"]) if said.get("discipline") else None,
        title=said["title"],
        about=said["about"],
        audience=said["audience"],
        audience_kind=Audience(said["audience_kind"]),
        topic=said.get("topic", ""),
        language=said["language"],
        minutes=int(said["minutes"]),
        capacity=int(said["capacity"]),
        link_pattern={"pattern": said.get("link_pattern", ""), "pasted": ""}.get(place),
        venue=said.get("venue") if place == "venue" else None,
        questions=tuple(
            Advice(said[f"ask_{n}"], said[f"advice_{n}"])
            for n in range(1, _MOST_QUESTIONS + 1)
            if said.get(f"ask_{n}") and said.get(f"advice_{n}")
        ),
        release=release,
    )


def offer_answers(offer: OfferDetails) -> dict[str, str]:
    """An offer as it would have been typed."""
    release = offer.release
    place = "venue" if offer.venue is not None else "pattern" if offer.link_pattern else "pasted"
    told: dict[str, str | None] = {
        "discipline": offer.discipline, "title": offer.title, "about": offer.about, "topic": offer.topic,
        "language": offer.language, "audience_kind": offer.audience_kind, "audience": offer.audience,
        "minutes": str(offer.minutes), "capacity": str(offer.capacity), "place": place,
        "link_pattern": offer.link_pattern, "venue": offer.venue, "release": "weekly" if release else "at-once",
        "release_day": str(release.weekday) if release else None,
        "release_at": f"{release.at:%H:%M}" if release else None,
        "release_weeks": str(release.weeks) if release else None,
    }  # fmt: skip
    for n, question in enumerate(offer.questions, 1):
        told |= {f"ask_{n}": question.ask, f"advice_{n}": question.advice}
    return {name: str(value) for name, value in told.items() if value}


def hosts(people: Iterable[StaffView], *, nobody: str = "") -> tuple[Option, ...]:
    """Therapists as choices."""
    nobody_yet = (Option("nobody", nobody),) if nobody else ()
    return (*nobody_yet, *(Option(str(person.id), person.name) for person in people))


def offers(found: Collection[Offer]) -> tuple[Option, ...]:
    return tuple(Option(str(offer.id), offer.title) for offer in found)


__all__ = ["PatternDetails", "date"]

"""What people may type on the advice line: the journey of a message, and what staff record."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from functools import lru_cache

from advice_line.questions import (
    ANY,
    CALL_NEEDS,
    CHILD,
    CONTACT,
    ENGLISH,
    INTERPRETER,
    KNOWN,
    LANGUAGE,
    MESSAGE,
    MORE,
    NONE,
    NOT_SURE,
    NOT_TOLD,
    SAFE,
    SIGNS,
    TIMES,
    TOPIC,
    VOICE,
    WHO,
    therapy_question,
)
from advice_line.record_words import CallNotes
from advice_line.voice_words import from_answer
from advice_line.words import Caller, Child, Known, Left, Outcome, Part, Sign, Topic
from core.domain.calendar import ServiceCalendar
from core.domain.identity import Discipline
from core.domain.profile import Profile
from core.web.forms import Form
from core.web.journey import Journey, Step
from core.web.questions import Answers, Kind, Option, Question, Value, is_one_of

_VERSION = "2026-11"
_FURTHEST = timedelta(days=60)
CLOSE = "close"
AGAIN = "call-again"
_NOTES_MISSING = "Enter what you talked about and the advice you gave"


def journey_for(profile: Profile) -> Journey:
    """The questions of a message, with this service's therapies."""
    return _journey(tuple((discipline, words.name) for discipline, words in profile.disciplines.items()))


@lru_cache(maxsize=16)
def _journey(therapies: tuple[tuple[Discipline, str], ...]) -> Journey:
    emergency = "components/emergency.html"
    return Journey(
        name="advice",
        version=_VERSION,
        title="Leave a message",
        steps=(
            Step("who", (WHO,)),
            Step("therapy", (therapy_question(therapies),)),
            Step("signs", (SIGNS,), note=emergency),
            Step("about", (TOPIC,)),
            Step("message", (VOICE, MESSAGE, MORE), title="Your message", note=emergency),
            Step("known", (KNOWN,)),
            Step("child", CHILD, title="Who is your message about?", when=is_one_of("known", "yes", "unsure")),
            Step("contact", CONTACT, title="How can we reach you?"),
            Step("times", TIMES, title="Good times to call"),
            Step("language", (LANGUAGE, CALL_NEEDS), title="Speaking with you"),
            Step("interpreter", (INTERPRETER,), when=_is_not_english),
            Step("safe", (SAFE, NOT_TOLD), title="Keeping your message private"),
        ),
    )


def _is_not_english(answers: Answers) -> bool:
    return answers.get("language", ENGLISH) != ENGLISH


def left_from(answers: Answers) -> Left:
    """The message these complete answers of the journey make."""
    language = str(answers["language"])
    is_english = language == ENGLISH
    therapy = str(answers["therapy"])
    return Left(
        caller=Caller(str(answers["who"])),
        name=str(answers["name"]),
        phone=str(answers["phone"]),
        email=_or_none(answers, "email"),
        topic=Topic(str(answers["topic"])),
        text=str(answers.get("message", "")),
        discipline=None if therapy == NOT_SURE else Discipline(therapy),
        signs=frozenset(map(Sign, _ticked(answers["signs"], NONE))),
        child=_child(answers),
        postcode=_or_none(answers, "postcode"),
        good_times=frozenset(map(Part, _ticked(answers["good_times"], ANY))),
        not_times=_or_none(answers, "not_times"),
        language=None if is_english else language,
        interpreter_ok=is_english or answers.get("interpreter") != "no",
        safe_to_leave_message=answers["safe"] == "yes",
        role=_or_none(answers, "role"),
        known=Known(str(answers["known"])),
        call_needs=_or_none(answers, "call_needs"),
        not_told=_or_none(answers, "not_told"),
        voice=from_answer(str(answers["voice"])) if "voice" in answers else None,
    )


def _child(answers: Answers) -> Child | None:
    if "child_first" not in answers:
        return None
    born = date.fromisoformat(str(answers["child_born"]))
    return Child(str(answers["child_first"]), str(answers["child_last"]), born)


def _or_none(answers: Answers, name: str) -> str | None:
    return str(answers[name]) if name in answers else None


def _ticked(value: Value, other_than: str) -> list[str]:
    return [one for one in ([value] if isinstance(value, str) else value) if one != other_than]


WHY_CLOSE = Question(
    "why",
    Kind.LONG_TEXT,
    "Why is nothing more to be done?",
    hint="For example, who you asked, and what you sent. The family can read none of this on their page.",
    missing="Enter why nothing more is to be done",
    longest=2000,
)


_OUTCOME = Question(
    "outcome",
    Kind.RADIOS,
    "What happened?",
    missing="Select what happened",
    options=(
        Option(Outcome.REACHED, "I spoke with them"),
        Option(Outcome.NO_ANSWER, "No answer"),
        Option(Outcome.ASKED_LATER, "They asked me to call another time"),
        Option(Outcome.WRONG_NUMBER, "Wrong number"),
    ),
)

_NOTES = Question(
    "notes",
    Kind.LONG_TEXT,
    "What you talked about and the advice you gave",
    hint="If nobody answered: what you did, such as leaving a voicemail.",
    longest=4000,
)

_NEXT = Question(
    "next",
    Kind.RADIOS,
    "If you spoke with them: what happens next?",
    missing="Select what happens next",
    when=is_one_of("outcome", Outcome.REACHED),
    options=(Option(CLOSE, "Nothing more to do: close the message"), Option(AGAIN, "Call again")),
)


def call_questions(calendar: ServiceCalendar, today: date) -> tuple[Question, ...]:
    """What is recorded after a call. Days to call again must be open ones, today or within 60 days."""
    again_on = Question(
        "again_on",
        Kind.DATE,
        "If you will call again: on which day?",
        missing="Enter the day to call again",
        short="Day to call again",
        when=_will_call_again,
        check=_day_check(calendar, today),
    )
    return (_OUTCOME, _NOTES, _NEXT, again_on)


def _will_call_again(answers: Answers) -> bool:
    return answers.get("outcome") == Outcome.ASKED_LATER or answers.get("next") == AGAIN


def _day_check(calendar: ServiceCalendar, today: date) -> Callable[[str], str]:
    def checked(told: str) -> str:
        day = date.fromisoformat(told)
        if not today <= day <= today + _FURTHEST:
            raise ValueError("Day to call again must be today or in the next 60 days")
        if not calendar.is_open_on(day):
            raise ValueError("We are closed on that day. Enter another day")
        return told

    return checked


def as_asked(questions: tuple[Question, ...]) -> list[Question]:
    """The questions as the page asks them: notes are not called optional, since most calls need them."""
    return [replace(one, missing=_NOTES_MISSING) if one.id == "notes" else one for one in questions]


def with_notes_checked(form: Form) -> Form:
    """The same form, refused when somebody was reached and nothing was written about it."""
    if form.text("outcome") != Outcome.REACHED or form.text("notes").strip():
        return form
    refused = form.refuse("notes", _NOTES_MISSING)
    in_order = {one.id: refused.errors[one.id] for one in form.questions if one.id in refused.errors}
    return replace(refused, errors=in_order)


def notes_from(answers: Answers) -> CallNotes:
    """What these complete answers record."""
    day = answers.get("again_on")
    return CallNotes(
        outcome=Outcome(str(answers["outcome"])),
        notes=str(answers.get("notes", "")),
        close=answers.get("next") == CLOSE,
        again_on=date.fromisoformat(str(day)) if day else None,
    )

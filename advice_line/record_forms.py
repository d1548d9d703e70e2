"""What a therapist fills in after a call."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, timedelta
from uuid import UUID

from accounts.api import StaffView
from advice_line.models import AdviceMessage
from advice_line.questions import LANGUAGES
from advice_line.record_words import Advice, CallNotes, WhatNext
from advice_line.service import recipient
from advice_line.snippet_words import Snippet
from advice_line.words import Outcome
from core.domain.calendar import ServiceCalendar
from core.domain.identity import Discipline
from core.domain.profile import Profile
from core.web.forms import Form
from core.web.questions import Answers, Kind, Option, Question, is_one_of
from notifications.api import Channel

_FURTHEST = timedelta(days=60)
_NOTES_MISSING = "Enter what you talked about and the advice you gave"
WORRIED = "yes"

WHY_CLOSE = Question(
    "why",
    Kind.LONG_TEXT,
    "Why is nothing more to be done?",
    hint="For example, who you asked, and what you sent. The family can read none of this on their page.",
    missing="Enter why nothing more is to be done",
    longest=2000,
)

CONCERN = Question(
    "concern",
    Kind.LONG_TEXT,
    "What have you done, and who did you tell?",
    hint="Who you spoke with and when, what was agreed, and whether the family knows.",
    missing="Enter what you have done and who you told. You cannot record the call until you do",
    longest=4000,
)

OUTCOME = Question(
    "outcome",
    Kind.RADIOS,
    "What happened?",
    missing="Select what happened",
    options=(
        Option(Outcome.REACHED, "I spoke with them"),
        Option(Outcome.NO_ANSWER, "No answer"),
        Option(Outcome.ASKED_LATER, "They asked me to call another time"),
        Option(Outcome.INTERPRETER, "We need an interpreter to talk", reveals="speaks"),
        Option(Outcome.WRONG_NUMBER, "Wrong number"),
    ),
)

_SPEAKS = Question(
    "speaks",
    Kind.SELECT,
    "Which language do they speak?",
    missing="Select the language they speak",
    when=is_one_of("outcome", Outcome.INTERPRETER),
    options=(*(Option(code, name) for code, name in LANGUAGES.items()), Option("other", "Another language")),
)

_NOTES = Question(
    "notes",
    Kind.LONG_TEXT,
    "What you talked about and the advice you gave",
    hint="If nobody answered: what you did, such as leaving a voicemail.",
    longest=4000,
)

_WORRIED = Question(
    "worried",
    Kind.CHECKBOXES,
    "Is a child safe?",
    hint="If you tick this, we show what to do now, and who to tell.",
    options=(Option(WORRIED, "I am worried that a child is not safe"),),
)


@dataclass(frozen=True)
class CallForm:
    """What the form of one message needs: its texts, its therapy, colleagues, and where we may write."""

    message: AdviceMessage
    profile: Profile
    today: date
    texts: Sequence[Snippet] = ()
    colleagues: Sequence[StaffView] = ()

    @property
    def questions(self) -> tuple[Question, ...]:
        """Everything that may be asked, in order. Days to call again must be open ones, today or within 60 days."""
        asked = [OUTCOME, _SPEAKS, _NOTES]
        if self.texts:
            asked += [self._texts(), *self._send()]
        asked += [self._next(), self._pass_to(), _again_on(self.profile.calendar, self.today), _WORRIED]
        return tuple(asked)

    def _texts(self) -> Question:
        options = tuple(Option(f"{one.id}:{one.version}", one.text.title) for one in self.texts)
        hint = "The family can read what you tick on their own page."
        if recipient(self.message) is None:
            hint = "We have no email address, and may not text this number. Read to them what you tick."
        return Question("texts", Kind.CHECKBOXES, "Advice texts you gave", hint=hint, options=options)

    def _send(self) -> tuple[Question, ...]:
        """How the texts may be sent; nothing where there is nowhere safe to write."""
        to = recipient(self.message)
        if to is None:
            return ()
        label = "Email them to the family" if to.channel is Channel.EMAIL else "Text the family a link to them"
        return (Question("send", Kind.CHECKBOXES, "Send the advice texts", options=(Option("yes", label),)),)

    def _next(self) -> Question:
        return Question(
            "next",
            Kind.RADIOS,
            "If you spoke with them: what happens next?",
            missing="Select what happens next",
            when=is_one_of("outcome", Outcome.REACHED),
            options=(
                Option(WhatNext.CLOSED, "Nothing more to do: close the message"),
                Option(WhatNext.CALL_AGAIN, "Call again"),
                Option(WhatNext.REFERRAL, "Refer the child: I fill in the referral next"),
                Option(WhatNext.BOOKING, "Book a clinic or session: I book it next"),
                Option(WhatNext.PASSED_ON, "Pass it to another therapy", reveals="pass_to"),
            ),
        )

    def _pass_to(self) -> Question:
        return Question(
            "pass_to",
            Kind.SELECT,
            "Who shall call them?",
            missing="Select who shall call them",
            when=is_one_of("next", WhatNext.PASSED_ON),
            options=tuple(self._others()),
        )

    def _others(self) -> list[Option]:
        options = []
        for discipline, words in self.profile.disciplines.items():
            if discipline == self.message.discipline:
                continue
            options.append(Option(discipline, f"{words.short}: whoever is on duty"))
            options += [
                Option(f"{discipline}:{one.id}", f"{words.short}: {one.name}")
                for one in self.colleagues
                if discipline in one.disciplines
            ]
        return options


def _again_on(calendar: ServiceCalendar, today: date) -> Question:
    return Question(
        "again_on",
        Kind.DATE,
        "If you will call again: on which day?",
        missing="Enter the day to call again",
        short="Day to call again",
        when=_will_call_again,
        check=_day_check(calendar, today),
    )


def _will_call_again(answers: Answers) -> bool:
    later = (Outcome.ASKED_LATER, Outcome.INTERPRETER)
    return answers.get("outcome") in later or answers.get("next") == WhatNext.CALL_AGAIN


def _day_check(calendar: ServiceCalendar, today: date) -> Callable[[str], str]:
    def checked(told: str) -> str:
        day = date.fromisoformat(told)
        if not today <= day <= today + _FURTHEST:
            raise ValueError("Day to call again must be today or in the next 60 days")
        if not calendar.is_open_on(day):
            raise ValueError("We are closed on that day. Enter another day")
        return told

    return checked


def as_asked(questions: Sequence[Question]) -> list[Question]:
    """The questions as the page asks them: what an answer reveals stands beneath it, and notes are not called optional,
    since most calls need them."""
    revealed = {option.reveals for one in questions for option in one.options}
    shown = [one for one in questions if one.id not in revealed]
    return [replace(one, missing=_NOTES_MISSING) if one.id == "notes" else one for one in shown]


def with_notes_checked(form: Form) -> Form:
    """The same form, refused when somebody was reached and nothing was written about it."""
    if form.text("outcome") != Outcome.REACHED or form.text("notes").strip():
        return form
    refused = form.refuse("notes", _NOTES_MISSING)
    in_order = {one.id: refused.errors[one.id] for one in form.questions if one.id in refused.errors}
    return replace(refused, errors=in_order, answers=None)


def notes_from(answers: Answers) -> CallNotes:
    """What these complete answers record."""
    day, (therapy, _, colleague) = answers.get("again_on"), str(answers.get("pass_to", "")).partition(":")
    what_next, ticked = answers.get("next"), answers.get("texts", [])
    return CallNotes(
        outcome=Outcome(str(answers["outcome"])),
        notes=str(answers.get("notes", "")),
        what_next=WhatNext(str(what_next)) if what_next else None,
        again_on=date.fromisoformat(str(day)) if day else None,
        pass_to=Discipline(therapy) if therapy else None,
        colleague=UUID(colleague) if colleague else None,
        language=str(answers["speaks"]) if "speaks" in answers else None,
        advice=Advice(tuple(map(_text, ticked)), send=bool(answers.get("send"))),
    )


def _text(ticked: str) -> tuple[UUID, int]:
    snippet, _, version = ticked.partition(":")
    return UUID(snippet), int(version)


def ticked_texts(ticked: Iterable[str]) -> set[tuple[UUID, int]]:
    """What these boxes stand for; what is none of ours is passed over."""
    found = set()
    for one in ticked:
        with suppress(ValueError):
            found.add(_text(one))
    return found


def filled_in(questions: Sequence[Question], typed: Mapping[str, str | list[str]]) -> Form:
    """The form as it was sent before it was taken back (`CallNotes.as_typed`)."""
    renamed = {"what_next": "next", "language": "speaks"}
    answers = {renamed.get(name, name): value for name, value in typed.items() if name != "pass_to"}
    if "pass_to" in typed:
        answers["pass_to"] = ":".join(str(typed[name]) for name in ("pass_to", "colleague") if name in typed)
    if "close" in typed:
        answers["next"] = WhatNext.CLOSED
    if "send" in typed:
        answers["send"] = ["yes"]
    return Form.blank(questions, answers)

"""What staff fill in to decide about one therapy: one short form a step."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any, TypeVar

from core.domain.identity import Discipline
from core.domain.profile import Profile
from core.web.forms import Form
from core.web.questions import Answers, Kind, Option, Question
from referral import questions as ask
from referral.outcome_words import SLUGS, ComesNext, Outcome, WhyNot
from referral.views import Case, RequestView
from referral.words import Asked, Enquiry, RequestStep, Urgency

_Made = TypeVar("_Made")

# What pressing the button is called, and what it means for the family.
STEPS: Mapping[RequestStep, tuple[str, str]] = {
    RequestStep.ACCEPT: ("Accept", "We will see this child"),
    RequestStep.ASK: ("Ask for more information", "You cannot decide yet; the clock keeps running"),
    RequestStep.SIGNPOST: ("Signpost", "Other help fits better: a workshop, a website, advice"),
    RequestStep.REDIRECT: ("Redirect", "Another NHS service has it from now on"),
    RequestStep.NOT_ACCEPT: ("Do not accept", "With a reason, what they can do next, and their right to discuss it"),
    RequestStep.MARK_DUPLICATE: ("Mark as a duplicate", "Another referral asks for the same and goes on"),
    RequestStep.WITHDRAW: ("Withdraw", "The family, or whoever referred, no longer wants it"),
    RequestStep.REOPEN: ("Reopen", "An outcome was mistaken, or something is new"),
    RequestStep.PUT_ON_LIST: ("Put on the waiting list", "Waits for a first appointment"),
    RequestStep.BOOK: ("Note an appointment", "The day the child will be seen"),
    RequestStep.GIVE_BACK: ("Give the appointment back", "The child goes on waiting"),
    RequestStep.SEE: ("Note that the child was seen", "A therapist has seen the child"),
    RequestStep.DISCHARGE: ("Discharge", "The work is finished"),
}
BY_SLUG: Mapping[str, RequestStep] = {slug: step for step, slug in SLUGS.items()}
URGENCY = {Urgency.URGENT: "Urgent", Urgency.SOON: "Soon", Urgency.ROUTINE: "Routine"}
COMES_NEXT = {
    ComesNext.CLINIC: "At a clinic",
    ComesNext.HOME: "At home",
    ComesNext.SCHOOL: "At nursery, school or college",
    ComesNext.VIDEO: "By video",
    ComesNext.PHONE: "By phone",
    ComesNext.GROUP: "In a group",
}
WHY_NOT = {
    WhyNot.INCOMPLETE: "Not enough information",
    WhyNot.AGE: "Outside our ages",
    WhyNot.AREA: "Outside our area",
    WhyNot.KNOWN: "Known to us already",
    WhyNot.UNIVERSAL: "Help for everybody comes first",
    WhyNot.NO_EFFECT: "No effect on daily life",
    WhyNot.REFERRER: "Cannot be referred by this person",
    WhyNot.OTHER_PATHWAY: "Another pathway fits",
    WhyNot.CONSENT: "No consent",
}
ASKED = {
    Asked.FAMILY: "The family",
    Asked.REFERRER: "Whoever referred",
    Asked.SCHOOL: "The nursery, school or college",
    Asked.OTHER: "Someone else",
}
_PLAIN = "They read this in their letter and on their page. Plain words, no abbreviations, no names."
_WORDS = Question("words", Kind.LONG_TEXT, "What do you want to say to the family?", hint=_PLAIN, longest=2000)
_WHY = Question("why", Kind.LONG_TEXT, "Why?", hint="For colleagues only.", missing="Enter why", longest=1000)
_TODO = Question("todo", Kind.LONG_TEXT, "What can the family do next?", hint=_PLAIN, longest=1000)


def questions(step: RequestStep, discipline: Discipline, profile: Profile, today: date) -> tuple[Question, ...]:
    """The form of one step."""
    if step is RequestStep.ACCEPT:
        return _accept(discipline, profile)
    return _ask(today) if step is RequestStep.ASK else _FORMS.get(step, (_WORDS,))


def _accept(discipline: Discipline, profile: Profile) -> tuple[Question, ...]:
    areas = ask.every_question()[f"{discipline}_areas"].options
    pathways = {option.value: option.label for option in areas if option.value != ask.NONE}
    teams = {area.id: area.name for area in profile.areas}
    return (
        _choice("urgency", Kind.SELECT, "Urgency", "Select how urgent it is", URGENCY),
        _choice("pathway", Kind.SELECT, "Pathway", "Select a pathway", pathways),
        _choice("area", Kind.SELECT, "Team", "Select a team", teams),
        _choice("comes_next", Kind.SELECT, "Where will they first be seen?", "Select where", COMES_NEXT),
        _WORDS,
        _TODO,
    )


def _ask(today: date) -> tuple[Question, ...]:
    def not_past(told: str) -> str:
        if date.fromisoformat(told) < today:
            raise ValueError("Last day to answer must be today or later")
        return told

    return (
        Question("what", Kind.LONG_TEXT, "What do you need to know?", missing="Enter what you need to know",
                 hint="They read exactly this.", longest=1000, short="What you need to know"),
        _choice("of", Kind.SELECT, "Who do you ask?", "Select who you ask", ASKED),
        Question("due", Kind.DATE, "Last day to answer", missing="Enter the last day to answer", check=not_past),
    )  # fmt: skip


def _place(label: str, hint: str) -> Question:
    return Question("place", Kind.TEXT, label, hint=f"{hint}. They read it in their letter.", missing="Enter where",
                    longest=300)  # fmt: skip


def _said(what: str) -> Question:
    return Question("words", Kind.LONG_TEXT, f"Tell the family {what}", hint=_PLAIN, longest=2000,
                    missing=f"Enter {what}")  # fmt: skip


def _choice(name: str, kind: Kind, label: str, missing: str, words: Mapping[Any, str]) -> Question:
    return Question(name, kind, label, missing=missing, options=tuple(Option(*pair) for pair in words.items()))


_WITHIN = (_WHY, _WORDS)
_FORMS: Mapping[RequestStep, tuple[Question, ...]] = {
    RequestStep.SIGNPOST: (
        _place("Which help?", "For example, the talking tips workshop"),
        _said("why it fits"),
        _TODO,
    ),
    RequestStep.REDIRECT: (_place("Which service?", "For example, the hearing clinic"), _WORDS, _TODO),
    RequestStep.NOT_ACCEPT: (
        _choice("why_not", Kind.RADIOS, "Reason", "Select a reason", WHY_NOT),
        _said("what it means for this child"),
        replace(_TODO, missing="Enter what they can do"),
    ),
    RequestStep.MARK_DUPLICATE: (
        Question(
            "other", Kind.REFERENCE, "Reference of the referral that goes on", missing="Enter the other reference"
        ),
        _WORDS,
    ),
    RequestStep.WITHDRAW: _WITHIN,
    RequestStep.REOPEN: _WITHIN,
    RequestStep.GIVE_BACK: _WITHIN,
    RequestStep.BOOK: (
        Question("booked_for", Kind.DATE, "Day of the appointment", missing="Enter the day"),
        _WORDS,
    ),
}


def blank(step: RequestStep, asked: tuple[Question, ...], case: Case, request: RequestView, due_on: date) -> Form:
    """The form before anything was typed: the urgency as it stands, the team of the area, the only pathway ticked."""
    ticked = case.answers.get(f"{request.discipline}_areas", [])
    usual = {
        "urgency": request.urgency.value,
        "area": request.area_id or (case.area_ids[0] if len(case.area_ids) == 1 else ""),
        "pathway": ticked[0] if len(ticked) == 1 else "",
        "due": due_on.isoformat(),
    }
    names = {question.id for question in asked}
    return Form.blank(asked, {name: value for name, value in usual.items() if name in names})


def due_on(profile: Profile, today: date) -> date:
    return today + timedelta(days=profile.referral.more_information_days)


def read(step: RequestStep, answers: Answers) -> Outcome | Enquiry:
    """What was decided."""
    given: dict[str, str] = {name: str(value) for name, value in answers.items()}
    if step is RequestStep.ASK:
        return Enquiry(given["what"], Asked(given["of"]), date.fromisoformat(given["due"]))
    return Outcome(
        step=step,
        urgency=_maybe(Urgency, given.get("urgency")),
        area_id=given.get("area", ""),
        pathway=given.get("pathway", ""),
        comes_next=_maybe(ComesNext, given.get("comes_next")),
        why_not=_maybe(WhyNot, given.get("why_not")),
        place=given.get("place", ""),
        words=given.get("words", ""),
        todo=given.get("todo", ""),
        why=given.get("why", ""),
        other=given.get("other", ""),
        booked_for=_maybe(date.fromisoformat, given.get("booked_for")),
    )


def _maybe(make: Callable[[str], _Made], told: str | None) -> _Made | None:
    return make(told) if told else None


LETTER = Question("text", Kind.LONG_TEXT, "The letter", missing="Enter the words of the letter", longest=6000,
                  hint="The greeting, the link, our phone number and who writes are added when it leaves.")  # fmt: skip

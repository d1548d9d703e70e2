"""What people type about a referral: what a complete journey makes, the way to its status, what triage decides."""

from collections.abc import Mapping
from datetime import date

from core.web import journey as walk
from core.web.journey import Journey
from core.web.questions import Answers, Kind, Question
from referral import questions as ask
from referral import red_flags
from referral.steps import asked_of, ticked
from referral.words import (
    Agreement,
    Child,
    Consent,
    ConsentChannel,
    ConsentKind,
    Guarded,
    NewReferral,
    ReferrerKind,
    Responsibility,
    Sign,
    Urgency,
)

# The key of the answers that says on which pages they were given.
PAGES_ASKED = "~pages"
_CHANNELS = {
    "together": ConsentChannel.IN_PERSON,
    "phone": ConsentChannel.BY_PHONE,
    "written": ConsentChannel.IN_WRITING,
}
# What people write in their own words.
WRITTEN = frozenset(
    name for name, question in ask.every_question().items() if question.kind in (Kind.TEXT, Kind.LONG_TEXT)
)


def new_referral(answers: Answers, journey: Journey | None = None) -> NewReferral:
    """What these complete answers of the journey make. With the journey, the answers say on which pages they were
    given, so that they can be read as they were asked."""
    who = ReferrerKind(str(answers["who"]))
    responsibility, agreement = _or_none(answers, "responsibility"), _or_none(answers, "agreed")
    kept = {name: value for name, value in answers.items() if not name.startswith("~")}
    steps = [step for step in walk.path(journey, kept) if step.questions] if journey else []
    pages = {PAGES_ASKED: [step.slug for step in steps]} if journey else {}
    shown = ask.every_question() | {question.id: question for step in steps for question in step.questions}
    return NewReferral(
        referrer=who,
        asked=asked_of(answers),
        signs=_signs(kept),
        child=_child_of(answers),
        phone=str(answers["phone"]),
        email=_or_none(answers, "email"),
        responsibility=Responsibility(responsibility) if responsibility else None,
        agreement=Agreement(agreement) if agreement else None,
        consents=tuple(_consents_of(answers, shown)),
        version=ask.QUESTIONS_VERSION,
        answers={**kept, **pages},
        guarded=guarded_by(answers),
    )


def _signs(answers: Answers) -> frozenset[Sign]:
    """What was ticked, what other answers are signs of, and what the words people wrote may be."""
    said = frozenset(Sign(sign) for sign in ticked(answers, "signs") if sign != ask.NONE)
    written = [str(value) for name, value in answers.items() if name in WRITTEN]
    return said | red_flags.signs_in(answers) | red_flags.signs_in_words(written)


def guarded_by(answers: Answers) -> Guarded | None:
    """Who must not be contacted or told, as these answers say; None for nobody."""
    if answers.get("not_tell") != "yes":
        return None
    return Guarded(
        words=str(answers.get("not_tell_who", "")),
        phones=tuple(filter(None, [str(answers.get("not_tell_phone", ""))])),
        emails=tuple(filter(None, [str(answers.get("not_tell_email", ""))])),
        hides_address="address" in ticked(answers, "not_tell_what"),
    )


def _child_of(answers: Answers) -> Child:
    lines = (str(answers[name]) for name in ("address", "town", "postcode"))
    return Child(
        first=str(answers["child_first"]),
        last=str(answers["child_last"]),
        born=_day(answers["child_born"]),
        nhs_number=_or_none(answers, "nhs_number"),
        address="\n".join(lines),
        postcode=str(answers["postcode"]),
    )


def _consents_of(answers: Answers, asked: Mapping[str, Question]) -> list[Consent]:
    by = str(answers.get("agreed_by") or answers.get("ref_name") or answers.get("adult_name") or _own_name(answers))
    channel = _CHANNELS.get(str(answers.get("agreed_how", "")), ConsentChannel.WEB_FORM)
    consents = [
        Consent(kind, yes in ticked(answers, name), _wording(asked[name], answers), by, channel)
        for kind, name, yes in ask.CONSENTS
        if name in answers
    ]
    by_message = ask.NONE not in ticked(answers, ask.UPDATES.id)
    return [*consents, Consent(ConsentKind.MESSAGES, by_message, _wording(asked[ask.UPDATES.id], answers), by, channel)]


def _wording(question: Question, answers: Answers) -> str:
    """The question and the answer as they stood on the page."""
    return f"{question.label} – {', '.join(question.label_of(one) for one in ticked(answers, question.id))}"


def _own_name(answers: Answers) -> str:
    return f"{answers['child_first']} {answers['child_last']}"


def _or_none(answers: Answers, name: str) -> str | None:
    return str(answers[name]) if name in answers else None


def _day(told: object) -> date:
    return date.fromisoformat(str(told))


STATUS = (
    Question("reference", Kind.REFERENCE, "Referral reference", hint="Like K7MA-4QXT. It is in the messages we sent.",
             missing="Enter the referral reference"),
    Question("born", Kind.DATE_OF_BIRTH, "Date of birth of the child or young person", hint="For example, 27 3 2021",
             missing="Enter the date of birth", short="Date of birth"),
)  # fmt: skip
NO_MATCH = "We cannot find a referral with this reference and date of birth. Check both and try again"

ANSWER = Question(
    "answer", Kind.LONG_TEXT, "Your answer", missing="Enter your answer", longest=4000, short="Your answer"
)

URGENCY = {Urgency.URGENT: "Urgent", Urgency.SOON: "Soon", Urgency.ROUTINE: "Routine"}

"""The first draft of a letter, from the templates in `templates/referral/letters`. Whoever decides may change every
word; what is sent is kept as it was sent."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from textwrap import wrap

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from core.domain.calendar import spoken_date
from referral.outcome_rules import COME_BACK_WITHIN
from referral.outcome_words import ComesNext, LetterTo, Outcome, WhyNot
from referral.words import Urgency

TEMPLATES = Path(__file__).parent.parent / "templates" / "referral" / "letters"
# Longer lines would be cut where messages are put together (`notifications.rules`).
_LINE = 480

FIRST_SEEN: Mapping[ComesNext, str] = {
    ComesNext.CLINIC: "at one of our clinics",
    ComesNext.HOME: "at home",
    ComesNext.SCHOOL: "at nursery, school or college",
    ComesNext.VIDEO: "by video",
    ComesNext.PHONE: "by phone",
    ComesNext.GROUP: "in a group",
}
# For the family, as plain as can be said; staff add what is true of this child.
WHY_NOT: Mapping[WhyNot, str] = {
    WhyNot.INCOMPLETE: "we did not know enough to decide.",
    WhyNot.AGE: "we only see children and young people of a certain age.",
    WhyNot.AREA: "we only see children and young people who live or go to school in our area, or have a GP there.",
    WhyNot.KNOWN: "one of our therapists sees {whom} already.",
    WhyNot.UNIVERSAL: "there is help that you can use without a referral, and it comes first.",
    WhyNot.NO_EFFECT: "what you told us does not get in the way of daily life enough for us to see {whom}.",
    WhyNot.REFERRER: "this kind of referral has to come from a health worker.",
    WhyNot.OTHER_PATHWAY: "there is another way to this kind of help.",
    WhyNot.CONSENT: "the family did not agree to it.",
}
URGENCY: Mapping[Urgency, str] = {Urgency.URGENT: "urgent", Urgency.SOON: "soon", Urgency.ROUTINE: "routine"}

_letters = Environment(
    loader=FileSystemLoader(TEMPLATES),
    undefined=StrictUndefined,
    autoescape=False,  # noqa: S701 - plain text: pages escape it where they show it
    auto_reload=False,
    trim_blocks=True,
)


def draft(
    kind: str,
    to: LetterTo,
    outcome: Outcome,
    *,
    therapy: str,
    is_young_person: bool,
    urgency: Urgency,
    target: date,
    team: str,
    today: date,
) -> str:
    """The letter before anybody changed a word. Names no child."""
    whom = "you" if is_young_person else "your child" if to is LetterTo.FAMILY else "the child or young person"
    words = {
        "therapy": therapy,
        "whom": whom,
        "Whom": whom[:1].upper() + whom[1:],
        "urgency": URGENCY[urgency],
        "target": spoken_date(target),
        "team": team,
        "first_seen": FIRST_SEEN[outcome.comes_next] if outcome.comes_next else "",
        "why": WHY_NOT[outcome.why_not].format(whom=whom) if outcome.why_not else "",
        "place": _sentence(outcome.place),
        "words": _sentence(outcome.words),
        "todo": outcome.todo.strip().rstrip("."),
        "until": spoken_date(today + COME_BACK_WITHIN),
    }
    return tidy(_letters.get_template(f"{kind}-{to}.txt").render(words))


def tidy(text: str) -> str:
    """Paragraphs one empty line apart, whatever was left out or typed between them."""
    lines = [line.strip() for line in text.splitlines()]
    blocks = "\n".join(lines).split("\n\n")
    return "\n\n".join(block.strip("\n") for block in blocks if block.strip())


def in_lines(text: str) -> str:
    """The same words in lines short enough for a message."""
    return "\n".join("\n".join(wrap(line, _LINE)) if line else "" for line in text.splitlines())


def _sentence(words: str) -> str:
    words = words.strip()
    return words if not words or words[-1] in ".!?" else f"{words}."

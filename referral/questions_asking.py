"""How the questions of a referral are written down: once, for three kinds of reader, and on which page they meet.

`{they}`, `{them}`, `{their}` and `{child}` stand for the child or young person in the words of whoever reads: a parent
reads "your child", a young person "you". Everything else about a question is `core.web.questions`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from core.web.questions import Answers, Kind, Option, Question, always
from referral.words import PROFESSIONALS, ReferrerKind

When = Callable[[Answers], bool]
NONE = "none"
YES_NO = (Option("yes", "Yes"), Option("no", "No"))
UNSURE = Option("unsure", "I am not sure")
SHORT, LONG = 150, 4000

PARENTS = frozenset({ReferrerKind.PARENT})
YOUNG_PEOPLE = frozenset({ReferrerKind.YOUNG_PERSON})
FAMILIES = PARENTS | YOUNG_PEOPLE
EVERYBODY = FAMILIES | PROFESSIONALS

# Who reads, and the end of the address of their page where the words differ.
Voices = Mapping[str, tuple[frozenset[ReferrerKind], Mapping[str, str]]]
VOICES: Voices = MappingProxyType(
    {
        "": (PARENTS, {"they": "they", "them": "them", "their": "their", "child": "your child"}),
        "-you": (YOUNG_PEOPLE, {"they": "you", "them": "you", "their": "your", "child": "you"}),
        "-them": (PROFESSIONALS, {"they": "they", "them": "them", "their": "their", "child": "the child"}),
    }
)


@dataclass(frozen=True, slots=True)
class SeenBy:
    """A `when`: who reads is one of `kinds`, and `also` holds."""

    kinds: frozenset[ReferrerKind]
    also: When = always

    def __call__(self, answers: Answers) -> bool:
        return (self.kinds == EVERYBODY or answers.get("who") in self.kinds) and self.also(answers)


@dataclass(frozen=True, slots=True)
class Page:
    """Questions that meet on one page. `whom` sees it; `note` names a template of more words."""

    slug: str
    section: str
    questions: tuple[Question, ...]
    title: str = ""
    whom: frozenset[ReferrerKind] = EVERYBODY
    when: When = always
    note: str = ""

    def spoken(self, voices: Voices = VOICES) -> tuple["Page", ...]:
        """The page once for everybody, or once for each kind of reader where the words differ."""
        said = [self._to(end, kinds, words) for end, (kinds, words) in voices.items() if kinds & self.whom]
        if all((page.title, page.questions) == (said[0].title, said[0].questions) for page in said):
            return (replace(said[0], slug=self.slug, whom=self.whom),)
        return tuple(said)

    def _to(self, end: str, kinds: frozenset[ReferrerKind], words: Mapping[str, str]) -> "Page":
        asked = tuple(_in_voice(question, words) for question in self.questions)
        title = _capital(self.title.format(**words))
        return replace(self, slug=self.slug + end, whom=kinds & self.whom, title=title, questions=asked)


def _in_voice(question: Question, words: Mapping[str, str]) -> Question:
    def said(text: str) -> str:
        return _capital(text.format(**words))

    options = tuple(replace(option, label=said(option.label), hint=said(option.hint)) for option in question.options)
    return replace(
        question,
        label=said(question.label),
        hint=said(question.hint),
        missing=said(question.missing),
        short=said(question.short),
        options=options,
    )


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def line(name: str, label: str, missing: str = "", **more: object) -> Question:
    """One line of text."""
    return _ask(name, Kind.TEXT, label, missing, {"longest": SHORT, **more})


def passage(name: str, label: str, missing: str = "", **more: object) -> Question:
    """What somebody writes in their own words."""
    return _ask(name, Kind.LONG_TEXT, label, missing, {"longest": LONG, **more})


def choice(name: str, label: str, missing: str, *options: Option, **more: object) -> Question:
    """One of several; yes or no when no options are given."""
    return _ask(name, Kind.RADIOS, label, missing, {"options": options or YES_NO, **more})


def boxes(name: str, label: str, missing: str, *options: Option, nothing: str = "", **more: object) -> Question:
    """Several of several, or `nothing` of them."""
    rest = (Option(NONE, nothing, alone=True, after_or=True),) if nothing else ()
    hint = {"hint": "Select all that apply."}
    return _ask(name, Kind.CHECKBOXES, label, missing, {**hint, "options": (*options, *rest), **more})


def yes_and(name: str, *more: Option) -> tuple[Option, ...]:
    """Yes with a question beneath it, no, and perhaps more."""
    return (Option("yes", "Yes", reveals=name), Option("no", "No"), *more)


def _ask(name: str, kind: Kind, label: str, missing: str, more: Mapping[str, object]) -> Question:
    return Question(name, kind, label, missing=missing, **more)  # type: ignore[arg-type]

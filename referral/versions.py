"""Every version of the questions that was ever asked, kept as data, so that a referral can be read as it was asked.

A line of a file is a question. Words that differ by reader are kept once, as `questions_asking` writes them, with the
words that stood for `{they}` then; how therapies are called is the profile's. After a change of questions:

1. give `QUESTIONS_VERSION` its new name, 2. `python -m referral.versions` prints the file, 3. commit both.

A version that has been asked is never printed again: a test compares it with the questions of today."""

import json
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from core.domain.identity import Discipline
from core.domain.profile import Profile
from core.web.journey import Journey, Step
from core.web.questions import Answers, Kind, Option, Question
from referral import questions, steps
from referral.forms import PAGES_ASKED
from referral.questions_asking import EVERYBODY, VOICES, Page, Voices
from referral.questions_start import START
from referral.sections import therapies
from referral.words import ReferrerKind

_FOLDER = Path(__file__).with_name("versions")
_NAMES = {discipline: f"<{discipline}>" for discipline in Discipline}


def text_of_today() -> str:
    """The questions of today as their version keeps them. When a question applies, and what is said when an answer is
    wrong, is not kept: the answers show what was asked."""
    voices = {end: {"for": sorted(kinds), "words": dict(words)} for end, (kinds, words) in VOICES.items()}
    pages = ",\n".join(map(_print_page, questions.every_page(_NAMES.__getitem__)))
    return f'{{"version": "{questions.QUESTIONS_VERSION}",\n"voices": {_line(voices)},\n"pages": [\n{pages}\n]}}\n'


def _print_page(page: Page) -> str:
    told = {"slug": page.slug, "section": page.section, "title": page.title, "whom": sorted(page.whom)}
    if page.whom == EVERYBODY:
        del told["whom"]
    asked = ",\n  ".join(_line(_print(question)) for question in page.questions)
    return f'{_line(_filled(told))[:-1]}, "asks": [\n  {asked}]}}'


def _print(question: Question) -> Mapping[str, Any]:
    options = {one.value: [one.label, one.hint] if one.hint else one.label for one in question.options}
    told = {"id": question.id, "kind": question.kind.value, "label": question.label, "short": question.short}
    return _filled({**told, "hint": question.hint, "options": options})


def _filled(told: Mapping[str, Any]) -> Mapping[str, Any]:
    return {name: value for name, value in told.items() if value}


def _line(told: Mapping[str, Any]) -> str:
    return json.dumps(told, ensure_ascii=False)


@dataclass(frozen=True, slots=True)
class _WasAsked:
    """A `when`: it has been answered."""

    names: frozenset[str]

    def __call__(self, answers: Answers) -> bool:
        return not self.names.isdisjoint(answers)


def journey_asked(profile: Profile, today: date, version: str, answers: Answers) -> Journey:
    """The pages a referral was asked on, in the words of its version, whatever is asked today. Of a version nobody
    knows (a database older than its program) what is known of it is read with today's questions."""
    now = steps.journey_for(profile, today)
    if version == now.version or version not in known_versions():
        return now
    return read_version(profile, version, answers, now)


def read_version(profile: Profile, version: str, answers: Answers, now: Journey) -> Journey:
    """The same of any version there is a file of."""
    names = tuple((discipline, words.name) for discipline, words in profile.disciplines.items())
    asked = answers.get(PAGES_ASKED)
    pages = [page for page in _pages(version, names) if not asked or page.slug in asked]
    return Journey(now.name, version, now.title, tuple(pages if asked else _once(pages)))


@lru_cache(maxsize=1)
def known_versions() -> frozenset[str]:
    """The versions that can be read."""
    return frozenset(path.stem for path in _FOLDER.glob("*.json"))


def _once(pages: Iterable[Step]) -> list[Step]:
    """Each question on the first page that has it, for referrals from before pages were kept."""
    met: set[str] = set()
    kept = []
    for page in pages:
        new = tuple(question for question in page.questions if question.id not in met)
        met |= {question.id for question in new}
        if new:
            kept.append(Step(page.slug, new, title=page.title, when=page.when, section=page.section))
    return kept


@lru_cache(maxsize=32)
def _pages(version: str, names: tuple[tuple[Discipline, str], ...]) -> tuple[Step, ...]:
    told = json.loads((_FOLDER / f"{version}.json").read_text(encoding="utf-8"))
    voices = {end: (frozenset(map(ReferrerKind, v["for"])), v["words"]) for end, v in told["voices"].items()}
    called = {_NAMES[discipline]: name[:1].upper() + name[1:] for discipline, name in names}
    steps_told = [step for page in told["pages"] for step in _spoken(page, voices, called)]
    wanted = therapies(names)
    before = next(n for n, step in enumerate(steps_told) if step.slug == "signs")
    which = Step("therapies", (wanted,), when=_WasAsked(frozenset({wanted.id})), section=START)
    return (*steps_told[:before], which, *steps_told[before:])


def _spoken(told: dict[str, Any], voices: Voices, called: Mapping[str, str]) -> Iterable[Step]:
    section, title = (called.get(told.get(name, ""), told.get(name, "")) for name in ("section", "title"))
    whom = frozenset(map(ReferrerKind, told.get("whom", EVERYBODY)))
    page = Page(told["slug"], section, tuple(map(_question, told["asks"])), title=title, whom=whom)
    for said in page.spoken(voices):
        when = _WasAsked(frozenset(question.id for question in said.questions))
        yield Step(said.slug, said.questions, title=said.title, when=when, section=section)


def _question(told: dict[str, Any]) -> Question:
    words = told.get("options", {}).items()
    options = (Option(value, label) if isinstance(label, str) else Option(value, *label) for value, label in words)
    return Question(
        told["id"],
        Kind(told["kind"]),
        told["label"],
        hint=told.get("hint", ""),
        short=told.get("short", ""),
        options=tuple(options),
        when=_WasAsked(frozenset({told["id"]})),
    )


def print_today(folder: Path = _FOLDER) -> Path:
    """Writes the questions of today beside the others; returns where. FileExistsError when this version was printed
    with other words: what has been asked stays."""
    where = folder / f"{questions.QUESTIONS_VERSION}.json"
    if where.exists() and where.read_text(encoding="utf-8") != text_of_today():
        raise FileExistsError(f"{where.name} has other questions: give QUESTIONS_VERSION a new name")
    where.write_text(text_of_today(), encoding="utf-8")
    return where


if __name__ == "__main__":
    sys.stdout.write(f"{print_today()}\n")

"""Every version of the questions that was ever asked, kept as data, so that a referral can be read as it was asked.

`python -m referral.versions` prints the version of today into `versions/`. A version that has been asked is never
changed: a test compares the printed one with the questions, so that nobody changes a question without its version."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from core.domain.profile import Profile, load_profile
from core.web.journey import Journey, Step
from core.web.questions import Answers, Kind, Option, Question
from referral import steps
from referral.forms import PAGES_ASKED

_FOLDER = Path(__file__).with_name("versions")


def printed(journey: Journey) -> dict[str, Any]:
    """The words of every page of a journey. When a question applies is not kept: answers show what was asked."""
    pages = [
        {
            "slug": step.slug,
            "section": step.section,
            "title": step.title,
            "questions": list(map(_print, step.questions)),
        }
        for step in journey.steps
        if step.questions
    ]
    return {"version": journey.version, "pages": pages}


def _print(question: Question) -> dict[str, Any]:
    told: dict[str, Any] = {"id": question.id, "kind": question.kind.value, "label": question.label}
    if question.short:
        told["short"] = question.short
    if question.options:
        told["options"] = {option.value: option.label for option in question.options}
    return told


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
    asked = answers.get(PAGES_ASKED)
    pages = [page for page in _pages(version) if not asked or page.slug in asked]
    return Journey(now.name, version, now.title, tuple(pages if asked else _once(pages)))


def known_versions() -> list[str]:
    """The versions that can be read, oldest first."""
    return sorted(path.stem for path in _FOLDER.glob("*.json"))


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
def _pages(version: str) -> tuple[Step, ...]:
    told = json.loads((_FOLDER / f"{version}.json").read_text(encoding="utf-8"))
    return tuple(_page(page) for page in told["pages"])


def _page(told: dict[str, Any]) -> Step:
    questions = tuple(map(_question, told["questions"]))
    when = _WasAsked(frozenset(question.id for question in questions))
    return Step(told["slug"], questions, title=told["title"], when=when, section=told["section"])


def _question(told: dict[str, Any]) -> Question:
    return Question(
        told["id"],
        Kind(told["kind"]),
        told["label"],
        short=told.get("short", ""),
        options=tuple(Option(value, label) for value, label in told.get("options", {}).items()),
        when=_WasAsked(frozenset({told["id"]})),
    )


def print_today(profile: Profile, today: date) -> Path:
    """Writes the questions of today beside the others; returns where."""
    journey = steps.journey_for(profile, today)
    where = _FOLDER / f"{journey.version}.json"
    where.write_text(text_of(journey), encoding="utf-8")
    return where


def text_of(journey: Journey) -> str:
    return json.dumps(printed(journey), ensure_ascii=False, indent=1) + "\n"


if __name__ == "__main__":
    service = load_profile(Path(__file__).parents[1] / "profiles" / "hertfordshire.toml")
    print_today(service, date(2026, 12, 1))

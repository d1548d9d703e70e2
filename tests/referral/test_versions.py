"""What was asked can always be read as it was asked, and no question changes without a new version."""

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest

from core.web.questions import Answers
from referral import forms, presenters, questions, versions
from referral.forms import PAGES_ASKED
from tests.referral.support import PARENT, PROFESSIONAL, PROFILE, TODAY, YOUNG_PERSON, journey

FOLDER = Path(versions.__file__).with_name("versions")
# What has been asked never changes. The version of today joins them when the next one is printed.
ASKED = {
    "2026-11": "14e0806b72cebd00e399d4244721e658276b57ea3129b1e2732452ca371ab5cf",
}


def test_the_version_of_today_is_printed() -> None:
    printed = (FOLDER / f"{questions.QUESTIONS_VERSION}.json").read_text(encoding="utf-8")
    assert printed == versions.text_of_today(), "a question changed: see referral/versions.py for what to do"


def test_versions_of_the_past_stay_as_they_were() -> None:
    past = versions.known_versions() - {questions.QUESTIONS_VERSION}
    assert {name: hashlib.sha256((FOLDER / f"{name}.json").read_bytes()).hexdigest() for name in past} == ASKED


def test_a_changed_question_is_not_printed_under_a_name_that_was_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    where = versions.print_today(tmp_path)
    assert versions.print_today(tmp_path) == where
    first, *rest = questions.every_page(lambda discipline: discipline.value)
    changed = replace(first, questions=(replace(first.questions[0], label="Who is asking?"),))
    monkeypatch.setattr(questions, "every_page", lambda _: (changed, *rest))
    with pytest.raises(FileExistsError, match="QUESTIONS_VERSION"):
        versions.print_today(tmp_path)
    monkeypatch.setattr(questions, "QUESTIONS_VERSION", "2099-01")
    assert "Who is asking?" in versions.print_today(tmp_path).read_text(encoding="utf-8")


def test_the_printed_version_has_every_page_word_for_word() -> None:
    asked = [step for step in journey().steps if step.questions]
    told = versions.read_version(
        PROFILE, questions.QUESTIONS_VERSION, {PAGES_ASKED: [s.slug for s in asked]}, journey()
    )
    assert [step.slug for step in told.steps] == [step.slug for step in asked]
    for one, other in zip(told.steps, asked, strict=True):
        assert (one.section, one.title) == (other.section, other.title)
        for kept, question in zip(one.questions, other.questions, strict=True):
            words = [(option.value, option.label, option.hint) for option in kept.options]
            assert words == [(option.value, option.label, option.hint) for option in question.options]
            same = ("id", "kind", "label", "hint", "short")
            assert [getattr(kept, name) for name in same] == [getattr(question, name) for name in same]


@pytest.mark.parametrize(
    "answers", [PARENT, YOUNG_PERSON, PROFESSIONAL], ids=["parent", "young person", "professional"]
)
def test_a_referral_reads_the_same_from_its_version_as_it_was_asked(answers: Answers) -> None:
    kept = forms.new_referral(answers, journey()).answers
    told = versions.read_version(PROFILE, questions.QUESTIONS_VERSION, kept, journey())
    given = {row for section in presenters.letter(told, kept) for row in (*section.rows, *section.passages)}
    today = {row for section in presenters.letter(journey(), kept) for row in (*section.rows, *section.passages)}
    assert given <= today
    assert {row for row in today - given if row[1] != "Not provided"} == set()


def test_a_referral_of_an_older_version_is_read_in_its_own_words() -> None:
    old: dict[str, str | list[str]] = {
        "who": "parent",
        "disciplines": ["slt"],
        "slt_areas": ["speech"],
        "slt_hearing": "clear",
        "school": "Invented",
    }
    rows = dict(
        row
        for section in presenters.letter(versions.journey_asked(PROFILE, TODAY, "2026-11", old), old)
        for row in section.rows
    )
    assert rows["Hearing tested in the last 12 months"] == "Yes, and it was fine"
    assert rows["Therapies"] == "Speech and language therapy"
    assert "Born early" not in rows

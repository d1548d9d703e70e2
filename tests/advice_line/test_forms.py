"""What people may type on the advice line."""

from datetime import date

import pytest

from advice_line.forms import journey_for, left_from
from advice_line.words import Caller, Part, Sign, Topic
from core.domain.identity import Discipline
from core.web.journey import first_unanswered, path
from core.web.questions import Answers
from tests.advice_line.support import ANSWERS, profile

JOURNEY = journey_for(profile)
TODAY = date(2026, 11, 23)


def slugs(answers: Answers) -> list[str]:
    return [step.slug for step in path(JOURNEY, answers)]


def test_the_complete_answers_of_the_tests_complete_the_journey() -> None:
    assert first_unanswered(JOURNEY, ANSWERS) is None


def test_the_journey_is_made_once_for_a_service() -> None:
    assert journey_for(profile) is JOURNEY


def test_a_child_is_asked_about_only_when_it_may_be_known() -> None:
    assert "child" in slugs({"known": "yes"})
    assert "child" in slugs({"known": "unsure"})
    assert "child" not in slugs({"known": "no"})


def test_an_interpreter_is_asked_about_only_for_another_language() -> None:
    assert "interpreter" in slugs({"language": "pl"})
    assert "interpreter" not in slugs({"language": "en"})


def test_every_page_with_free_text_begins_with_999() -> None:
    for step in JOURNEY.steps:
        if any(question.id in ("message", "signs") for question in step.questions):
            assert step.note == "components/emergency.html"


def test_answers_become_a_message() -> None:
    left = left_from(ANSWERS)
    assert (left.caller, left.discipline, left.topic) == (Caller.PARENT, Discipline.SLT, Topic.TALKING)
    assert left.signs == frozenset()
    assert left.good_times == frozenset(), "any time"
    assert (left.language, left.interpreter_ok) == (None, True)
    assert left.child is not None
    assert left.child.born == date(2022, 3, 15)
    assert left.safe_to_leave_message


def test_not_sure_is_no_discipline_and_signs_are_kept() -> None:
    left = left_from({**ANSWERS, "therapy": "not-sure", "signs": ["choking", "weight"], "good_times": ["lunch"]})
    assert left.discipline is None
    assert left.signs == {Sign.CHOKING, Sign.WEIGHT}
    assert left.good_times == {Part.LUNCH}


@pytest.mark.parametrize(("interpreter", "all_right"), [("yes", True), ("no", False)])
def test_who_wants_no_interpreter_is_called_only_in_their_language(interpreter: str, all_right: bool) -> None:
    left = left_from({**ANSWERS, "language": "pl", "interpreter": interpreter})
    assert (left.language, left.interpreter_ok) == ("pl", all_right)

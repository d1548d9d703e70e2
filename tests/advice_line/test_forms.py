"""What people may type on the advice line."""

from datetime import date

import pytest

from advice_line.forms import call_questions, journey_for, left_from, notes_from, with_notes_checked
from advice_line.words import Caller, Outcome, Part, Sign, Topic
from core.domain.identity import Discipline
from core.web.forms import Form
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


def read(**typed: str) -> Form:
    body = {name: [value] for name, value in typed.items()}
    return with_notes_checked(Form.read(call_questions(profile.calendar, TODAY), body, today=TODAY))


def day(name: str, day: int, month: int = 11, year: int = 2026) -> dict[str, str]:
    return {f"{name}-day": str(day), f"{name}-month": str(month), f"{name}-year": str(year)}


def test_a_call_that_reached_somebody_needs_notes_and_a_next_step() -> None:
    form = read(outcome="reached")
    assert list(form.errors) == ["notes", "next"], "in the order of the page"
    assert form.answers is None
    closed = read(outcome="reached", notes="Read together every day.", next="close")
    assert closed.answers is not None
    assert notes_from(closed.answers).close


def test_a_call_without_an_answer_needs_nothing_more_and_keeps_its_note() -> None:
    form = read(outcome="no-answer", notes="Left a voicemail.")
    assert form.answers is not None
    assert notes_from(form.answers).notes == "Left a voicemail."
    assert notes_from(form.answers).outcome is Outcome.NO_ANSWER


def test_a_call_put_off_names_a_day() -> None:
    assert set(read(outcome="asked-later").errors) == {"again_on"}
    form = read(outcome="asked-later", **day("again_on", 25))
    assert form.answers is not None
    assert notes_from(form.answers).again_on == date(2026, 11, 25)


def test_calling_again_names_a_day() -> None:
    assert set(read(outcome="reached", notes="x", next="call-again").errors) == {"again_on"}


@pytest.mark.parametrize(
    ("wanted", "words"),
    [((20, 11, 2026), "today or in the next 60 days"), ((28, 11, 2026), "closed"), ((1, 3, 2027), "60 days")],
)
def test_a_day_to_call_again_is_one_on_which_we_can(wanted: tuple[int, int, int], words: str) -> None:
    form = read(outcome="asked-later", notes="kept", **day("again_on", *wanted))
    assert words in form.errors["again_on"]
    assert form.text("notes") == "kept"

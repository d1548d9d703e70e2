"""A journey always ends, never asks what does not apply, and never loses an answer that still counts."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from core.web import journey as walk
from core.web.forms import Form
from core.web.journey import Journey, Step
from core.web.questions import Answers, Kind, Option, Question, Value, is_one_of

WHO = Question(
    "who",
    Kind.RADIOS,
    "Who are you?",
    missing="Say who",
    options=(Option("parent", "Parent"), Option("school", "School")),
)
SCHOOL = Question("school", Kind.TEXT, "School", missing="Enter the school", when=is_one_of("who", "school"))
WANTED = Question(
    "wanted", Kind.CHECKBOXES, "What?", missing="Choose", options=(Option("ot", "OT"), Option("slt", "SLT"))
)
TALKING = Question("talking", Kind.LONG_TEXT, "Talking", when=is_one_of("wanted", "slt"))
BORN = Question("born", Kind.DATE_OF_BIRTH, "Date of birth", missing="Enter a date of birth")

JOURNEY = Journey(
    "test",
    "1",
    "A test",
    (
        Step("who", (WHO,)),
        Step("school", (SCHOOL,), when=is_one_of("who", "school")),
        Step("wanted", (WANTED,)),
        Step("talking", (TALKING,), when=is_one_of("wanted", "slt")),
        Step("born", (BORN,)),
    ),
)

given_answers = st.fixed_dictionaries(
    {},
    optional={
        "who": st.sampled_from(["parent", "school"]),
        "school": st.text(min_size=1, max_size=5),
        "wanted": st.lists(st.sampled_from(["ot", "slt"]), min_size=1, unique=True),
        "talking": st.text(min_size=1, max_size=5),
        "born": st.just("2020-02-29"),
    },
)


def walk_through(answers: Answers) -> list[str]:
    """The pages a person meets who gives these answers, or stops at the first that has none."""
    seen: list[str] = []
    kept: dict[str, Value] = {}
    step: Step | None = JOURNEY.steps[0]
    while step:
        assert walk.may_visit(JOURNEY, kept, step)
        seen.append(step.slug)
        new = {q.id: answers[q.id] for q in step.questions if q.id in answers}
        kept = walk.answer(JOURNEY, kept, step, new)
        if not walk.is_answered(step, kept):
            return seen
        step = walk.next_step(JOURNEY, kept, step, changing=False)
    return [*seen, "check"]


@given(given_answers)
def test_every_walk_ends_without_meeting_a_page_twice(answers: Answers) -> None:
    seen = walk_through(answers)
    assert len(seen) == len(set(seen)) <= len(JOURNEY.steps) + 1


@given(given_answers)
def test_answers_that_do_not_apply_are_dropped_and_the_others_kept(answers: dict[str, str]) -> None:
    kept = walk.still_applies(JOURNEY, answers)
    assert ("school" in kept) == ("school" in answers and answers.get("who") == "school")
    assert ("talking" in kept) == ("talking" in answers and "slt" in answers.get("wanted", ""))
    assert all(kept[name] == answers[name] for name in kept)
    assert walk.still_applies(JOURNEY, kept) == kept


def test_changing_one_answer_leads_back_to_the_check() -> None:
    answers: Answers = {"who": "parent", "wanted": ["ot"], "born": "2020-01-01"}
    changed = walk.answer(JOURNEY, answers, JOURNEY.steps[4], {"born": "2021-01-01"})
    assert walk.next_step(JOURNEY, changed, JOURNEY.steps[4], changing=True) is None


def test_a_change_that_opens_a_question_leads_to_it_first() -> None:
    answers: Answers = {"who": "parent", "wanted": ["ot"], "born": "2020-01-01"}
    changed = walk.answer(JOURNEY, answers, JOURNEY.steps[0], {"who": "school"})
    following = walk.next_step(JOURNEY, changed, JOURNEY.steps[0], changing=True)
    assert following is not None
    assert following.slug == "school"


def test_a_page_further_on_does_not_open_before_those_in_front_of_it() -> None:
    assert not walk.may_visit(JOURNEY, {"who": "school"}, JOURNEY.steps[2])
    assert walk.may_visit(JOURNEY, {"who": "school", "school": "x"}, JOURNEY.steps[2])


def test_an_optional_page_counts_as_answered_once_it_was_passed() -> None:
    answers: Answers = {"who": "parent", "wanted": ["slt"]}
    assert walk.first_unanswered(JOURNEY, answers) == JOURNEY.steps[3]
    passed = walk.answer(JOURNEY, answers, JOURNEY.steps[3], {})
    assert walk.first_unanswered(JOURNEY, passed) == JOURNEY.steps[4]


def test_the_check_page_has_a_line_for_every_question_asked() -> None:
    rows = walk.check_rows(JOURNEY, {"who": "parent", "wanted": ["slt", "ot"], "born": "2020-02-29"})
    assert [(row.name, row.value) for row in rows] == [
        ("Who are you?", "Parent"),
        ("What?", "SLT\nOT"),
        ("Talking", "Not provided"),
        ("Date of birth", "29 February 2020"),
    ]


def test_a_form_shows_again_what_was_answered_before() -> None:
    form = walk.form_for(JOURNEY.steps[4], {"born": "2020-02-09"})
    assert (form.text("born-day"), form.text("born-month"), form.text("born-year")) == ("9", "2", "2020")
    again = Form.read(
        form.questions, {name: [str(value)] for name, value in form.typed.items()}, today=date(2026, 11, 23)
    )
    assert again.answers == {"born": "2020-02-09"}

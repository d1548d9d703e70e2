"""Bad input gets a clear answer beside the field, and nothing typed is lost."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.web.forms import Form
from core.web.questions import Kind, Option, Question

TODAY = date(2026, 11, 23)
NAME = Question("name", Kind.TEXT, "Name", missing="Enter a name", longest=10)
NOTE = Question("note", Kind.LONG_TEXT, "Anything else")
BORN = Question("born", Kind.DATE_OF_BIRTH, "Date of birth", missing="Enter a date of birth")
NUMBER = Question("number", Kind.NHS_NUMBER, "NHS number")
BOXES = Question(
    "boxes",
    Kind.CHECKBOXES,
    "Which?",
    missing="Choose",
    options=(Option("a", "A"), Option("b", "B"), Option("no", "None of these", alone=True)),
)
PICK = Question("pick", Kind.RADIOS, "Pick", missing="Choose one", options=(Option("x", "X"), Option("y", "Y")))
EVERY_KIND = tuple(
    Question(kind.value, kind, f"A {kind.value}", missing=f"Enter {kind.value}", options=(Option("a", "A"),))
    for kind in Kind
)


def read(question: Question, **body: str | list[str]) -> Form:
    typed = {name.replace("_", "-"): [value] if isinstance(value, str) else value for name, value in body.items()}
    return Form.read((question,), typed, today=TODAY, test_numbers=True)


def test_what_was_left_blank_is_named_beside_its_field_and_in_the_summary() -> None:
    form = read(NAME, name="  ")
    assert form.answers is None
    assert form.summary == [{"text": "Enter a name", "href": "#name"}]


def test_what_is_optional_may_be_left_blank() -> None:
    assert read(NOTE, note="").answers == {}


def test_text_that_is_too_long_says_by_how_much_and_is_kept() -> None:
    form = read(NAME, name="x" * 12)
    assert form.errors["name"] == "Name must be 10 characters or fewer. You have 2 too many"
    assert form.text("name") == "x" * 12


def test_lines_of_long_text_are_kept_and_other_spaces_tidied() -> None:
    assert read(NOTE, note="one \r\n\r\ntwo  ").answers == {"note": "one\n\ntwo"}
    assert read(NAME, name=" Ada   B ").answers == {"name": "Ada B"}


@pytest.mark.parametrize(
    ("day", "month", "year", "message", "goes_to"),
    [
        ("", "", "", "Enter a date of birth", "#born-day"),
        ("1", "", "2020", "Date of birth must include a month", "#born-month"),
        ("31", "2", "2020", "Date of birth must be a real date", "#born-day"),
        ("1", "2", "20", "Year must include 4 numbers", "#born-year"),
        ("x", "2", "2020", "Date of birth must be a real date. Check the day", "#born-day"),
        ("1", "1", "2030", "Date of birth must be today or in the past", "#born-day"),
        ("٣", "1", "2020", "Date of birth must be a real date. Check the day", "#born-day"),
    ],
)
def test_a_date_that_cannot_be_says_which_box_is_wrong(
    day: str, month: str, year: str, message: str, goes_to: str
) -> None:
    form = read(BORN, born_day=day, born_month=month, born_year=year)
    assert form.summary == [{"text": message, "href": goes_to}]


def test_a_month_may_be_written_as_a_word() -> None:
    assert read(BORN, born_day="3", born_month="Sept", born_year="2020").answers == {"born": "2020-09-03"}


def test_one_ticked_box_is_a_list_like_many() -> None:
    assert read(BOXES, boxes="a").answers == {"boxes": ["a"]}
    assert read(BOXES, boxes=["b", "a"]).answers == {"boxes": ["a", "b"]}


def test_none_of_these_cannot_be_ticked_with_others() -> None:
    assert "None of these" in read(BOXES, boxes=["a", "no"]).errors["boxes"]


def test_a_choice_nobody_offered_is_refused() -> None:
    assert read(PICK, pick="z").errors == {"pick": "Choose one"}


def test_a_password_is_neither_tidied_nor_shown_again() -> None:
    secret = Question("secret", Kind.PASSWORD, "Password", missing="Enter your password")
    assert read(secret, secret="  a  b ").answers == {"secret": "  a  b "}


def test_refusing_after_reading_keeps_what_was_typed() -> None:
    form = read(NAME, name="Ada").refuse("name", "Already taken")
    assert (form.text("name"), form.summary) == ("Ada", [{"text": "Already taken", "href": "#name"}])


@given(
    st.dictionaries(
        st.sampled_from([k.value for k in Kind] + ["date-day", "date-month", "date-year", "date-of-birth-day"]),
        st.lists(st.text(max_size=40), min_size=1, max_size=3),
    )
)
def test_no_input_whatever_breaks_the_reader(body: dict[str, list[str]]) -> None:
    form = Form.read(EVERY_KIND, body, today=TODAY)
    assert (form.answers is None) == bool(form.errors)
    assert set(form.errors) <= {question.id for question in EVERY_KIND}

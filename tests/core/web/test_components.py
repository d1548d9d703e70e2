"""What is kept for the next who asks is the same for everybody, and nothing that anyone typed."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from core.web import journey as walk
from core.web.forms import Form
from core.web.questions import Kind, Option, Question
from core.web.templates import Templates
from tests.core.web.test_journey import JOURNEY

_ROOT = Path(__file__).parents[3]
NAME = Question("name", Kind.TEXT, "What is your name?", missing="Enter your name")
WAY = Question(
    "way",
    Kind.RADIOS,
    "How?",
    missing="Say how",
    options=(Option("post", "By post", reveals="name"), Option("no", "No")),
)


@pytest.fixture
def templates() -> Templates:
    return Templates(_ROOT / "templates", {})


def kept(templates: Templates) -> int:
    return templates.nhs._render_unchanging.cache_info().currsize


def test_a_blank_page_looks_the_same_kept_or_not(templates: Templates) -> None:
    blank = Form.blank((WAY, NAME))
    fresh = templates.field(blank, WAY)
    again = [templates.field(replace(blank, same_for_all=True), WAY) for _ in range(2)]
    assert again == [fresh, fresh]
    assert kept(templates) > 0


@pytest.mark.parametrize("step", JOURNEY.steps, ids=lambda step: str(step.slug))
def test_only_a_page_with_nothing_typed_is_the_same_for_all(step: walk.Step) -> None:
    assert walk.form_for(step, {}).same_for_all
    for question in step.questions:
        typed = "2020-02-09" if question.kind in (Kind.DATE, Kind.DATE_OF_BIRTH) else "slt"
        assert not walk.form_for(step, {question.id: typed}).same_for_all


def test_what_was_typed_or_refused_is_kept_nowhere(templates: Templates) -> None:
    typed = Form.read((NAME,), {"name": ["Ann Invented"]}, today=date(2026, 11, 23))
    refused = Form.blank((NAME,)).refuse("name", "Enter another name than Ann Invented")
    for form in (typed, refused):
        assert "Ann Invented" in templates.field(form, NAME)
    assert kept(templates) == 0


def test_a_parameter_named_like_a_method_is_found_as_jinja_finds_it(templates: Templates) -> None:
    shown = templates.nhs.summary_list({"rows": [{"key": {"text": "Key"}, "value": {"text": "Value"}}]})
    assert "Key" in shown
    assert "Value" in shown

"""What a therapist fills in after a call."""

from datetime import date
from typing import Any
from uuid import UUID

import pytest

from accounts.api import StaffView
from advice_line.models import AdviceMessage
from advice_line.record_forms import CallForm, filled_in, notes_from, ticked_texts, with_notes_checked
from advice_line.record_words import Advice, WhatNext
from advice_line.snippet_words import Snippet, Text
from advice_line.words import Outcome
from core.domain.identity import Discipline, Role
from core.web.forms import Form
from core.web.questions import Question
from tests.advice_line.support import profile

TODAY = date(2026, 11, 23)
TEXT_ID, BEN_ID = UUID(int=1), UUID(int=2)
TEXT = Snippet(TEXT_ID, 3, Discipline.SLT, Text("Sharing books", "Read together every day."), retired=False)
BEN = StaffView(
    id=BEN_ID,
    name="Ben Invented",
    email="ben@example.org",
    roles=frozenset({Role.THERAPIST}),
    disciplines=frozenset({Discipline.OT}),
    languages=frozenset(),
    areas=frozenset(),
    active=True,
)


def a_message(email: str | None) -> AdviceMessage:
    """What the form asks of a message; the rest of it is not looked at."""
    caller = {"name": "Robin Invented", "phone": "+447700900123", "email": email}
    told: dict[str, Any] = {"discipline": Discipline.SLT, "caller": caller, "safe_to_leave_message": False}
    return AdviceMessage(**told)


A_MESSAGE = a_message("robin@example.org")


def questions(**more: Any) -> tuple[Question, ...]:
    told: dict[str, Any] = {
        "message": A_MESSAGE,
        "profile": profile,
        "today": TODAY,
        "texts": [TEXT],
        "colleagues": [BEN],
    }
    return CallForm(**(told | more)).questions


def read(**typed: str | list[str]) -> Form:
    body = {name: [value] if isinstance(value, str) else value for name, value in typed.items()}
    return with_notes_checked(Form.read(questions(), body, today=TODAY))


def day(name: str, day: int, month: int = 11, year: int = 2026) -> dict[str, str]:
    return {f"{name}-day": str(day), f"{name}-month": str(month), f"{name}-year": str(year)}


def test_a_call_that_reached_somebody_needs_notes_and_a_next_step() -> None:
    form = read(outcome="reached")
    assert list(form.errors) == ["notes", "next"], "in the order of the page"
    assert form.answers is None
    closed = read(outcome="reached", notes="Read together every day.", next="close")
    assert closed.answers is not None
    assert notes_from(closed.answers).following is WhatNext.CLOSED


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


def test_an_interpreter_is_needed_for_a_language_and_a_day() -> None:
    assert list(read(outcome="interpreter-needed").errors) == ["speaks", "again_on"]
    form = read(outcome="interpreter-needed", speaks="pl", **day("again_on", 25))
    assert form.answers is not None
    notes = notes_from(form.answers)
    assert (notes.outcome, notes.language, notes.following) == (Outcome.INTERPRETER, "pl", WhatNext.CALL_AGAIN)


@pytest.mark.parametrize(
    ("chosen", "therapy", "colleague"),
    [("ot", Discipline.OT, None), (f"ot:{BEN_ID}", Discipline.OT, BEN_ID), ("physio", Discipline.PHYSIO, None)],
)
def test_it_is_passed_to_a_therapy_or_to_one_of_its_therapists(
    chosen: str, therapy: Discipline, colleague: UUID | None
) -> None:
    form = read(outcome="reached", notes="Not ours.", next="pass-on", pass_to=chosen)
    assert form.answers is not None
    notes = notes_from(form.answers)
    assert (notes.what_next, notes.pass_to, notes.colleague) == (WhatNext.PASSED_ON, therapy, colleague)


def test_it_is_never_passed_to_its_own_therapy() -> None:
    assert read(outcome="reached", notes="x", next="pass-on", pass_to="slt").errors["pass_to"]


def test_texts_are_given_in_the_version_that_was_ticked() -> None:
    form = read(outcome="reached", notes="x", next="close", texts=[f"{TEXT_ID}:3"], send=["yes"])
    assert form.answers is not None
    assert notes_from(form.answers).advice == Advice(((TEXT_ID, 3),), send=True)


def test_what_is_no_text_of_ours_is_passed_over() -> None:
    assert ticked_texts([f"{TEXT_ID}:3", "nonsense", f"{TEXT_ID}:x", ""]) == {(TEXT_ID, 3)}


def test_nothing_is_sent_where_there_is_nowhere_safe_to_write() -> None:
    assert "send" not in {one.id for one in questions(message=a_message(None))}
    assert "send" in {one.id for one in questions()}


@pytest.mark.parametrize(
    "typed",
    [
        {"outcome": "reached", "notes": "x", "next": "close", "texts": [f"{TEXT_ID}:3"], "send": ["yes"]},
        {"outcome": "reached", "notes": "x", "next": "pass-on", "pass_to": f"ot:{BEN_ID}"},
        {"outcome": "interpreter-needed", "speaks": "pl", **day("again_on", 25)},
        {"outcome": "no-answer", "notes": "Left a voicemail."},
    ],
)
def test_what_was_taken_back_is_filled_in_as_it_was_typed(typed: dict[str, str | list[str]]) -> None:
    form = read(**typed)
    assert form.answers is not None
    again = filled_in(questions(), notes_from(form.answers).as_typed())
    assert {name: value for name, value in again.typed.items() if value} == typed

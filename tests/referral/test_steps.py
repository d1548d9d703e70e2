"""For any answers the journey ends, asks only what applies, and loses no valid answer. Every question can be shown."""

from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.web import journey as walk
from core.web.forms import Form
from core.web.journey import Step
from core.web.questions import Kind, Question, Value
from referral import forms, rules
from referral.questions import QUESTIONS_VERSION
from referral.steps import asked_of
from referral.words import Agreement, ReferrerKind, Sign
from tests.referral.support import PARENT, PROFESSIONAL, PROFILE, TODAY, YOUNG_PERSON, journey
from tests.support.house import templates

JOURNEY = journey()
QUESTIONS = [(step.slug, question) for step in JOURNEY.steps for question in step.questions]
# Something valid for the kinds that are not chosen from a list.
_VALID: dict[Kind, list[str]] = {
    Kind.TEXT: ["Some words"],
    Kind.LONG_TEXT: ["Some words\nin two lines"],
    Kind.EMAIL: ["invented@example.org"],
    Kind.PHONE: ["+447700900001", "+441632960001"],
    Kind.POSTCODE: ["AL1 3JE", "SG3 6AA", "ZZ9 9ZZ"],
    Kind.NHS_NUMBER: ["9990000018"],
    Kind.DATE_OF_BIRTH: ["2022-03-27", "2009-05-01", "2004-02-29", "2012-12-31", "2026-11-01"],
}


def answer_to(question: Question) -> st.SearchStrategy[Value]:
    """Any answer the question takes."""
    values = [option.value for option in question.options]
    if question.kind is Kind.CHECKBOXES:
        some = [option.value for option in question.options if not option.alone]
        alone = [[option.value] for option in question.options if option.alone]
        several: st.SearchStrategy[Value] = st.lists(st.sampled_from(some), min_size=1, unique=True)
        return st.one_of(several, st.sampled_from(alone)) if alone else several
    return st.sampled_from(values or _VALID[question.kind])


any_answers = st.fixed_dictionaries({question.id: answer_to(question) for _, question in QUESTIONS})


def walk_on(answers: dict[str, Value]) -> tuple[list[Step], dict[str, Value]]:
    """The pages a person meets who gives these answers, and what was kept; ends at the check or at a stop."""
    met: list[Step] = []
    kept: dict[str, Value] = {}
    step: Step | None = JOURNEY.steps[0]
    while step:
        assert walk.may_visit(JOURNEY, kept, step)
        assert len(met) < len(JOURNEY.steps)
        met.append(step)
        if step.stop:
            break
        kept = walk.answer(JOURNEY, kept, step, {q.id: answers[q.id] for q in step.questions if q.id in answers})
        step = walk.next_step(JOURNEY, kept, step, changing=False)
    return met, kept


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(any_answers)
def test_it_always_ends_in_the_check_or_on_a_page_that_leads_back(answers: dict[str, Value]) -> None:
    met, kept = walk_on(answers)
    assert len({step.slug for step in met}) == len(met)
    if met[-1].stop:
        assert walk.first_unanswered(JOURNEY, kept) is met[-1]
    else:
        assert walk.first_unanswered(JOURNEY, kept) is None
        assert forms.new_referral(walk.still_applies(JOURNEY, kept)).asked


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(any_answers)
def test_it_asks_only_what_applies_and_keeps_every_answer_to_it(answers: dict[str, Value]) -> None:
    met, kept = walk_on(answers)
    asked = {q.id for step in met for q in step.questions if q.when(kept)}
    assert {name for name in kept if not name.startswith("~")} == asked
    assert all(kept[name] == answers[name] for name in asked)
    if answers["who"] not in {"health", "education", "social-care"}:
        assert not asked & {"ref_name", "ref_email", "agreed"}
    if "physio" not in answers["disciplines"]:
        assert not asked & {"physio_areas", "physio_pain"}


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(any_answers, any_answers, st.sampled_from(["signs", "disciplines", "slt_areas", "physio_areas"]))
def test_ticking_more_never_lowers_urgency(answers: dict[str, Value], others: dict[str, Value], ticked: str) -> None:
    def urgency(given: dict[str, Value]) -> Any:
        asked = asked_of(given)
        signs = [sign for sign in given["signs"] if sign != "none"]
        return rules.urgency_of([Sign(one) for one in signs], frozenset().union(*asked.values()))

    more = [*answers[ticked], *(one for one in others[ticked] if one not in answers[ticked])]
    assert not rules.is_lower(urgency({**answers, ticked: more}), urgency(answers))


def page_of(slug: str, form: Form) -> str:
    """The page of a step as the journey shows it."""
    step = JOURNEY.step(slug)
    assert step
    asked = [q for q in step.questions if not any(o.reveals == q.id for other in step.questions for o in other.options)]
    return "".join(str(templates().field(form, question, heading=not step.title)) for question in asked)


@pytest.mark.parametrize(("slug", "question"), QUESTIONS, ids=[f"{slug}-{q.id}" for slug, q in QUESTIONS])
def test_every_question_is_shown_and_says_what_is_wrong(slug: str, question: Question) -> None:
    step = JOURNEY.step(slug)
    assert step
    shown = page_of(slug, Form.blank(step.questions))
    assert question.label.replace("’", "’") in shown
    known = {option_of.id: option.value for option_of in step.questions for option in option_of.options
             if option.reveals == question.id}  # fmt: skip
    known |= {"school": "Invented Nursery"} if question.id == "share_school" else {}
    body = {name: [str(value)] for name, value in known.items()}
    form = Form.read(step.questions, body, today=TODAY, known=known, test_numbers=True)
    if question.missing:
        assert form.errors[question.id] == question.missing
        assert question.missing in page_of(slug, form)
    else:
        assert question.id not in form.errors


@pytest.mark.parametrize("step", [step for step in JOURNEY.steps if not step.questions], ids=lambda step: step.slug)
def test_a_page_that_only_tells_has_a_heading_and_words(step: Step) -> None:
    assert step.title
    told = templates().environment.get_template(step.note).render(profile=PROFILE)
    assert len(told) > 50


def test_slugs_are_unique_and_leave_room_for_the_fixed_pages() -> None:
    slugs = [step.slug for step in JOURNEY.steps]
    assert len(set(slugs)) == len(slugs)
    assert not set(slugs) & {"check", "sent", "resume"}


@pytest.mark.parametrize("answers", [PARENT, YOUNG_PERSON, PROFESSIONAL])
def test_complete_answers_make_a_referral_of_this_version(answers: dict[str, Value]) -> None:
    kept = walk.still_applies(JOURNEY, answers)
    assert kept == answers
    new = forms.new_referral(kept)
    assert (new.version, new.referrer) == (QUESTIONS_VERSION, ReferrerKind(str(answers["who"])))
    assert new.child.address.endswith("AL1 3JE")
    assert new.answers == answers
    assert new.agreement in (None, Agreement.YES)


def test_somebody_over_age_is_told_and_may_go_on() -> None:
    met, _ = walk_on({**{q.id: _first(q) for _, q in QUESTIONS}, **PARENT, "child_born": "2003-01-01"})
    assert "age" in [step.slug for step in met]
    assert not met[-1].stop


def test_the_same_day_gives_the_same_journey_and_the_next_another() -> None:
    assert journey() is JOURNEY
    assert journey(date(2026, 11, 24)) is not JOURNEY


def _first(question: Question) -> Value:
    value = question.options[0].value if question.options else _VALID[question.kind][0]
    return [value] if question.kind is Kind.CHECKBOXES else value

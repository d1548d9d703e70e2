"""For any answers the journey ends, asks only what applies, and loses no valid answer. Every question can be shown."""

import html
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.web import journey as walk
from core.web.forms import Form
from core.web.journey import Step
from core.web.questions import Answers, Kind, Question, Value
from referral import forms, red_flags, rules, tasks
from referral.files_words import FILES
from referral.questions import QUESTIONS_VERSION
from referral.words import PROFESSIONALS, Agreement, ReferrerKind, Urgency
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
    Kind.POSTCODE: ["AL1 3JE", "SG3 6AA", "WD17 1BN"],
    Kind.NHS_NUMBER: ["9990000018"],
    Kind.DATE: ["2026-10-05", "2027-03-27"],
    Kind.DATE_OF_BIRTH: ["2022-03-27", "2009-05-01", "2004-02-29", "2012-12-31", "2026-11-01"],
}


CHOSEN = (Kind.RADIOS, Kind.SELECT, Kind.CHECKBOXES)
# Something nobody can use, for the kinds that are more than words.
WRONG: dict[Kind, str] = {
    Kind.EMAIL: "invented.example.org",
    Kind.PHONE: "call me",
    Kind.POSTCODE: "nonsense",
    Kind.NHS_NUMBER: "9990000019",
    Kind.DATE: "2026-02-31",
    Kind.DATE_OF_BIRTH: "2090-01-01",
    Kind.RADIOS: "not-one-of-them",
    Kind.SELECT: "not-one-of-them",
}


def possible(question: Question) -> list[Value]:
    """Every choice, or what is valid for its kind; of checkboxes each by itself and all that go together."""
    values = [option.value for option in question.options]
    if question.kind is Kind.CHECKBOXES:
        together = [option.value for option in question.options if not option.alone]
        return [*([value] for value in values), together]
    return [*values] or [*_VALID[question.kind]]


def answer_to(question: Question) -> st.SearchStrategy[Value]:
    """Any answer the question takes."""
    values = [option.value for option in question.options]
    if question.kind is Kind.CHECKBOXES:
        some = [option.value for option in question.options if not option.alone]
        alone = [[option.value] for option in question.options if option.alone]
        several: st.SearchStrategy[Value] = st.lists(st.sampled_from(some), min_size=1, unique=True)
        return st.one_of(several, st.sampled_from(alone)) if alone else several
    return st.sampled_from(values or _VALID[question.kind])


# A phrase for each sign that words may be.
ALARMING = [words[0] for words in red_flags.WORDS.values()]
ODD = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
any_answers = st.fixed_dictionaries({question.id: answer_to(question) for _, question in QUESTIONS})


class Walk:
    """Somebody who gives these answers: `met` is the pages they met, `kept` what was kept. From the list of tasks they
    take one that is not done, whichever `taking` picks; it ends at the check or on a page with no way on."""

    def __init__(self, answers: Answers, taking: int = 0) -> None:
        self.met: list[Step] = []
        self.kept: dict[str, Value] = {}
        step: Step | None = JOURNEY.steps[0]
        while step and not (self.met and self.met[-1].stop):
            assert walk.may_visit(JOURNEY, self.kept, step)
            assert len(self.met) < 2 * len(JOURNEY.steps), "it does not end"
            self.met.append(step)
            if not step.stop:
                step = self._answer(step, answers, taking) or self._task(taking)

    def _answer(self, step: Step, answers: Answers, taking: int) -> Step | None:
        new = {q.id: answers[q.id] for q in step.questions if q.id in answers and q.when({**self.kept, **answers})}
        self.kept = walk.answer(JOURNEY, self.kept, step, new)
        return walk.next_step(JOURNEY, self.kept, step, changing=False)

    def _task(self, taking: int) -> Step | None:
        undone = [task for task in tasks.progress(JOURNEY, self.kept).tasks if not task.done]
        return JOURNEY.step(undone[taking % len(undone)].where) if undone else None


@ODD
@given(any_answers, st.integers(0, 20))
def test_it_always_ends_in_the_check_or_on_a_page_that_leads_back(answers: dict[str, Value], taking: int) -> None:
    done = Walk(answers, taking)
    if taking == 0:
        assert len({step.slug for step in done.met}) == len(done.met)
    if done.met[-1].stop:
        assert walk.comes_next(JOURNEY, done.kept) is done.met[-1]
    else:
        assert walk.first_unanswered(JOURNEY, done.kept) is None
        assert forms.new_referral(walk.still_applies(JOURNEY, done.kept), JOURNEY).asked


@ODD
@given(any_answers, st.integers(0, 20))
def test_it_asks_only_what_applies_and_keeps_every_answer_to_it(answers: dict[str, Value], taking: int) -> None:
    done = Walk(answers, taking)
    asked = {q.id for step in done.met for q in step.questions if q.when(done.kept)}
    assert {name for name in done.kept if not name.startswith("~")} == asked
    assert all(done.kept[name] == answers[name] for name in asked)
    if answers["who"] not in PROFESSIONALS:
        assert not asked & {"ref_name", "ref_email", "agreed", "concerns"}
    if answers["who"] == ReferrerKind.YOUNG_PERSON:
        assert not asked & {"adult_name", "responsibility", "looked_after", "court"}
    for therapy in ("slt", "ot", "physio"):
        if therapy not in answers["disciplines"]:
            assert not [name for name in asked if name.startswith(f"{therapy}_")]


@ODD
@given(any_answers, any_answers, st.integers(0, 1000))
def test_changing_one_page_loses_no_answer_that_still_applies(
    answers: dict[str, Value], others: dict[str, Value], which: int
) -> None:
    before = Walk(answers)
    changed = before.met[which % len(before.met)]
    if changed.stop:
        return
    new = {q.id: others[q.id] for q in changed.questions if q.when({**before.kept, **others})}
    kept = walk.answer(JOURNEY, before.kept, changed, new)
    applies = walk.still_applies(JOURNEY, {**before.kept, **new})
    assert all(kept[name] == value for name, value in applies.items() if name not in {q.id for q in changed.questions})


# Without these there is no referral; with any of the others there may be.
_NEEDED = (
    "who", "disciplines", "child_first", "child_last", "child_born", "address", "town", "postcode", "phone", "updates",
)  # fmt: skip


def urgency(answers: Answers) -> Urgency:
    new = forms.new_referral(answers)
    return rules.urgency_of(new.signs, frozenset().union(*new.asked.values()))


@ODD
@given(any_answers, st.data())
def test_no_answer_can_lower_urgency(answers: dict[str, Value], data: st.DataObject) -> None:
    fewer = dict(answers)
    for name in data.draw(st.lists(st.sampled_from(sorted(answers)), max_size=12, unique=True)):
        value = answers[name]
        if isinstance(value, list) and len(value) > 1:
            fewer[name] = value[1:]
        elif name not in _NEEDED:
            del fewer[name]
    assert not rules.is_lower(urgency(answers), urgency(fewer))


@ODD
@given(st.sampled_from(sorted(forms.WRITTEN)), st.text(max_size=80), st.sampled_from(["", *ALARMING]))
def test_nothing_somebody_writes_lowers_urgency(name: str, before: str, alarming: str) -> None:
    assert not rules.is_lower(urgency({**PARENT, name: f"{alarming} {before}"}), urgency(PARENT))
    if alarming:
        assert rules.is_lower(urgency(PARENT), urgency({**PARENT, name: f"{before}\n{alarming}, yes"}))


def page_of(slug: str, form: Form) -> str:
    """The page of a step as the journey shows it."""
    step = JOURNEY.step(slug)
    assert step
    asked = [q for q in step.questions if not any(o.reveals == q.id for other in step.questions for o in other.options)]
    return "".join(str(templates().field(form, question, heading=not step.title)) for question in asked)


ASKING = [step for step in JOURNEY.steps if step.questions]


def asked_with(step: Step) -> dict[str, Value]:
    """Answers with which each question of a page is asked: whatever reveals it, on this page or before."""
    revealing = {one.id: option.value for one in step.questions for option in one.options if option.reveals}
    return {
        **PARENT,
        "who": "health",
        "disciplines": ["slt", "ot", "physio"],
        "physio_areas": ["toes"],
        **revealing,
    }


def read(step: Step, answers: Answers) -> Form:
    """The page with one thing typed wrong or right for each question, in the form a browser sends it."""
    body: dict[str, list[str]] = {}
    for question in step.questions:
        value = answers.get(question.id, "")
        if question.kind in (Kind.DATE, Kind.DATE_OF_BIRTH) and isinstance(value, str):
            parts = zip(("year", "month", "day"), value.split("-") if value else ("", "", ""), strict=True)
            body |= {f"{question.id}-{part}": [said] for part, said in parts}
        else:
            body[question.id] = [value] if isinstance(value, str) else value
    return Form.read(step.questions, body, today=TODAY, known=asked_with(step), test_numbers=True)


@pytest.mark.parametrize("step", ASKING, ids=lambda step: step.slug)
def test_every_question_is_shown_with_all_it_may_be_answered(step: Step) -> None:
    shown = html.unescape(page_of(step.slug, Form.blank(step.questions)))
    for question in step.questions:
        assert question.label in shown
        assert question.hint in shown
        assert all(option.label in shown for option in question.options)
        assert "{" not in question.label + question.hint + question.missing


@pytest.mark.parametrize("step", ASKING, ids=lambda step: step.slug)
def test_what_is_left_blank_is_said_beside_its_question(step: Step) -> None:
    revealing = {one.id: option.value for one in step.questions for option in one.options if option.reveals}
    form = read(step, {})
    shown = html.unescape(page_of(step.slug, form))
    for question in step.questions:
        assert form.errors.get(question.id, "") == question.missing or question.id in revealing
        assert question.missing in shown or question.id in revealing


@pytest.mark.parametrize("step", ASKING, ids=lambda step: step.slug)
def test_what_cannot_be_used_is_said_and_stays_as_typed(step: Step) -> None:
    wrong = {one.id: WRONG.get(one.kind, "x" * (one.longest + 1)) for one in step.questions}
    form = read(step, wrong)
    shown = html.unescape(page_of(step.slug, form))
    assert form.answers is None
    for question in step.questions:
        if question.kind is Kind.CHECKBOXES and question.optional:
            # A box that is not there counts as not ticked.
            continue
        assert form.errors[question.id] in shown
        if question.kind not in CHOSEN:
            assert wrong[question.id].split("-")[-1] in shown


@pytest.mark.parametrize("step", ASKING, ids=lambda step: step.slug)
def test_every_valid_answer_is_taken_and_shown_again(step: Step) -> None:
    for turn in range(max(len(possible(question)) for question in step.questions)):
        right = {one.id: possible(one)[turn % len(possible(one))] for one in step.questions}
        form = read(step, right)
        assert not form.errors
        assert form.answers is not None
        assert form.answers.items() <= right.items()
        walk.check_rows(JOURNEY, form.answers)
        again = page_of(step.slug, walk.form_for(step, form.answers))
        assert again == page_of(step.slug, Form.blank(step.questions, form.answers))


@pytest.mark.parametrize("step", [step for step in JOURNEY.steps if not step.questions], ids=lambda step: step.slug)
def test_a_page_that_only_tells_has_a_heading_and_words(step: Step) -> None:
    assert step.title
    if step.slug == FILES:
        return  # a page of its own, in test_files
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
    done = Walk({**PARENT, "child_born": "2003-01-01"})
    assert "age" in [step.slug for step in done.met]
    assert not done.met[-1].stop


def test_the_same_day_gives_the_same_journey_and_the_next_another() -> None:
    assert journey() is journey()
    assert journey(date(2026, 11, 24)) is not journey()

"""A journey: questions asked one page at a time, kept as they are answered, checked, then sent once.

Pure: a journey is data, and these functions say where a person may go and which answers still count.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from itertools import groupby
from operator import attrgetter

from core.web.forms import SHOWN, Form
from core.web.questions import Answers, Kind, Question, Value, always

# The page of a journey with `first` sections that shows how far somebody is.
TASKS = "tasks"


@dataclass(frozen=True, slots=True)
class Step:
    """One page of a journey. A single question is the heading of its page; several need a `title`.

    `words` are said above the questions, and `note` names a template of more. A page without questions only tells;
    with `stop` there is no way on from it but back (999, for one).
    """

    slug: str
    questions: tuple[Question, ...]
    title: str = ""
    when: Callable[[Answers], bool] = always
    note: str = ""
    section: str = ""
    words: str = ""
    stop: bool = False

    @property
    def heading(self) -> str:
        return self.title or self.questions[0].label


@dataclass(frozen=True, slots=True)
class Journey:
    """`name` is kept with each draft; `version` changes with the questions, and what was sent keeps its own.

    `first` names the sections that come first, page by page; once they are answered, the others may be taken in any
    order from a list of tasks. Without it every page follows the one before."""

    name: str
    version: str
    title: str
    steps: tuple[Step, ...]
    first: tuple[str, ...] = ()

    def step(self, slug: str) -> Step | None:
        return next((step for step in self.steps if step.slug == slug), None)

    @property
    def questions(self) -> tuple[Question, ...]:
        return tuple(question for step in self.steps for question in step.questions)


def path(journey: Journey, answers: Answers) -> tuple[Step, ...]:
    """The steps that apply to these answers, in order."""
    return tuple(step for step in journey.steps if step.when(answers))


def still_applies(journey: Journey, answers: Answers) -> dict[str, Value]:
    """The answers to questions that are asked, given the answers kept before each; the others are dropped."""
    kept: dict[str, Value] = {}
    for step in journey.steps:
        if not step.when(kept):
            continue
        for question in step.questions:
            if question.id in answers and question.when(kept):
                kept[question.id] = answers[question.id]
    return kept


def is_answered(step: Step, answers: Answers) -> bool:
    """True when every question of the step that must be answered has been. Optional pages count once visited:
    `visited_mark` is kept among the answers."""
    if step.stop:
        return False
    asked = [question for question in step.questions if question.when(answers)]
    if all(question.optional for question in asked):
        return visited_mark(step) in answers or any(question.id in answers for question in asked)
    return all(question.id in answers for question in asked if not question.optional)


def visited_mark(step: Step) -> str:
    """The key under which a draft remembers that an optional page was passed."""
    return f"~{step.slug}"


def with_marks(journey: Journey, answers: Answers, kept: Mapping[str, Value]) -> dict[str, Value]:
    """`kept` with the marks of the pages that still apply."""
    marks = {visited_mark(step) for step in path(journey, kept)}
    return {**kept, **{key: value for key, value in answers.items() if key in marks}}


def first_unanswered(journey: Journey, answers: Answers) -> Step | None:
    """Where a returning person goes on; None when everything is answered."""
    return next((step for step in path(journey, answers) if not is_answered(step, answers)), None)


def may_visit(journey: Journey, answers: Answers, step: Step) -> bool:
    """A page opens when it applies and every page that comes before it is answered: all of them, or, of a journey with
    a list of tasks, those of its own section and whatever comes first. Behind a page with no way on nothing opens."""
    for earlier in path(journey, answers):
        if earlier.slug == step.slug:
            return True
        if (_comes_first(journey, earlier) or earlier.section == step.section) and not is_answered(earlier, answers):
            return False
    return False


def _comes_first(journey: Journey, step: Step) -> bool:
    return not journey.first or step.stop or step.section in journey.first


def comes_next(journey: Journey, answers: Answers) -> Step | None:
    """The page nobody gets past: the first unanswered one of those that come first, or one with no way on. None when
    the list of tasks, or the check, is open."""
    return next(
        (s for s in path(journey, answers) if _comes_first(journey, s) and not is_answered(s, answers)),
        None,
    )


def step_before(journey: Journey, answers: Answers, step: Step) -> Step | None:
    """The page a back link leads to."""
    steps = path(journey, answers)
    place = next((n for n, other in enumerate(steps) if other.slug == step.slug), 0)
    return steps[place - 1] if place else None


def begins_task(journey: Journey, answers: Answers, step: Step) -> bool:
    """True for the first page of a task: the list of tasks lies before it."""
    before = step_before(journey, answers, step)
    return bool(journey.first) and before is not None and not _goes_on(journey, before, step)


def answer(journey: Journey, answers: Answers, step: Step, new: Answers) -> dict[str, Value]:
    """The draft after one page: its answers replaced, and whatever no longer applies dropped."""
    own = {question.id for question in step.questions}
    merged = {key: value for key, value in answers.items() if key not in own} | dict(new) | {visited_mark(step): "1"}
    return with_marks(journey, merged, still_applies(journey, merged))


def version_of(step: Step, answers: Answers) -> str:
    """Changes whenever what is kept of this page does: a page shown before carries the older one."""
    kept = {question.id: answers[question.id] for question in step.questions if question.id in answers}
    return hashlib.sha256(json.dumps(kept, sort_keys=True).encode()).hexdigest()[:16]


def is_other_version(step: Step, answers: Answers, shown: str, new: Answers) -> bool:
    """Whether keeping `new` would take away what was kept since the page was shown. A page that does not say what it
    showed, and the same answers given twice, take nothing away."""
    if not shown or shown == version_of(step, answers):
        return False
    return any(answers.get(question.id) != new.get(question.id) for question in step.questions)


def both_versions(step: Step, kept: Answers, new: Answers) -> list[tuple[str, str, str]]:
    """(question, what is kept, what is new) for each question answered in either."""
    return [
        (question.row_name, in_words(question, kept.get(question.id, "")), in_words(question, new.get(question.id, "")))
        for question in step.questions
        if question.id in kept or question.id in new
    ]


def next_step(journey: Journey, answers: Answers, step: Step, *, changing: bool) -> Step | None:
    """The page after this one; None means "check your answers", or the list of tasks when there is one. A change leads
    straight back to the check, unless it opened new questions."""
    if changing:
        return first_unanswered(journey, answers)
    steps = path(journey, answers)
    place = next((n for n, other in enumerate(steps) if other.slug == step.slug), len(steps))
    following = steps[place + 1] if place + 1 < len(steps) else None
    return following if following and _goes_on(journey, step, following) else None


def _goes_on(journey: Journey, step: Step, following: Step) -> bool:
    """Whether one page follows another without the list of tasks between them."""
    return step.section == following.section or _comes_first(journey, following)


@dataclass(frozen=True, slots=True)
class CheckRow:
    """A line of "check your answers"."""

    name: str
    value: str
    slug: str
    section: str = ""


def in_sections(rows: Iterable[CheckRow]) -> list[tuple[str, list[CheckRow]]]:
    """The lines under the section of the form they belong to, in the order of the form."""
    return [(section, list(lines)) for section, lines in groupby(rows, key=attrgetter("section"))]


def check_rows(journey: Journey, answers: Answers) -> list[CheckRow]:
    """Every question asked with its answer in words; "Not provided" where it was left blank."""
    return [
        CheckRow(question.row_name, in_words(question, answers.get(question.id, "")), step.slug, step.section)
        for step in path(journey, answers)
        for question in step.questions
        if question.when(answers)
    ]


def in_words(question: Question, value: Value) -> str:
    """An answer as a person would say it."""
    if not value:
        return "Not provided"
    if isinstance(value, list):
        return "\n".join(question.label_of(one) for one in value)
    if question.kind in (Kind.DATE, Kind.DATE_OF_BIRTH):
        day = date.fromisoformat(value)
        return f"{day.day} {day:%B %Y}"
    show = SHOWN.get(question.kind, question.label_of)
    return show(value)


def form_for(step: Step, answers: Answers) -> Form:
    """The page of a step as it was last answered, with the questions that apply."""
    form = Form.blank(step.questions, answers)
    return form if any(form.typed.values()) else replace(form, same_for_all=True)

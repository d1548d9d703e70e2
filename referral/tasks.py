"""How far somebody is with a referral: one task for each section of the form, in the words of a task list."""

from dataclasses import dataclass

from core.web import journey as walk
from core.web.journey import Journey, Step
from core.web.questions import Answers


@dataclass(frozen=True, slots=True)
class Task:
    """A section of the form. `where` is its page to go to: the first unanswered one, or its first when it is done."""

    title: str
    status: str
    done: bool
    where: str


@dataclass(frozen=True, slots=True)
class Progress:
    """All tasks. `next` is the page of the first that is not done; empty when everything is answered."""

    tasks: tuple[Task, ...]
    next: str

    @property
    def done(self) -> int:
        return sum(task.done for task in self.tasks)


DONE, BEGUN, NOT_BEGUN = "Completed", "In progress", "Not started yet"


def progress(journey: Journey, answers: Answers) -> Progress:
    """One task for each section that applies, in the order of the form."""
    sections: dict[str, list[Step]] = {}
    for step in walk.path(journey, answers):
        sections.setdefault(step.section, []).append(step)
    tasks = tuple(_task(title, steps, answers) for title, steps in sections.items())
    return Progress(tasks, next((task.where for task in tasks if not task.done), ""))


def _task(title: str, steps: list[Step], answers: Answers) -> Task:
    missing = next((step for step in steps if not walk.is_answered(step, answers)), None)
    if missing is None:
        return Task(title, DONE, True, steps[0].slug)
    begun = any(walk.visited_mark(step) in answers for step in steps)
    return Task(title, BEGUN if begun else NOT_BEGUN, False, missing.slug)

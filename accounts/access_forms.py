"""Why a record must be opened, and who is family of whom."""

from collections.abc import Iterable
from datetime import date

from accounts.access_rules import LONGEST_WHY, check_why
from accounts.words import StaffView
from core.storage.children import ChildKeys, keys_from
from core.web.forms import Form
from core.web.questions import Answers, Kind, Option, Question

WHY = Question(
    "why",
    Kind.LONG_TEXT,
    "Why must you open this record now?",
    hint="Information governance reads this. Say what is happening; do not write the child’s name.",
    missing="Say why you must open this record now",
    longest=LONGEST_WHY,
    check=check_why,
    short="Your reason",
)
NO_CHILD = "Enter the child’s NHS number, or the last name with the date of birth"


def family_questions(staff: Iterable[StaffView]) -> tuple[Question, ...]:
    """A colleague and a child."""
    options = tuple(Option(str(one.id), one.name) for one in staff if one.active)
    return (
        Question("staff", Kind.SELECT, "Colleague", missing="Choose a colleague", options=options),
        Question("nhs_number", Kind.NHS_NUMBER, "Child’s NHS number", width="10"),
        Question("last", Kind.TEXT, "Child’s last name", hint="With the date of birth"),
        Question("born", Kind.DATE_OF_BIRTH, "Child’s date of birth"),
    )


def child_of(answers: Answers) -> ChildKeys:
    """The keyed hashes of the child that was typed; none when too little was."""
    born = str(answers.get("born", ""))
    return keys_from(
        str(answers.get("nhs_number", "")), str(answers.get("last", "")), date.fromisoformat(born) if born else None
    )


def with_a_child(form: Form) -> Form:
    """The form, refused when it names no child."""
    if form.answers is None or child_of(form.answers):
        return form
    return form.refuse("nhs_number", NO_CHILD)

"""What is looked for on the trail. It is sent as a form, never in an address: it may name a child."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from accounts.api import StaffView
from core.domain.clock import LONDON
from core.storage.children import ChildKeys, keys_from
from core.web.forms import Form
from core.web.questions import Answers, Kind, Option, Question
from trail.words import Shown

_MARK = "%Y-%m-%dT%H:%M:%S.%f%z"

CHILD = (
    Question("reference", Kind.REFERENCE, "Reference of a referral, booking or message", width="10"),
    Question("nhs_number", Kind.NHS_NUMBER, "Child’s NHS number", width="10"),
    Question("last", Kind.TEXT, "Child’s last name", hint="With the date of birth"),
    Question("born", Kind.DATE_OF_BIRTH, "Child’s date of birth"),
)
TIME = (
    Question("since", Kind.DATE, "From this day on"),
    Question("until", Kind.DATE, "Up to and with this day"),
)
SHOWN = Question(
    "shown",
    Kind.RADIOS,
    "What to show",
    options=(
        Option(Shown.ALL, "Everything"),
        Option(Shown.VIEWS, "Only what was looked at"),
        Option(Shown.CHANGES, "Only what was changed"),
    ),
)
BORN_MISSING = "Enter the date of birth as well, or leave out the last name"
LAST_MISSING = "Enter the last name as well, or leave out the date of birth"
WRONG_WAY = "The last day must be the first day or later"


def questions(staff: Iterable[StaffView]) -> tuple[Question, ...]:
    """The whole search, with every colleague there ever was."""
    options = tuple(Option(str(one.id), one.name + ("" if one.active else " (left)")) for one in staff)
    who = Question("staff", Kind.SELECT, "Colleague who looked or changed", options=options)
    return (*CHILD, who, *TIME, SHOWN)


def checked(form: Form) -> Form:
    """The form with what only shows when answers are looked at together."""
    answers = form.answers
    if answers is None:
        return form
    if "last" in answers and "born" not in answers:
        return _refused(form, "born", BORN_MISSING)
    if "born" in answers and "last" not in answers:
        return _refused(form, "last", LAST_MISSING)
    if "since" in answers and "until" in answers and str(answers["until"]) < str(answers["since"]):
        return _refused(form, "until", WRONG_WAY)
    return form


def _refused(form: Form, question_id: str, message: str) -> Form:
    return form.refuse(question_id, message)


def child_of(answers: Answers) -> ChildKeys:
    """The keyed hashes of the child that was typed."""
    born = str(answers.get("born", ""))
    return keys_from(
        str(answers.get("nhs_number", "")), str(answers.get("last", "")), date.fromisoformat(born) if born else None
    )


def midnight(answers: Answers, name: str, days_later: int = 0) -> datetime | None:
    """The beginning of a typed day in London, or of one after it. The last day there is has no day after."""
    if name not in answers:
        return None
    try:
        day = date.fromisoformat(str(answers[name])) + timedelta(days=days_later)
        return datetime.combine(day, time(), tzinfo=LONDON).astimezone(UTC)
    except OverflowError:
        return None


def read_record(text: str) -> tuple[str, UUID] | None:
    """A record named by a page of ours: "referral:0190…"; None when it is nothing of the kind."""
    kind, _, record_id = text.partition(":")
    try:
        return (kind[:40], UUID(record_id)) if kind else None
    except ValueError:
        return None


def mark(at: datetime, entry_id: UUID) -> str:
    """Where a page ended, for the button to the next."""
    return f"{at.strftime(_MARK)}_{entry_id}"


def read_mark(text: str) -> tuple[datetime, UUID] | None:
    at, _, entry_id = text.partition("_")
    try:
        return datetime.strptime(at, _MARK).astimezone(UTC), UUID(entry_id)
    except (ValueError, OverflowError):
        return None

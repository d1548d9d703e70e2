"""Questions as data: what is asked, of whom, and what is said when the answer cannot be used.

A feature's `forms.py` (and `referral/questions.py`) declares them; `forms.py` beside this file reads answers to
them; templates show them. Answers are JSON: a string, or a list of strings for checkboxes; dates are ISO.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

Value: TypeAlias = str | list[str]
Answers: TypeAlias = Mapping[str, Value]


class Kind(StrEnum):
    """How a question is shown and read."""

    TEXT = "text"
    LONG_TEXT = "long-text"
    RADIOS = "radios"
    CHECKBOXES = "checkboxes"
    SELECT = "select"
    DATE = "date"
    DATE_OF_BIRTH = "date-of-birth"
    EMAIL = "email"
    PHONE = "phone"
    POSTCODE = "postcode"
    NHS_NUMBER = "nhs-number"
    REFERENCE = "reference"
    PASSWORD = "password"  # noqa: S105 - the name of a kind, not a secret


@dataclass(frozen=True, slots=True)
class Option:
    """One choice. `reveals` is the id of a question asked only when this is chosen, shown beneath it.
    An `alone` checkbox ("none of these") cannot be ticked with others. `after_or` puts "or" above it."""

    value: str
    label: str
    hint: str = ""
    reveals: str = ""
    alone: bool = False
    after_or: bool = False


def always(_: Answers) -> bool:
    """Asked of everyone."""
    return True


@dataclass(frozen=True, slots=True)
class Question:
    """`missing` is said when it is left blank; a question without it may be left blank, and says so.

    `check` takes the parsed text and returns it, perhaps tidied, or raises ValueError with words for the person.
    `when` sees the answers given before it. `why` explains why we ask. `short` names it on "check your answers".
    """

    id: str
    kind: Kind
    label: str
    hint: str = ""
    missing: str = ""
    options: tuple[Option, ...] = ()
    longest: int = 200
    when: Callable[[Answers], bool] = always
    check: Callable[[str], str] | None = None
    autocomplete: str = ""
    short: str = ""
    why: str = ""
    width: str = ""

    @property
    def optional(self) -> bool:
        return not self.missing

    @property
    def row_name(self) -> str:
        """What the question is called on a summary."""
        return self.short or self.label

    def label_of(self, value: str) -> str:
        """The words of a chosen option; the value itself when it is not a choice."""
        return next((option.label for option in self.options if option.value == value), value)


def is_one_of(question_id: str, *values: str) -> Callable[[Answers], bool]:
    """A `when`: the answer to `question_id` is, or a ticked box of it is, one of `values`."""

    def holds(answers: Answers) -> bool:
        given = answers.get(question_id, "")
        return not set(values).isdisjoint([given] if isinstance(given, str) else given)

    return holds

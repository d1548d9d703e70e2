"""Read what a person typed, say plainly what is wrong with it, and show it back.

>>> form = Form.read(QUESTIONS, body, today=today)
>>> if form.answers is None: show the page again with status 422; everything typed is in `form.typed`
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Self, TypeAlias

from core.domain import ids, nhs
from core.web.questions import Answers, Kind, Question, Value

Body: TypeAlias = Mapping[str, Sequence[str]]

_DATES = (Kind.DATE, Kind.DATE_OF_BIRTH)
_PARTS = ("day", "month", "year")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


class WrongDate(ValueError):
    """A date that cannot be read; `part` is the box to go to."""

    def __init__(self, part: str, message: str) -> None:
        super().__init__(message)
        self.part = part


@dataclass(frozen=True)
class Form:
    """`typed` is what came in, by input name; `errors` is question id → words; `answers` only when all is well.
    `same_for_all`: nothing was typed, and the questions are the same for everybody, so that what they look like may be
    kept for the next who asks."""

    questions: tuple[Question, ...]
    typed: Mapping[str, Value] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)
    anchors: Mapping[str, str] = field(default_factory=dict)
    answers: dict[str, Value] | None = None
    same_for_all: bool = False

    @classmethod
    def blank(cls, questions: Iterable[Question], answers: Answers | None = None) -> Self:
        """The form before anything was typed, or as it was answered before."""
        questions = tuple(questions)
        return cls(questions, _as_typed(questions, answers or {}))

    @classmethod
    def read(
        cls,
        questions: Iterable[Question],
        body: Body,
        *,
        today: date,
        known: Answers | None = None,
        test_numbers: bool = False,
    ) -> Self:
        """Reads and checks. Passes over a question whose `when` does not hold for `known` and the answers above it."""
        questions = tuple(questions)
        reader = _Reader(today, test_numbers)
        typed: dict[str, Value] = {}
        answers: dict[str, Value] = {}
        errors: dict[str, str] = {}
        anchors: dict[str, str] = {}
        for question in questions:
            given = _typed(question, body)
            typed |= given
            if not question.when({**(known or {}), **answers}):
                continue
            try:
                value = reader.read(question, given)
            except WrongDate as wrong:
                errors[question.id], anchors[question.id] = str(wrong), f"{question.id}-{wrong.part}"
            except ValueError as wrong:
                errors[question.id], anchors[question.id] = str(wrong), question.id
            else:
                if value:
                    answers[question.id] = value
        return cls(questions, typed, errors, anchors, None if errors else answers)

    def refuse(self, question_id: str, message: str) -> "Form":
        """The same form with one more thing wrong, found after reading (a sign-in, a taken place)."""
        first = next((q for q in self.questions if q.id == question_id), None)
        anchor = f"{question_id}-day" if first and first.kind in _DATES else question_id
        return Form(
            self.questions,
            self.typed,
            {**self.errors, question_id: message},
            {**self.anchors, question_id: anchor},
        )

    def text(self, name: str) -> str:
        """What was typed into one input."""
        value = self.typed.get(name, "")
        return value if isinstance(value, str) else ""

    def ticked(self, name: str) -> list[str]:
        """The boxes ticked for one question."""
        value = self.typed.get(name, [])
        return [value] if isinstance(value, str) else list(value)

    @property
    def summary(self) -> list[dict[str, str]]:
        """The error summary: words and where they lead, in the order of the page."""
        return [{"text": words, "href": f"#{self.anchors[name]}"} for name, words in self.errors.items()]


@dataclass(frozen=True)
class _Reader:
    today: date
    test_numbers: bool

    def read(self, question: Question, typed: Mapping[str, Value]) -> Value:
        if question.kind in _DATES:
            return self._date(question, typed)
        if question.kind is Kind.CHECKBOXES:
            return self._boxes(question, typed[question.id])
        text = str(typed[question.id])
        if not text.strip():
            return _blank(question)
        if question.kind in (Kind.RADIOS, Kind.SELECT):
            return self._choice(question, text)
        return self._text(question, text)

    def _choice(self, question: Question, chosen: str) -> str:
        if chosen not in {option.value for option in question.options}:
            raise ValueError(question.missing or "Choose one of the answers")
        return chosen

    def _boxes(self, question: Question, ticked: Value) -> Value:
        chosen = [option.value for option in question.options if option.value in ticked]
        if not chosen:
            return _blank(question)
        alone = {option.value for option in question.options if option.alone}
        if len(chosen) > 1 and not alone.isdisjoint(chosen):
            only = next(option.label for option in question.options if option.value in alone)
            raise ValueError(f"Select what applies, or select “{only}”")
        return chosen

    def _text(self, question: Question, text: str) -> str:
        text = _tidy(question, text)
        if len(text) > question.longest:
            over = len(text) - question.longest
            raise ValueError(
                f"{question.row_name} must be {question.longest:,} characters or fewer. You have {over:,} too many"
            )
        text = self._parser(question.kind)(text)
        return question.check(text) if question.check else text

    def _parser(self, kind: Kind) -> Callable[[str], str]:
        if kind is Kind.NHS_NUMBER:
            return lambda text: nhs.parse_nhs_number(text, allow_test_numbers=self.test_numbers)
        return _PARSERS.get(kind, str)

    def _date(self, question: Question, typed: Mapping[str, Value]) -> Value:
        day, month, year = (str(typed[f"{question.id}-{part}"]).strip() for part in _PARTS)
        if not (day or month or year):
            if question.missing:
                raise WrongDate("day", question.missing)
            return ""
        given = _read_date(question.row_name, day, month, year)
        try:
            if question.kind is Kind.DATE_OF_BIRTH:
                nhs.check_date_of_birth(given, self.today)
            told = given.isoformat()
            return question.check(told) if question.check else told
        except ValueError as wrong:
            raise WrongDate("day", str(wrong)) from None


def _parse_reference(text: str) -> str:
    try:
        return ids.parse_reference(text)
    except ValueError:
        raise ValueError("Enter the reference as we gave it to you, like K7MA-4QXT") from None


# Kept in one form, shown in the one people write.
SHOWN: Mapping[Kind, Callable[[str], str]] = {Kind.PHONE: nhs.show_phone, Kind.NHS_NUMBER: nhs.show_nhs_number}

_PARSERS: Mapping[Kind, Callable[[str], str]] = {
    Kind.EMAIL: nhs.parse_email,
    Kind.PHONE: nhs.parse_phone,
    Kind.POSTCODE: nhs.parse_postcode,
    Kind.REFERENCE: _parse_reference,
}


def _blank(question: Question) -> str:
    if question.missing:
        raise ValueError(question.missing)
    return ""


def _tidy(question: Question, text: str) -> str:
    """One space between words on one line; long text keeps its lines. Passwords are left as they are."""
    if question.kind is Kind.PASSWORD:
        return text
    if question.kind is Kind.LONG_TEXT:
        return "\n".join(line.rstrip() for line in text.replace("\r\n", "\n").split("\n")).strip()
    return " ".join(text.split())


def _read_date(name: str, day: str, month: str, year: str) -> date:
    for part, given in zip(_PARTS, (day, month, year), strict=True):
        if not given:
            raise WrongDate(part, f"{name} must include a {part}")
    month_number = str(_MONTHS.index(month[:3].lower()) + 1) if month[:3].lower() in _MONTHS else month
    for part, given in zip(_PARTS, (day, month_number, year), strict=True):
        if not (given.isascii() and given.isdigit()):
            raise WrongDate(part, f"{name} must be a real date. Check the {part}")
    if len(year) != 4:
        raise WrongDate("year", "Year must include 4 numbers")
    try:
        return date(int(year), int(month_number), int(day))
    except (ValueError, OverflowError):
        raise WrongDate("day", f"{name} must be a real date") from None


def _typed(question: Question, body: Body) -> dict[str, Value]:
    if question.kind in _DATES:
        return {f"{question.id}-{part}": _first(body, f"{question.id}-{part}") for part in _PARTS}
    if question.kind is Kind.CHECKBOXES:
        return {question.id: list(body.get(question.id, ()))}
    return {question.id: _first(body, question.id)}


def _first(body: Body, name: str) -> str:
    values = body.get(name) or ("",)
    return values[0]


def _as_typed(questions: tuple[Question, ...], answers: Answers) -> dict[str, Value]:
    typed: dict[str, Value] = {}
    for question in questions:
        value = answers.get(question.id, "")
        if question.kind in _DATES and isinstance(value, str):
            year, month, day = value.split("-") if value else ("", "", "")
            parts = (day.lstrip("0"), month.lstrip("0"), year)
            typed |= {f"{question.id}-{part}": given for part, given in zip(_PARTS, parts, strict=True)}
        elif question.kind is Kind.CHECKBOXES:
            typed[question.id] = value or []
        else:
            typed[question.id] = SHOWN.get(question.kind, str)(value) if value and isinstance(value, str) else value
    return typed

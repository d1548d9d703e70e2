"""The board in words."""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from accounts.api import StaffView
from advice_line.board_choices import best
from advice_line.board_models import AdviceMove
from advice_line.board_words import Cannot, Choice, Load, RunLine, Therapy
from advice_line.demand import DayAhead
from advice_line.presenters import Tag, explained, name_of, tags, therapy, why_words
from advice_line.presenters import due_words as by_when
from advice_line.queries import Line
from advice_line.rota_presenters import hours, staff_in, who
from advice_line.rota_words import Session as Held
from advice_line.words import Solver, Why
from core.domain.calendar import spoken_instant
from core.domain.identity import Discipline
from core.domain.profile import Profile

Names = Mapping[UUID, StaffView]

CANNOT: Mapping[Cannot, str] = {
    Cannot.DISCIPLINE: "does not give this therapy",
    Cannot.LANGUAGE: "does not speak the language, and the family wants no interpreter",
    Cannot.COMPETENCE: "may not advise about what this call is about",
    Cannot.NO_TIME: "has no time left on duty today",
    Cannot.HAS_IT: "has it now",
}
_CAUSES = {
    "morning": "The morning run",
    "message": "A message came in",
    "absence": "Somebody was away",
    "left": "A colleague left",
    "asked": "Asked for, or a call or the rota was changed",
    "catch-up": "Looked again while somebody waited",
}


@dataclass(frozen=True, slots=True)
class PersonLine:
    """Somebody with duty or open calls today: `slots` planned, `made` calls, and what is still open."""

    id: UUID
    name: str
    hours: str
    slots: int
    made: int
    load: Load

    @property
    def is_over(self) -> bool:
        """More to do than the rota plans."""
        return self.made + self.load.today > self.slots


def people(
    loads: Mapping[UUID, Load], made: Mapping[UUID, int], held: Sequence[Held], names: Names
) -> list[PersonLine]:
    """Everybody on duty today, and everybody else whose calls are open; by name."""
    slots: Counter[UUID] = Counter()
    when: defaultdict[UUID, list[str]] = defaultdict(list)
    for one in held:
        slots[one.staff_id] += one.slots
        when[one.staff_id].append(hours(one.starts, one.ends))
    found = [
        PersonLine(one, name_of(one, names), ", ".join(when[one]), slots[one], made.get(one, 0),
                   loads.get(one, Load()))
        for one in {*slots, *loads, *made}
    ]  # fmt: skip
    return sorted(found, key=lambda line: (line.name, line.id))


@dataclass(frozen=True, slots=True)
class TherapyLine:
    """One therapy: what is open of it, and the slots of whoever gives it today."""

    name: str
    load: Load
    slots: int


def therapies(loads: Mapping[Therapy, Load], held: Sequence[Held], profile: Profile) -> list[TherapyLine]:
    """Every therapy of the service, and messages of none yet."""
    every = sum(one.slots for one in held)
    lines = [
        TherapyLine(
            profile.disciplines[one].name.capitalize(), loads.get(one, Load()),
            sum(session.slots for session in held if one in session.disciplines),
        )
        for one in Discipline
    ]  # fmt: skip
    return [*lines, TherapyLine("Not sure which", loads.get(None, Load()), every)]


def teams(loads: Mapping[str | None, Load], profile: Profile) -> list[tuple[str, Load]]:
    """Every team of the service, and messages of none that we know."""
    known: list[tuple[str | None, str]] = [(area.id, area.name) for area in profile.areas]
    return [(name, loads.get(area, Load())) for area, name in [*known, (None, "No team known")]]


@dataclass(frozen=True, slots=True)
class WeekLine:
    """One day: calls that are promised for it already, calls the last weeks let us expect, and the slots there are."""

    day: date
    closed: str
    planned: int
    expected: int
    slots: int

    @property
    def is_short(self) -> bool:
        return max(self.planned, self.expected) > self.slots


def week(days: Sequence[DayAhead], planned: Mapping[date, int], profile: Profile) -> list[WeekLine]:
    return [
        WeekLine(one.day, one.closed, planned.get(one.day, 0), one.calls, one.slots)
        for one in days
        if one.day.weekday() in profile.calendar.hours
    ]


@dataclass(frozen=True, slots=True)
class ChoiceLine:
    """Somebody a call could go to."""

    staff_id: UUID
    name: str
    why: str
    cannot: str
    is_over: bool


@dataclass(frozen=True, slots=True)
class MovableLine:
    """A call on the board, with whoever could take it at one tap. It names no family."""

    id: UUID
    reference: str
    about: str
    tags: list[Tag]
    due: str
    owner: str
    why: str
    revision: int
    may_move: bool
    best: ChoiceLine | None


_GUARDED: Tag = {"text": "Read first who must not be told", "classes": "nhsuk-tag--red"}


def movable(
    lines: Sequence[Line], choices: Mapping[UUID, list[Choice]], names: Names, profile: Profile, now: datetime,
    guarded: Collection[UUID],
) -> list[MovableLine]:  # fmt: skip
    """Calls with whoever could take them; `guarded` are those about whose child somebody must not be told."""
    return [
        MovableLine(
            line.message.id, line.message.reference, therapy(line.message, profile),
            [*tags(line, now), *([_GUARDED] if line.message.id in guarded else [])],
            by_when(line.message, now), name_of(line.message.owner_id, names), why_words(line.message, line.why),
            line.message.revision, line.message.id in choices, _best(choices.get(line.message.id, []), names),
        )
        for line in lines
    ]  # fmt: skip


def _best(found: list[Choice], names: Names) -> ChoiceLine | None:
    one = best(found)
    return choice_line(one, names) if one else None


def choice_line(one: Choice, names: Names) -> ChoiceLine:
    """A colleague, with what speaks for and against them in the words of a run."""
    cannot = CANNOT[one.cannot] if one.cannot else ""
    why = explained(Why(Solver.MIN_COST_FLOW, one.parts))
    return ChoiceLine(one.staff_id, name_of(one.staff_id, names), why, cannot, one.is_over)


@dataclass(frozen=True, slots=True)
class MoveLine:
    """One entry of the history of moves."""

    id: UUID
    reference: str
    words: str
    why: str
    undone: str


def move_line(move: AdviceMove, reference: str, names: Names) -> MoveLine:
    whose = name_of(move.from_staff_id, names) or "nobody"
    words = (
        f"{spoken_instant(move.at)}: {who(move.by, names)} moved it from {whose} to {name_of(move.to_staff_id, names)}"
    )
    undone = f"Undone by {who(move.undone_by, names)}" if move.undone_by else ""
    return MoveLine(move.id, reference, words, explained(Why(Solver.MIN_COST_FLOW, move.parts)), undone)


def names_in_moves(moves: Sequence[tuple[AdviceMove, str]]) -> set[UUID]:
    """Everybody named in these."""
    rows = [move for move, _ in moves]
    ids = {
        one for row in rows for one in (row.from_staff_id, row.to_staff_id, staff_in(row.by), staff_in(row.undone_by))
    }
    return {one for one in ids if one}


def run_words(run: RunLine) -> str:
    """A run in one sentence."""
    why = _CAUSES.get(run.cause.partition(":")[0], run.cause)
    rule = "" if run.solver == Solver.MIN_COST_FLOW else ", by the simple rule"
    return f"{spoken_instant(run.ran_at)}: {why}{rule}"


def run_result(run: RunLine) -> str:
    """What came of a run."""
    left = f", {run.left_out} could not be placed" if run.left_out else ""
    return f"{run.placed} placed{left}; {run.moved} of them new or moved"

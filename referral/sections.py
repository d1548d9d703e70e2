"""How the therapies are offered at the start of the form, by the profile's names."""

from collections.abc import Mapping

from core.domain.identity import Discipline
from core.web.questions import Kind, Option, Question

ABOUT: Mapping[Discipline, str] = {
    Discipline.SLT: "Talking, understanding, eating and drinking",
    Discipline.OT: "Everyday skills, like dressing and writing, senses, and equipment at home",
    Discipline.PHYSIO: "Moving, walking, strength, balance and pain",
}


def therapies(names: tuple[tuple[Discipline, str], ...]) -> Question:
    """Which therapies are wanted, by the profile's names."""
    return Question(
        "disciplines",
        Kind.CHECKBOXES,
        "Which therapies are you asking for?",
        hint="Select all that apply. If you are not sure, select what fits best: therapists talk with each other.",
        missing="Select at least one therapy",
        short="Therapies",
        options=tuple(
            Option(discipline, name[:1].upper() + name[1:], hint=ABOUT[discipline]) for discipline, name in names
        ),
    )

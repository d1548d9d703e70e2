"""What families type on their own page."""

from collections.abc import Mapping

from core.domain.identity import Discipline
from core.web.questions import Kind, Option, Question
from referral.forms import ANSWER, NO_MATCH, STATUS

ADD = Question(
    "text",
    Kind.LONG_TEXT,
    "What do you want to tell us?",
    hint="For example, what has changed, what helps, or a new phone number.",
    missing="Enter what you want to tell us",
    longest=4000,
    short="What you told us",
)


def withdrawal(therapies: Mapping[Discipline, str]) -> Question:
    """Which help is no longer wanted. Nothing is ticked before."""
    return Question(
        "therapies",
        Kind.CHECKBOXES,
        "Which help do you no longer want?",
        missing="Select what you want to withdraw",
        options=tuple(Option(discipline.value, name) for discipline, name in therapies.items()),
        short="No longer wanted",
    )


__all__ = ["ADD", "ANSWER", "NO_MATCH", "STATUS", "withdrawal"]

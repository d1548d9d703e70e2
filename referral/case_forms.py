"""What staff may type about a case, beside a decision."""

from collections.abc import Iterable
from uuid import UUID

from accounts.api import StaffView
from core.domain.profile import Profile
from core.web.questions import Kind, Option, Question

# The choice that gives a case back to everybody.
NOBODY = "nobody"

NOTE = Question("text", Kind.LONG_TEXT, "Note for colleagues", missing="Enter a note", longest=4000, short="Note",
                hint="Families do not see it on their pages. It is part of the record they may ask for.")  # fmt: skip


def why(flag_id: UUID) -> Question:
    """Why a flag can be cleared. Its id holds the flag's, since several forms share a page."""
    return Question(f"why-{flag_id}", Kind.TEXT, "What did you find?", missing="Say why this can be cleared",
                    longest=500, short="Why the flag can be cleared")  # fmt: skip


def handover(colleagues: Iterable[StaffView], profile: Profile, *, is_mine: bool) -> tuple[Question, ...]:
    """To whom a case goes, and what they need to know."""
    people = [Option(str(one.id), _called(one, profile)) for one in colleagues]
    people.append(Option(NOBODY, "Nobody: back to the queue"))
    whom = Question("to", Kind.SELECT, "Give this case to", missing="Choose a colleague from the list",
                    options=tuple(people))  # fmt: skip
    hint = "Needed when you hand it over to a colleague" if is_mine else ""
    return whom, Question("note", Kind.LONG_TEXT, "What they need to know", longest=2000, hint=hint)


def _called(colleague: StaffView, profile: Profile) -> str:
    therapies = [profile.disciplines[one].short for one in sorted(colleague.disciplines)]
    return f"{colleague.name} ({', '.join(therapies)})" if therapies else colleague.name

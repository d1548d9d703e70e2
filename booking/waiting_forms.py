"""What families are asked when they join a waiting list: when they could come, and all that a booking needs."""

from uuid import UUID

from booking import on_behalf
from booking.forms import ABOUT_YOU, CHILD_AND_YOU, CONTACT_STEPS
from booking.waiting_words import DayPart, Wish
from core.web.journey import Journey, Step
from core.web.questions import Answers, Kind, Option, Question

DAYS = Question(
    id="days",
    kind=Kind.CHECKBOXES,
    label="Which days could you come?",
    missing="Select the days you could come",
    options=tuple(
        Option(str(n), day)
        for n, day in enumerate(("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"))
    ),
    short="Days",
)

PARTS = Question(
    id="parts",
    kind=Kind.CHECKBOXES,
    label="Which times of day could you come?",
    missing="Select the times you could come",
    options=(
        Option("morning", "Morning, before midday"),
        Option("afternoon", "Afternoon, midday to 5pm"),
        Option("evening", "Evening, after 5pm"),
    ),
    short="Times of day",
)

WIDER = Question(
    id="wider",
    kind=Kind.RADIOS,
    label="Would you also come to another clinic of the same kind?",
    missing="Select yes or no",
    options=(Option("yes", "Yes"), Option("no", "No, only this one")),
    short="Another clinic too",
)

_WHEN = Step("when", (DAYS, PARTS), title="When could you come?")

WAIT_SCREENING = Journey(
    name="wait-screening",
    version="1",
    title="Join the waiting list",
    steps=(_WHEN, Step("wider", (WIDER,)), *CHILD_AND_YOU),
)

WAIT_SESSION = Journey(
    name="wait-session",
    version="1",
    title="Join the waiting list",
    steps=(_WHEN, ABOUT_YOU, *on_behalf.steps(phone=False), *CONTACT_STEPS),
)


def wish(offer_id: UUID, answers: Answers) -> Wish:
    """What somebody waits for, from the answers of the waiting list's journey."""
    return Wish(
        offer_id,
        frozenset(int(day) for day in answers.get(DAYS.id, ())),
        frozenset(DayPart(part) for part in answers.get(PARTS.id, ())),
        wider=answers.get(WIDER.id) == "yes",
    )

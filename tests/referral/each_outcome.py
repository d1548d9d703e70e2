"""Each who refers and each outcome: what a therapist types, and what the family and whoever referred read then."""

from dataclasses import dataclass

from core.domain.identity import Discipline
from core.web.questions import Answers
from referral.words import RequestState
from tests.referral.support import OT, PARENT, PHYSIO, PROFESSIONAL, SLT, YOUNG_PERSON

ACCEPT = {"urgency": "urgent", "area": "west", "comes_next": "clinic", "words": "We will call you.", "todo": ""}
SENCO: Answers = {
    **PROFESSIONAL,
    "who": "education",
    "ref_role": "SENCO",
    "disciplines": ["ot"],
    "ot_areas": ["dressing"],
    "share_school": "yes",
}
HEALTH_VISITOR: Answers = {
    **PROFESSIONAL,
    "ref_role": "Health visitor",
    "disciplines": ["slt"],
    "slt_areas": ["eating-and-drinking"],
    "signs": ["choking"],
}
# The answers, the therapy they ask for, and the pathway it is accepted to.
WHO: dict[str, tuple[Answers, Discipline, str]] = {
    "parent": (PARENT, SLT, "speech"),
    "young person": (YOUNG_PERSON, PHYSIO, "walking"),
    "SENCO": (SENCO, OT, "dressing"),
    "health visitor, urgent": (HEALTH_VISITOR, SLT, "eating-and-drinking"),
    "GP, after an operation": (PROFESSIONAL, PHYSIO, "after-an-operation"),
}


@dataclass(frozen=True)
class Told:
    """What is typed, where it leads, and what is read: on the family's page, in their letter, by the referrer."""

    typed: dict[str, str]
    state: RequestState
    page: str
    letter: str
    referrer: str


OUTCOMES: dict[str, Told] = {
    "accept": Told(
        ACCEPT, RequestState.ACCEPTED, "We aim to see", "we have accepted it", "We have accepted the referral"
    ),
    "ask": Told(
        {"what": "Which hand?", "of": "family", "due-day": "7", "due-month": "12", "due-year": "2026"},
        RequestState.WAITING_FOR_INFORMATION,
        "Please answer by Monday 7 December 2026",
        "",
        "",
    ),
    "signpost": Told(
        {"place": "The talking tips workshop", "words": "It shows games.", "todo": "Book a place"},
        RequestState.SIGNPOSTED,
        "The talking tips workshop",
        "Where to find help: The talking tips workshop",
        "Other help fits better",
    ),
    "redirect": Told(
        {"place": "The hearing clinic", "words": "They test hearing.", "todo": ""},
        RequestState.REDIRECTED,
        "The hearing clinic",
        "we have sent it on to them",
        "is for another NHS service",
    ),
    "not-accept": Told(
        {"why_not": "universal-offer", "words": "A workshop comes first.", "todo": "Go to a workshop"},
        RequestState.NOT_ACCEPTED,
        "You have a right to talk about this with us",
        "What you can do next: Go to a workshop",
        "have not accepted it",
    ),
    "duplicate": Told(
        {"words": ""}, RequestState.DUPLICATE, "That one goes on", "We have put them together", "put the two together"
    ),
    "withdraw": Told(
        {"why": "They called.", "words": ""},
        RequestState.WITHDRAWN,
        "This referral was withdrawn",
        "has been withdrawn",
        "has been withdrawn",
    ),
}

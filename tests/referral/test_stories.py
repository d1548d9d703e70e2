"""Each who refers, to each outcome: what triage does, and what the family and whoever referred read then."""

import re
from dataclasses import dataclass
from uuid import UUID

import pytest

from core.domain.clock import MovedClock
from core.domain.identity import Discipline, Role
from core.storage.session import Database
from core.web.house import House
from core.web.questions import Answers
from notifications.api import Channel, MessageView
from referral.words import RequestState
from tests.conftest import Drain, StaffVisit
from tests.referral.outcome_support import referral_of, request_of, written
from tests.referral.support import OT, PARENT, PHYSIO, PROFESSIONAL, SLT, YOUNG_PERSON, received
from tests.support.visit import Visit

TRIAGE, STATUS = "/staff/triage", "/referral-status"
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


@pytest.mark.parametrize("who", WHO)
async def test_each_outcome_ends_in_what_the_family_and_the_referrer_read(
    who: str, house: House, db: Database, clock: MovedClock, staff_visit: StaffVisit, visit: Visit, drain: Drain
) -> None:
    answers, discipline, pathway = WHO[who]
    other = await received(db, clock.now(), answers)
    eve, decided = await staff_visit(Role.TRIAGE), {}
    for slug in OUTCOMES:
        decided[slug] = await received(db, clock.now(), answers)
        await decides(eve, db, decided[slug], discipline, slug, pathway, other)
    clock.move_on(hours=2)
    await drain()
    for slug, told in OUTCOMES.items():
        async with db.transaction() as session:
            request = await request_of(session, decided[slug], discipline)
            reference = (await referral_of(session, decided[slug])).reference
        assert request.state is told.state
        page = await enters(visit, reference, str(answers["child_born"]))
        assert told.page in page
        assert told.letter in page
        reads(told, slug, answers, await written(db, decided[slug]))


async def decides(
    eve: Visit, db: Database, referral_id: UUID, discipline: Discipline, slug: str, pathway: str, other: UUID
) -> None:
    where = f"{TRIAGE}/{referral_id}/outcome/{discipline}/{slug}"
    form = await eve.get(where)
    assert form.status_code == 200, form.text
    version = re.search(r'name="version" value="(\d+)"', form.text)
    async with db.transaction() as session:
        reference = (await referral_of(session, other)).reference
    more = {"accept": {"pathway": pathway}, "duplicate": {"other": reference}}.get(slug, {})
    reply = await eve.post(where, {**OUTCOMES[slug].typed, **more, "version": version[1] if version else ""})
    assert reply.status_code == 303, reply.text


async def enters(visit: Visit, reference: str, born: str) -> str:
    """What the family reads with the reference and the date of birth."""
    year, month, day = born.split("-")
    await visit.get(STATUS)
    typed = {"reference": reference, "born-day": day, "born-month": month, "born-year": year}
    reply = await visit.post(STATUS, typed)
    assert reply.status_code == 303, reply.text
    return (await visit.follow()).text


def reads(told: Told, slug: str, answers: Answers, messages: list[MessageView]) -> None:
    """The messages: one to the family as they asked, one to whoever referred; no child's name, no therapy in a text."""
    of_us = [one for one in messages if one.template != "referral-received"]
    family = [one for one in of_us if one.address != answers.get("ref_email")]
    referrer = [one for one in of_us if one.address == answers.get("ref_email")]
    assert len(family) == 1
    assert "Maya" not in "".join(one.body + one.subject_line for one in of_us)
    if slug == "ask":
        assert [one.template for one in of_us] == ["referral-more-information"]
        return
    if family[0].channel is Channel.EMAIL:
        assert told.letter in family[0].body
    else:
        assert "we have written to you" in family[0].body
        assert "therapy" not in family[0].body.replace("Children and young people’s therapies", "")
    assert [told.referrer in one.body for one in referrer] == ([True] if "ref_email" in answers else [])

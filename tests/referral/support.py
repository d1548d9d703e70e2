"""Invented families and professionals, and their complete answers."""

import re
from datetime import date, datetime
from typing import Any
from uuid import UUID

from core.domain.identity import PUBLIC, Actor, ActorKind, Discipline, Role
from core.domain.ids import new_id
from core.domain.profile import Profile, load_profile
from core.storage.session import Database, Session
from core.web.journey import TASKS, Journey
from core.web.questions import Answers, Value
from referral import forms, service, steps
from tests.support.house import ROOT
from tests.support.visit import Visit

PROFILE: Profile = load_profile(ROOT / "profiles" / "hertfordshire.toml")
TODAY = date(2026, 11, 23)
EVE = Actor(ActorKind.STAFF, new_id(), "Eve Invented", frozenset({Role.TRIAGE}))
BORN = "2022-03-27"

PARENT: dict[str, Value] = {
    "who": "parent",
    "urgent_now": "no",
    "disciplines": ["slt", "ot"],
    "signs": ["none"],
    "child_first": "Maya",
    "child_last": "Núñez-Example",
    "child_born": BORN,
    "knows_nhs_number": "yes",
    "nhs_number": "9990000018",
    "gender": "female",
    "address": "1 Invented Road",
    "town": "St Albans",
    "postcode": "AL1 3JE",
    "language": "English",
    "interpreter": "no",
    "needs": ["quiet"],
    "adult_name": "Ana Núñez-Example",
    "relationship": "Mother",
    "responsibility": "yes",
    "lives_with": "yes",
    "phone": "+447700900001",
    "safe": "yes",
    "safe_letter": "yes",
    "updates": ["email"],
    "email": "ana@example.org",
    "another1": "no",
    "not_tell": "no",
    "looked_after": "no",
    "plans": ["none"],
    "disagree": "no",
    "court": "no",
    "gp": "Invented Surgery",
    "born_early": "no",
    "hearing": "clear",
    "vision": "yes",
    "therapy_before": "no",
    "others": ["none"],
    "setting": "nursery",
    "school": "Invented Nursery",
    "sen": "none",
    "worries": "She says few words.\nIt began last year.",
    "effect": "She is upset at nursery.",
    "tried": "We read together.",
    "hopes": "That others understand her.",
    "slt_areas": ["speech", "talking"],
    "slt_understood": "family",
    "slt_strangers": "half",
    "slt_words": "under-50",
    "slt_joins": "no",
    "slt_follows": "yes",
    "ot_areas": ["dressing"],
    "ot_help": "Help with buttons.",
    "agree": ["yes"],
    "share_school": "yes",
    "share_others": "yes",
}
EATING: dict[str, Value] = {
    "eating_signs": ["drink", "infections"],
    "eating_long": "yes",
    "eating_tube": "no",
    "tracheostomy": "no",
}
_SLT_AND_OT = (
    "slt_areas", "slt_understood", "slt_strangers", "slt_words", "slt_joins", "slt_follows", "ot_areas", "ot_help",
)  # fmt: skip
_ADULT = ("adult_name", "relationship", "responsibility", "lives_with", "email")
_CARE = ("looked_after", "plans", "disagree", "court")
YOUNG_PERSON: dict[str, Value] = {
    **{name: value for name, value in PARENT.items() if name not in (*_SLT_AND_OT, *_ADULT, *_CARE)},
    "who": "young-person",
    "child_born": "2009-05-01",
    "disciplines": ["physio"],
    "physio_areas": ["walking"],
    "physio_pain": "sometimes",
    "physio_walks": "yes",
    "physio_hand": "older",
    "tell_parents": "no",
    "updates": ["text"],
}
PROFESSIONAL: dict[str, Value] = {
    **{name: value for name, value in PARENT.items() if name not in (*_SLT_AND_OT, "agree")},
    "who": "health",
    "ref_name": "Dr Ola Invented",
    "ref_role": "GP",
    "ref_organisation": "Invented Surgery",
    "ref_email": "ola@example.org",
    "ref_phone": "+441632960002",
    "agreed": "yes",
    "agreed_by": "Ana Núñez-Example",
    "agreed_how": "together",
    "concerns": "no",
    "visit_risk": "no",
    "disciplines": ["physio"],
    "physio_areas": ["after-an-operation"],
    "physio_pain": "often",
    "operation": "Release of the left heel cord",
    "operation_on": "2026-11-02",
    "surgeon": "Invented Hospital",
    "weight_bearing": "part",
}


_DATES = frozenset({"child_born", "born", "operation_on", "plan_review"})


def journey(today: date = TODAY) -> Journey:
    return steps.journey_for(PROFILE, today)


async def receive(session: Session, answers: Answers, now: datetime, **changes: Value) -> UUID:
    """A referral as the journey would send it."""
    new = forms.new_referral({**answers, **changes})
    return (await service.receive(session, PUBLIC, new, new_id(), PROFILE, now)).id


async def received(db: Database, now: datetime, answers: Answers = PARENT, **changes: Value) -> UUID:
    async with db.transaction() as session:
        return await receive(session, answers, now, **changes)


def typed(question_ids: list[str], answers: Answers) -> dict[str, Any]:
    """What a browser sends for these answers; dates as three boxes."""
    body: dict[str, Any] = {}
    for name in question_ids:
        value = answers.get(name, "")
        if name in _DATES and isinstance(value, str) and value:
            year, month, day = value.split("-")
            body |= {f"{name}-day": day, f"{name}-month": month, f"{name}-year": year}
        else:
            body[name] = value
    return body


_GO_ON = re.compile(r'<a [^>]*href="([^"]+)"[^>]*id="go-on"')


async def fill_in(visit: Visit, answers: Answers, path: str = "/refer/who") -> list[str]:
    """Answers page after page until the check, or a page with no way on; returns the pages met. From the list of tasks
    it takes the way on that the page offers."""
    met: list[str] = []
    for _ in range(90):
        reply = await visit.get(path)
        slug = path.rsplit("/", 1)[-1]
        met.append(slug)
        if slug == TASKS:
            found = _GO_ON.search(reply.text)
            assert found, reply.text
            path = found[1]
            continue
        step = journey().step(slug)
        if reply.status_code != 200 or step is None or step.stop:
            return met
        ids = [question.id for question in step.questions if question.id in answers]
        reply = await visit.post(path, typed(ids, answers))
        assert reply.status_code == 303, (path, reply.text)
        path = reply.headers["location"]
    raise AssertionError("the journey does not end")


async def send(visit: Visit, answers: Answers) -> str:
    """Refers through the pages and returns the reference on the confirmation."""
    assert (await fill_in(visit, answers))[-1] == "check"
    assert visit.last is not None
    draft = re.search(r'name="draft" value="([^"]+)"', visit.last.text)
    assert draft
    reply = await visit.post("/refer/check", {"draft": draft[1]})
    assert (reply.status_code, reply.headers["location"]) == (303, "/refer/sent"), reply.text
    shown = await visit.follow()
    found = re.search(r"[3-9A-Z]{4}-[3-9A-Z]{4}", shown.text.split("Your reference is")[1])
    assert found
    return found[0]


SLT, OT, PHYSIO = Discipline.SLT, Discipline.OT, Discipline.PHYSIO

"""Each who refers, to each outcome: what triage does, and what the family and whoever referred read then."""

import re
from uuid import UUID

import pytest

from core.domain.clock import MovedClock
from core.domain.identity import Discipline, Role
from core.storage.session import Database
from core.web.house import House
from core.web.questions import Answers
from notifications.api import Channel, MessageView
from tests.conftest import Drain, StaffVisit
from tests.referral.each_outcome import OUTCOMES, WHO, Told
from tests.referral.outcome_support import referral_of, request_of, written
from tests.referral.support import received
from tests.support.visit import Visit

TRIAGE, STATUS = "/staff/triage", "/referral-status"


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

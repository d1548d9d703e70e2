"""Whoever refers, whatever is decided: a therapist decides it on the staff pages, and the family's page, which whoever
referred can open too, tells it. The referrals are there already; how they are made is `test_refer_a_child`."""

import re
from collections.abc import Awaitable, Callable
from uuid import UUID

import pytest

from core.domain.identity import Discipline
from core.web.questions import Answers
from referral.words import PROFESSIONALS, RequestState
from tests.journeys.conftest import NewPerson
from tests.referral.each_outcome import OUTCOMES, WHO
from tests.referral.outcome_support import referral_of, request_of, written
from tests.referral.support import received
from tests.support.person import Person
from tests.support.service import Service

Colleague = Callable[[str], Awaitable[Person]]
_LISTS = frozenset({"urgency", "pathway", "area", "comes_next", "of"})
_THERAPY = {"slt": "speech", "ot": "occupational", "physio": "physio"}


Sent = dict[str, dict[str, tuple[UUID, str]]]


@pytest.mark.parametrize("javascript", [False], indirect=True, ids=["without-javascript"])
async def test_each_outcome_is_decided_by_a_therapist_and_read_by_whoever_referred(
    somebody: NewPerson, colleague: Colleague, service: Service
) -> None:
    # Given a referral by each, and each outcome decided about one of theirs by a therapist
    sent: Sent = {who: {} for who in WHO}
    eve = await colleague("eve")
    for who, (answers, discipline, pathway) in WHO.items():
        _, other = await _referral(service, answers)
        for slug in OUTCOMES:
            sent[who][slug] = await _referral(service, answers)
            typed = _typed(slug, answers, pathway, other)
            await decides(eve, sent[who][slug][0], discipline, slug, typed)
    service.clock.move_on(hours=2)
    await service.worker_runs()
    # Then they read it on a phone, at the link they were sent, and answer what was asked
    for who, (answers, _, _) in WHO.items():
        reader, born = await somebody(width=320), str(answers["child_born"])
        for slug, (referral_id, reference) in sent[who].items():
            await enters(reader, await _link(service, referral_id, answers), reference, born)
            await reader.sees(re.compile(re.escape(OUTCOMES[slug].page)))
        await answers_what_is_asked(reader, sent[who]["ask"][0])
    # And the therapist reads the answer where the referral is again
    grace = await colleague("grace")
    for who, (_, discipline, _) in WHO.items():
        await grace.opens(f"/staff/triage/{sent[who]['ask'][0]}")
        await grace.sees("The left, mostly.")
        asked = {"ask": RequestState.IN_TRIAGE}
        expected = {slug: told.state for slug, told in OUTCOMES.items()} | asked
        assert await _states(service, sent[who], discipline) == expected


def _typed(slug: str, answers: Answers, pathway: str, other: str) -> dict[str, str]:
    of = "referrer" if answers["who"] in PROFESSIONALS else "family"
    more = {"accept": {"pathway": pathway}, "ask": {"of": of}, "duplicate": {"other": other}}
    return {**OUTCOMES[slug].typed, **more.get(slug, {})}


async def _referral(service: Service, answers: Answers) -> tuple[UUID, str]:
    """A referral that is there: its id and reference."""
    referral_id = await received(service.house.db, service.clock.now(), answers)
    async with service.house.db.transaction() as session:
        return referral_id, (await referral_of(session, referral_id)).reference


async def decides(eve: Person, referral_id: UUID, discipline: Discipline, slug: str, typed: dict[str, str]) -> None:
    """The page of one step, filled in and saved; the case says so."""
    await eve.opens(f"/staff/triage/{referral_id}/outcome/{discipline}/{slug}")
    for name, value in typed.items():
        field = eve.page.locator(f"[name='{name}']")
        if name in _LISTS:
            await field.select_option(value)
        elif name == "why_not":
            await eve.page.locator(f"[name='{name}'][value='{value}']").check()
        else:
            await field.fill(value)
    await eve.presses(re.compile("^Save"))
    await eve.sees(re.compile("is saved"))


async def _link(service: Service, referral_id: UUID, answers: Answers) -> str:
    """Where the last message leads that whoever referred was sent."""
    whose = answers.get("ref_email") or answers.get("email") or answers["phone"]
    said = [one.body for one in await written(service.house.db, referral_id) if one.address == whose]
    found = re.search(r"https?://\S+/referral-status", said[-1])
    assert found, said
    return found[0]


async def enters(reader: Person, link: str, reference: str, born: str) -> None:
    year, month, day = born.split("-")
    await reader.opens(link)
    await reader.fills("Referral reference", reference)
    await reader.fills_date(re.compile("Date of birth"), day, month, year)
    await reader.presses("See the referral")
    await reader.sees(reference)


async def answers_what_is_asked(reader: Person, referral_id: UUID) -> None:
    await reader.opens(f"/referral-status/view/{referral_id}")
    await reader.sees(OUTCOMES["ask"].typed["what"])
    await reader.follows_button("Answer")
    await reader.page.locator("#answer").fill("The left, mostly.")
    await reader.presses("Send your answer")
    await reader.sees("We have your answer")


async def _states(
    service: Service, sent: dict[str, tuple[UUID, str]], discipline: Discipline
) -> dict[str, RequestState]:
    async with service.house.db.transaction() as session:
        return {slug: (await request_of(session, one, discipline)).state for slug, (one, _) in sent.items()}

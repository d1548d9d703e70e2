"""Referring through the pages, and finding out where a referral stands."""

import pytest
from sqlmodel import select

from core.domain.clock import MovedClock
from core.web.house import House
from core.web.questions import Value
from notifications.api import DeliveryState, messages_about
from referral import service
from referral.models import Referral, ReferralConsent, ReferralRequest
from referral.words import Asked, ConsentKind, Enquiry, RequestState
from tests.conftest import Drain, new_client
from tests.referral.support import (
    BORN,
    EATING,
    EVE,
    OT,
    PARENT,
    PROFESSIONAL,
    TODAY,
    YOUNG_PERSON,
    fill_in,
    send,
    typed,
)
from tests.support.visit import Visit

STATUS = "/referral-status"


async def rows(house: House) -> tuple[list[Referral], list[ReferralRequest]]:
    async with house.db.transaction() as session:
        return list(await session.exec(select(Referral))), list(await session.exec(select(ReferralRequest)))


@pytest.mark.parametrize(
    "answers", [PARENT, YOUNG_PERSON, PROFESSIONAL], ids=["parent", "young person", "professional"]
)
async def test_everybody_who_may_refer_gets_a_reference(visit: Visit, house: House, answers: dict[str, Value]) -> None:
    reference = await send(visit, answers)
    referrals, requests = await rows(house)
    assert [one.reference for one in referrals] == [reference]
    assert [request.discipline.value for request in requests] == answers["disciplines"]


async def test_the_confirmation_says_what_is_next_and_by_when(visit: Visit, house: House) -> None:
    await send(visit, PARENT)
    assert visit.last is not None
    assert "Speech and language therapy" in visit.last.text
    assert "Monday 29 March 2027" in visit.last.text
    assert "Maya" not in visit.last.text


async def test_a_draft_becomes_one_referral_however_often_it_is_sent(visit: Visit, house: House) -> None:
    await fill_in(visit, PARENT)
    assert visit.last is not None
    draft = visit.last.text.split('name="draft" value="')[1].split('"')[0]
    for _ in range(3):
        assert (await visit.post("/refer/check", {"draft": draft})).status_code == 303
    assert len((await rows(house))[0]) == 1


@pytest.mark.parametrize(
    ("answers", "changes", "page"),
    [
        (PARENT, {"urgent_now": "yes"}, "urgent-help"),
        (PROFESSIONAL, {"agreed": "no"}, "agreement-needed"),
        (YOUNG_PERSON, {"child_born": "2012-01-01"}, "under-16"),
    ],
)
async def test_some_answers_lead_to_a_page_with_no_way_on_but_back(
    visit: Visit, house: House, answers: dict[str, Value], changes: dict[str, Value], page: str
) -> None:
    assert (await fill_in(visit, {**answers, **changes}))[-1] == page
    assert visit.last is not None
    assert "Go back and change your answer" in visit.last.text
    assert "Continue" not in visit.last.text
    for address in ("/refer/check", "/refer/resume", "/refer/worries"):
        assert (await visit.get(address)).headers["location"] == f"/refer/{page}"
    await visit.post(f"/refer/{page}")
    assert (await visit.get("/refer/check")).headers["location"] == f"/refer/{page}"


async def test_urgent_help_names_999_and_111(visit: Visit) -> None:
    await fill_in(visit, {**PARENT, "urgent_now": "yes"})
    assert visit.last is not None
    assert 'href="tel:999"' in visit.last.text
    assert 'href="tel:111"' in visit.last.text


async def test_a_pathway_for_others_is_explained_and_never_refused(visit: Visit, house: House) -> None:
    answers: dict[str, Value] = {**PARENT, "slt_areas": ["eating-and-drinking"], **EATING}
    met = await fill_in(visit, answers)
    assert "slt-eating-and-drinking" in met
    assert met[-1] == "check"
    page = await visit.get("/refer/slt-eating-and-drinking")
    assert "Only a health professional can refer a child about eating" in page.text
    assert 'href="/advice"' in page.text
    assert "Continue" in page.text


async def test_safeguarding_goes_on_after_saying_what_comes_first(visit: Visit, house: House) -> None:
    met = await fill_in(visit, {**PROFESSIONAL, "agreed": "safeguarding"})
    assert "safeguarding" in met
    assert met[-1] == "check"


async def test_a_referral_that_was_begun_is_taken_up_again(visit: Visit) -> None:
    assert (await visit.get("/refer/resume")).headers["location"] == "/refer"
    await visit.get("/refer/who")
    await visit.post("/refer/who", {"who": "parent"})
    assert "Go on with your referral" in (await visit.get("/refer")).text
    assert (await visit.get("/refer/resume")).headers["location"] == "/refer/urgent"


async def test_consents_are_kept_word_for_word(visit: Visit, house: House) -> None:
    await send(visit, PARENT)
    async with house.db.transaction() as session:
        consents = {one.kind: one for one in await session.exec(select(ReferralConsent))}
    agreed = consents[ConsentKind.REFERRAL]
    assert agreed.given
    assert agreed.wording.endswith("I agree to this referral and that therapists read what I have written")
    assert (agreed.by_name, agreed.channel) == ("Ana Núñez-Example", "web form")
    kinds = {ConsentKind.REFERRAL, ConsentKind.SCHOOL, ConsentKind.PROFESSIONALS, ConsentKind.MESSAGES}
    assert set(consents) == kinds


async def knock(visit: Visit, reference: str, born: str = BORN) -> int:
    await visit.get(STATUS)
    reply = await visit.post(STATUS, {"reference": reference, **typed(["born"], {"born": born})})
    return reply.status_code


async def test_reference_and_date_of_birth_open_the_status(app: object, visit: Visit, house: House) -> None:
    reference = await send(visit, PARENT)
    async with new_client(app) as browser:  # type: ignore[arg-type]
        other = Visit(browser)
        assert await knock(other, reference.lower().replace("-", " ")) == 303
        page = await other.follow()
    assert page.status_code == 200
    assert "Occupational therapy" in page.text
    assert "A therapist will read it" in page.text
    assert "Maya" not in page.text


async def test_a_wrong_date_and_an_unknown_reference_are_told_the_same(visit: Visit, house: House) -> None:
    reference = await send(visit, PARENT)
    told = []
    for tried, born in ((reference, "2022-03-28"), ("3333-3333", BORN)):
        assert await knock(visit, tried, born) == 422
        assert visit.last is not None
        main = visit.last.text.split("<main")[1]
        assert tried in main
        told.append(main.split("<form")[0])
    assert told[0] == told[1]
    assert "We cannot find a referral" in told[0]


async def test_a_wrong_shape_is_told_beside_the_field_and_costs_no_try(visit: Visit) -> None:
    for _ in range(7):
        assert await knock(visit, "nonsense", "") == 422
    assert visit.last is not None
    assert "<title>Error: " in visit.last.text
    assert 'value="nonsense"' in visit.last.text


async def test_after_five_wrong_dates_even_the_right_one_has_to_wait(visit: Visit, house: House) -> None:
    reference = await send(visit, PARENT)
    for _ in range(5):
        assert await knock(visit, reference, "2020-01-01") == 422
    assert await knock(visit, reference) == 429


async def test_the_status_is_closed_to_other_browsers_and_after_half_an_hour(
    app: object, visit: Visit, house: House, clock: MovedClock
) -> None:
    await send(visit, PARENT)
    referral = (await rows(house))[0][0]
    where = f"{STATUS}/view/{referral.id}"
    assert (await visit.get(where)).status_code == 200
    async with new_client(app) as browser:  # type: ignore[arg-type]
        assert (await Visit(browser).get(where)).headers["location"] == STATUS
    clock.move_on(minutes=31)
    assert (await visit.get(where)).headers["location"] == STATUS


async def test_what_was_asked_can_be_answered_once(visit: Visit, house: House) -> None:
    await send(visit, PARENT)
    referrals, requests = await rows(house)
    request = next(one for one in requests if one.discipline is OT)
    async with house.db.transaction() as session:
        enquiry = Enquiry("Which hand does she use?", Asked.FAMILY, TODAY)
        asked = await service.ask(session, EVE, referrals[0].id, OT, request.version, enquiry, house.clock.now())
    where = f"{STATUS}/view/{referrals[0].id}"
    page = await visit.get(where)
    assert "Which hand does she use?" in page.text
    assert f"{where}/information/{asked}" in page.text
    await visit.get(f"{where}/information/{asked}")
    assert (await visit.post(f"{where}/information/{asked}", {"answer": " "})).status_code == 422
    for _ in range(2):
        reply = await visit.post(f"{where}/information/{asked}", {"answer": "The left one"})
        assert reply.headers["location"] == f"{where}?done=answered"
    assert "We have your answer" in (await visit.follow()).text
    assert (await visit.post(f"{where}/information/{asked}", {"answer": "The right one"})).status_code == 409
    assert {one.state for one in (await rows(house))[1]} == {RequestState.RECEIVED, RequestState.IN_TRIAGE}


async def test_whoever_refers_is_written_to_by_the_worker(visit: Visit, house: House, drain: Drain) -> None:
    reference = await send(visit, PARENT)
    await drain()
    referral = (await rows(house))[0][0]
    async with house.db.transaction() as session:
        (message,) = await messages_about(session, referral.id)
    assert reference in message.body
    assert message.state is DeliveryState.SENT

"""Triage through the pages."""

from uuid import UUID

from sqlmodel import select

from core.domain.clock import MovedClock
from core.domain.identity import Role
from core.storage.audit import AuditEntry
from core.web.house import House
from referral.models import Referral, ReferralFlag, ReferralRequest
from referral.words import RequestState
from tests.conftest import StaffVisit
from tests.referral.support import OT, PARENT, PROFESSIONAL, SLT, received
from tests.support.visit import Visit

TRIAGE = "/staff/triage"
ACCEPT = {
    "step": "accept",
    "urgency": "routine",
    "area": "west",
    "pathway": "speech",
    "comes_next": "clinic",
    "words": "We look forward to meeting you.",
}
ASK = {
    "step": "ask",
    "what": "Which hand does she use?",
    "of": "family",
    "due-day": "7",
    "due-month": "12",
    "due-year": "2026",
}


async def request(house: House, referral_id: UUID, discipline: str) -> ReferralRequest:
    async with house.db.transaction() as session:
        found = select(ReferralRequest).where(ReferralRequest.referral_id == referral_id)
        return next(one for one in await session.exec(found) if one.discipline == discipline)


async def decide(visit: Visit, referral_id: UUID, discipline: str, step: str = "accept", **body: str) -> int:
    reply = await visit.post(f"{TRIAGE}/{referral_id}/outcome/{discipline}/{step}", body)
    return reply.status_code


async def test_the_queue_shows_urgent_referrals_first_then_the_longest_wait(
    house: House, staff_visit: StaffVisit, clock: MovedClock
) -> None:
    for days, name, signs in ((9, "Second", "none"), (3, "Third", "none"), (1, "First", "choking")):
        clock.move_on(days=-days)
        await received(house.db, clock.now(), PARENT, child_first=name, signs=[signs])
        clock.move_on(days=days)
    page = (await (await staff_visit(Role.TRIAGE)).get(TRIAGE)).text
    assert page.index("First Núñez") < page.index("Second Núñez") < page.index("Third Núñez")
    assert "Coughs or chokes" in page
    assert "St Albans and Dacorum" in page


async def test_whoever_is_listed_or_read_is_on_the_audit_trail(
    house: House, staff_visit: StaffVisit, clock: MovedClock
) -> None:
    referral_id = await received(house.db, clock.now())
    visit = await staff_visit(Role.TRIAGE)
    await visit.get(TRIAGE)
    await visit.get(f"{TRIAGE}/{referral_id}")
    async with house.db.transaction() as session:
        entries = [one for one in await session.exec(select(AuditEntry)) if one.subject_id == referral_id]
    assert [one.action for one in entries if one.actor.startswith("staff:")] == ["referral.listed", "referral.seen"]


async def test_the_queue_is_filtered_by_therapy_and_state(
    house: House, staff_visit: StaffVisit, clock: MovedClock
) -> None:
    await received(house.db, clock.now(), PARENT, child_first="Talker")
    await received(house.db, clock.now(), PROFESSIONAL, child_first="Walker")
    visit = await staff_visit(Role.MANAGER)
    page = (await visit.get(f"{TRIAGE}?discipline=physio")).text
    assert "Walker" in page
    assert "Talker" not in page
    assert "Walker" in (await visit.get(f"{TRIAGE}?state=received")).text
    assert "No referral matches" in (await visit.get(f"{TRIAGE}?state=accepted")).text
    assert "Talker" in (await visit.get(f"{TRIAGE}?state=nonsense&discipline=&after=x")).text


async def test_a_reference_leads_to_its_referral(house: House, staff_visit: StaffVisit, clock: MovedClock) -> None:
    referral_id = await received(house.db, clock.now())
    async with house.db.transaction() as session:
        reference = (await session.exec(select(Referral.reference))).one()
    visit = await staff_visit(Role.TRIAGE)
    await visit.get(TRIAGE)
    reply = await visit.post(f"{TRIAGE}/search", {"reference": reference.lower()})
    assert reply.headers["location"] == f"{TRIAGE}/{referral_id}"
    for typed, told in (("nonsense", "Enter the reference as we gave it"), ("3333-3333", "No referral that you")):
        page = await visit.post(f"{TRIAGE}/search", {"reference": typed})
        assert page.status_code == 422
        assert told in page.text
        assert f'value="{typed}"' in page.text


async def test_therapists_read_their_own_referrals_and_decide_nothing(
    house: House, staff_visit: StaffVisit, clock: MovedClock
) -> None:
    referral_id = await received(house.db, clock.now())
    visit = await staff_visit(Role.THERAPIST, disciplines=(OT,))
    page = await visit.get(f"{TRIAGE}/{referral_id}")
    assert page.status_code == 200
    assert "Decide about" not in page.text
    assert await decide(visit, referral_id, "slt", version="1", **ACCEPT) == 403
    assert (await request(house, referral_id, "slt")).state is RequestState.RECEIVED
    other = await staff_visit(Role.CLINIC_ADMIN, name="Femi Invented")
    assert (await other.get(f"{TRIAGE}/{referral_id}")).status_code == 403


async def test_a_therapist_of_another_discipline_needs_a_reason_to_open_a_referral(
    house: House, staff_visit: StaffVisit, clock: MovedClock
) -> None:
    referral_id = await received(house.db, clock.now(), PROFESSIONAL)
    visit = await staff_visit(Role.THERAPIST, disciplines=(SLT,))
    reply = await visit.get(f"{TRIAGE}/{referral_id}")
    assert reply.status_code == 403
    assert f"/staff/break-glass/referral/{referral_id}" in reply.text
    assert "Nothing waits" in (await visit.get(TRIAGE)).text


async def test_each_therapy_is_decided_through_its_own_form(
    house: House, staff_visit: StaffVisit, clock: MovedClock
) -> None:
    referral_id = await received(house.db, clock.now())
    visit = await staff_visit(Role.TRIAGE)
    page = await visit.get(f"{TRIAGE}/{referral_id}")
    assert "Decide about speech and language therapy" in page.text
    assert await decide(visit, referral_id, "slt", version="1", **ACCEPT) == 303
    assert "Your decision about speech and language therapy is saved" in (await visit.follow()).text
    assert await decide(visit, referral_id, "ot", version="1", **ASK) == 303
    page = await visit.follow()
    assert "Which hand does she use?" in page.text
    assert (await request(house, referral_id, "slt")).state is RequestState.ACCEPTED
    assert (await request(house, referral_id, "ot")).state is RequestState.WAITING_FOR_INFORMATION


async def test_what_is_wrong_is_said_beside_the_field_and_what_was_typed_stays(
    house: House, staff_visit: StaffVisit, clock: MovedClock
) -> None:
    referral_id = await received(house.db, clock.now())
    visit = await staff_visit(Role.TRIAGE)
    await visit.get(f"{TRIAGE}/{referral_id}")
    body = {**ASK, "of": "", "due-year": "2025"}
    assert await decide(visit, referral_id, "ot", version="1", **body) == 422
    assert visit.last is not None
    page = visit.last.text
    assert "<title>Error: " in page
    assert 'href="#of"' in page
    assert "Last day to answer must be today or later" in page
    assert "Which hand does she use?" in page
    assert await decide(visit, referral_id, "slt", version="1") == 422
    assert await decide(visit, referral_id, "nonsense", version="1") == 404


async def test_a_save_from_an_old_page_is_refused_and_nothing_typed_is_lost(
    house: House, staff_visit: StaffVisit, clock: MovedClock
) -> None:
    referral_id = await received(house.db, clock.now())
    first, second = await staff_visit(Role.TRIAGE), await staff_visit(Role.MANAGER, name="Grace Invented")
    for visit in (first, second):
        await visit.get(f"{TRIAGE}/{referral_id}")
    assert await decide(first, referral_id, "slt", version="1", **ACCEPT) == 303
    assert await decide(second, referral_id, "slt", version="1", **{**ACCEPT, "words": "Other words"}) == 409
    assert second.last is not None
    assert "This referral was changed after you opened it" in second.last.text
    assert "Other words" in second.last.text
    assert "Sam Invented" in second.last.text
    assert (await request(house, referral_id, "slt")).note == "We look forward to meeting you."


async def test_flags_stand_until_somebody_says_what_they_found(
    house: House, staff_visit: StaffVisit, clock: MovedClock
) -> None:
    referral_id = await received(house.db, clock.now(), PARENT, signs=["choking"])
    visit = await staff_visit(Role.TRIAGE)
    page = await visit.get(f"{TRIAGE}/{referral_id}")
    assert "Clear this flag" in page.text
    assert await decide(visit, referral_id, "slt", version="1", **ACCEPT) == 422
    assert visit.last is not None
    assert "Clear the flags" in visit.last.text
    async with house.db.transaction() as session:
        flag = (await session.exec(select(ReferralFlag))).one()
    silent = await visit.post(f"{TRIAGE}/{referral_id}/flags/{flag.id}")
    assert silent.status_code == 422
    assert "Say why this can be cleared" in silent.text
    body = {f"why-{flag.id}": "Called: she coughs, never chokes"}
    assert (await visit.post(f"{TRIAGE}/{referral_id}/flags/{flag.id}", body)).status_code == 303
    page = await visit.follow()
    assert "Clear this flag" not in page.text
    assert "“Called: she coughs, never chokes” (Sam Invented" in page.text
    assert await decide(visit, referral_id, "slt", version="1", **ACCEPT) == 303


async def test_staff_are_told_not_to_write_where_the_family_must_not_be_told(
    house: House, staff_visit: StaffVisit, clock: MovedClock
) -> None:
    referral_id = await received(house.db, clock.now(), PROFESSIONAL, agreed="safeguarding")
    page = await (await staff_visit(Role.TRIAGE)).get(f"{TRIAGE}/{referral_id}")
    assert "Call, do not write" in page.text
    assert "Safeguarding: the family has not been told" in page.text

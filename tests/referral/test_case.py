"""One case and the people who work on it: who has it, notes, flags, reminders; nothing typed is lost."""

from datetime import timedelta

import pytest
from sqlmodel import select

from core.domain.clock import MovedClock, london_day
from core.domain.errors import Invalid, NotPossible
from core.domain.identity import PUBLIC, Role
from core.domain.ids import new_id
from core.storage.audit import AuditEntry
from core.storage.outbox import OutboxFact
from core.storage.session import Database
from core.web.house import House
from referral import case_queries, case_service, claims, service
from referral.case_models import CaseNote
from referral.case_service import AlreadyCleared
from referral.claims import SomebodyElse
from referral.claims_models import ReferralClaim
from referral.claims_rules import claim_of
from referral.claims_words import Claim
from referral.models import InformationRequest
from referral.words import Asked, Enquiry, RequestState
from tests.conftest import StaffVisit
from tests.referral.support import OT, PARENT, PHYSIO, received
from tests.referral.triage_support import (
    TRIAGE,
    colleague,
    colleagues,
    flag_of,
    places,
    referral_row,
    request_rows,
)


def test_a_change_of_hands_has_a_name() -> None:
    me, you, they = new_id(), new_id(), new_id()
    assert claim_of(me, None, None) is None
    assert claim_of(me, you, you) is None
    assert claim_of(me, None, me) is Claim.TAKEN
    assert claim_of(me, you, me) is Claim.TAKEN
    assert claim_of(me, me, you) is Claim.HANDED_OVER
    assert claim_of(me, they, you) is Claim.ASSIGNED
    assert claim_of(me, None, you) is Claim.ASSIGNED
    assert claim_of(me, me, None) is Claim.GIVEN_BACK


async def test_whoever_takes_a_case_begins_its_triage(house: House, db: Database, clock: MovedClock) -> None:
    referral_id = await received(db, clock.now())
    (eve,) = await colleagues(db, clock.now(), "Eve Invented")
    async with db.transaction() as session:
        await case_service.give(session, eve, referral_id, None, eve.id, "", clock.now())
    assert {one.state for one in await request_rows(db, referral_id)} == {RequestState.IN_TRIAGE}
    row = await referral_row(db, referral_id)
    assert (row.owner_id, row.owned_since) == (eve.id, clock.now())
    async with db.transaction() as session:
        assert (await session.exec(select(ReferralClaim))).one().kind is Claim.TAKEN


async def test_a_case_is_handed_over_with_words_and_only_by_whoever_the_page_said_has_it(
    house: House, db: Database, clock: MovedClock
) -> None:
    referral_id = await received(db, clock.now())
    eve, gil, uma = await colleagues(db, clock.now(), "Eve Invented", "Gil Invented", "Uma Invented")
    async with db.transaction() as session:
        await case_service.give(session, eve, referral_id, None, eve.id, "", clock.now())
    with pytest.raises(Invalid):
        async with db.transaction() as session:
            await case_service.give(session, eve, referral_id, eve.id, gil.id, "", clock.now())
    async with db.transaction() as session:
        await case_service.give(session, eve, referral_id, eve.id, gil.id, "Call after 3pm", clock.now())
    with pytest.raises(SomebodyElse) as told:
        async with db.transaction() as session:
            await case_service.give(session, uma, referral_id, eve.id, uma.id, "", clock.now())
    assert told.value.owner_id == gil.id
    async with db.transaction() as session:
        kinds = [one.kind for one in await case_queries.claims(session, referral_id)]
    assert kinds == [Claim.TAKEN, Claim.HANDED_OVER]


async def test_only_those_who_can_decide_or_treat_may_have_a_case(
    house: House, db: Database, clock: MovedClock
) -> None:
    referral_id = await received(db, clock.now())
    async with db.transaction() as session:
        eve = await colleague(session, "Eve Invented", clock.now())
        admin = await colleague(session, "Femi Invented", clock.now(), Role.CLINIC_ADMIN)
        physio = await colleague(session, "Pip Invented", clock.now(), Role.THERAPIST, disciplines=(PHYSIO,))
        ot = await colleague(session, "Ola Invented", clock.now(), Role.THERAPIST, disciplines=(OT,))
        offered = {one.id for one in await claims.colleagues(session, referral_id)}
        assert {eve.id, ot.id} <= offered
        assert offered.isdisjoint({admin.id, physio.id})
    for whom in (admin, physio):
        with pytest.raises(Invalid):
            async with db.transaction() as session:
                await case_service.give(session, eve, referral_id, None, whom.id, "x", clock.now())


async def test_a_note_sent_twice_is_one(house: House, db: Database, clock: MovedClock) -> None:
    referral_id, once = await received(db, clock.now()), new_id()
    (eve,) = await colleagues(db, clock.now(), "Eve Invented")
    for _ in range(2):
        async with db.transaction() as session:
            await case_service.add_note(session, eve, referral_id, once, "Spoke to the nursery.", clock.now())
    async with db.transaction() as session:
        assert [one.text for one in await session.exec(select(CaseNote))] == ["Spoke to the nursery."]
        actions = [one.action for one in await session.exec(select(AuditEntry))]
    assert actions.count("referral.noted") == 1


async def test_a_flag_is_cleared_once_and_the_first_words_stand(house: House, db: Database, clock: MovedClock) -> None:
    referral_id = await received(db, clock.now(), PARENT, signs=["choking"])
    eve, gil = await colleagues(db, clock.now(), "Eve Invented", "Gil Invented")
    flag = await flag_of(db, referral_id)
    async with db.transaction() as session:
        with pytest.raises(Invalid):
            await case_service.clear_flag(session, eve, referral_id, flag.id, "", clock.now())
        for _ in range(2):
            await case_service.clear_flag(session, eve, referral_id, flag.id, "Called: coughs only", clock.now())
        with pytest.raises(AlreadyCleared) as earlier:
            await case_service.clear_flag(session, gil, referral_id, flag.id, "Fine", clock.now())
    assert (earlier.value.by, earlier.value.note) == (eve.audit_name, "Called: coughs only")
    assert not any(one.flagged for one in await places(db, referral_id))


async def test_a_reminder_is_sent_once_however_often_the_button_is_pressed(
    house: House, db: Database, clock: MovedClock
) -> None:
    referral_id = await received(db, clock.now())
    (eve,) = await colleagues(db, clock.now(), "Eve Invented")
    async with db.transaction() as session:
        due_on = london_day(clock.now()) + timedelta(days=14)
        asked = await service.ask(
            session, eve, referral_id, OT, 1, Enquiry("Which hand?", Asked.FAMILY, due_on), clock.now()
        )
        for _ in range(2):
            await case_service.chase(session, eve, referral_id, asked, 0, clock.now())
        assert (await session.get_one(InformationRequest, asked)).chases == 1
        told = [one.name for one in await session.exec(select(OutboxFact))]
        assert told.count("InformationChased") == 1
        await service.give_information(session, PUBLIC, referral_id, asked, "The left", clock.now())
        with pytest.raises(NotPossible):
            await case_service.chase(session, eve, referral_id, asked, 1, clock.now())


async def test_opening_a_case_writes_nothing_but_the_audit_trail(
    house: House, staff_visit: StaffVisit, clock: MovedClock
) -> None:
    referral_id = await received(house.db, clock.now())
    visit = await staff_visit(Role.TRIAGE)
    await visit.get(f"{TRIAGE}/{referral_id}")
    assert {(one.state, one.version) for one in await request_rows(house.db, referral_id)} == {
        (RequestState.RECEIVED, 1)
    }
    assert (await referral_row(house.db, referral_id)).owner_id is None


async def test_the_second_sees_who_has_the_case_and_is_told_when_they_press_too_late(
    house: House, staff_visit: StaffVisit, clock: MovedClock
) -> None:
    referral_id = await received(house.db, clock.now())
    first, second = await staff_visit(Role.TRIAGE), await staff_visit(Role.MANAGER, name="Grace Invented")
    base = f"{TRIAGE}/{referral_id}"
    for visit in (first, second):
        await visit.get(base)
    assert (await first.post(f"{base}/claim", {"had": ""})).status_code == 303
    assert "You have this case" in (await first.follow()).text
    late = await second.post(f"{base}/claim", {"had": ""})
    assert late.status_code == 409
    assert "Not saved: Sam Invented has this case now" in late.text
    page = (await second.get(base)).text
    assert "Sam Invented has this case" in page
    assert "Take over this case" in page


async def test_a_handover_that_came_too_late_keeps_what_was_typed(
    house: House, staff_visit: StaffVisit, clock: MovedClock
) -> None:
    referral_id = await received(house.db, clock.now())
    first, second = await staff_visit(Role.TRIAGE), await staff_visit(Role.MANAGER, name="Grace Invented")
    base = f"{TRIAGE}/{referral_id}"
    await first.get(base)
    await first.post(f"{base}/claim", {"had": ""})
    sam = str((await referral_row(house.db, referral_id)).owner_id)
    await second.get(base)
    await second.post(f"{base}/claim", {"had": sam})
    grace = str((await referral_row(house.db, referral_id)).owner_id)
    late = await first.post(f"{base}/give", {"had": sam, "to": "nobody", "note": "Nursery calls back on Friday"})
    assert late.status_code == 409
    assert "Grace Invented has this case now" in late.text
    assert late.text.count("Nursery calls back on Friday") == 2
    assert (await second.post(f"{base}/give", {"had": grace, "to": "nobody", "note": ""})).status_code == 303
    assert (await referral_row(house.db, referral_id)).owner_id is None
    nobody = await second.post(f"{base}/give", {"had": "", "to": "not-a-colleague"})
    assert nobody.status_code == 422


async def test_who_reads_the_case_now_is_told_to_the_others(
    house: House, staff_visit: StaffVisit, clock: MovedClock
) -> None:
    referral_id = await received(house.db, clock.now())
    first, second = await staff_visit(Role.TRIAGE), await staff_visit(Role.MANAGER, name="Grace Invented")
    base = f"{TRIAGE}/{referral_id}"
    for visit in (first, second):
        await visit.get(base)
        assert (await visit.post(f"{base}/here", headers={"HX-Request": "true"})).status_code == 200
    told = await first.post(f"{base}/here", headers={"HX-Request": "true"})
    assert "Also reading now:</strong> Grace Invented" in told.text
    shown = told.text.split('name="shown" value="')[1].split('"')[0]
    same = await first.post(f"{base}/here", {"shown": shown}, headers={"HX-Request": "true"})
    assert same.status_code == 204
    assert "Also reading now:</strong> Sam Invented" in (await second.get(base)).text


async def test_notes_reminders_and_hands_stand_in_the_history(
    house: House, staff_visit: StaffVisit, clock: MovedClock
) -> None:
    referral_id = await received(house.db, clock.now())
    visit = await staff_visit(Role.TRIAGE)
    base = f"{TRIAGE}/{referral_id}"
    await visit.get(base)
    assert (await visit.post(f"{base}/notes", {"text": ""})).status_code == 422
    assert (await visit.post(f"{base}/notes", {"text": "Mother prefers mornings."})).status_code == 303
    await visit.get(base)
    await visit.post(f"{base}/claim", {"had": ""})
    page = (await visit.follow()).text
    assert "Mother prefers mornings." in page
    assert "Sam Invented took the case" in page
    therapist = await staff_visit(Role.THERAPIST, disciplines=(PHYSIO,), name="Pip Invented")
    assert (await therapist.post(f"{base}/notes", {"text": "x"})).status_code == 403

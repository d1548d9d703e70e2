"""A child's record: with a reason, in an emergency, or not at all."""

from datetime import date, timedelta
from uuid import UUID

import pytest
from sqlmodel import select

from accounts import access, access_rules
from accounts.access_models import FamilyMark, RecordOpening
from core.domain.clock import MovedClock
from core.domain.errors import NotAllowed, NotFound, OwnFamily, ReasonNeeded
from core.domain.identity import Actor, Discipline, Reason, Role
from core.domain.ids import new_id
from core.storage.audit import AuditEntry
from core.storage.children import ChildRecord, keys_from
from core.storage.outbox import OutboxFact
from core.storage.session import Database
from core.web.house import House
from tests.conftest import StaffVisit
from tests.referral.support import PARENT, PROFESSIONAL, received
from tests.support.colleagues import colleague

WHY = "The ward rang: she may have choked at school."
CHILD = {"last": "Núñez-Example", "born": date(2022, 3, 27)}
TRIAGE = "/staff/triage"


@pytest.fixture
async def chloe(house: House, clock: MovedClock) -> Actor:
    return await colleague(house, clock.now(), "Chloe", Role.THERAPIST, Discipline.PHYSIO)


@pytest.fixture
async def hana(house: House, clock: MovedClock) -> Actor:
    return await colleague(house, clock.now(), "Hana", Role.GOVERNANCE)


@pytest.fixture
def record(house: House) -> ChildRecord:
    return ChildRecord("referral", new_id(), keys_from("9990000018", **CHILD))  # type: ignore[arg-type]


async def test_a_reason_opens_and_none_does_not(
    db: Database, clock: MovedClock, chloe: Actor, record: ChildRecord
) -> None:
    async with db.transaction() as session:
        opened = await access.open_record(session, chloe, record, Reason.MY_CASE, clock.now())
        assert (opened.reason, opened.until) == (Reason.MY_CASE, None)
        with pytest.raises(ReasonNeeded):
            await access.open_record(session, chloe, record, None, clock.now())


async def test_an_emergency_opens_one_record_for_one_person_for_an_hour(
    db: Database, clock: MovedClock, chloe: Actor, record: ChildRecord, house: House
) -> None:
    other = ChildRecord("referral", new_id(), record.keys)
    ben = await colleague(house, clock.now(), "Ben", Role.THERAPIST, Discipline.PHYSIO)
    async with db.transaction() as session:
        await access.break_glass(session, chloe, record.kind, record.id, WHY, clock.now())
    async with db.transaction() as session:
        opened = await access.open_record(session, chloe, record, None, clock.now())
        assert (opened.reason, opened.until) == (Reason.BREAK_GLASS, clock.now() + timedelta(minutes=60))
        for who, what in ((ben, record), (chloe, other)):
            with pytest.raises(ReasonNeeded):
                await access.open_record(session, who, what, None, clock.now())
    clock.move_on(minutes=59, seconds=59)
    async with db.transaction() as session:
        await access.open_record(session, chloe, record, None, clock.now())
        clock.move_on(seconds=1)
        with pytest.raises(ReasonNeeded):
            await access.open_record(session, chloe, record, None, clock.now())


async def test_an_emergency_is_on_the_trail_and_told_and_its_reason_is_hidden(
    db: Database, clock: MovedClock, chloe: Actor, record: ChildRecord
) -> None:
    async with db.transaction() as session:
        opening = await access.break_glass(session, chloe, record.kind, record.id, WHY, clock.now())
    async with db.transaction() as session:
        found = select(AuditEntry).where(AuditEntry.subject_id == record.id)
        entry = (await session.exec(found)).one()
        assert (entry.action, entry.actor) == ("record.opened-in-emergency", chloe.audit_name)
        assert entry.detail == {"opening": str(opening.id)}
        assert await access.reasons_typed(session, {opening.id}) == {opening.id: WHY}
        assert "RecordOpenedWithoutReason" in [one.name for one in await session.exec(select(OutboxFact))]
        assert await access.openings_waiting(session) == 1


@pytest.mark.parametrize("why", ["", " ", "urgent", "x" * 14])
def test_a_reason_says_something(why: str) -> None:
    with pytest.raises(ValueError, match="15 characters"):
        access_rules.check_why(why)


async def test_only_those_with_the_right_break_glass_and_only_for_records(
    db: Database, clock: MovedClock, chloe: Actor, hana: Actor
) -> None:
    async with db.transaction() as session:
        with pytest.raises(NotAllowed):
            await access.break_glass(session, hana, "referral", new_id(), WHY, clock.now())
        with pytest.raises(NotFound):
            await access.break_glass(session, chloe, "salary", new_id(), WHY, clock.now())


async def test_governance_looks_at_each_emergency_and_nobody_at_their_own(
    db: Database, clock: MovedClock, chloe: Actor, hana: Actor, record: ChildRecord
) -> None:
    async with db.transaction() as session:
        opening = await access.break_glass(session, chloe, record.kind, record.id, WHY, clock.now())
        with pytest.raises(NotAllowed):
            await access.note_looked_at(session, chloe, opening.id, clock.now())
        await access.note_looked_at(session, hana, opening.id, clock.now())
        await access.note_looked_at(session, hana, opening.id, clock.now() + timedelta(hours=1))
    async with db.transaction() as session:
        kept = (await session.exec(select(RecordOpening))).one()
        assert (kept.looked_at, kept.looked_by) == (clock.now(), hana.id)
        assert await access.openings_waiting(session) == 0


@pytest.mark.parametrize("marked_by", [{"nhs_number": "9990000018"}, CHILD, {"nhs_number": "9990000018", **CHILD}])
async def test_family_opens_nothing_whatever_the_reason(
    db: Database, clock: MovedClock, chloe: Actor, hana: Actor, record: ChildRecord, marked_by: dict[str, object]
) -> None:
    assert chloe.id
    async with db.transaction() as session:
        mark = await access.mark_family(session, hana, chloe.id, keys_from(**marked_by), clock.now())  # type: ignore[arg-type]
        await access.break_glass(session, chloe, record.kind, record.id, WHY, clock.now())
        for reason in (None, *Reason):
            with pytest.raises(OwnFamily):
                await access.open_record(session, chloe, record, reason, clock.now())
        another = ChildRecord("referral", new_id(), keys_from("", "Other", date(2022, 3, 27)))
        await access.open_record(session, chloe, another, Reason.MY_CASE, clock.now())
    async with db.transaction() as session:
        await access.end_mark(session, hana, mark, clock.now())
        await access.open_record(session, chloe, record, Reason.MY_CASE, clock.now())
        with pytest.raises(NotFound):
            await access.end_mark(session, hana, mark, clock.now())


async def test_nobody_ends_a_mark_of_their_own(
    db: Database, clock: MovedClock, hana: Actor, record: ChildRecord
) -> None:
    assert hana.id
    async with db.transaction() as session:
        mark = await access.mark_family(session, hana, hana.id, record.keys, clock.now())
        with pytest.raises(NotAllowed):
            await access.end_mark(session, hana, mark, clock.now())


async def test_from_refusal_through_the_form_to_the_record_with_a_banner(
    house: House, staff_visit: StaffVisit, clock: MovedClock
) -> None:
    referral_id = await received(house.db, clock.now(), PROFESSIONAL)
    visit = await staff_visit(Role.THERAPIST, disciplines=(Discipline.SLT,))
    form = f"/staff/break-glass/referral/{referral_id}"
    assert form in (await visit.get(f"{TRIAGE}/{referral_id}")).text
    assert (await visit.get(form)).status_code == 200
    assert (await visit.post(form, {"why": "short"})).status_code == 422
    reply = await visit.post(form, {"why": WHY})
    assert (reply.status_code, reply.headers["location"]) == (303, f"{TRIAGE}/{referral_id}")
    page = await visit.follow()
    assert page.status_code == 200
    assert "Opened in an emergency" in page.text
    assert "until <strong>11am</strong>" in page.text
    clock.move_on(minutes=14)
    await visit.get("/staff")
    assert "Opened in an emergency" not in (await visit.get(TRIAGE)).text


async def test_those_without_the_right_are_not_offered_it(
    house: House, staff_visit: StaffVisit, clock: MovedClock
) -> None:
    for role in (Role.CLINIC_ADMIN, Role.GOVERNANCE, Role.SYSTEM_ADMIN, Role.MANAGER):
        visit = await staff_visit(role)
        reply = await visit.get(f"/staff/break-glass/referral/{new_id()}")
        assert reply.status_code == 403


async def test_governance_sees_the_emergency_on_its_home_page_and_says_that_it_looked(
    house: House, staff_visit: StaffVisit, clock: MovedClock
) -> None:
    referral_id = await received(house.db, clock.now(), PROFESSIONAL)
    visit = await staff_visit(Role.THERAPIST, disciplines=(Discipline.SLT,))
    await visit.get(f"/staff/break-glass/referral/{referral_id}")
    await visit.post(f"/staff/break-glass/referral/{referral_id}", {"why": WHY})
    governance = await staff_visit(Role.GOVERNANCE, name="Hana Invented")
    assert "Record opened in an emergency" in (await governance.get("/staff")).text
    page = await governance.get("/staff/audit/emergencies")
    assert WHY in page.text
    async with house.db.transaction() as session:
        opening = (await session.exec(select(RecordOpening))).one()
    assert (await governance.post(f"/staff/audit/emergencies/{opening.id}/looked-at")).status_code == 303
    assert "I have looked at this" not in (await governance.follow()).text
    assert "Record opened in an emergency" not in (await governance.get("/staff")).text


async def test_a_colleague_is_marked_as_family_on_the_page_and_no_name_is_kept(
    house: House, staff_visit: StaffVisit, clock: MovedClock
) -> None:
    referral_id = await received(house.db, clock.now(), PARENT)
    triage = await staff_visit(Role.TRIAGE, name="Tara Invented")
    assert (await triage.get(f"{TRIAGE}/{referral_id}")).status_code == 200
    tara = await id_of(house, "tara.0@example.org")
    governance = await staff_visit(Role.GOVERNANCE, name="Hana Invented")
    await governance.get("/staff/audit/family")
    wrong = await governance.post("/staff/audit/family", {"staff": str(tara), "last": "Núñez-Example"})
    assert wrong.status_code == 422
    typed = {
        "staff": str(tara), "last": "nunez example", "born-day": "27", "born-month": "3", "born-year": "2022"
    }  # fmt: skip
    assert (await governance.post("/staff/audit/family", typed)).status_code == 303
    assert "Tara Invented" in (await governance.follow()).text
    assert (await triage.get(f"{TRIAGE}/{referral_id}")).status_code == 403
    assert "child of your family" in (triage.last.text if triage.last else "")
    async with house.db.transaction() as session:
        mark = (await session.exec(select(FamilyMark))).one()
    assert (await governance.post(f"/staff/audit/family/{mark.id}/end")).status_code == 303
    assert (await triage.get(f"{TRIAGE}/{referral_id}")).status_code == 200


async def id_of(house: House, email: str) -> UUID:
    from accounts.api import staff_with_email

    async with house.db.transaction() as session:
        view = await staff_with_email(session, email)
    assert view
    return view.id

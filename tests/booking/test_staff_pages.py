"""What staff see of clinics, and that it is written down who saw whom."""

from uuid import UUID

import pytest
from sqlmodel import select

from core.domain.clock import MovedClock
from core.domain.identity import Discipline, Role
from core.storage.audit import AuditEntry
from core.storage.session import Database
from tests.booking.support import PARENT, booked, information, planned, screening
from tests.conftest import StaffVisit
from tests.support.visit import Visit

_DAY = "/staff/clinics?day=2026-12-01"


async def test_a_day_shows_each_sitting_and_who_comes(
    db: Database, clock: MovedClock, therapist: UUID, staff_visit: StaffVisit
) -> None:
    [clinic] = await planned(db, screening(), host_id=therapist)
    [talk] = await planned(db, information())
    async with db.transaction() as session:
        child = await booked(session, clinic, clock.now())
        await booked(session, talk, clock.now(), PARENT)
    text = (await (await staff_visit(Role.CLINIC_ADMIN)).get(_DAY)).text
    for told in ("9am to 9:15am", "Amira Invented", "Robin Sample", "born 14 March 2021", child.reference):
        assert told in text
    assert "1 of 6" in text
    assert "Alex Sample" in text


async def test_whoever_is_shown_is_on_the_audit_trail(db: Database, clock: MovedClock, staff_visit: StaffVisit) -> None:
    [clinic] = await planned(db, screening())
    async with db.transaction() as session:
        booking = await booked(session, clinic, clock.now())
    await (await staff_visit(Role.MANAGER)).get(_DAY)
    async with db.transaction() as session:
        seen = (await session.exec(select(AuditEntry).where(AuditEntry.action == "booking.seen"))).one()
    assert seen.subject_id == booking.id
    assert seen.actor.startswith("staff:")


async def test_a_therapist_of_another_discipline_sees_nobody(
    db: Database, clock: MovedClock, staff_visit: StaffVisit
) -> None:
    [clinic] = await planned(db, screening())
    async with db.transaction() as session:
        await booked(session, clinic, clock.now())
    visit = await staff_visit(Role.THERAPIST, disciplines=(Discipline.PHYSIO,))
    assert "Robin" not in (await visit.get(_DAY)).text
    assert "no sittings on this day" in (await visit.get(_DAY)).text


@pytest.mark.parametrize("day", ["", "nonsense", "2026-02-30", "0000-01-01"])
async def test_a_day_nobody_can_read_is_today(staff_visit: StaffVisit, day: str) -> None:
    visit = await staff_visit(Role.MANAGER)
    assert "Clinics on Monday 23 November 2026" in (await visit.get(f"/staff/clinics?day={day}")).text


async def test_triage_and_the_public_are_kept_out(staff_visit: StaffVisit, visit: Visit) -> None:
    assert (await (await staff_visit(Role.TRIAGE)).get(_DAY)).status_code == 403
    assert (await visit.get(_DAY)).headers["location"].startswith("/staff/sign-in")

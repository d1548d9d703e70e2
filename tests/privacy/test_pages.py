"""The pages of information governance, and the public form."""

import re

import pytest

from core.domain.clock import MovedClock
from core.domain.identity import Role
from core.storage.session import Database
from core.web.house import House
from privacy import queries
from tests.conftest import Drain, StaffVisit
from tests.privacy.support import there
from tests.privacy.test_retention import old_records
from tests.privacy.test_rights import a_childs_records
from tests.support.visit import Visit

__all__ = ["old_records"]


@pytest.fixture
async def hana(staff_visit: StaffVisit) -> Visit:
    return await staff_visit(Role.GOVERNANCE, name="Hana Invented")


async def test_a_run_is_looked_at_read_approved_and_certified(
    db: Database, house: House, drain: Drain, hana: Visit, old_records: None
) -> None:
    await hana.get("/staff/privacy/retention")
    reply = await hana.post("/staff/privacy/retention/look")
    run = reply.headers["location"]
    assert "is looking" in (await hana.follow()).text
    await drain()
    shown = await hana.get(run)
    assert "What is due, by kind and rule" in shown.text
    assert "Grown" not in shown.text
    assert (await hana.post(f"{run}/approve", {"confirm": "3"})).status_code == 422
    assert (await hana.post(f"{run}/approve", {"confirm": "4"})).status_code == 303
    await drain()
    assert await there(db, "referral") == 3
    certificate = await hana.get(f"{run}/certificate")
    assert "The seal fits" in certificate.text
    assert "Hana Invented" in certificate.text
    assert (await hana.get("/staff/privacy/retention")).status_code == 200
    assert (await hana.post(f"{run}/approve", {"confirm": "4"})).status_code == 409


async def test_a_hold_on_a_child_needs_to_find_the_child(db: Database, house: House, hana: Visit) -> None:
    """Without a number or a name it would cover everything."""
    await hana.get("/staff/privacy/retention")
    hold = {"covers": "child", "why": "Inquiry", "last": "Up"}
    assert "Enter an NHS number" in (await hana.post("/staff/privacy/retention/holds", hold)).text
    assert await there(db, "retention_hold") == 0
    hold |= {"born-day": "1", "born-month": "3", "born-year": "2001"}
    assert (await hana.post("/staff/privacy/retention/holds", hold)).status_code == 303
    shown = await hana.get("/staff/privacy/retention")
    assert "born Thursday 1 March 2001" in shown.text
    end = re.search(r'action="(/staff/privacy/retention/holds/[^"]+/end)"', shown.text)
    assert end
    await hana.post(end[1])
    assert "Nothing is held" in (await hana.get("/staff/privacy/retention")).text


REQUEST = {
    "kind": "access", "child_first": "Robin", "last": "Sample", "born-day": "14", "born-month": "3",
    "born-year": "2021", "asker_name": "Alex Sample", "asker_is": "Father", "asker_contact": "alex@example.org",
    "checked": "Passport seen", "asked": "Everything", "received-day": "20", "received-month": "11",
    "received-year": "2026",
}  # fmt: skip


async def test_a_copy_is_asked_for_reviewed_released_and_downloaded(
    db: Database, house: House, drain: Drain, hana: Visit
) -> None:
    async with db.transaction() as session:
        await a_childs_records(session)
    await hana.get("/staff/privacy/requests/new")
    assert (await hana.post("/staff/privacy/requests/new", {})).status_code == 422
    where = (await hana.post("/staff/privacy/requests/new", REQUEST)).headers["location"]
    found = re.findall(r'name="records" type="checkbox" value="([^"]+)"', (await hana.follow()).text)
    assert len(found) == 4
    assert (await hana.post(f"{where}/records", {})).status_code == 422
    assert (await hana.post(f"{where}/records", {"records": found})).status_code == 303
    await drain()
    review = (await hana.get(f"{where}/copy")).text
    out = re.findall(r'name="out" type="checkbox" value="(\d+)" checked', review)
    assert out
    assert (await hana.post(f"{where}/download")).status_code == 404
    assert (await hana.post(f"{where}/copy", {"out": out})).status_code == 303
    await hana.get(where)
    packed = await hana.client.post(f"{where}/download", data={"form_token": "wrong"})
    assert packed.status_code == 403
    packed = await hana.post(f"{where}/download")
    assert packed.headers["content-type"] == "application/zip"
    assert packed.content[:2] == b"PK"
    await hana.get(where)
    assert (await hana.post(f"{where}/done", {})).status_code == 422
    assert (await hana.post(f"{where}/done", {"done_words": "Sent by post"})).status_code == 303


@pytest.mark.parametrize("act", ["extend", "correct", "restrict", "lift", "done", "refuse"])
async def test_no_step_is_taken_without_words(db: Database, house: House, hana: Visit, act: str) -> None:
    await hana.get("/staff/privacy/requests/new")
    where = (await hana.post("/staff/privacy/requests/new", REQUEST | {"kind": "restriction"})).headers["location"]
    await hana.get(where)
    assert (await hana.post(f"{where}/{act}", {})).status_code == 422


async def test_a_family_complains_and_it_is_acknowledged_and_answered(
    db: Database, house: House, visit: Visit, hana: Visit, clock: MovedClock
) -> None:
    assert "/privacy/complaint" in (await visit.get("/privacy")).text
    await visit.get("/privacy/complaint")
    path = (await visit.follow()).url.path
    for answers in (
        {"complaint": "A letter went to the wrong house."},
        {"name": "Alex Sample"},
        {"reach": "email"},
        {"email": "alex@example.org"},
    ):
        path = (await visit.post(path, answers)).headers["location"]
        await visit.get(path)
    assert visit.last is not None
    draft = re.search(r'name="draft" value="([^"]+)"', visit.last.text)
    assert draft
    await visit.post(path, {"draft": draft[1]})
    sent = await visit.follow()
    assert "Wednesday 23 December 2026" in sent.text
    listed = (await hana.get("/staff/privacy/complaints")).text
    assert "30 days left" in listed
    link = re.search(r'href="(/staff/privacy/complaints/[0-9a-f-]+)"', listed)
    assert link
    assert "A letter went to the wrong house." in (await hana.get(link[1])).text
    clock.move_on(days=31)
    async with db.transaction() as session:
        assert (await queries.overdue(session, clock.now().date()))[3] == 1


async def test_only_information_governance_comes_in(staff_visit: StaffVisit) -> None:
    for role in set(Role) - {Role.GOVERNANCE}:
        colleague = await staff_visit(role)
        for path in ("", "/retention", "/requests", "/complaints"):
            assert (await colleague.get(f"/staff/privacy{path}")).status_code == 403

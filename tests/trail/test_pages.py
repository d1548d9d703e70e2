"""The audit trail as governance reads it."""

from uuid import UUID

import pytest
from sqlmodel import select

from core.domain.clock import MovedClock
from core.domain.identity import Discipline, Role
from core.storage.audit import AuditEntry
from core.web.house import House
from tests.conftest import StaffVisit
from tests.referral.support import PARENT, PROFESSIONAL, received
from tests.support.visit import Visit
from trail import presenters, queries

TRAIL = "/staff/audit"
BY_NAME = {"last": "NUNEZ-EXAMPLE", "born-day": "27", "born-month": "3", "born-year": "2022"}


@pytest.fixture
async def looked_at(house: House, staff_visit: StaffVisit, clock: MovedClock) -> UUID:
    """A referral that triage has read."""
    referral_id = await received(house.db, clock.now(), PARENT)
    triage = await staff_visit(Role.TRIAGE, name="Tara Invented")
    await triage.get(f"/staff/triage/{referral_id}")
    return referral_id


@pytest.fixture
async def hana(staff_visit: StaffVisit) -> Visit:
    visit = await staff_visit(Role.GOVERNANCE, name="Hana Invented")
    await visit.get(TRAIL)
    return visit


async def reference_of(house: House, referral_id: UUID) -> str:
    from referral.api import status_of

    async with house.db.transaction() as session:
        status = await status_of(session, referral_id)
    assert status
    return status.reference


@pytest.mark.parametrize("by", [{"nhs_number": "999 000 0018"}, BY_NAME, "reference"])
async def test_a_childs_trail_is_found_by_number_name_or_reference(
    house: House, looked_at: UUID, hana: Visit, by: dict[str, str] | str
) -> None:
    typed = {"reference": await reference_of(house, looked_at)} if isinstance(by, str) else by
    reply = await hana.post(f"{TRAIL}/search", typed)
    assert reply.status_code == 200
    for words in ("Read a referral", "Tara Invented", "my triage", str(looked_at), "Sent a referral"):
        assert words in reply.text
    assert "Signed in" not in reply.text.split("<table")[1]


async def test_another_child_has_another_trail(looked_at: UUID, hana: Visit) -> None:
    reply = await hana.post(f"{TRAIL}/search", {**BY_NAME, "born-year": "2021"})
    assert "Nothing was found" in reply.text


async def test_what_one_room_knows_finds_the_child_in_the_others(
    house: House, looked_at: UUID, hana: Visit, clock: MovedClock
) -> None:
    from datetime import date

    from advice_line.words import Child
    from tests.advice_line.support import leave

    async with house.db.transaction() as session:
        child = Child("Maya", "Núñez-Example", date(2022, 3, 27))
        message = await leave(session, clock.now(), child=child)
    reply = await hana.post(f"{TRAIL}/search", {"nhs_number": "9990000018"})
    assert str(message.id) in reply.text
    assert "Left a message" in reply.text


async def test_the_trail_is_searched_by_person_time_and_kind(
    house: House, looked_at: UUID, hana: Visit, clock: MovedClock
) -> None:
    async with house.db.transaction() as session:
        found = select(AuditEntry.actor).where(AuditEntry.action == "referral.seen")
        tara = (await session.exec(found)).one().removeprefix("staff:")
    reply = await hana.post(f"{TRAIL}/search", {"staff": tara, "shown": "views"})
    assert "Read a referral" in reply.text
    assert "Sent a referral" not in reply.text
    day = {"since-day": "24", "since-month": "11", "since-year": "2026"}
    assert "Nothing was found" in (await hana.post(f"{TRAIL}/search", {"staff": tara, **day})).text
    day = {"until-day": "23", "until-month": "11", "until-year": "2026"}
    assert "Read a referral" in (await hana.post(f"{TRAIL}/search", {"staff": tara, **day})).text


async def test_what_is_wrong_is_said_beside_the_field(hana: Visit) -> None:
    for typed, words in (
        ({"last": "Example"}, "Enter the date of birth as well"),
        ({"nhs_number": "123"}, "NHS number"),
        ({"reference": "nonsense"}, "Enter the reference"),
        ({"until-day": "31", "until-month": "12", "until-year": "9999"}, None),
    ):
        reply = await hana.post(f"{TRAIL}/search", typed)
        assert (reply.status_code, words is None or words in reply.text) == (422 if words else 200, True)


async def test_reading_the_trail_is_on_the_trail_of_the_child(house: House, looked_at: UUID, hana: Visit) -> None:
    await hana.post(f"{TRAIL}/search", {"nhs_number": "9990000018"})
    await hana.post(f"{TRAIL}/export", {"nhs_number": "9990000018"})
    reply = await hana.post(f"{TRAIL}/search", {"nhs_number": "9990000018"})
    assert "Searched the audit trail" in reply.text
    assert "Exported the audit trail" in reply.text
    assert "Hana Invented" in reply.text


async def test_nothing_typed_is_kept_or_put_in_an_address(house: House, looked_at: UUID, hana: Visit) -> None:
    reply = await hana.post(f"{TRAIL}/search", BY_NAME)
    assert "NUNEZ" not in str(reply.url)
    async with house.db.transaction() as session:
        kept = [str(row.model_dump()) for row in await session.exec(select(AuditEntry))]
    assert [row for row in kept if "NUNEZ" in row.upper() or "2022-03-27" in row or "9990000018" in row] == []


async def test_pages_follow_on_by_a_button(house: House, hana: Visit, clock: MovedClock) -> None:
    for _ in range(queries.PAGE + 5):
        await received(house.db, clock.now(), PROFESSIONAL)
        clock.move_on(seconds=1)
    first = await hana.post(f"{TRAIL}/search", {"shown": "changes"})
    assert "Show older entries" in first.text
    after = first.text.split('name="after" value="')[1].split('"')[0]
    second = await hana.post(f"{TRAIL}/search", {"shown": "changes", "after": after})
    assert second.text.count("Sent a referral") >= 5
    assert "Found, further back" in second.text
    for nonsense in (
        "x",
        "_",
        "2026-11-23T10:00:00.000000+0000_x",
        "9999-12-31T23:59:59.999999-2359_" + "0" * 32,
        "0001-01-01T00:00:00.000000+2359_" + "0" * 32,
    ):
        assert (await hana.post(f"{TRAIL}/search", {"after": nonsense})).status_code == 200


async def test_the_file_names_everything_and_no_cell_runs(house: House, looked_at: UUID, hana: Visit) -> None:
    reply = await hana.post(f"{TRAIL}/export", {"nhs_number": "9990000018"})
    assert reply.headers["content-type"].startswith("text/csv")
    assert reply.headers["content-disposition"] == 'attachment; filename="audit-2026-11-23.csv"'
    lines = reply.text.lstrip("\ufeff").splitlines()
    assert lines[0].startswith('"When (UTC)","Who"')
    assert any("referral.seen" in line and "Tara Invented" in line for line in lines)


async def test_a_file_is_only_handed_to_who_lately_showed_who_they_are(
    looked_at: UUID, hana: Visit, clock: MovedClock
) -> None:
    clock.move_on(minutes=14)
    await hana.get(TRAIL)
    clock.move_on(minutes=2)
    reply = await hana.post(f"{TRAIL}/export", {"nhs_number": "9990000018"})
    assert reply.status_code == 303
    assert reply.headers["location"].startswith("/staff/confirm?next=")
    assert (await hana.get(f"{TRAIL}/search")).headers["location"] == TRAIL


@pytest.mark.parametrize("cell", ["=1+1", "+44", "-1", "@sum(a1)", "\t=1", " =1", "|x", "\r=1"])
def test_what_a_spreadsheet_would_run_is_made_harmless(cell: str) -> None:
    assert presenters.harmless(cell) == "'" + cell


def test_plain_cells_stay_as_they_are() -> None:
    assert presenters.harmless("Sam Invented") == "Sam Invented"


async def test_a_reason_typed_in_an_emergency_stands_beside_the_view(
    house: House, staff_visit: StaffVisit, hana: Visit, clock: MovedClock
) -> None:
    referral_id = await received(house.db, clock.now(), PROFESSIONAL)
    visit = await staff_visit(Role.THERAPIST, disciplines=(Discipline.SLT,), name="Sol Invented")
    await visit.get(f"/staff/break-glass/referral/{referral_id}")
    await visit.post(f"/staff/break-glass/referral/{referral_id}", {"why": "=The ward rang about choking."})
    await visit.follow()
    reply = await hana.post(f"{TRAIL}/search", {"record": f"referral:{referral_id}"})
    assert "=The ward rang about choking." in reply.text
    assert "emergency" in reply.text
    file = await hana.post(f"{TRAIL}/export", {"record": f"referral:{referral_id}"})
    assert '"\'=The ward rang about choking."' in file.text


async def test_only_those_with_the_right_read_the_trail(staff_visit: StaffVisit) -> None:
    for role in set(Role) - {Role.GOVERNANCE}:
        assert (await (await staff_visit(role)).get(TRAIL)).status_code == 403

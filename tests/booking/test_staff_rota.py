"""The timetable and its changes, as staff press them."""

import re
from uuid import UUID

import pytest
import sqlalchemy as sa

from core.domain.clock import MovedClock
from core.domain.identity import Role
from core.storage.session import Database
from tests.booking.clinic_support import somebody_for
from tests.booking.support import booked, information, planned, screening, states
from tests.conftest import StaffVisit
from tests.support.visit import Visit

_HIDDEN = re.compile(r'type="hidden" name="([^"]+)" value="([^"]*)"')
_NEW = "/staff/clinics/rota/new"


def hidden(visit: Visit) -> dict[str, str | list[str]]:
    """The hidden inputs of the page seen last."""
    assert visit.last is not None
    found: dict[str, str | list[str]] = {}
    for name, value in _HIDDEN.findall(visit.last.text.split("<main")[1]):
        before = found.get(name)
        found[name] = value if before is None else [*([before] if isinstance(before, str) else before), value]
    return found


def sessions(offer_id: UUID, host: object = "nobody", **other: object) -> dict[str, object]:
    return {
        "offer": str(offer_id), "host": str(host), "weekdays": ["1", "3"], "opens": "9am", "closes": "10:00",
        "slot": "15", "gap": "", "places": "", "first-day": "1", "first-month": "12", "first-year": "2026",
        "last-day": "", "last-month": "", "last-year": "",
    } | other  # fmt: skip


async def offer_of(db: Database, sitting: UUID) -> UUID:
    async with db.transaction() as session:
        found = await (await session.connection()).scalar(
            sa.text("select offer_id from sitting where id = :id"), {"id": sitting}
        )
    return UUID(str(found))


async def sittings(db: Database) -> int:
    async with db.transaction() as session:
        return int(await (await session.connection()).scalar(sa.text("select count(*) from sitting")) or 0)


async def test_sessions_on_several_weekdays_are_shown_before_they_are_made(
    db: Database, staff_visit: StaffVisit, therapist: UUID
) -> None:
    [one] = await planned(db, screening(), host_id=therapist)
    visit = await staff_visit(Role.CLINIC_ADMIN)
    await visit.get(_NEW)
    shown = await visit.post(_NEW, sessions(await offer_of(db, one), therapist))  # type: ignore[arg-type]
    assert shown.status_code == 200
    assert "1 time is missing, because the therapist is in another sitting" in shown.text
    assert "Tuesday 1 December 2026 at 9am" in shown.text
    assert await sittings(db) == 1
    await visit.post(_NEW, hidden(visit))
    assert "The sessions are on the timetable" in (await visit.follow()).text
    assert "1 time is missing" in (await visit.get("/staff/clinics/rota")).text
    assert await sittings(db) > 30


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"opens": "25:00"}, "Enter a time, like 9am or 13:30"),
        ({"closes": "8am"}, "The end must be after the start"),
        ({"slot": "90"}, "Not even one sitting fits"),
        ({"weekdays": []}, "Select a weekday"),
        ({"last-day": "1", "last-month": "11", "last-year": "2026"}, "The last day must not be before the first"),
    ],
)
async def test_what_does_not_go_together_is_said_beside_the_field(
    db: Database, staff_visit: StaffVisit, wrong: dict[str, object], told: str
) -> None:
    [one] = await planned(db, screening())
    visit = await staff_visit(Role.CLINIC_ADMIN)
    await visit.get(_NEW)
    reply = await visit.post(_NEW, sessions(await offer_of(db, one), **wrong))  # type: ignore[arg-type]
    assert (reply.status_code, told in reply.text) == (422, True)
    assert "<title>Error: " in reply.text


async def test_a_closure_is_shown_chosen_and_done(db: Database, clock: MovedClock, staff_visit: StaffVisit) -> None:
    [one] = await planned(db, information())
    async with db.transaction() as session:
        await booked(session, one, clock.now(), await somebody_for(session, one))
    visit = await staff_visit(Role.MANAGER)
    where = "/staff/clinics/closures/new"
    await visit.get(where)
    days = {"first-day": "1", "first-month": "12", "first-year": "2026", "last-day": "", "last-month": "",
            "last-year": "", "discipline": "", "why": "Training day"}  # fmt: skip
    shown = await visit.post(where, days)
    assert "Alex Sample" in shown.text
    assert "No free time: left for a person" in shown.text
    agreed = hidden(visit)
    unchosen = await visit.post("/staff/clinics/change", agreed)
    assert (unchosen.status_code, "Select what should happen" in unchosen.text) == (422, True)
    done = await visit.post("/staff/clinics/change", {**agreed, "choice": "cancel"})
    assert "People cancelled and being told: 1" in done.text
    assert "Training day" in (await visit.get("/staff/clinics/rota")).text
    assert await states(db, one) == {"withdrawn": 6}


async def test_a_preview_that_no_longer_holds_is_shown_anew_and_nothing_is_done(
    db: Database, clock: MovedClock, staff_visit: StaffVisit
) -> None:
    [one] = await planned(db, information())
    visit = await staff_visit(Role.CLINIC_ADMIN)
    await visit.get(f"/staff/clinics/sittings/{one}/cancel")
    agreed = hidden(visit)
    async with db.transaction() as session:
        await booked(session, one, clock.now(), await somebody_for(session, one))
    reply = await visit.post("/staff/clinics/change", agreed)
    assert reply.status_code == 409
    assert "Things have changed since you looked. Nothing was done" in reply.text
    assert "Alex Sample" in reply.text
    assert await states(db, one) == {"booked": 1, "free": 5}


async def test_places_are_raised_and_lowered_but_never_under_what_is_booked(
    db: Database, clock: MovedClock, staff_visit: StaffVisit
) -> None:
    [one] = await planned(db, information())
    async with db.transaction() as session:
        for _ in range(2):
            await booked(session, one, clock.now(), await somebody_for(session, one))
    visit = await staff_visit(Role.CLINIC_ADMIN)
    where = f"/staff/clinics/sittings/{one}"
    await visit.get(where)
    refused = await visit.post(f"{where}/places", {"places": "1"})
    assert (refused.status_code, "at least 2 places" in refused.text) == (422, True)
    for wanted, left in (("2", {"booked": 2, "withdrawn": 4}), ("4", {"booked": 2, "free": 2, "withdrawn": 4})):
        await visit.get(where)
        await visit.post(f"{where}/places", {"places": wanted})
        assert (await visit.post(f"{where}/places/set", hidden(visit))).status_code == 303
        assert await states(db, one) == left


async def test_a_capacity_that_somebody_booked_into_meanwhile_is_shown_anew(
    db: Database, clock: MovedClock, staff_visit: StaffVisit
) -> None:
    [one] = await planned(db, information())
    visit = await staff_visit(Role.CLINIC_ADMIN)
    await visit.get(f"/staff/clinics/sittings/{one}")
    await visit.post(f"/staff/clinics/sittings/{one}/places", {"places": "3"})
    agreed = hidden(visit)
    async with db.transaction() as session:
        await booked(session, one, clock.now(), await somebody_for(session, one))
    reply = await visit.post(f"/staff/clinics/sittings/{one}/places/set", agreed)
    assert reply.status_code == 409
    assert await states(db, one) == {"booked": 1, "free": 5}


async def test_one_sitting_is_added_with_its_own_link(db: Database, staff_visit: StaffVisit, therapist: UUID) -> None:
    [one] = await planned(db, screening(), host_id=therapist)
    visit = await staff_visit(Role.CLINIC_ADMIN)
    where = "/staff/clinics/sittings/new"
    typed = {"offer": str(await offer_of(db, one)), "host": str(therapist), "day-day": "1", "day-month": "12",
             "day-year": "2026", "at": "9:05am", "places": "", "opens_to": "rule",
             "link": "https://teams.example.org/x"}  # fmt: skip
    await visit.get(where)
    clash = await visit.post(where, typed)
    assert (clash.status_code, "has another sitting at that time" in clash.text) == (422, True)
    await visit.post(where, {**typed, "at": "9:15am"})
    assert "https://teams.example.org/x" in (await visit.follow()).text


async def test_therapists_see_the_diary_but_change_nothing(staff_visit: StaffVisit) -> None:
    visit = await staff_visit(Role.THERAPIST)
    assert (await visit.get("/staff/clinics/week")).status_code == 200
    for closed in ("rota", "offers", "closures/new", "absences/new", "sittings/new", "cancel-day?day=2026-12-01"):
        assert (await visit.get(f"/staff/clinics/{closed}")).status_code == 403


@pytest.mark.usefixtures("db")
async def test_every_form_opens(db: Database, staff_visit: StaffVisit, therapist: UUID) -> None:
    [one] = await planned(db, information(), host_id=therapist)
    visit = await staff_visit(Role.CLINIC_ADMIN)
    for path in ("absences/new", "closures/new", f"cancel-day?day=2026-12-01&host={therapist}", "week?day=2026-12-01"):
        assert (await visit.get(f"/staff/clinics/{path}")).status_code == 200
    await visit.get(_NEW)
    await visit.post(_NEW, sessions(await offer_of(db, one)))  # type: ignore[arg-type]
    await visit.post(_NEW, hidden(visit))
    rota = (await visit.follow()).text
    pattern = re.findall(r"/staff/clinics/rota/([0-9a-f-]{36})/end", rota)[0]
    assert (await visit.get(f"/staff/clinics/rota/{pattern}")).status_code == 200
    assert (await visit.get(f"/staff/clinics/rota/{pattern}/end")).status_code == 200
    ends = {"first-day": "8", "first-month": "12", "first-year": "2026"}
    assert "Sittings that go" in (await visit.post(f"/staff/clinics/rota/{pattern}/end", ends)).text
    assert "People cancelled" in (await visit.post("/staff/clinics/change", hidden(visit))).text

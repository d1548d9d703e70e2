"""The accounts of colleagues, as system administrators see them."""

import re

import pytest

from accounts.directory import A_PAGE
from core.domain.clock import MovedClock
from core.domain.identity import Role
from core.web.house import House
from tests.accounts.support import EMAIL, add_ann
from tests.conftest import StaffVisit

LIST = "/staff/accounts"


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.SYSTEM_ADMIN])
async def test_only_system_administrators_come_here(staff_visit: StaffVisit, house: House, role: Role) -> None:
    ann = await add_ann(house.db, house.clock.now())
    visit = await staff_visit(role)
    for path in (LIST, f"{LIST}/invite", f"{LIST}/{ann}", f"{LIST}/{ann}/change", f"{LIST}/{ann}/close"):
        assert (await visit.get(path)).status_code == 403
    await visit.get("/staff/account")
    for path in (f"{LIST}/invite", f"{LIST}/{ann}/change", f"{LIST}/{ann}/close", f"{LIST}/{ann}/reset"):
        assert (await visit.post(path)).status_code == 403


async def test_a_colleague_is_found_by_part_of_a_name_or_address(staff_visit: StaffVisit, house: House) -> None:
    await add_ann(house.db, house.clock.now())
    await add_ann(house.db, house.clock.now(), email="zoe@example.org", name="Zoë Other")
    admin = await staff_visit(Role.SYSTEM_ADMIN)
    for words in ("ann inv", "ANN.INVENTED@", "invented ann"):
        page = await admin.get(LIST, params={"q": words})
        assert "Ann Invented" in page.text
        assert "Zoë" not in page.text
    page = await admin.get(LIST, params={"q": "<nobody>"})
    assert "Nobody fits" in page.text
    assert "<nobody>" not in page.text
    assert "Nobody fits" in (await admin.get(LIST, params={"state": "closed"})).text
    assert "Ann Invented" in (await admin.get(LIST, params={"state": "nonsense", "page": "x"})).text


async def test_a_long_list_has_pages(staff_visit: StaffVisit, house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("accounts.directory.A_PAGE", 2)
    for name in ("Ann", "Bea", "Cy"):
        await add_ann(house.db, house.clock.now(), name=name, email=f"{name}@example.org")
    admin = await staff_visit(Role.SYSTEM_ADMIN)
    first = await admin.get(LIST)
    assert ("Ann</a>" in first.text, "Cy</a>" in first.text) == (True, False)
    second = await admin.get(f"{LIST}?page=2")
    assert ("Ann</a>" in second.text, "Cy</a>" in second.text) == (False, True)
    assert A_PAGE == 50


async def test_inviting_changing_resetting_and_closing(
    staff_visit: StaffVisit, house: House, clock: MovedClock
) -> None:
    admin = await staff_visit(Role.SYSTEM_ADMIN)
    await admin.get(f"{LIST}/invite")
    page = await admin.post(f"{LIST}/invite", {"name": "", "email": "nonsense"})
    assert page.status_code == 422
    for words in ("Enter their name", "correct format", "Select at least one role"):
        assert words in page.text
    asked = {"name": "Nia Invented", "email": "nia@example.org", "roles": ["therapist"], "disciplines": ["ot"]}
    reply = await admin.post(f"{LIST}/invite", asked)
    one = reply.headers["location"].split("?")[0]
    page = await admin.follow()
    assert "The invitation is on its way" in page.text
    assert "Occupational therapy".lower() in page.text
    await admin.get(f"{LIST}/invite")
    page = await admin.post(f"{LIST}/invite", asked)
    assert page.status_code == 422
    assert "has an account already" in page.text
    page = await admin.get(f"{one}/change")
    assert re.search(r'value="therapist"[^>]*checked', page.text)
    assert (await admin.post(f"{one}/change", {"roles": []})).status_code == 422
    reply = await admin.post(f"{one}/change", {"roles": ["triage", "manager"], "areas": ["north"]})
    assert "Triage, Manager" in (await admin.follow()).text
    await admin.post(f"{one}/invite-again")
    await admin.get(f"{one}/close")
    await admin.post(f"{one}/close")
    page = await admin.follow()
    assert "The account is closed" in page.text
    assert f"{one}/close" not in page.text


async def test_a_reset_asks_why_and_whether_it_was_them(staff_visit: StaffVisit, house: House) -> None:
    ann = await add_ann(house.db, house.clock.now())
    admin = await staff_visit(Role.SYSTEM_ADMIN)
    page = await admin.get(f"{LIST}/{ann}/reset")
    assert "Make sure who is asking" in page.text
    assert (await admin.post(f"{LIST}/{ann}/reset", {"reason": "lost"})).status_code == 422
    await admin.post(f"{LIST}/{ann}/reset", {"reason": "lost", "sure": "yes"})
    assert "The second step is reset" in (await admin.follow()).text


async def test_ones_own_account_offers_nothing_dangerous_and_refuses_it(staff_visit: StaffVisit, house: House) -> None:
    admin = await staff_visit(Role.SYSTEM_ADMIN)
    page = await admin.get(f"{LIST}?q=sam")
    own = re.search(rf'href="({LIST}/[0-9a-f-]+)"', page.text)
    assert own
    assert "This is you" in (await admin.get(own[1])).text
    await admin.get(f"{own[1]}/close")
    for path, form in ((f"{own[1]}/close", {}), (f"{own[1]}/reset", {"reason": "lost", "sure": "yes"})):
        page = await admin.post(path, form)
        assert page.status_code == 409
        assert "your own account" in page.text
    page = await admin.post(f"{own[1]}/change", {"roles": ["therapist"]})
    assert page.status_code == 422


async def test_whatever_changes_an_account_asks_for_a_fresh_proof(
    staff_visit: StaffVisit, house: House, clock: MovedClock
) -> None:
    ann = await add_ann(house.db, clock.now())
    admin = await staff_visit(Role.SYSTEM_ADMIN)
    for _ in range(2):
        clock.move_on(minutes=10)
        await admin.get(LIST)
    for path in (f"{LIST}/invite", f"{LIST}/{ann}/change", f"{LIST}/{ann}/reset", f"{LIST}/{ann}/close"):
        assert (await admin.get(path)).headers["location"].startswith("/staff/confirm?next=")
        assert (await admin.post(path)).headers["location"].startswith("/staff/confirm?next=")
    assert (await admin.get(f"{LIST}/{ann}")).status_code == 200


async def test_names_are_escaped_and_unknown_ids_are_not_found(staff_visit: StaffVisit, house: House) -> None:
    await add_ann(house.db, house.clock.now(), name="<b>Ann</b>", email=EMAIL)
    admin = await staff_visit(Role.SYSTEM_ADMIN)
    assert "<b>Ann</b>" not in (await admin.get(LIST)).text
    for path in ("", "/change", "/reset", "/close"):
        assert (await admin.get(f"{LIST}/01900000-0000-7000-8000-000000000000{path}")).status_code == 404

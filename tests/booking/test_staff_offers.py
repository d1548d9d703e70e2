"""Offers as staff make, change and publish them."""

import pytest

from core.domain.identity import Role
from core.storage.session import Database
from tests.booking.support import information, planned
from tests.conftest import StaffVisit
from tests.support.visit import Visit

_OFFERS = "/staff/clinics/offers"
TALK = {
    "kind": "workshop", "discipline": "", "title": "Helping children understand in class", "about": "Practical ways.",
    "topic": "talking", "language": "en", "audience_kind": "schools", "audience": "teachers", "minutes": "90",
    "capacity": "20", "place": "pattern", "link_pattern": "https://video.example.org/{code}", "venue": "",
    "release": "weekly", "release_day": "0", "release_at": "9am", "release_weeks": "2",
    "ask_1": "Do you work in a school in the area?", "advice_1": "Ask your own service too.",
}  # fmt: skip


async def test_an_offer_is_made_published_and_taken_away_again(visit: Visit, staff_visit: StaffVisit) -> None:
    femi = await staff_visit(Role.CLINIC_ADMIN)
    await femi.get(f"{_OFFERS}/new")
    assert (await femi.post(f"{_OFFERS}/new", TALK)).status_code == 303
    made = (await femi.follow()).text
    assert "Helping children understand in class" in made
    offer = made.split(f'href="{_OFFERS}/')[2].split('"')[0]
    assert (await visit.get(f"/sessions/{offer}")).status_code == 404
    await femi.post(f"{_OFFERS}/{offer}/publish", {"public": "yes"})
    assert (await visit.get(f"/sessions/{offer}")).status_code == 200
    await femi.follow()
    await femi.post(f"{_OFFERS}/{offer}/publish", {"public": "no"})
    assert (await visit.get(f"/sessions/{offer}")).status_code == 404


async def test_an_offer_comes_back_as_it_was_typed(staff_visit: StaffVisit) -> None:
    femi = await staff_visit(Role.CLINIC_ADMIN)
    await femi.get(f"{_OFFERS}/new")
    await femi.post(f"{_OFFERS}/new", TALK)
    offer = (await femi.follow()).text.split(f'href="{_OFFERS}/')[2].split('"')[0]
    shown = (await femi.get(f"{_OFFERS}/{offer}")).text
    for typed in ("https://video.example.org/{code}", "09:00", "Do you work in a school in the area?", 'value="20"'):
        assert typed in shown
    changed = {name: value for name, value in TALK.items() if name != "kind"} | {"title": "Words in class"}
    await femi.post(f"{_OFFERS}/{offer}", changed)
    assert "Words in class" in (await femi.follow()).text


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"kind": "screening"}, "Select a therapy: a screening clinic is held by one"),
        ({"link_pattern": "https://video.example.org/room"}, "Write {code} where"),
        ({"link_pattern": "video.example.org/{code}"}, "Enter a link that begins with https://"),
        ({"minutes": "3"}, "Minutes must be a whole number from 5 to 480"),
        ({"advice_1": ""}, "Question 1 needs both"),
        ({"release_at": ""}, "Enter a time"),
        ({"place": "venue"}, "Enter the address"),
    ],
)
async def test_what_cannot_be_used_is_said_and_kept(staff_visit: StaffVisit, wrong: dict[str, str], told: str) -> None:
    femi = await staff_visit(Role.CLINIC_ADMIN)
    await femi.get(f"{_OFFERS}/new")
    reply = await femi.post(f"{_OFFERS}/new", TALK | wrong)
    assert (reply.status_code, told in reply.text) == (422, True)
    assert "Practical ways." in reply.text


async def test_unpublishing_leaves_what_people_booked(db: Database, staff_visit: StaffVisit) -> None:
    await planned(db, information())
    femi = await staff_visit(Role.CLINIC_ADMIN)
    listed = (await femi.get(_OFFERS)).text
    offer = listed.split(f'action="{_OFFERS}/')[1].split("/")[0]
    await femi.post(f"{_OFFERS}/{offer}/publish", {"public": "no"})
    assert "Not published" in (await femi.follow()).text

"""Referrals that may be about one child are shown side by side, and never joined by themselves."""

from dataclasses import replace
from datetime import date

import pytest
from sqlmodel import select

from core.domain.clock import MovedClock
from core.domain.identity import Role
from core.storage.session import Database
from core.web.house import House
from referral import duplicates_queries
from referral.duplicates_models import DuplicateVerdict
from referral.duplicates_rules import alike
from referral.duplicates_words import Alike, Verdict
from referral.models import Referral
from referral.words import Child
from tests.conftest import StaffVisit
from tests.referral.support import EVE, OT, PARENT, PROFESSIONAL, received
from tests.referral.triage_support import TRIAGE

MAYA = Child("Maya", "Núñez-Example", date(2022, 3, 27), "9990000018", "1 Invented Road", "AL1 3JE")


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"first": "Somebody", "last": "Else", "born": date(2019, 1, 1)}, Alike.NHS_NUMBER),
        ({"nhs_number": None, "last": "NUNEZ EXAMPLE"}, Alike.NAME_AND_BIRTH),
        ({"nhs_number": "9990000026", "first": "Lena"}, Alike.NAME_AND_BIRTH),
        ({"nhs_number": None, "first": "Maia", "last": "Nunez-Exampel"}, Alike.CLOSE_SPELLING),
        ({"nhs_number": None, "first": "Nuñez", "last": "Maya"}, Alike.CLOSE_SPELLING),
        ({"nhs_number": None, "last": "Nunez"}, Alike.CLOSE_SPELLING),
        ({"nhs_number": None, "first": "Maia", "last": "Nunez-Exampel", "born": date(2022, 3, 28)}, None),
        ({"nhs_number": None, "first": "Mia", "last": "Nunes"}, Alike.CLOSE_SPELLING),
        ({"nhs_number": None, "first": "Noah", "last": "Hughes"}, None),
        ({"nhs_number": None, "born": date(2022, 3, 28)}, None),
    ],
)
def test_what_is_alike_and_what_is_not(changes: dict[str, object], found: Alike | None) -> None:
    assert alike(MAYA, replace(MAYA, **changes)) is found  # type: ignore[arg-type]
    assert alike(replace(MAYA, **changes), MAYA) is found  # type: ignore[arg-type]


async def three(db: Database, clock: MovedClock) -> list[object]:
    """Maya, Maia of the same day without a number, and somebody else of that day."""
    first = await received(db, clock.now(), PARENT)
    clock.move_on(minutes=1)
    close = {"child_first": "Maia", "child_last": "Nunez", "nhs_number": "9990000026"}
    second = await received(db, clock.now(), PARENT, **close)
    other = {"child_first": "Noah", "child_last": "Hughes", "nhs_number": "9990000034"}
    third = await received(db, clock.now(), PARENT, **other)
    return [first, second, third]


async def test_hashes_find_who_was_born_that_day_and_names_decide(
    house: House, db: Database, clock: MovedClock
) -> None:
    first, second, _ = await three(db, clock)
    async with db.transaction() as session:
        found = await duplicates_queries.twins(session, EVE, first, clock.now())  # type: ignore[arg-type]
    assert [(one.id, one.alike) for one in found] == [(second, Alike.CLOSE_SPELLING)]


async def test_both_are_shown_side_by_side_and_a_person_says_what_they_are(
    house: House, staff_visit: StaffVisit, clock: MovedClock
) -> None:
    first, second, _ = await three(house.db, clock)
    visit = await staff_visit(Role.TRIAGE)
    page = await visit.get(f"{TRIAGE}/{first}")
    assert "May be about the same child" in page.text
    assert f"{TRIAGE}/{first}/compare/{second}" in page.text
    path = f"{TRIAGE}/{first}/compare/{second}"
    page = await visit.get(path)
    assert page.status_code == 200
    assert "Maia" in page.text
    assert "Maya" in page.text
    assert (await visit.post(path)).status_code == 422
    wordless = await visit.post(path, {"verdict": "not-the-same"})
    assert wordless.status_code == 422
    assert "Say how you know" in wordless.text
    assert (await visit.post(path, {"verdict": "not-the-same", "why": "Cousins, says the family"})).status_code == 303
    assert "Not the same child, says Sam Invented" in (await visit.follow()).text
    # The other one tells it too, and both are as they were.
    assert "Cousins, says the family" in (await visit.get(f"{TRIAGE}/{second}")).text
    async with house.db.transaction() as session:
        assert (await session.exec(select(DuplicateVerdict))).one().verdict is Verdict.DIFFERENT
        assert {row.duplicate_of for row in await session.exec(select(Referral))} == {None}


async def test_nothing_alike_is_not_compared_and_nobody_sees_a_twin_they_may_not_read(
    house: House, staff_visit: StaffVisit, clock: MovedClock
) -> None:
    first, _, third = await three(house.db, clock)
    hidden = await received(house.db, clock.now(), PROFESSIONAL)
    visit = await staff_visit(Role.TRIAGE)
    await visit.get(f"{TRIAGE}/{first}")
    assert (await visit.get(f"{TRIAGE}/{first}/compare/{third}")).status_code == 404
    assert (await visit.get(f"{TRIAGE}/{first}/compare/{first}")).status_code == 404
    assert f"/compare/{hidden}" in (await visit.get(f"{TRIAGE}/{first}")).text
    async with house.db.transaction() as session:
        reference = (await session.exec(select(Referral.reference).where(Referral.id == hidden))).one()
    therapist = await staff_visit(Role.THERAPIST, disciplines=(OT,), name="Toni Invented")
    page = await therapist.get(f"{TRIAGE}/{first}")
    assert page.status_code == 200
    assert reference not in page.text
    assert (await therapist.get(f"{TRIAGE}/{first}/compare/{hidden}")).status_code == 403

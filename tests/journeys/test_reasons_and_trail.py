"""A record opened in an emergency, and what information governance makes of it."""

from collections.abc import Awaitable, Callable
from uuid import UUID

import sqlalchemy as sa

from referral.models import Referral
from tests.support.person import Person
from tests.support.service import Service

Colleague = Callable[[str], Awaitable[Person]]


async def a_physio_referral(service: Service) -> str:
    """A referral that asks for physiotherapy alone."""
    found = sa.text(
        "select r.id from referral r where (select array_agg(discipline) from referral_request q"
        " where q.referral_id = r.id) = array['physio']::varchar[] order by r.id limit 1"
    )
    async with service.house.db.transaction() as session:
        return str(await (await session.connection()).scalar(found))


async def test_a_record_is_opened_in_an_emergency_and_governance_looks_at_it(
    service: Service, colleague: Colleague
) -> None:
    referral = await a_physio_referral(service)
    amira = await colleague("amira")
    await amira.opens(f"/staff/triage/{referral}")
    await amira.sees_heading("You need a reason to open this record")
    await amira.follows("Open it in an emergency")
    await amira.sees_heading("Open a record in an emergency")
    await amira.presses("Open the record")
    await amira.is_told_what_is_wrong("Say why you must open this record now")
    await amira.fills("Why must you open this record now?", "The ward rang: may have choked at school.")
    await amira.presses("Open the record")
    await amira.sees("Opened in an emergency", "11am")

    hana = await colleague("hana")
    await hana.sees("Record opened in an emergency")
    await hana.follows("Record opened in an emergency")
    await hana.sees("Amira Example", "The ward rang: may have choked at school.")
    await hana.presses("Show the trail")
    await hana.sees("Read a referral", "Opened a record in an emergency")
    await hana.opens("/staff/audit/emergencies")
    await hana.presses("I have looked at this")
    await hana.sees("Hana Example")
    await hana.opens("/staff")
    await hana.does_not_see("Record opened in an emergency")


async def test_governance_searches_the_trail_by_child_and_by_colleague(service: Service, colleague: Colleague) -> None:
    eve = await colleague("eve")
    await eve.opens("/staff/triage")
    hana = await colleague("hana")
    await hana.follows("Audit trail")
    await hana.fills("Child’s last name", "Madeup")
    await hana.presses("Search the trail")
    await hana.is_told_what_is_wrong("Enter the date of birth as well, or leave out the last name")
    await hana.opens("/staff/audit")
    await hana.selects("Colleague who looked or changed", "Eve Example")
    await hana.chooses("Only what was looked at")
    await hana.presses("Search the trail")
    await hana.sees("Saw the name on a list", "Eve Example")
    await hana.does_not_see("Signed in")


async def test_a_colleague_marked_as_family_opens_nothing(service: Service, colleague: Colleague) -> None:
    referral = await a_physio_referral(service)
    chloe = await colleague("chloe")
    await chloe.opens(f"/staff/triage/{referral}")
    async with service.house.db.transaction() as session:
        child = await session.get_one(Referral, UUID(referral))
    year, month, day = child.child_born.split("-")
    hana = await colleague("hana")
    await hana.opens("/staff/audit/family")
    await hana.sees("Nobody is marked.")
    await hana.presses("Mark as family")
    await hana.is_told_what_is_wrong("Choose a colleague")
    await hana.selects("Colleague", "Chloe Example")
    await hana.fills("Child’s last name", child.child_last)
    await hana.fills_date("Child’s date of birth", day, month, year)
    await hana.presses("Mark as family")
    await hana.sees("The colleague is marked.")
    await hana.does_not_see(child.child_last)
    await chloe.opens(f"/staff/triage/{referral}")
    await chloe.sees("It is about a child of your family.")

"""Information governance clears up what is due, answers who asks for a copy, and hears a complaint."""

import re
from collections.abc import Awaitable, Callable

from tests.journeys.conftest import NewPerson
from tests.support.person import Person
from tests.support.service import Service

Colleague = Callable[[str], Awaitable[Person]]


async def test_what_is_due_is_read_approved_deleted_and_certified(colleague: Colleague, service: Service) -> None:
    # Given the demo's old records, one of them held for an inquiry
    hana = await colleague("hana")
    await hana.opens("/staff/privacy")
    await hana.sees(re.compile("Overdue"))
    await hana.follows("Retention")
    await hana.sees("An invented public inquiry asked us to keep this record.")
    # When governance looks, a worker goes through everything
    await hana.presses("Look for what is due")
    await hana.sees("The service is looking at every record.")
    run = hana.page.url
    await service.worker_runs()
    await hana.opens(run)
    await hana.sees("What is due, by kind and rule")
    # Then a wrong number approves nothing
    await hana.fills("How many records will be deleted?", "999")
    await hana.presses("Approve and delete")
    await hana.is_told_what_is_wrong(re.compile("Enter the number of records"))  # type: ignore[arg-type]
    count = re.search(r"deleted: (\d+)", await hana.reads(".nhsuk-error-summary"))
    assert count
    await hana.fills("How many records will be deleted?", count[1])
    await hana.presses("Approve and delete")
    await service.worker_runs()
    await hana.opens(run)
    await hana.follows("See the certificate")
    await hana.sees("Certificate of deletion", re.compile("The seal fits"))
    await hana.does_not_see("Longago")


async def test_a_parent_gets_a_copy_without_what_is_about_others(colleague: Colleague, service: Service) -> None:
    hana = await colleague("hana")
    await hana.opens("/staff/privacy/requests")
    row = hana.page.get_by_role("row").filter(has_text="Copy of the record")
    await row.get_by_role("link").first.click()
    await hana.sees("A copy of everything you keep about Maya, please.")
    for box in await hana.page.get_by_role("checkbox").all():
        await box.check()
    await hana.presses("Prepare a copy of these")
    await service.worker_runs()
    await hana.opens(hana.page.url)
    await hana.presses("Review the copy")
    await hana.sees("Maya", "another person")
    await hana.presses("Release the copy")
    async with hana.page.expect_download() as waiting:
        await hana.page.get_by_role("button", name="Download the copy").click()
    assert (await waiting.value).suggested_filename == "record.zip"


async def test_somebody_complains_and_is_told_by_when(
    somebody: NewPerson, colleague: Colleague, service: Service
) -> None:
    parent = await somebody(width=320)
    await parent.opens("/privacy")
    await parent.follows("complain about how we use your information")
    await parent.page.locator("#complaint").fill("A letter went to the wrong house. Invented.")
    await parent.continues()
    await parent.fills("Your full name", "Alex Invented")
    await parent.continues()
    await parent.chooses("By email")
    await parent.continues()
    await parent.fills("Email address", "alex@example.org")
    await parent.continues()
    await parent.presses("Send")
    await parent.sees_heading("We have your complaint")
    reference = await parent.reads(".fd-reference")
    hana = await colleague("hana")
    await hana.opens("/staff/privacy/complaints")
    await hana.follows(reference)
    await hana.sees("A letter went to the wrong house. Invented.")
    await hana.presses("Acknowledged")
    await hana.is_told_what_is_wrong("Enter how you told them")
    await hana.page.locator("#how").fill("By email today.")
    await hana.presses("Acknowledged")
    await hana.sees("To answer")

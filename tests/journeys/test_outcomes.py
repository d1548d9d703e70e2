"""A decision, told from the therapist's page to the family's phone and back."""

import re
from collections.abc import Awaitable, Callable

from playwright.async_api import FilePayload, expect

from tests.journeys.conftest import NewPerson
from tests.referral.outcome_support import referral_of
from tests.referral.support import PARENT, received
from tests.referral.test_files import photo
from tests.support.person import Person
from tests.support.service import Service

Colleague = Callable[[str], Awaitable[Person]]


def chosen(name: str, content: bytes) -> FilePayload:
    return {"name": name, "mimeType": "image/jpeg", "buffer": content}


async def enters(family: Person, reference: str) -> None:
    await family.opens("/referral-status")
    await family.fills("Referral reference", reference)
    await family.fills_date(re.compile("Date of birth"), "27", "3", "2022")
    await family.presses("See the referral")
    await family.sees_heading("Where the referral is")


async def test_a_family_reads_why_it_was_not_accepted_tells_more_and_withdraws_the_rest(
    somebody: NewPerson, colleague: Colleague, service: Service
) -> None:
    # Given a referral for two therapies
    referral_id = await received(service.house.db, service.clock.now(), PARENT, child_first="Wanda")
    async with service.house.db.transaction() as session:
        reference = (await referral_of(session, referral_id)).reference
    # When triage does not accept one, without a reason first
    eve = await colleague("eve")
    await eve.opens(f"/staff/triage/{referral_id}")
    await eve.follows(re.compile(r"^Do not accept\s*:\s*speech"))
    await eve.meets_no_barrier()
    await eve.presses(re.compile("^Save"))
    await eve.is_told_what_is_wrong("Select a reason")
    await eve.chooses("Help for everybody comes first")
    await eve.page.locator("#words").fill("Games at home help most at this age.")
    await eve.page.locator("#todo").fill("Come to a talking tips workshop.")
    await eve.presses(re.compile("^Save"))
    await eve.sees("Your decision about speech and language therapy is saved.")
    # And reads the letter, changes it and sends it
    await eve.follows(re.compile("^Letter to the family"))
    await eve.sees_heading("Letter to the family")
    await eve.meets_no_barrier()
    words = await eve.page.locator("#text").input_value()
    await eve.page.locator("#text").fill(words + "\n\nWe are happy to talk.")
    await eve.presses("Save the words and show the letter")
    await expect(eve.page.locator("article")).to_contain_text("We are happy to talk.")
    await eve.presses("Send it in 10 minutes")
    service.clock.move_on(minutes=11)
    await service.worker_runs()
    # Then the family reads it on a small phone
    family = await somebody(width=320)
    await enters(family, reference)
    await family.sees("We have not accepted the referral.", "Come to a talking tips workshop.")
    await family.sees("You have a right to talk about this with us.")
    await family.meets_no_barrier()
    await family.page.locator("summary").first.click()
    await family.sees("We are happy to talk.")
    # And tells more, withdraws the rest, and takes that back
    await family.follows("Tell us more")
    await family.meets_no_barrier()
    await family.page.locator("#file").set_input_files([chosen("splint.jpg", photo())])
    await family.presses("Send")
    await family.is_told_what_is_wrong("Enter what you want to tell us")
    await family.sees("1 file is ready to send", "splint.jpg")
    await family.meets_no_barrier()
    await family.page.locator("#file").set_input_files([chosen("program.jpg", b"MZ")])
    await family.page.locator("#text").fill("We moved house.")
    await family.presses("Send")
    await family.is_told_what_is_wrong("must be a PDF, Word document (DOCX), JPG, PNG or HEIC")
    await family.meets_no_barrier()
    await family.presses("Send")
    await family.sees("We have what you told us", "Files you added", "splint.jpg")
    await family.follows("Withdraw the referral")
    await family.presses("Yes, withdraw")
    await family.is_told_what_is_wrong("Select what you want to withdraw")
    await family.chooses("Occupational therapy")
    await family.presses("Yes, withdraw")
    await family.sees("The referral is withdrawn")
    await family.presses(re.compile("^Open it again"))
    await family.sees("The referral is open again")
    await eve.opens(f"/staff/triage/{referral_id}")
    await eve.sees("We moved house.", "splint.jpg", "the family added it on")

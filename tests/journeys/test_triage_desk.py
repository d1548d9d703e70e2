"""Two therapists, one case: filtered, found, taken, cleared of a flag, noted and handed over; nobody works unseen."""

import re
from collections.abc import Awaitable, Callable

from tests.support.person import Person

Colleague = Callable[[str], Awaitable[Person]]
ELLA = re.compile("Ella Pretend")
REFERENCE = r"[3-9A-Z]{4}-[3-9A-Z]{4}"


async def test_two_therapists_work_on_one_case(colleague: Colleague) -> None:
    eve, grace = await colleague("eve"), await colleague("grace")
    # Eve narrows the queue down, and opens the case.
    await eve.opens("/staff/triage")
    await eve.selects("Therapy", "Physiotherapy")
    await eve.presses("Show")
    await eve.sees(ELLA)
    await eve.does_not_see(re.compile("Maya Example"))
    await eve.follows(ELLA)
    await eve.sees("Nobody has this case.")
    reference = (await eve.reads(".nhsuk-caption-l")).split()[1].rstrip(",")
    # Grace finds it by name and day of birth, and neither stands in an address.
    await grace.opens("/staff/triage/search")
    await grace.fills("Last name of the child", "Pretend")
    await grace.presses("Find")
    await grace.is_told_what_is_wrong("Enter the date of birth too")
    await grace.opens("/staff/triage/search")
    await grace.fills("Reference", reference.lower())
    await grace.presses("Find")
    await grace.sees_heading(ELLA)
    # Eve takes it first; Grace's page is old.
    await eve.presses("Take this case")
    await eve.sees("You have this case")
    await grace.presses("Take this case")
    await grace.sees("Not saved: Eve Example has this case now")
    await grace.sees("Take over this case")
    # A flag is cleared with a word of why, never silently.
    await eve.presses(re.compile("Clear this flag.*From hospital"))
    await eve.is_told_what_is_wrong("Say why this can be cleared")
    flag = eve.page.locator(".fd-flag", has_text="From hospital")
    await flag.locator("input[name^=why-]").fill("Surgeon called: may put weight on it")
    await eve.presses(re.compile("Clear this flag.*From hospital"))
    await eve.sees("The flag is cleared, with your words.", re.compile("Surgeon called: may put weight on it"))
    # A note, and the case goes to Grace with what she needs to know.
    await eve.fills(re.compile("Note for colleagues"), "Father works nights: call after 2pm.")
    await eve.presses("Add the note")
    await eve.sees("Your note is added.")
    await eve.page.locator("summary", has_text="Hand over this case").click()
    await eve.selects("Give this case to", "Grace Example")
    await eve.presses("Give the case")
    await eve.is_told_what_is_wrong("Say what your colleague needs to know")
    await eve.page.locator("#note").fill("The second flag waits for the letter from the hospital.")
    await eve.presses("Give the case")
    await eve.sees(re.compile("Grace Example has this case"))
    await grace.opens("/staff/triage?view=mine")
    await grace.follows(ELLA)
    await grace.sees("Father works nights: call after 2pm.", "Handed over to Grace Example")
    await grace.sees("The second flag waits for the letter from the hospital.")


async def test_a_child_referred_twice_is_noticed_and_joined_by_a_person_only(colleague: Colleague) -> None:
    eve, grace = await colleague("eve"), await colleague("grace")
    await eve.opens("/staff/triage")
    await eve.follows(re.compile("Maya Example"))
    await grace.opens(eve.page.url)
    await eve.follows(re.compile("Compare side by side"))
    await eve.sees("Exampel")
    await eve.chooses("Yes, the same child")
    await eve.presses("Save")
    await eve.sees("What you said about the two referrals is saved.", re.compile("The same child, says Eve Example"))
    other = re.findall(REFERENCE, await eve.reads("section[aria-labelledby=duplicates]"))[0]
    # Nothing is joined by that. Grace begins to accept it while Eve marks it as a duplicate.
    await grace.follows(re.compile(r"^Accept\s*:\s*speech"))
    await grace.page.locator("#pathway").select_option(index=1)
    await grace.page.locator("#words").fill("We look forward to meeting Maya.")
    await eve.follows(re.compile(r"^Mark as a duplicate\s*:\s*speech"))
    await eve.fills("Reference of the referral that goes on", other.lower())
    await eve.presses(re.compile("^Save"))
    await eve.sees("Your decision about speech and language therapy is saved.", re.compile(other))
    # Grace's page is old: nothing is stored, and she sees both versions.
    await grace.presses(re.compile("^Save"))
    await grace.sees("This referral was changed after you opened it", "What stands now", "What you typed")
    await grace.sees("We look forward to meeting Maya.", re.compile(other))

"""A child is referred once for everything, triaged by therapists, and the family knows where it stands."""

import re
from collections.abc import Awaitable, Callable

from playwright.async_api import expect

from core.domain.ids import SPOKEN
from tests.journeys.conftest import NewPerson
from tests.support.person import Person
from tests.support.service import Service

Colleague = Callable[[str], Awaitable[Person]]


async def starts(person: Person, who: str, *therapies: str) -> None:
    """From the start page to the first question about people."""
    await person.opens("/")
    await person.follows("Refer a child")
    await person.sees("This is not for emergencies")
    await person.presses("Start now")
    await person.chooses(who)
    await person.continues()
    await person.chooses("No")
    await person.continues()
    await person.chooses(*therapies)
    await person.continues()
    await person.chooses("None of these")
    await person.continues()


async def says_who_the_child_is(person: Person, first: str, last: str) -> None:
    await person.fills("First name", first)
    await person.fills("Last name", last)
    await person.fills_date(re.compile("Date of birth"), "27", "3", "2021")
    await person.continues()
    await person.chooses("No")
    await person.continues()
    await person.fills(re.compile("House number"), "1 Invented Road")
    await person.fills("Town or village", "St Albans")
    await person.fills("Postcode", "al13je")
    await person.continues()
    await person.fills(re.compile("Main language"), "English")
    await person.chooses("No")
    await person.continues()
    await person.chooses("Nothing")
    await person.continues()


async def says_who_the_adult_is(person: Person, name_label: str, related_label: str) -> None:
    await person.fills(name_label, "Ana Invented")
    await person.fills(related_label, "Mother")
    await person.chooses("Yes")
    await person.continues()
    await person.fills("Phone number", "07700 900 101")
    await person.chooses("Yes", "Email")
    await person.page.locator("#email").fill("ana.invented@example.org")
    await person.continues()
    await person.fills("GP practice", "Invented Surgery")
    await person.fills(re.compile("Nursery, school or college"), "Invented Nursery")
    await person.continues()


async def says_what_is_difficult(person: Person) -> None:
    await person.page.locator("#worries").fill("Only our family understands her, in this invented story.")
    await person.page.locator("#effect").fill("She stops talking at nursery.")
    await person.continues()
    await person.page.locator("#hopes").fill("That she can tell other children what she wants.")
    await person.continues()


async def answers_about_speech(person: Person) -> None:
    await person.chooses("Saying sounds and words clearly", "Mostly family", "Yes, and it was fine")
    await person.continues()


async def answers_about_everyday_tasks(person: Person) -> None:
    await person.chooses("Dressing, washing or using the toilet")
    await person.page.locator("#ot_help").fill("Help with buttons.")
    await person.continues()


async def a_parent_refers_to_two_therapies(parent: Person) -> str:
    """The whole form; returns the reference."""
    await starts(parent, "A parent or carer", "Speech and language therapy", "Occupational therapy")
    await says_who_the_child_is(parent, "Maya", "Invented")
    await says_who_the_adult_is(parent, "Your full name", "How you are related to the child")
    await says_what_is_difficult(parent)
    await answers_about_speech(parent)
    await answers_about_everyday_tasks(parent)
    await parent.chooses("I agree to this referral and that therapists read what I have written", "Yes")
    await parent.continues()
    await parent.presses("Send")
    await parent.sees_heading("Referral sent")
    return await parent.reads(".fd-reference")


async def sees_where_it_is(family: Person, reference: str) -> None:
    await family.opens("/")
    await family.follows("where your referral is")
    await family.fills("Referral reference", reference.lower().replace("-", " "))
    await family.fills_date(re.compile("Date of birth"), "27", "3", "2021")
    await family.presses("See the referral")
    await family.sees_heading("Where the referral is")


async def test_a_parent_refers_to_two_therapies_and_follows_both(
    somebody: NewPerson, colleague: Colleague, service: Service
) -> None:
    # Given a parent who sends one form for two therapies, on a phone
    parent = await somebody(width=320)
    reference = await a_parent_refers_to_two_therapies(parent)
    assert re.fullmatch(rf"[{SPOKEN}]{{4}}-[{SPOKEN}]{{4}}", reference)
    await service.worker_runs()
    # When triage accepts one and asks about the other
    eve = await colleague("eve")
    await eve.opens("/staff/triage")
    await eve.follows(re.compile("Maya Invented"))
    await eve.sees("Only our family understands her, in this invented story.")
    await accepts(eve, "speech")
    await asks(eve, "occupational", "Can Maya use a spoon by herself?")
    await service.worker_runs()
    # Then the family's page shows both, in plain words
    family = await somebody()
    await sees_where_it_is(family, reference)
    await family.sees("Speech and language therapy", "Occupational therapy", "Can Maya use a spoon by herself?")
    await family.sees(re.compile("accepted", re.IGNORECASE))
    # And their answer brings it back to triage
    await family.presses("Answer")
    await family.page.locator("#answer").fill("Yes, but not a fork.")
    await family.presses("Send your answer")
    await family.sees("We have your answer")
    await eve.opens(eve.page.url.split("?")[0].split("#")[0])
    await eve.sees("Yes, but not a fork.")


async def accepts(eve: Person, therapy: str) -> None:
    await eve.follows(re.compile(rf"^Accept\s*:\s*{therapy}"))
    await eve.page.locator("#pathway").select_option(index=1)
    await eve.page.locator("#area").select_option(index=1)
    await eve.page.locator("#comes_next").select_option(label="At a clinic")
    await eve.page.locator("#words").fill("We will write to you with a first appointment.")
    await eve.presses("Save: accept")
    await eve.sees(re.compile("is saved"))


async def asks(eve: Person, therapy: str, question: str) -> None:
    await eve.follows(re.compile(rf"^Ask for more information\s*:\s*{therapy}"))
    await eve.page.locator("#what").fill(question)
    await eve.page.locator("#of").select_option(label="The family")
    await eve.presses("Save: ask for more information")
    await eve.sees(re.compile("is saved"))


async def test_a_professional_refers_to_physiotherapy(somebody: NewPerson, colleague: Colleague) -> None:
    # Given a health visitor
    visitor = await somebody()
    await starts(visitor, "A health professional", "Physiotherapy")
    await visitor.fills("Your full name", "Vic Invented")
    await visitor.fills("Your role", "Health visitor")
    await visitor.fills("Where you work", "Invented Health Centre")
    await visitor.continues()
    await visitor.fills("Work email address", "vic.invented@example.org")
    await visitor.fills("Work phone number", "01632 960 055")
    await visitor.continues()
    # When they have not talked with the family yet, they are told to, and can go back
    await visitor.chooses("No, not yet")
    await visitor.continues()
    await visitor.sees_heading("Talk with the family first")
    await visitor.follows(re.compile("Go back"))
    await visitor.chooses("Yes, they agree")
    await visitor.continues()
    await says_who_the_child_is(visitor, "Tom", "Invented")
    await says_who_the_adult_is(visitor, "Full name", "How they are related to the child")
    await says_what_is_difficult(visitor)
    await visitor.chooses("Falling or tripping often", "Sometimes")
    await visitor.continues()
    await visitor.presses("Send")
    # Then there is a reference, and triage sees it
    await visitor.sees_heading("Referral sent")
    reference = await visitor.reads(".fd-reference")
    eve = await colleague("eve")
    await eve.opens("/staff/triage")
    await eve.fills("Find a reference", reference)
    await eve.presses("Find")
    await eve.sees_heading("Tom Invented")
    await eve.sees("Vic Invented")


async def test_somebody_in_danger_is_sent_to_999_before_any_free_text(somebody: NewPerson) -> None:
    parent = await somebody()
    await parent.opens("/refer/who")
    await parent.chooses("A parent or carer")
    await parent.continues()
    await parent.chooses("Yes")
    await parent.continues()
    await parent.sees_heading("Get medical help now")
    await expect(parent.page.get_by_role("main")).to_contain_text("999")
    # And there is no way round it by the address
    await parent.opens("/refer/worries")
    await parent.sees_heading("Get medical help now")


async def test_what_was_typed_survives_mistakes_a_closed_phone_and_a_change(
    somebody: NewPerson, service: Service
) -> None:
    parent = await somebody(width=320)
    await starts(parent, "A parent or carer", "Speech and language therapy")
    # Given a mistake among right answers
    await parent.fills("First name", "Maya")
    await parent.fills_date(re.compile("Date of birth"), "30", "2", "2021")
    await parent.continues()
    await parent.is_told_what_is_wrong("Enter the last name")
    await expect(parent.page.get_by_label("First name")).to_have_value("Maya")
    # When the phone is closed and the page opened again the next day
    await parent.fills("Last name", "Invented")
    await parent.fills_date(re.compile("Date of birth"), "27", "3", "2021")
    await parent.continues()
    service.clock.move_on(days=1)
    await parent.closes_and_opens_again()
    await parent.opens("/refer")
    await parent.presses("Go on with your referral")
    # Then it goes on where it stopped
    await parent.sees_heading("NHS number")
    await parent.opens("/refer/child")
    await expect(parent.page.get_by_label("Last name")).to_have_value("Invented")


async def test_one_answer_is_changed_from_the_check_and_what_no_longer_applies_is_dropped(somebody: NewPerson) -> None:
    parent = await somebody()
    await starts(parent, "A parent or carer", "Speech and language therapy", "Occupational therapy")
    await says_who_the_child_is(parent, "Maya", "Invented")
    await says_who_the_adult_is(parent, "Your full name", "How you are related to the child")
    await says_what_is_difficult(parent)
    await answers_about_speech(parent)
    await answers_about_everyday_tasks(parent)
    await parent.chooses("I agree to this referral and that therapists read what I have written", "Yes")
    await parent.continues()
    await parent.sees("Help with buttons.")
    await parent.follows("Change therapies")
    await parent.page.get_by_label("Occupational therapy", exact=True).uncheck()
    await parent.continues()
    # Back at the check at once, without the questions of the therapy that was taken away
    await parent.sees_heading("Check your answers before you send them")
    await parent.does_not_see("Help with buttons.")
    await parent.presses("Send")
    await parent.sees_heading("Referral sent")
    # Sent twice is sent once: the back button leads to no second referral
    await parent.page.go_back()
    await parent.opens("/refer/check")
    await parent.does_not_see("Check your answers before you send them")

"""A child is referred once for everything, by whoever may, and a tired parent loses nothing on the way."""

import re
from collections.abc import Awaitable, Callable

import pytest
from playwright.async_api import expect

from core.domain.ids import SPOKEN
from tests.journeys.conftest import NewPerson
from tests.journeys.referring import EVERYBODY, goes_on, has_filled_in, refers
from tests.referral.support import PARENT
from tests.support.person import Person
from tests.support.service import Service

Colleague = Callable[[str], Awaitable[Person]]


@pytest.mark.parametrize(
    ("javascript", "who", "width"),
    [
        (True, tuple(EVERYBODY), 320),
        (False, tuple(EVERYBODY), 1280),
    ],
    indirect=["javascript"],
    ids=["with-javascript-on-a-phone", "without-javascript"],
)
async def test_everybody_who_may_refer_gets_a_reference(
    somebody: NewPerson, colleague: Colleague, who: tuple[str, ...], width: int
) -> None:
    references = []
    for name in who:
        person = await somebody(width=width)
        references.append(await refers(person, EVERYBODY[name]))
        await person.sees("What happens next", re.compile("A therapist reads every referral"))
        # Sent twice is sent once: there is nothing left to send.
        await person.opens("/refer/check")
        await person.does_not_see("Check your answers before you send them")
    assert all(re.fullmatch(rf"[{SPOKEN}]{{4}}-[{SPOKEN}]{{4}}", one) for one in references)
    assert len(set(references)) == len(who)


async def sees_where_it_is(family: Person, reference: str) -> None:
    await family.opens("/")
    await family.follows("where your referral is")
    await family.fills("Referral reference", reference.lower().replace("-", " "))
    await family.fills_date(re.compile("Date of birth"), "27", "3", "2022")
    await family.presses("See the referral")
    await family.sees_heading("Where the referral is")


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


@pytest.mark.parametrize("javascript", [False], indirect=True, ids=["without-javascript"])
async def test_a_parent_refers_to_two_therapies_and_follows_both(
    somebody: NewPerson, colleague: Colleague, service: Service
) -> None:
    # Given a parent who sends one form for two therapies, on a phone
    parent = await somebody(width=320)
    await has_filled_in(parent, PARENT)
    await parent.opens("/refer/check")
    await parent.presses("Send")
    reference = await parent.reads(".fd-reference")
    await service.worker_runs()
    # When triage accepts one and asks about the other
    eve = await colleague("eve")
    await eve.opens("/staff/triage")
    await eve.follows(re.compile("Maya Núñez-Example"))
    await eve.sees("She says few words.")
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
    await parent.opens("/refer/who")
    await goes_on(parent, PARENT, until="child")
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
    # Then the list of tasks says how far it is, and leads to where it stopped
    await parent.sees(re.compile("sections"), "In progress")
    await parent.follows_button("Go on")
    await parent.sees_heading("NHS number")
    await parent.opens("/refer/child")
    await expect(parent.page.get_by_label("Last name")).to_have_value("Invented")


@pytest.mark.parametrize("javascript", [False], indirect=True, ids=["without-javascript"])
async def test_one_answer_is_changed_from_the_check_and_what_no_longer_applies_is_dropped(somebody: NewPerson) -> None:
    parent = await somebody()
    await has_filled_in(parent, PARENT)
    await parent.opens("/refer/check")
    await parent.sees("Help with buttons.")
    await parent.follows("Change therapies")
    await parent.page.get_by_label("Occupational therapy", exact=True).uncheck()
    await parent.continues()
    # Back at the check at once, without the questions of the therapy that was taken away
    await parent.sees_heading("Check your answers before you send them")
    await parent.does_not_see("Help with buttons.")

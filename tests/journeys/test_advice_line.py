"""A message left on Saturday night is called back on Monday, and the parent can see it."""

import re
from collections.abc import Awaitable, Callable

from playwright.async_api import expect
from sqlalchemy import text

from core.domain.clock import london
from tests.journeys.conftest import NewPerson
from tests.support.person import Person
from tests.support.service import Service

Colleague = Callable[[str], Awaitable[Person]]

QUESTION = "My invented son says few words and I do not know what to do."


async def leaves_a_message(parent: Person) -> None:
    """From the start page to the check, with one thing forgotten on the way."""
    await parent.opens("/")
    await parent.follows("Leave a message for a therapist")
    await parent.sees("This is not for emergencies")
    await parent.presses("Leave a message")
    await parent.chooses("A parent or carer")
    await parent.continues()
    await parent.chooses("Speech and language therapy")
    await parent.continues()
    await parent.chooses("None of these")
    await parent.continues()
    await parent.chooses("Talking, understanding or stammering")
    await parent.continues()
    await parent.continues()
    await parent.is_told_what_is_wrong("Enter your message")
    if not parent.javascript:
        await expect(parent.page.locator("[data-recorder]")).to_be_hidden()
    await parent.page.locator("#message").fill(QUESTION)
    await parent.continues()
    await parent.chooses("No")
    await parent.continues()
    await parent.fills("Your name", "Sasha Invented")
    await parent.fills("Phone number we should call", "07700 900 456")
    await parent.fills(re.compile("Email address"), "sasha.invented@example.org")
    await parent.continues()
    await parent.chooses("Any time")
    await parent.continues()
    await parent.selects("Which language should we speak with you?", "English")
    await parent.continues()
    await parent.chooses("Yes")
    await parent.continues()


async def test_a_message_on_saturday_night_is_called_back_on_monday(
    somebody: NewPerson, colleague: Colleague, service: Service
) -> None:
    # Given a parent at 23:40 on Saturday
    service.clock.move_to(london(2026, 11, 28, 23, 40))
    parent = await somebody(width=320)
    await leaves_a_message(parent)
    await parent.sees(QUESTION)
    await parent.presses("Send")
    # Then they are promised a day by name
    await parent.sees("A speech and language therapist will call you by the end of Monday 30 November")
    await parent.follows("Follow your message")
    follow = parent.page.url
    # When Monday morning's run has been
    service.clock.move_to(london(2026, 11, 30, 7, 31))
    await service.worker_runs()
    # Then the therapist on duty finds the message on her list
    service.clock.move_to(london(2026, 11, 30, 9, 15))
    owner = await whose_call_is_it(service)
    therapist = await colleague(owner)
    await therapist.opens("/staff/callbacks")
    await therapist.follows(re.compile("Sasha Invented"))
    await therapist.sees(QUESTION)
    # She calls and records how it went
    await therapist.presses(re.compile("calling now|I am calling"))
    await therapist.chooses("I spoke with them")
    await therapist.page.locator("#notes").fill("Talked about picture cards. Invented advice.")
    await therapist.chooses("Nothing more to do: close the message")
    await therapist.presses(re.compile("Save|Record"))
    # And the parent's page says so
    parent = await parent_again(parent, follow)
    await parent.sees(re.compile("called|spoke", re.IGNORECASE))
    await parent.does_not_see("picture cards")


async def whose_call_is_it(service: Service) -> str:
    """The demo name of the therapist the run chose."""
    async with service.bench.db.transaction() as session:
        connection = await session.connection()
        found = await connection.scalar(text("select owner_id from advice_message order by received_at desc limit 1"))
    return next(name for name, staff_id in service.staff.items() if staff_id == found)


async def parent_again(parent: Person, follow: str) -> Person:
    """The same parent a day and a half later: the door has closed and asks for something they know."""
    await parent.opens(follow)
    await parent.page.get_by_label(re.compile("phone number", re.IGNORECASE)).first.fill("07700 900456")
    await parent.continues()
    return parent


async def test_a_parent_corrects_the_number_and_then_needs_no_call(somebody: NewPerson, service: Service) -> None:
    parent = await somebody()
    await leaves_a_message(parent)
    await parent.presses("Send")
    await parent.follows("Follow your message")
    await parent.page.locator("input[name=phone]").fill("07700 900 457")
    await parent.presses("Change the number")
    await parent.sees("07700 900457")
    await parent.page.locator("summary", has_text="I no longer need a call").click()
    await parent.presses("Do not call me")
    await parent.does_not_see("We will call")


async def test_two_therapists_never_phone_one_family(
    somebody: NewPerson, colleague: Colleague, service: Service
) -> None:
    # Given one call two managers and therapists can see
    parent = await somebody()
    await leaves_a_message(parent)
    await parent.presses("Send")
    await service.worker_runs()
    owner = await whose_call_is_it(service)
    one, other = await colleague(owner), await colleague("grace")
    await one.opens("/staff/callbacks")
    await one.follows(re.compile("Sasha Invented"))
    await other.opens(one.page.url)
    # When one is already calling
    await one.presses(re.compile("calling now|I am calling"))
    await other.presses(re.compile("calling now|I am calling"))
    # Then the other is told who
    await other.sees(re.compile("calling"))
    await expect(other.page.get_by_role("heading", level=1)).not_to_contain_text("problem")

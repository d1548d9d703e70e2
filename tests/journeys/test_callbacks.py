"""A therapist's day at the call-back desk, and what colleagues see of it as it happens."""

import re
from collections.abc import Awaitable, Callable

from playwright.async_api import Page, expect
from sqlalchemy import text

from advice_line.service import Desk, leave_message
from advice_line.words import Caller, Child, Left, Topic
from core.domain.clock import london
from core.domain.identity import Discipline
from core.domain.ids import new_id
from tests.support.person import Person
from tests.support.service import Service

Colleague = Callable[[str], Awaitable[Person]]

LIST = "/staff/callbacks?show=all"


async def a_message(service: Service, name: str) -> None:
    """Somebody leaves a message; the worker gives it to a therapist."""
    left = Left(
        caller=Caller.PARENT,
        name=name,
        phone="+447700900461",
        email="sasha@example.org",
        topic=Topic.TALKING,
        text="My invented son says few words.",
        discipline=Discipline.SLT,
        child=Child("Noor", "Invented", london(2023, 5, 4).date()),
        not_told="Do not tell my invented neighbour.",
    )
    async with service.bench.db.transaction() as session:
        desk = Desk(service.bench.profile, service.address, service.clock.now())
        await leave_message(session, desk, left, draft_id=new_id())
    await service.worker_runs()


async def test_a_therapists_day(colleague: Colleague, service: Service) -> None:
    # Given a message on her list, with what must not be said
    await a_message(service, "Sasha Invented")
    amira = await colleague("amira")
    await amira.opens(LIST)
    await amira.sees("Leave no message", "Do not tell my invented neighbour.")
    await amira.follows("Sasha Invented")
    await amira.sees("My invented son says few words.", "We have not spoken with this family before.")
    # When she calls, and forgets what to write
    await amira.presses("I am calling now")
    await amira.sees("You are calling now.")
    await amira.chooses("I spoke with them")
    await amira.presses("Record the call")
    await amira.is_told_what_is_wrong("Enter what you talked about and the advice you gave")
    # and is worried about the child
    await amira.page.locator("#notes").fill("Talked about books. He had a bruise.")
    await amira.chooses("Nothing more to do: close the message", "Share books every day")
    await amira.chooses("Email them to the family", "I am worried that a child is not safe")
    await amira.presses("Record the call")
    # Then nothing is recorded before she wrote what she did
    await amira.sees_heading("A worry about a child’s safety")
    await amira.sees("Jordan Example, named nurse for safeguarding children")
    await amira.page.locator("#concern").fill("Rang the invented lead at 10:20.")
    await amira.presses("Keep this and go on")
    await amira.sees_heading("The call is recorded")
    # She takes it back, refers instead, and the referral knows the child
    await amira.presses("Take it back")
    await amira.sees("Taken back: nothing was recorded or sent.")
    await expect(amira.page.locator("#notes")).to_have_value("Talked about books. He had a bruise.")
    await amira.chooses("Refer the child: I fill in the referral next")
    await amira.presses("Record the call")
    recorded = amira.page.url
    await amira.presses("Begin the referral")
    await expect(amira.page).to_have_url(re.compile("/refer/who"))
    # She thinks again: a clinic first, with all that is known typed already
    await amira.opens(recorded)
    await amira.presses("Take it back")
    case = amira.page.url.split("?")[0]
    await amira.chooses("Book a clinic or session: I book it next")
    await amira.presses("Record the call")
    await amira.presses("Book a screening clinic")
    await amira.opens("/clinics?discipline=slt")
    await amira.sees("You are booking for the family of call", "Do not tell my invented neighbour.")
    await amira.presses(re.compile(r"\d(am|pm)"))
    await books_with_what_is_known(amira)
    await service.worker_runs()
    await amira.opens(case)
    await amira.follows(re.compile("^Screening clinic, "))
    await amira.sees_heading("Noor Invented")
    # And after the minute the family is sent what she gave
    service.clock.move_on(seconds=61)
    await service.worker_runs()
    assert await letters(service) == 1


async def books_with_what_is_known(amira: Person) -> None:
    """Answers the two things nobody has told us, looks at a page that came filled in, and books."""
    await amira.chooses("I am not sure")
    await amira.continues()
    await amira.chooses("No")
    await amira.continues()
    await amira.sees("Noor", "Sasha Invented", "sasha@example.org", "Speech and language therapist")
    await amira.follows("Change child’s first name")
    await expect(amira.page.get_by_label("First name")).to_have_value("Noor")
    await amira.continues()
    await amira.presses("Book this time")
    await amira.sees("The family is booked", "We have sent the family an email")


async def letters(service: Service) -> int:
    """How many families were sent advice."""
    async with service.bench.db.transaction() as session:
        found = await (await session.connection()).scalar(
            text("select count(*) from message where purpose = 'advice-given'")
        )
        return int(found or 0)


async def test_colleagues_see_what_changes_without_touching_anything(
    colleague: Colleague, service: Service, javascript: bool
) -> None:
    # Given a manager with the list open
    await a_message(service, "Sasha Invented")
    amira, grace = await colleague("amira"), await colleague("grace")
    await grace.opens(LIST)
    await live(grace.page, javascript)
    # When a message comes in
    await a_message(service, "Alex Invented")
    await looks_again(grace, javascript)
    await grace.sees("Alex Invented")
    # and one of them calls a family
    await amira.opens(LIST)
    await amira.follows("Sasha Invented")
    await amira.presses("I am calling now")
    # Then the other sees who, and is kept from calling, too
    await looks_again(grace, javascript)
    await grace.sees("Amira Example is calling now")
    # Nothing is missed while the connection is lost: with a new one the list is read again
    tell, service.bench.db.tell = service.bench.db.tell, silence
    await a_message(service, "Kit Invented")
    service.bench.db.tell = tell
    await service.redis.client_kill_filter(_type="pubsub", skipme=False)
    await looks_again(grace, javascript)
    await grace.sees("Kit Invented")
    await grace.follows("Sasha Invented")
    await grace.sees("Amira Example is calling this family.")
    assert await grace.page.get_by_role("button", name="I am calling now").count() == 0


async def silence(_: object) -> None:
    """What happens meanwhile is told to nobody."""


async def live(page: Page, javascript: bool) -> None:
    """The list follows by itself."""
    if javascript:
        await expect(page.get_by_text("New calls appear here by themselves.")).to_be_visible()


async def looks_again(person: Person, javascript: bool) -> None:
    """Without JavaScript, by the link."""
    if not javascript:
        await person.follows("Look again")

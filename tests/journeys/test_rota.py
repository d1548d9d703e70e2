"""A week is planned, the gap is seen, somebody falls ill and comes back, two colleagues swap a day."""

import re
from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from uuid import UUID

import pytest
from playwright.async_api import Locator, expect
from sqlmodel import col, select

from advice_line.models import AdviceMessage
from advice_line.service import withdraw
from core.domain.clock import london
from tests.advice_line.support import leave
from tests.journeys.conftest import NewPerson
from tests.support.person import Person
from tests.support.service import Service

# The first story is told twice, the others once each: together they go both ways.
WITH = pytest.mark.parametrize("javascript", [True], ids=["with-javascript"], indirect=True)
WITHOUT = pytest.mark.parametrize("javascript", [False], ids=["without-javascript"], indirect=True)
Colleague = Callable[[str], Awaitable[Person]]
ROTA = "/staff/rota"
TUESDAY = date(2026, 11, 24)


async def promised(service: Service, *, over: bool) -> dict[UUID, date]:
    """The days by which calls are promised: of those that are over, or of those still to be made."""
    async with service.bench.db.transaction() as session:
        is_over = col(AdviceMessage.closed_at).is_not(None)
        found = await session.exec(select(AdviceMessage).where(is_over if over else ~is_over))
        return {one.id: one.due_on for one in found}


async def sees_what_closing_tuesday_does(grace: Person, moving: int) -> Locator:
    """The row of the preview that says how many call-backs go to another day; nothing is done yet."""
    await grace.follows("Closed days")
    await grace.sees_heading("Closed days")
    await grace.follows_button("Add closed days")
    await grace.presses("See what this does")
    await grace.is_told_what_is_wrong("Enter the first day")
    await grace.fills_date("First day", "24", "11", "2026")
    await grace.fills("Why", "A burst pipe")
    await grace.presses("See what this does")
    await grace.sees(
        "Tuesday 24 November 2026: A burst pipe. Nothing is done yet.", "Calls that are closed keep their day"
    )
    row = grace.page.get_by_role("row").filter(has_text="Wednesday 25 November 2026")
    await expect(row.get_by_role("cell").nth(2)).to_have_text(re.compile(rf"\b{moving}$"))
    return row


async def closes_a_day_and_opens_it_again(grace: Person, service: Service) -> None:
    """Tuesday is closed at 10:00 on Monday: what is due on it moves, what is over does not, until it is taken back."""
    assert service.clock.now() == london(2026, 11, 23, 10)
    async with service.bench.db.transaction() as session:
        messages = [await leave(session, service.clock.now()) for _ in range(3)]
        await withdraw(session, messages[0].id, service.clock.now())
    ended, before = await promised(service, over=True), await promised(service, over=False)
    moving = {one for one, day in before.items() if day == TUESDAY}
    assert len(moving) == 2
    assert TUESDAY in ended.values(), "what is over was due on that day, too"
    row = await sees_what_closing_tuesday_does(grace, len(moving))
    assert await promised(service, over=False) == before
    if await grace.page.locator("[name=choice]").count():
        await grace.page.locator("[name=choice]").first.check()
    await grace.presses("Close these days")
    await grace.sees("The service is closed on these days.", "A burst pipe")
    await service.worker_runs()
    after = await promised(service, over=False)
    assert {one for one in before if after[one] != before[one]} == moving
    assert {after[one] for one in moving} == {TUESDAY + timedelta(days=1)}
    assert await promised(service, over=True) == ended
    # Taken back, every call has its day again
    await grace.follows("Take back Tuesday 24 November 2026")
    await grace.sees("Take back closed days: what this does")
    await expect(row.get_by_role("cell").nth(2)).to_have_text(re.compile(rf"\b{len(moving)}$"))
    await grace.presses("Take it back")
    await grace.sees("The service is open on these days again.")
    await grace.does_not_see("A burst pipe")
    await service.worker_runs()
    assert await promised(service, over=False) == before
    assert await promised(service, over=True) == ended


async def test_a_manager_sees_the_gap_and_plans_an_extra_session(colleague: Colleague, service: Service) -> None:
    # Given the week in which two colleagues are away
    grace = await colleague("grace")
    await grace.opens(f"{ROTA}?from=2026-12-07")
    await grace.sees("Not enough call slots", "Ben Example is away", re.compile("too many, most of all OT"))
    # When the manager adds a session, forgetting a thing at first
    await grace.follows("Add sessions")
    await grace.presses("See what this does")
    await grace.is_told_what_is_wrong("Select who is on duty")
    await grace.selects("Who", "Ben Example")
    await grace.chooses("Once, as an extra session", "Occupational therapy")
    await grace.fills("From", "2pm")
    await grace.fills("Until", "4pm")
    await grace.fills("Call slots", "6")
    await grace.fills_date("First day", "3", "12", "2026")
    await grace.presses("See what this does")
    # Then it is said what that does before it is done
    await grace.sees("What changes in the next 4 weeks", "8 now, then 14")
    await grace.presses("Do this")
    await grace.sees(re.compile("added a session for Ben Example"), "2pm to 4pm")
    await grace.presses("Undo")
    await grace.sees("It is as it was before.")
    await closes_a_day_and_opens_it_again(grace, service)
    # And the figures of the weeks behind are a page away
    await grace.opens(ROTA)
    await grace.follows("Figures")
    await grace.sees_heading("Advice line figures")
    await grace.sees("Called back in time", "All messages")


@WITH
async def test_a_therapist_falls_ill_comes_back_and_finds_her_week_on_a_phone(
    colleague: Colleague, service: Service
) -> None:
    amira = await colleague("amira")
    await amira.page.set_viewport_size({"width": 320, "height": 800})
    await amira.opens(ROTA)
    await amira.sees("Amira Example (you)")
    # With the keyboard alone: the link, the day that is filled in, the button
    await amira.page.get_by_role("link", name="I am away").focus()
    await amira.page.keyboard.press("Enter")
    await amira.page.wait_for_url(re.compile("absences/new"))
    await amira.meets_no_barrier()
    await amira.presses("See what this does")
    await amira.sees(re.compile("8 now, then 0"), re.compile("given out goe?s? to others at once"))
    await amira.presses("Do this")
    await amira.sees("Amira Example is away", re.compile("Entered by Amira Example"))
    await service.worker_runs()
    await amira.opens("/staff/callbacks")
    await amira.does_not_see("Sam Example")
    # When she is here after all
    await amira.opens(ROTA)
    await amira.presses(re.compile("Take it back"))
    await amira.sees("You are not away in the time ahead.", "Amira Example (you)")


@WITHOUT
async def test_two_colleagues_swap_a_day_and_a_manager_sees_it(
    colleague: Colleague, somebody: NewPerson, service: Service
) -> None:
    service.clock.move_to(london(2026, 11, 23, 11))
    ben, dan = await colleague("ben"), await colleague("dan")
    await ben.opens(f"{ROTA}/swaps/new")
    # A colleague without the skill is refused with the reason
    await ben.selects("Which of your days?", "Thursday 26 November 2026")
    await ben.selects("Who would hold it?", "Chloe Example")
    await ben.presses("Ask them")
    await ben.is_told_what_is_wrong("Whoever would hold that day does not do this: occupational therapy")
    await ben.selects("Who would hold it?", "Dan Example")
    await ben.presses("Ask them")
    await ben.sees("Dan Example is asked. Nothing changes until they accept.")
    await dan.opens(ROTA)
    await dan.page.get_by_role("link", name=re.compile("Ben Example and Dan Example, Thursday 26")).click()
    await dan.sees("8 now, then 16")
    await dan.presses("Accept the swap")
    await dan.sees("Dan Example holds the sessions of Ben Example")
    # Then the manager sees it, and whoever looks at it again cannot accept it twice
    grace = await colleague("grace")
    await grace.opens(f"{ROTA}?from=2026-11-26")
    await grace.sees("Dan Example holds the sessions of Ben Example")
    await expect(grace.page.get_by_role("link", name=re.compile("Thursday 26 November.*"))).not_to_have_count(0)
    await grace.presses("Undo")
    await grace.does_not_see("Dan Example holds the sessions of Ben Example")

"""A supervisor looks at the board, moves work, has it shared out again, and reads what happened."""

import re
from collections.abc import Awaitable, Callable

from tests.support.person import Person
from tests.support.service import Service

BOARD = "/staff/callbacks/board"
ON_DUTY = ("Ben Example", "Amira Example", "Chloe Example", "Dan Example")


async def test_a_supervisor_moves_a_call_and_shares_the_day_out_again(
    colleague: Callable[[str], Awaitable[Person]], service: Service
) -> None:
    # Given the calls of a Monday morning
    grace = await colleague("grace")
    await grace.opens("/staff/callbacks")
    await grace.follows("Board")
    await grace.sees_heading("Board")
    await grace.sees("Overdue", "Person by person, today", "Therapy by therapy", re.compile(r"of 8"))
    await grace.does_not_see("Kim Example", "Robin Example")
    await grace.meets_no_barrier()
    # When she gives a call of a colleague to another at one tap
    giver, taker = await one_who_can_give(grace)
    await grace.page.get_by_role("button", name=re.compile(f"Give to {taker}")).first.focus()
    await grace.page.keyboard.press("Enter")
    moved = re.compile(f"Grace Example moved it from {giver} to {taker}")
    # Then it is said who moved it, to whom and why, and how to take it back
    await grace.sees(moved, re.compile("of 8 calls"))
    await service.worker_runs()
    await grace.opens(f"{BOARD}/history")
    await grace.sees(moved)
    await grace.meets_no_barrier()
    # And somebody who may not take it says why
    await look_at_a_call_not_everybody_may_take(grace)
    await grace.sees("Everybody on duty today, the best fit first", re.compile("Does not give this therapy"))
    await grace.meets_no_barrier()
    # When she has all of it shared out again, she sees how far it is
    await grace.opens(BOARD)
    await grace.presses("Share out today’s calls again")
    await grace.sees(re.compile("being shared out again"))
    await service.worker_runs()
    if not grace.javascript:
        await grace.follows("See how far it is")
    await grace.sees(re.compile(r"The calls are shared out again: \d+ placed"))


async def look_at_a_call_not_everybody_may_take(grace: Person) -> None:
    """Opens who could take a call about a therapy that is known, whoever has it."""
    for name in ON_DUTY:
        await grace.opens(BOARD)
        await grace.follows(name)
        await grace.sees_heading(re.compile(f"Calls of {name} today"))
        call = grace.page.get_by_role("row").filter(has_text=re.compile(r"\b(SLT|OT|Physio)\b"))
        if await call.count():
            await call.get_by_role("link", name=re.compile("Somebody else|Look who")).first.click()
            return
    raise AssertionError("nobody has a call about a therapy that is known")


async def one_who_can_give(grace: Person) -> tuple[str, str]:
    """Opens the calls of somebody of whom another could take one at once; both their names."""
    for name in ON_DUTY:
        await grace.opens(BOARD)
        await grace.follows(name)
        await grace.sees_heading(re.compile(f"Calls of {name} today"))
        buttons = grace.page.get_by_role("button", name=re.compile("Give to"))
        if await buttons.count():
            found = re.search(r"Give to (\w+ \w+)", await buttons.first.inner_text())
            assert found
            return name, found[1]
    raise AssertionError("nobody has a call that somebody else could take")

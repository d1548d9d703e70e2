"""What a manager does with messages, told in a browser."""

import re
from collections.abc import Awaitable, Callable

from tests.support.person import Person

Colleague = Callable[[str], Awaitable[Person]]
MESSAGES = "/staff/messages"


async def test_a_message_is_read_sent_again_and_stopped_ones_go_out_once_switched_on(colleague: Colleague) -> None:
    # Given the demo: one purpose is stopped, with a message that waits
    grace = await colleague("grace")
    await grace.opens(MESSAGES)
    await grace.sees("All messages, newest first")
    # When its switch is turned on, and off again with a reason
    await grace.follows("Stop messages of one kind")
    await grace.sees("Stopped", "Invented: the words name the wrong day.")
    await grace.presses(re.compile("Switch on and send 1"))
    await grace.does_not_see("Invented: the words name the wrong day.")
    await grace.follows(re.compile(r"^\s*Stop\s+Advice no answer"))
    await grace.presses("Stop these messages")
    await grace.is_told_what_is_wrong("Say why these messages are stopped")
    await grace.fills("Why stop these messages?", "Wrong day again")
    await grace.presses("Stop these messages")
    await grace.sees("Wrong day again")
    # Then one message is read word for word, and sent again with a reason
    await grace.opens(f"{MESSAGES}?state=sent&purpose=booking-confirmed")
    await grace.follows(re.compile("Booking confirmed"))
    await grace.sees("The words", "That you read this message is on record.")
    await grace.presses("Send again")
    await grace.is_told_what_is_wrong("Say why it is sent again")
    await grace.fills("Why send it again?", "It never came")
    await grace.presses("Send again")
    await grace.sees("It never came", "The message this one repeats")


async def test_what_reached_nobody_is_seen_to_and_their_wishes_are_noted(colleague: Colleague) -> None:
    grace = await colleague("grace")
    await grace.opens(f"{MESSAGES}/undelivered")
    await grace.sees("Could not be delivered, or we cannot tell")
    await grace.follows(re.compile("^Advice received"))
    await grace.follows("How they want to be written to")
    await grace.sees("Nothing is sent at all.", exact_words("Email: n…@example.org"))
    await grace.selects("Language", "Polish (Polski)")
    await grace.chooses("Easy read", "Must not be contacted")
    await grace.presses("Save")
    await grace.sees("They asked for: Polish, easy read, must not be contacted.")
    await grace.does_not_see("Send it again")
    await grace.follows("Tick it off")
    await grace.fills("What did you do?", "Phoned, and wrote the number down")
    await grace.presses("Tick off")
    await grace.sees_heading("Messages that reached nobody")
    await grace.does_not_see("n…@example.org")


async def test_a_template_is_previewed_in_urdu_and_tried_on_oneself(colleague: Colleague) -> None:
    grace = await colleague("grace")
    await grace.opens(f"{MESSAGES}/templates")
    await grace.follows("Advice received")
    await grace.selects("Language", "Urdu")
    await grace.presses("Show")
    assert await grace.page.locator("main div[lang=ur][dir=rtl]").count() == 3
    await grace.selects("Language", "English")
    await grace.selects("Words", "Easy read")
    await grace.presses("Show")
    await grace.sees("You can tell us not to call here.")
    await grace.presses("Send me a test")
    await grace.sees_heading("Test advice received")


def exact_words(words: str) -> re.Pattern[str]:
    return re.compile(f"^{re.escape(words)}$")

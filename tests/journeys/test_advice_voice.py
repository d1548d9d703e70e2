"""A message is said instead of typed: on a phone, with a microphone that hums, refused at first, the line cut once."""

import re

import pytest
from playwright.async_api import expect
from sqlalchemy import text

from tests.journeys.conftest import NewPerson
from tests.journeys.test_advice_line import Colleague, whose_call_is_it
from tests.support.person import Person
from tests.support.service import Service

_REFUSES_ONCE = """() => {
  const devices = navigator.mediaDevices, real = devices.getUserMedia.bind(devices)
  devices.getUserMedia = async () => { devices.getUserMedia = real; throw new DOMException('', 'NotAllowedError') }
}"""
_PLAYS = "async sound => { await sound.play(); const ok = !sound.paused && !sound.error; sound.pause(); return ok }"

# Long enough for some sound to be there, however slow the machine.
_RUNNING = re.compile(r"2 minutes [0-5]?[0-8] seconds left")
_SAVED = re.compile(r"Your recording is saved: (\d+) seconds?\.")
_DECODED = """async () => {
  const sound = await (await fetch('/advice/message/recording')).arrayBuffer()
  return (await new AudioContext().decodeAudioData(sound)).duration
}"""
_THREE_MINUTES_LATER = """() => {
  const real = performance.now.bind(performance)
  performance.now = () => real() + 180000
}"""


async def comes_to_the_message(parent: Person) -> None:
    await parent.opens("/advice")
    await parent.presses("Leave a message")
    for answer in ("A parent or carer", "Speech and language therapy", "None of these"):
        await parent.chooses(answer)
        await parent.continues()
    await parent.chooses("Talking, understanding or stammering")
    await parent.continues()
    await parent.sees("This is not for emergencies")


async def goes_on_to_the_check(parent: Person) -> None:
    """Everything after the message."""
    await parent.continues()
    await parent.chooses("No")
    await parent.continues()
    await parent.fills("Your name", "Sasha Invented")
    await parent.fills("Phone number we should call", "07700 900 456")
    await parent.continues()
    await parent.chooses("Any time")
    await parent.continues()
    await parent.selects("Which language should we speak with you?", "English")
    await parent.continues()
    await parent.chooses("Yes")
    await parent.continues()


# Without JavaScript there is nothing to tell but that typing remains: `test_advice_line` does.
@pytest.mark.parametrize("javascript", [True], ids=["with-javascript"], indirect=True)
async def test_a_message_is_said_played_back_sent_and_heard(
    somebody: NewPerson, colleague: Colleague, service: Service
) -> None:
    # Given a parent with a phone in front of the question what it is about
    parent = await somebody(width=320)
    await comes_to_the_message(parent)
    box, press = parent.page.locator("[data-recorder]"), parent.page.get_by_role
    # When the microphone is refused, they are told what they can do
    await parent.page.evaluate(_REFUSES_ONCE)
    await press("button", name="Start recording").click()
    await parent.sees("This page may not use your microphone")
    # When they record, they see how long they may go on
    await press("button", name="Start recording").click()
    await expect(parent.page.locator("[data-left]")).to_contain_text(_RUNNING)
    await parent.meets_no_barrier()
    # When the line is cut while it is saved, the recording is still here and can be saved again
    await parent.page.route("**/recording", lambda route: route.abort(), times=1)
    await press("button", name="Stop recording").click()
    await parent.sees("the recording is still here")
    await press("button", name="Try to save it again").click()
    await parent.sees("Your recording is saved")
    await parent.meets_no_barrier()
    assert await parent.page.locator("[data-play]").evaluate(_PLAYS)
    # When they record anew and say nothing for three minutes, it stops by itself; how long the recording is says its
    # sound, and not the clock of the browser
    await press("button", name="Record again").click()
    await expect(press("button", name="Stop recording")).to_be_visible()
    await expect(parent.page.locator("[data-left]")).to_contain_text(_RUNNING)
    await parent.page.evaluate(_THREE_MINUTES_LATER)
    await expect(box.locator("[data-when=kept]")).to_be_visible()
    length = _SAVED.search(await box.inner_text())
    assert length
    assert abs(int(length[1]) - await parent.page.evaluate(_DECODED)) <= 1
    # Then it is on the check page, and sent without a typed word
    await goes_on_to_the_check(parent)
    await parent.sees("Spoken message")
    await parent.presses("Send")
    await parent.sees("A speech and language therapist will call you by the end of Tuesday 24 November")
    # And the therapist whose call it is can hear it
    await service.worker_runs()
    therapist = await colleague(await whose_call_is_it(service))
    await therapist.opens(f"/staff/callbacks/{await message_id(service)}")
    await therapist.sees(f"{length[1]} second")
    await therapist.sees("Playing it goes on the audit trail.")
    assert await therapist.page.locator("audio").evaluate(_PLAYS)
    await parent.follows("Follow your message")
    await parent.sees(re.compile("Add to your message"))


async def message_id(service: Service) -> str:
    async with service.bench.db.transaction() as session:
        found = text("select message_id from advice_voice order by id desc limit 1")
        return str(await (await session.connection()).scalar(found))

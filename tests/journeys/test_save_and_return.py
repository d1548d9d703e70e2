"""A parent sends a photo along, stops in the middle of a sentence, and goes on at another phone."""

import io
import re
from collections.abc import Awaitable, Callable

from PIL import Image
from sqlmodel import select

from notifications.models import Message
from tests.journeys.conftest import NewPerson
from tests.journeys.referring import has_filled_in
from tests.referral.support import PARENT
from tests.referral.test_files import PHONE, photo
from tests.support.person import Person
from tests.support.service import Service

Colleague = Callable[[str], Awaitable[Person]]
HALF = "She says few words.\nIt began when we mov"


async def test_a_photo_and_half_a_sentence_come_along_to_another_phone(
    somebody: NewPerson, colleague: Colleague, service: Service
) -> None:
    # Given a photo that tells where it was taken, and a page left in the middle of a sentence
    parent = await somebody(width=320)
    await has_filled_in(parent, PARENT)
    await adds_a_photo(parent)
    await parent.opens("/refer/worries?change=1")
    await parent.page.locator("[name=worries]").fill(HALF)
    link = await saves_for_later(parent, service)
    # When the link is opened on another phone, with the wrong date of birth first
    other = await somebody(width=320)
    await comes_back(other, link)
    # Then what was typed is there, and the photo
    assert await other.page.locator("[name=worries]").input_value() == HALF
    await other.page.locator("[name=worries]").fill(f"{HALF}ed.")
    await other.continues()
    await other.opens("/refer/check")
    await other.sees("splint.jpg", re.compile("when we moved"))
    await other.presses("Send")
    reference = await other.reads(".fd-reference")
    # And on the first phone it is sent too
    await parent.opens(link)
    await parent.sees("You have sent this referral")
    # And staff fetch the photo without the place
    await fetches_the_photo(await colleague("eve"), reference)


async def adds_a_photo(parent: Person) -> None:
    await parent.opens("/refer/files")
    sent = photo()
    assert PHONE in sent
    assert Image.open(io.BytesIO(sent)).getexif().get_ifd(0x8825)
    await parent.page.locator("#file").set_input_files({"name": "splint.jpg", "mimeType": "image/jpeg", "buffer": sent})
    await parent.presses("Upload this file")
    await parent.sees("1 file added", "splint.jpg")


async def saves_for_later(parent: Person, service: Service) -> str:
    """By e-mail; the link in it."""
    await parent.presses("Save and come back later")
    await parent.sees_heading("Save and come back later")
    await parent.chooses("Email")
    await parent.page.locator("[name=save_email]").fill("ana@example.org")
    await parent.presses("Send me the link")
    await parent.sees_heading("Your referral is saved")
    async with service.house.db.transaction() as session:
        said = (await session.exec(select(Message).where(Message.purpose == "referral-saved"))).one()
    found = re.search(r"https?://\S+/refer/return/\S+", said.body)
    assert found
    return found[0]


async def comes_back(other: Person, link: str) -> None:
    await other.opens(link)
    await other.does_not_see(re.compile("Maya"))
    for day in ("28", "27"):
        await other.fills_date(re.compile("Date of birth"), day, "3", "2022")
        await other.presses("Continue")
        if day == "28":
            await other.is_told_what_is_wrong("This is not the date of birth in the referral. Check it and try again")
    await other.sees_heading("Your worries")


async def fetches_the_photo(eve: Person, reference: str) -> None:
    await eve.opens("/staff/triage/search")
    await eve.fills("Reference", reference)
    await eve.presses("Find")
    async with eve.page.expect_download() as began:
        await eve.page.get_by_role("link", name="splint.jpg").click()
    told = await began.value
    with open(await told.path(), "rb") as file:  # noqa: ASYNC230 - a small file, in a test
        content = file.read()
    assert PHONE not in content
    picture = Image.open(io.BytesIO(content))
    assert picture.size == (60, 40)
    assert picture.getexif().get_ifd(0x8825) == {}

"""A message that is said: kept as soon as it is stopped, played, recorded anew, deleted, and handed over when sent."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import httpx
import pytest
from litestar import Litestar
from sqlmodel import col, select

from advice_line.voice_models import AdviceVoice
from advice_line.voice_words import MOST_BYTES, MOST_UNREAD, CameBy
from advice_line.words import State
from app.demo.sounds import hum
from core.domain.clock import MovedClock
from core.storage.files import StoredFile
from core.storage.session import Database
from tests.advice_line.sounds import mp4_at_once, webm
from tests.advice_line.test_family_pages import PAGES, link_in, the_message
from tests.conftest import new_client
from tests.support.visit import Visit

RECORDING = "/advice/message/recording"
BEFORE = [slug for slug, _ in PAGES].index("message")


async def comes_to_the_message(visit: Visit) -> None:
    for slug, typed in PAGES[:BEFORE]:
        await visit.get(f"/advice/message/{slug}")
        assert (await visit.post(f"/advice/message/{slug}", typed)).status_code == 303
    await visit.get("/advice/message/message")


async def records(visit: Visit, sound: bytes, **headers: str) -> httpx.Response:
    """As the script of the page sends it."""
    return await visit.client.post(
        RECORDING,
        files={"recording": ("recording", sound, "audio/wav")},
        headers={"X-Form-Token": visit._token, "Accept": "application/json"} | headers,
    )


async def goes_on(visit: Visit, said: Mapping[str, Any]) -> httpx.Response:
    """From the message to the confirmation."""
    for slug, typed in PAGES[BEFORE:]:
        await visit.get(f"/advice/message/{slug}")
        reply = await visit.post(f"/advice/message/{slug}", said if slug == "message" else typed)
        assert reply.status_code == 303, (slug, reply.text[:500])
    page = await visit.get("/advice/message/check")
    draft = page.text.split('name="draft" value="')[1].split('"')[0]
    return await visit.post("/advice/message/check", {"draft": draft})


async def files_in(db: Database) -> list[StoredFile]:
    """What is kept, in the order it came."""
    async with db.transaction() as session:
        found = select(StoredFile).where(col(StoredFile.dropped_at).is_(None)).order_by(col(StoredFile.id))
        return list((await session.exec(found.execution_options(populate_existing=True))).all())


async def voices_in(db: Database) -> list[AdviceVoice]:
    async with db.transaction() as session:
        return list((await session.exec(select(AdviceVoice))).all())


async def test_what_was_said_is_kept_first_and_belongs_to_the_message_that_is_sent(visit: Visit, db: Database) -> None:
    await comes_to_the_message(visit)
    told = (await records(visit, sound := hum(7))).json()
    assert told["length"] == "7 seconds"
    [kept] = await files_in(db)
    assert told["voice"] == f"{kept.id}:7", "kept before anything names it"
    page = await visit.get("/advice/message/message")
    assert "Your recording is saved" in page.text
    assert (await visit.client.get(RECORDING)).content == sound
    # Nor does it help to say that it is shorter
    assert (await goes_on(visit, {"voice": f"{kept.id}:1"})).status_code == 303
    page = await visit.follow()
    assert "will call you by the end of Tuesday 24 November" in page.text
    message, [voice], [kept] = await the_message(db), await voices_in(db), await files_in(db)
    assert (voice.message_id, voice.file_id, voice.seconds) == (message.id, kept.id, 7)
    assert (voice.came_by, message.said, kept.about_id) == (CameBy.BROWSER, "", message.id)
    assert (await visit.client.get(RECORDING)).status_code == 404, "it is the therapist's to hear now"
    await visit.get(link_in(page))


async def test_somebody_may_say_it_and_type_more(visit: Visit, db: Database) -> None:
    await comes_to_the_message(visit)
    told = (await records(visit, hum())).json()
    await goes_on(visit, {"voice": told["voice"], "message": "He is three."})
    assert (await the_message(db)).said == "He is three."
    assert len(await voices_in(db)) == 1


async def test_recorded_again_only_the_last_is_kept(visit: Visit, db: Database) -> None:
    await comes_to_the_message(visit)
    await records(visit, hum())
    told = (await records(visit, other := hum(pitch=330))).json()
    [kept] = await files_in(db)
    assert told["voice"].startswith(str(kept.id))
    assert (await visit.client.get(RECORDING)).content == other


async def test_deleted_nothing_of_it_is_kept_and_typing_remains(visit: Visit, db: Database) -> None:
    await comes_to_the_message(visit)
    await records(visit, hum())
    await visit.get("/advice/message/message")
    assert (await visit.post(f"{RECORDING}/delete", {})).headers["location"] == "/advice/message/message"
    assert await files_in(db) == []
    page = await visit.post("/advice/message/message", {"voice": ""})
    assert page.status_code == 422
    assert "Enter your message" in page.text
    await goes_on(visit, {"message": "Typed after all."})
    assert await voices_in(db) == []


@pytest.mark.parametrize(
    ("sound", "words"),
    [(b"", "nothing in your recording"), (b"<script>alert(1)</script>", "cannot play what was recorded")],
)
async def test_what_is_no_sound_is_refused_in_words_and_the_one_before_stays(
    visit: Visit, db: Database, sound: bytes, words: str
) -> None:
    await comes_to_the_message(visit)
    await records(visit, hum())
    refused = await records(visit, sound)
    assert refused.status_code == 422
    assert words in refused.json()["problem"]
    assert len(await files_in(db)) == 1


@pytest.mark.parametrize(
    ("sound", "words"),
    [
        (webm(187, told=3), "Your recording is longer than 3 minutes. Record a shorter one, or type your message."),
        (hum(0)[:36] + b"none" + bytes(MOST_UNREAD), "Your recording is too large."),
    ],
    ids=["too long", "no length"],
)
async def test_nobody_speaks_for_longer_than_the_page_allows_whatever_the_browser_says(
    visit: Visit, db: Database, sound: bytes, words: str
) -> None:
    await comes_to_the_message(visit)
    await records(visit, hum(7))
    refused = await records(visit, sound)
    assert refused.status_code == 422
    assert words in refused.json()["problem"]
    # What was said before is still there, and what is typed beside it goes on with it
    [kept] = await files_in(db)
    assert kept.seconds == 7
    await goes_on(visit, {"voice": f"{kept.id}:7", "message": "And he is three."})
    assert (await the_message(db)).said == "And he is three."


async def test_a_recorder_that_is_a_little_late_is_heard(visit: Visit) -> None:
    await comes_to_the_message(visit)
    assert (await records(visit, webm(184))).json()["length"] == "3 minutes 4 seconds"


async def test_what_does_not_say_how_long_it_is_is_taken_and_says_so(visit: Visit, db: Database) -> None:
    await comes_to_the_message(visit)
    told = (await records(visit, mp4_at_once(0))).json()
    assert told["length"] == "Length not known"
    await goes_on(visit, {"voice": told["voice"]})
    [voice] = await voices_in(db)
    assert voice.seconds is None


async def test_a_recording_that_is_far_too_large_is_not_read(visit: Visit, db: Database) -> None:
    await comes_to_the_message(visit)
    assert (await records(visit, b"\0" * (MOST_BYTES + 200_000))).status_code == 413
    assert await files_in(db) == []


async def test_nobody_records_without_a_page_of_ours_or_before_the_message(visit: Visit, db: Database) -> None:
    await visit.get("/advice/message/who")
    assert (await records(visit, hum())).status_code == 404, "not there yet"
    await comes_to_the_message(visit)
    assert (await records(visit, hum(), **{"X-Form-Token": "made up"})).status_code == 403
    assert (await records(visit, hum(), **{"Sec-Fetch-Site": "cross-site"})).status_code == 403
    assert await files_in(db) == []


async def test_anothers_recording_can_neither_be_heard_nor_sent(visit: Visit, app: Litestar, db: Database) -> None:
    await comes_to_the_message(visit)
    told = (await records(visit, hum())).json()
    async with new_client(app) as browser:
        stranger = Visit(browser)
        await comes_to_the_message(stranger)
        assert (await stranger.client.get(RECORDING)).status_code == 404
        assert (await goes_on(stranger, {"voice": told["voice"]})).status_code == 409
    assert await voices_in(db) == []
    await goes_on(visit, {"voice": told["voice"]})
    assert (await the_message(db)).state is State.NEW


async def test_a_player_gets_the_piece_it_asks_for(visit: Visit) -> None:
    await comes_to_the_message(visit)
    await records(visit, sound := hum())
    whole = await visit.client.get(RECORDING)
    assert (whole.status_code, whole.headers["accept-ranges"]) == (200, "bytes")
    for asked, status, piece in (
        ("bytes=0-1", 206, sound[:2]),
        ("bytes=10-", 206, sound[10:]),
        ("bytes=-5", 206, sound[-5:]),
        (f"bytes={len(sound)}-", 416, b""),
        ("bytes=0-1,4-5", 200, sound),
        ("lines=1", 200, sound),
    ):
        reply = await visit.client.get(RECORDING, headers={"Range": asked})
        assert (reply.status_code, reply.content) == (status, piece), asked
    reply = await visit.client.get(RECORDING, headers={"Range": "bytes=2-3"})
    assert reply.headers["content-range"] == f"bytes 2-3/{len(sound)}"


async def test_sent_twice_it_is_one_message_with_one_recording(visit: Visit, db: Database) -> None:
    await comes_to_the_message(visit)
    told = (await records(visit, hum())).json()
    first = await goes_on(visit, {"voice": told["voice"]})
    body = first.request.content.decode()
    again = await visit.client.post(
        "/advice/message/check", content=body, headers={"Content-Type": "application/x-www-form-urlencoded"}
    )
    assert (again.status_code, again.headers["location"]) == (303, "/advice/message/sent")
    await the_message(db)
    assert len(await voices_in(db)) == 1


async def test_what_was_recorded_comes_back_with_the_family(visit: Visit, clock: MovedClock) -> None:
    await comes_to_the_message(visit)
    await records(visit, hum(7))
    clock.move_to(clock.now() + timedelta(days=3))
    page = await visit.get("/advice/message/message")
    assert "Your recording is saved<span data-length>: 7 seconds" in page.text
    assert (await visit.client.get(RECORDING)).status_code == 200

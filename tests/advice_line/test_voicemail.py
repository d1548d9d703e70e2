"""Voicemail from a telephony provider: believed only when it is signed now, and one message however often it comes."""

import base64
import dataclasses
import json
import logging
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
from redis.asyncio import Redis
from sqlmodel import col, select

from advice_line.models import AdviceMessage
from advice_line.voice_models import AdviceVoice
from advice_line.voice_words import CameBy
from advice_line.voicemail_words import MOST_BODY, SIGNATURE, TIMESTAMP, WINDOW, sign
from advice_line.words import Caller, Reason, State
from app.demo.sounds import hum
from app.factory import build
from core.domain.clock import MovedClock
from core.storage.files import StoredFile
from core.storage.session import Database
from core.web.house import House
from notifications.models import Message
from tests.advice_line.sounds import mp4_at_once, webm
from tests.conftest import new_client

SECRET = b"a secret of thirty-two bytes, made up"
NUMBER = "+447700900321"


@pytest.fixture
async def provider(house: House, redis: Redis) -> AsyncIterator[httpx.AsyncClient]:
    async with new_client(build(dataclasses.replace(house, voicemail_secret=SECRET), redis=redis)) as client:
        yield client


def voicemail(**changed: Any) -> bytes:
    plain = {"id": "CA-1", "from": NUMBER, "seconds": 4, "recording": base64.b64encode(hum()).decode()}
    return json.dumps(plain | changed).encode()


async def hands_over(
    provider: httpx.AsyncClient, clock: MovedClock, body: bytes, secret: bytes = SECRET
) -> httpx.Response:
    stamp = str(int(clock.now().timestamp()))
    headers = {TIMESTAMP: stamp, SIGNATURE: sign(secret, stamp, body), "Content-Type": "application/json"}
    return await provider.post("/advice/voicemail", content=body, headers=headers)


async def kept_in(db: Database) -> tuple[list[AdviceMessage], list[AdviceVoice], list[StoredFile]]:
    async with db.transaction() as session:
        messages, voices = await session.exec(select(AdviceMessage)), await session.exec(select(AdviceVoice))
        files = await session.exec(select(StoredFile).where(col(StoredFile.dropped_at).is_(None)))
        return list(messages), list(voices), list(files)


async def test_a_voicemail_becomes_a_message_somebody_calls_back_about(
    provider: httpx.AsyncClient, clock: MovedClock, db: Database
) -> None:
    reply = await hands_over(provider, clock, voicemail())
    [message], [voice], [file] = await kept_in(db)
    assert (reply.status_code, reply.json()) == (200, {"status": "kept", "reference": message.reference})
    assert (message.caller_kind, message.caller["phone"], message.discipline) == (Caller.UNKNOWN, NUMBER, None)
    assert (message.state, message.exception_reason) == (State.NEW, Reason.WAITING_FOR_RUN)
    assert (voice.message_id, voice.file_id, voice.came_by) == (message.id, file.id, CameBy.PHONE)
    assert (voice.provider_id, file.about_id) == ("CA-1", message.id)
    async with db.transaction() as session:
        assert list(await session.exec(select(Message))) == [], "we do not know who reads that phone"


async def test_handed_over_again_it_is_the_same_message(
    provider: httpx.AsyncClient, clock: MovedClock, db: Database
) -> None:
    first = await hands_over(provider, clock, voicemail())
    clock.move_to(clock.now() + timedelta(days=2))
    again = await hands_over(provider, clock, voicemail(seconds=5))
    assert (again.status_code, again.json()) == (200, first.json())
    assert [len(rows) for rows in await kept_in(db)] == [1, 1, 1]


async def test_a_request_that_somebody_wrote_down_is_refused_later(
    provider: httpx.AsyncClient, clock: MovedClock, db: Database
) -> None:
    sent = (await hands_over(provider, clock, voicemail())).request
    clock.move_to(clock.now() + WINDOW)
    assert (await provider.send(sent)).status_code == 200
    clock.move_to(clock.now() + timedelta(seconds=1))
    assert (await provider.send(sent)).status_code == 401
    assert len((await kept_in(db))[0]) == 1


async def test_what_is_not_signed_is_a_plain_401_and_makes_nothing(
    provider: httpx.AsyncClient, clock: MovedClock, db: Database
) -> None:
    wrong = await hands_over(provider, clock, voicemail(), secret=b"another secret of thirty-two bytes ..")
    assert (wrong.status_code, wrong.json()) == (401, {"status": "not signed"})
    bare = await provider.post("/advice/voicemail", content=voicemail())
    assert bare.status_code == 401
    assert [len(rows) for rows in await kept_in(db)] == [0, 0, 0]


async def test_a_body_that_is_far_too_large_is_413_whoever_sends_it(
    provider: httpx.AsyncClient, clock: MovedClock
) -> None:
    assert (await hands_over(provider, clock, b" " * (MOST_BODY + 1))).status_code == 413


async def test_what_is_signed_but_no_voicemail_is_400(provider: httpx.AsyncClient, clock: MovedClock) -> None:
    assert (await hands_over(provider, clock, b'{"id": 5}')).status_code == 400


async def test_where_nobody_hands_voicemail_over_there_is_no_such_page(
    client: httpx.AsyncClient, clock: MovedClock
) -> None:
    assert (await hands_over(client, clock, voicemail())).status_code == 404


@pytest.mark.parametrize(("sound", "seconds"), [(hum(7), 7), (webm(187), 187), (mp4_at_once(0), None)])
async def test_how_long_a_voicemail_is_says_its_sound_and_a_long_one_is_not_lost(
    provider: httpx.AsyncClient, clock: MovedClock, db: Database, sound: bytes, seconds: int | None
) -> None:
    body = voicemail(recording=base64.b64encode(sound).decode(), seconds=4)
    assert (await hands_over(provider, clock, body)).status_code == 200
    _, [voice], [file] = await kept_in(db)
    assert (voice.file_id, voice.seconds, file.seconds) == (file.id, seconds, seconds)


@pytest.mark.parametrize("recording", [None, "", base64.b64encode(b"<html>").decode()])
async def test_a_recording_that_cannot_be_kept_is_called_back_all_the_same(
    provider: httpx.AsyncClient, clock: MovedClock, db: Database, recording: str | None
) -> None:
    assert (await hands_over(provider, clock, voicemail(recording=recording))).status_code == 200
    [message], [voice], files = await kept_in(db)
    assert (message.caller["phone"], voice.file_id, files) == (NUMBER, None, [])
    assert voice.refused
    assert voice.seconds == 4, "what the exchange told is all there is"


@pytest.mark.parametrize(
    ("shown", "said"),
    [(None, ""), ("anonymous", ""), ("+1", "The phone line showed this number: +1")],
)
async def test_a_number_we_cannot_ring_waits_for_a_person_who_listens(
    provider: httpx.AsyncClient, clock: MovedClock, db: Database, shown: str | None, said: str
) -> None:
    await hands_over(provider, clock, voicemail(**{"from": shown}))
    [message], _, _ = await kept_in(db)
    assert (message.state, message.exception_reason, message.said) == (State.REVIEW, Reason.WRONG_NUMBER, said)


async def test_nothing_of_it_is_logged(
    provider: httpx.AsyncClient, clock: MovedClock, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG, "frontdoor"):
        await hands_over(provider, clock, voicemail())
        await hands_over(provider, clock, voicemail(), secret=b"wrong" * 8)
        await hands_over(provider, clock, voicemail(seconds=NUMBER))
    told = " ".join(str(vars(record)) for record in caplog.records)
    assert "900321" not in told
    assert "CA-1" not in told
    assert "/advice/voicemail" in told

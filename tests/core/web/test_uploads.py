"""Files arrive only where they are asked for, with the token of their form, and leave as what they are."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from litestar import Litestar, Response, post
from redis.asyncio import Redis

from app.factory import build, move_in
from core.domain.ids import new_id
from core.storage.files import StoredFile
from core.storage.files_words import JPEG, Scan
from core.web import middleware
from core.web.bodies import PageRequest, first, read_body
from core.web.csrf import FIELD
from core.web.guards import anyone
from core.web.house import House
from core.web.uploads import FORM_BYTES, download, read_upload
from tests.conftest import new_client
from tests.support.visit import Visit

MOST = 2_000_000


@post(
    "/invented-upload",
    status_code=200,
    opt={"upload": MOST},
    request_max_body_size=MOST + FORM_BYTES,
    guards=[anyone],
    include_in_schema=False,
)
async def takes(request: PageRequest) -> Response[Any]:
    sent = await read_upload(request, "paper", MOST)
    word = first(await read_body(request), "word")
    return Response({"name": sent.name if sent else None, "size": len(sent.content) if sent else 0, "word": word})


_with_route: list[Litestar] = []


@pytest.fixture
def app(house: House, redis: Redis) -> Litestar:
    """One of this file's own, since it gets a route."""
    if not _with_route:
        _with_route.append(build(house, redis=redis))
        _with_route[0].register(takes)
    move_in(_with_route[0], house, redis=redis)
    return _with_route[0]


@pytest.fixture
async def sender(visit: Visit) -> Visit:
    await visit.get("/advice/message/who")
    return visit


def _token(visit: Visit) -> dict[str, str]:
    return {FIELD: visit._token, "word": "in\x00vented"}


async def test_a_file_comes_with_the_token_and_fields_of_its_form(sender: Visit) -> None:
    files = {"paper": ('..\\evil/"quoted" näme.pdf', b"x" * 1_200_000)}
    reply = await sender.client.post("/invented-upload", data=_token(sender), files=files)
    assert reply.json() == {"name": "_quoted_ näme.pdf", "size": 1_200_000, "word": "invented"}


async def test_a_file_without_the_token_is_forged(sender: Visit) -> None:
    reply = await sender.client.post("/invented-upload", data={"word": ""}, files={"paper": ("a.pdf", b"x")})
    assert reply.status_code == 403


async def test_an_empty_choice_is_no_file(sender: Visit) -> None:
    reply = await sender.client.post("/invented-upload", data=_token(sender), files={"paper": ("", b"")})
    assert reply.json()["name"] is None


async def test_what_is_larger_than_the_route_takes_is_refused(sender: Visit) -> None:
    files = {"paper": ("a.pdf", b"x" * (MOST + 2 * FORM_BYTES))}
    reply = await sender.client.post("/invented-upload", data=_token(sender), files=files)
    assert reply.status_code == 413


@pytest.mark.parametrize("body", [b"", b"--b\r\n", b"--b\r\nContent-Disposition: form-data\r\n\r\nx", b"\xff" * 90])
async def test_what_is_no_form_with_files_gets_a_clear_page(sender: Visit, body: bytes) -> None:
    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    reply = await sender.client.post("/invented-upload", content=body, headers=headers)
    assert reply.status_code in (400, 403)


async def test_elsewhere_a_form_with_files_is_refused(sender: Visit) -> None:
    reply = await sender.client.post("/advice/message/who", data=_token(sender), files={"who": ("a", b"x")})
    assert reply.status_code == 400


async def test_files_that_never_arrive_hold_up_nobody_and_are_told_so(
    app: Litestar, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(middleware, "_PATIENCE", 0.05)

    async def never() -> AsyncIterator[bytes]:
        yield b"--b\r\n"
        await asyncio.Event().wait()

    async with new_client(app) as slow:
        reply = await slow.post(
            "/advice/message/who", content=never(), headers={"Content-Type": "multipart/form-data; boundary=b"}
        )
        assert reply.status_code == httpx.codes.REQUEST_TIMEOUT
        assert (await slow.get("/")).status_code == 200


@pytest.mark.parametrize(
    ("media_type", "says"),
    [(JPEG, "attachment; filename=\"A_b _.jpg\"; filename*=UTF-8''A_b%20%C3%A9.jpg"), ("audio/webm", "inline; ")],
)
def test_a_file_leaves_under_the_ending_of_what_it_is(media_type: str, says: str) -> None:
    now = datetime(2026, 11, 23, 10, tzinfo=UTC)
    file = StoredFile(
        purpose="invented",
        about_id=new_id(),
        name="A_b é.html",
        secret="",
        media_type=media_type,
        size=1,
        scan=Scan.CLEAN,
        stored_at=now,
    )
    told = download(file, b"x")
    assert told.headers["Content-Disposition"].startswith(says)
    assert told.headers["X-Content-Type-Options"] == "nosniff"

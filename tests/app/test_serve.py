"""The web process bounds what a stranger can make it hold, and says nothing about itself."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import uvicorn
from uvicorn._types import ASGIReceiveCallable, ASGISendCallable, Scope

from app.embedded import free_port
from app.serve import BoundedHead


async def _echo_length(scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
    length, more = 0, True
    while more:
        message = await receive()
        assert message["type"] == "http.request"
        length, more = length + len(message["body"]), message["more_body"]
    headers = [(b"content-length", str(len(str(length))).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers, "trailers": False})
    await send({"type": "http.response.body", "body": str(length).encode(), "more_body": False})


@pytest.fixture(scope="module")
async def port() -> AsyncIterator[int]:
    port = free_port()
    config = uvicorn.Config(_echo_length, port=port, http=BoundedHead, lifespan="off", log_config=None)
    server = uvicorn.Server(config)
    running = asyncio.create_task(server._serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn offers nothing to wait for
        await asyncio.sleep(0.01)
    yield port
    server.should_exit = True
    await running


async def exchange(port: int, *parts: bytes) -> bytes:
    """What comes back until the server hangs up, or has nothing more to say for a moment."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    answer = b""
    try:
        for part in parts:
            writer.write(part)
            await writer.drain()
        while got := await asyncio.wait_for(reader.read(65536), 0.5):
            answer += got
    except (TimeoutError, ConnectionError):
        pass
    writer.close()
    return answer


HEAD = b"POST / HTTP/1.1\r\nhost: localhost\r\n"


async def test_headers_of_a_usual_size_and_a_large_body_are_served(port: int) -> None:
    body = b"x" * 900_000
    head = HEAD + b"cookie: " + b"c" * 8000 + b"\r\ncontent-length: 900000\r\n\r\n"
    answer = await exchange(port, head + body[:1000], body[1000:], head, body)
    assert answer.count(b"200 OK") == 2
    assert answer.count(b"900000") == 2


@pytest.mark.parametrize(
    "parts",
    [
        [HEAD + b"cookie: " + b"c" * 40_000 + b"\r\n\r\n"],
        [HEAD + b"cookie: ", *[b"c" * 4000] * 12],
        [b"GET /" + b"a" * 40_000 + b" HTTP/1.1\r\nhost: localhost\r\n\r\n"],
        [HEAD + b"".join(b"x-%d: y\r\n" % number for number in range(200)) + b"\r\n"],
    ],
    ids=["one long line", "a line without end", "a long address", "many lines"],
)
async def test_a_head_without_bounds_is_refused(port: int, parts: list[bytes]) -> None:
    answer = await exchange(port, *parts)
    assert answer.startswith(b"HTTP/1.1 431")
    assert b"200 OK" not in answer


async def test_nonsense_is_refused(port: int) -> None:
    assert (await exchange(port, b"\x16\x03\x01 hello\r\n\r\n")).startswith(b"HTTP/1.1 400")


async def test_an_open_stream_does_not_hold_up_the_shutdown() -> None:
    async def stream(scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [], "trailers": False})
        await send({"type": "http.response.body", "body": b"listening", "more_body": True})
        while (await receive())["type"] != "http.disconnect":
            pass

    port = free_port()
    config = uvicorn.Config(stream, port=port, http=BoundedHead, lifespan="off", log_config=None)
    server = uvicorn.Server(config)
    running = asyncio.create_task(server._serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn offers nothing to wait for
        await asyncio.sleep(0.01)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET / HTTP/1.1\r\nhost: localhost\r\naccept: text/event-stream\r\n\r\n")
    await reader.readuntil(b"listening")
    server.should_exit = True
    async with asyncio.timeout(5):
        await running
    writer.close()

"""Open pages hear that something changed; what is lost on the way never goes unnoticed."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from litestar import Litestar
from redis.asyncio import Redis

from core.domain.errors import Unavailable
from core.domain.identity import Discipline, Role
from core.storage.session import Database, note_change
from core.web.live import STREAM, Herald, Listener, Live
from tests.conftest import StaffVisit

LISTENING = "retry: 2000\nevent: listening\ndata:\n\n"
CHANGED = "event: changed\ndata:\n\n"


async def heard(events: AsyncIterator[str]) -> str:
    """The next thing a page hears."""
    async with asyncio.timeout(5):
        return await anext(events)


@pytest.fixture
async def live(redis: Redis) -> AsyncIterator[Live]:
    live = Live(redis)
    yield live
    await live.stop()


async def opened(live: Live, topic: str = "tests") -> tuple[Listener, AsyncIterator[str]]:
    listener = await live.open(topic)
    events = live.events(listener)
    assert await heard(events) == LISTENING
    return listener, events


async def test_every_open_page_hears_of_a_change(live: Live, redis: Redis) -> None:
    _, one = await opened(live)
    _, other = await opened(live)
    await Herald(redis)(["tests"])
    assert [await heard(one), await heard(other)] == [CHANGED, CHANGED]


async def test_a_page_hears_what_changed_before_it_began_to_read(live: Live, redis: Redis) -> None:
    listener = await live.open("tests")
    await Herald(redis)(["tests"])
    async with asyncio.timeout(5):
        await listener.changed.wait()
    events = live.events(listener)
    assert [await heard(events), await heard(events)] == [LISTENING, CHANGED]


async def test_a_page_hears_nothing_about_other_topics(live: Live, redis: Redis) -> None:
    listener, _ = await opened(live, "other")
    _, events = await opened(live)
    await Herald(redis)(["tests"])
    assert await heard(events) == CHANGED
    assert not listener.changed.is_set()


async def test_a_stream_ends_by_itself_so_that_whoever_signed_out_hears_no_more(redis: Redis) -> None:
    live = Live(redis, at_most=0.05)
    _, events = await opened(live)
    async with asyncio.timeout(5):
        assert [event async for event in events if event == CHANGED] == []
    await live.stop()


async def test_a_lost_connection_ends_every_page_so_that_it_reads_again(live: Live, redis: Redis) -> None:
    _, events = await opened(live)
    await redis.client_kill_filter(_type="pubsub", skipme=False)
    with pytest.raises(StopAsyncIteration):
        await heard(events)
    _, again = await opened(live)
    await Herald(redis)(["tests"])
    assert await heard(again) == CHANGED


async def test_without_redis_there_is_no_stream_and_no_error_for_whoever_changes() -> None:
    nowhere = Redis.from_url("redis://127.0.0.1:1", socket_connect_timeout=0.1)
    live = Live(nowhere)
    with pytest.raises(Unavailable):
        await live.open("tests")
    await Herald(nowhere)(["tests"])
    await live.stop()
    await nowhere.aclose()


async def test_a_commit_tells_its_topics_once_and_what_was_undone_tells_nothing(db: Database) -> None:
    told: list[set[str]] = []

    async def tell(topics: object) -> None:
        told.append(set(topics))  # type: ignore[call-overload]

    database = Database(db._bind, tell=tell)
    async with database.transaction() as session:
        note_change(session, "tests")
        note_change(session, "tests")
        assert told == [], "nobody hears of what has not happened yet"

    async def undone() -> None:
        async with database.transaction() as session:
            note_change(session, "tests")
            raise LookupError

    with pytest.raises(LookupError):
        await undone()
    async with database.transaction():
        pass
    assert told == [{"tests"}]


async def test_nothing_but_the_topic_goes_through_redis(live: Live, redis: Redis) -> None:
    pubsub = redis.pubsub()
    await pubsub.psubscribe("*")
    await pubsub.get_message(timeout=1)
    await Herald(redis)(["tests"])
    message = await pubsub.get_message(timeout=1)
    assert message is not None
    assert (message["channel"], message["data"]) == (b"live:tests", b"")
    await pubsub.aclose()  # type: ignore[no-untyped-call]


async def test_an_open_stream_holds_no_place_among_the_pages_that_are_made_at_once(
    app: Litestar, staff_visit: StaffVisit, live: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    app.state.live = live
    colleague = await staff_visit(Role.THERAPIST, disciplines=(Discipline.SLT,))
    monkeypatch.setattr(app, "_line", asyncio.Semaphore(1))
    cookie = "; ".join(f"{one.name}={one.value}" for one in colleague.client.cookies.jar)
    headers = [(b"host", b"testserver"), (b"accept", STREAM.encode()), (b"cookie", cookie.encode())]
    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": "GET",
        "scheme": "https",
        "path": "/staff/callbacks/live",
        "raw_path": b"/staff/callbacks/live",
        "root_path": "",
        "query_string": b"",
        "headers": headers,
        "client": ("127.0.0.1", 1),
        "server": ("testserver", 443),
    }
    sent: asyncio.Queue[Any] = asyncio.Queue()
    leaves = asyncio.Event()

    async def receive() -> Any:
        await leaves.wait()
        return {"type": "http.disconnect"}

    stream = asyncio.create_task(app(scope, receive, sent.put))  # type: ignore[arg-type]
    async with asyncio.timeout(10):
        assert (await sent.get())["status"] == 200
        assert LISTENING.encode() in (await sent.get())["body"]
        assert (await colleague.get("/staff/callbacks")).status_code == 200
        leaves.set()
        await stream

"""Faults on a message's way out: `python -m benchmarks.message_faults`, and part of `make faults`.

A line a fault. Accepted is what was written and committed; found is what the stand-in for GOV.UK Notify has in its own
log; lost and doubled are counted there, never by what we believe.
"""

import asyncio
import json
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import uvicorn

from app.embedded import free_port
from app.factory import build
from benchmarks.post import Killing, Office, Place, ended, in_child, running_place
from core.domain.clock import MovedClock, SystemClock
from core.storage.columns import keys, use_keys
from core.storage.jobs import NotYet
from notifications import jobs
from notifications.postroom import post_room_of
from notifications.providers import notify as notify_module
from tests.support.house import make_house

_UNDONE = "select count(*) as n from task where done_at is null and dead_at is null"
_NOT_OUT = "select count(*) as n from message where state not in ('sent', 'delivered')"
_END_LEASES = "update task set lease_until = clock_timestamp() - interval '1 second' where done_at is null"
_MOST_AWAITS = 600


def killed_at_every_await(place: Place) -> dict[str, Any]:
    """Worker after worker kills itself one suspension later than the last; what it left the next takes up."""
    kills = 0
    for at in range(1, _MOST_AWAITS):
        _run(place, _write(place, 2))
        killed = ended(in_child(_drain_until_killed(place, at))) != 0
        _recover(place)
        kills += killed
        if not killed:
            return {"kills": kills}
    raise RuntimeError("it never ended by itself")


def answers_after_the_timeout(place: Place) -> dict[str, Any]:
    """Notify takes each message over, and answers when our client has given up; it shows them later still."""
    place.stand_in("_behave", {"delay": 1.0, "delays": 20, "lag": 0.5})
    _run(place, _write(place, 20))
    ended(in_child(_drain(place, read_timeout=0.3)))
    _recover(place)
    return {"asked": place.stand_in("_log")["asked"]}


def callback_before_the_answer(place: Place) -> dict[str, Any]:
    """The receipt reaches our page before the answer to our own request reaches the worker."""
    return _with_callbacks(place, {"callback_first": True})


def duplicate_callbacks(place: Place) -> dict[str, Any]:
    """Every receipt three times."""
    return _with_callbacks(place, {"times": 3})


def two_workers_on_one_row(place: Place) -> dict[str, Any]:
    """Two processes take every message up at once, past the queue's leases."""
    _run(place, _write(place, 40))
    ids = [row["id"] for row in asyncio.run(place.ask("select id from message where state = 'waiting' order by id"))]
    pids = [in_child(_carry_all(place, ids)) for _ in range(2)]
    codes = [ended(pid) for pid in pids]
    _recover(place)
    return {"workers_ended_well": codes == [0, 0]}


def redis_flushed_mid_send(place: Place) -> dict[str, Any]:
    """The shared pace vanishes again and again while two workers send; Notify's own limit is never met."""
    _run(place, _write(place, 300))
    pids = [in_child(_drain(place, a_minute=2400)) for _ in range(2)]
    flushing = in_child(_flush(place))
    for pid in pids:
        ended(pid)
    ended(flushing)
    _recover(place)
    return {"refused_as_too_many": place.stand_in("_log")["refused"].get("429", 0)}


FAULTS: dict[str, Callable[[Place], dict[str, Any]]] = {
    "message_killed_at_every_await": killed_at_every_await,
    "message_answers_after_timeout": answers_after_the_timeout,
    "message_callback_before_answer": callback_before_the_answer,
    "message_duplicate_callbacks": duplicate_callbacks,
    "message_two_workers_on_one_row": two_workers_on_one_row,
    "message_redis_flushed": redis_flushed_mid_send,
}


def _run(place: Place, work: Callable[[], Any]) -> None:
    assert ended(in_child(work)) == 0


def _write(place: Place, count: int) -> Callable[[], Any]:
    async def work() -> None:
        async with Office(place, SystemClock()) as office:
            await office.write(count)

    return work


def _drain(place: Place, *, read_timeout: float = 10.0, a_minute: int = 0) -> Callable[[], Any]:
    async def work() -> None:
        notify_module._READ = read_timeout
        async with Office(place, SystemClock(), a_minute) as office:
            while await office.queue.drain():
                continue

    return work


def _drain_until_killed(place: Place, at: int) -> Callable[[], Any]:
    async def work() -> None:
        async with Office(place, SystemClock()) as office:
            # What one worker takes up: the engine's first connection is not part of the way out.
            await place.ask("select 1")
            async with office.bench.db.transaction():
                Killing(at).begin()
            await asyncio.create_task(office.queue.drain())

    return work


def _carry_all(place: Place, ids: list[UUID]) -> Callable[[], Any]:
    async def work() -> None:
        async with Office(place, SystemClock()) as office:
            post = post_room_of(office.bench.post_room)

            async def one(message_id: UUID) -> None:
                try:
                    await jobs.carry(post, office.bench, message_id)
                except NotYet:
                    return

            await asyncio.gather(*(one(message_id) for message_id in ids))

    return work


def _flush(place: Place) -> Callable[[], Any]:
    async def work() -> None:
        async with Office(place, SystemClock()) as office:
            for _ in range(100):
                await office.redis.flushall()
                await asyncio.sleep(0.05)

    return work


def _recover(place: Place) -> None:
    """As if an hour had passed: leases have run out, and it is time to ask Notify what it knows."""

    async def work() -> None:
        clock = MovedClock(datetime.now(UTC) + timedelta(minutes=2))
        async with Office(place, clock) as office:
            for _ in range(20):
                await place.ask(_END_LEASES)
                await office.queue.drain()
                if not (await place.ask(_UNDONE))[0]["n"]:
                    return
                clock.move_on(minutes=3)

    assert ended(in_child(work)) == 0


def _with_callbacks(place: Place, behaviour: dict[str, Any]) -> dict[str, Any]:
    """Our real web application and a worker in one process; Notify calls the page."""
    port = free_port()
    url = f"http://127.0.0.1:{port}/messages/callback/notify"
    place.stand_in("_behave", {"callback_url": url, **behaviour})
    _run(place, _write(place, 100))
    expected = 100 * behaviour.get("times", 1)

    async def work() -> None:
        async with Office(place, SystemClock()) as office:
            ours = keys()
            plain = make_house(office.bench.db, MovedClock(datetime.now(UTC)), office.redis, address="http://127.0.0.1")
            use_keys(ours)
            house = replace(plain, post_room=office.bench.post_room)
            server = uvicorn.Server(uvicorn.Config(build(house), port=port, log_level="error"))
            serving = asyncio.create_task(server.serve())
            while not server.started:  # noqa: ASYNC110 - uvicorn offers nothing to wait for
                await asyncio.sleep(0.01)
            while await office.queue.drain():
                continue
            for _ in range(100):
                if len((await asyncio.to_thread(place.stand_in, "_log"))["callbacks"]) >= expected:
                    break
                await asyncio.sleep(0.1)
            server.should_exit = True
            await serving

    ended(in_child(work))
    _recover(place)
    delivered = asyncio.run(place.ask("select count(*) as n from message_step where state = 'delivered'"))[0]["n"]
    heard = Counter(place.stand_in("_log")["callbacks"])
    place.stand_in("_behave", {})
    return {"delivered_noted": delivered, "callbacks_answered": dict(heard)}


def try_fault(place: Place, name: str) -> bool:
    """One fault; prints its line."""
    place.stand_in("_behave", {"rate": 0})
    place.stand_in("_forget")
    asyncio.run(place.ask("truncate message, task cascade"))
    more = FAULTS[name](place)
    written = [str(row["id"]) for row in asyncio.run(place.ask("select id from message"))]
    arrived = Counter(one["reference"] for one in place.stand_in("_log")["log"])
    undone = asyncio.run(place.ask(_UNDONE))[0]["n"] + asyncio.run(place.ask(_NOT_OUT))[0]["n"]
    told = {
        "fault": name,
        "accepted": len(written),
        "found": len(arrived),
        "lost": len(set(written) - set(arrived)),
        "doubled": sum(arrived.values()) - len(arrived) + len(set(arrived) - set(written)),
        "undone": undone,
        **more,
    }
    told["holds"] = bool(written) and not (told["lost"] or told["doubled"] or undone)
    print(json.dumps(told), flush=True)
    return bool(told["holds"])


def run(names: list[str]) -> bool:
    """Those named, or all; whether all hold."""
    with running_place() as place:
        held = [try_fault(place, name) for name in names or FAULTS]
    return all(held)


if __name__ == "__main__":
    sys.exit(0 if run(sys.argv[1:]) else 1)

"""Messages through two workers to a stand-in for GOV.UK Notify, against bare httpx posting the same to it.

Ours is everything: claiming with a lease, noting that it begins, the official client, noting that it was taken over,
finishing. Bare is httpx's asynchronous client in as many processes, with 48 posts in flight and a token made for each.
No pace limit on any side, fsync on, in turn.
"""

import asyncio
import time
from typing import Any

import httpx
from notifications_python_client.authentication import create_jwt_token

from benchmarks.post import Office, Place, ended, in_child, running_place
from benchmarks.rows import Row, against_ceiling
from core.domain.clock import SystemClock
from core.domain.ids import new_id
from notifications.providers.notify import as_notify
from notifications.words import Channel, Outgoing
from tests.support.notify_stand_in import SECRET, SERVICE_ID

MESSAGES = 10_000
_ROUNDS = 3
_IN_FLIGHT = 48
_WORKERS = 2
_BODY = "Dear parent or carer\n\n" + "Your appointment is on Monday 30 November at 10am. " * 12
_AGAIN = (
    "truncate message_step",
    "update message set state = 'waiting', began_at = null, sent_at = null, tries = 0, asked = 0, provider_id = ''",
    "update task set done_at = null, lease_owner = null, lease_until = null, attempts = 0",
    "vacuum analyze message",
    "vacuum analyze task",
)


async def run() -> list[Row]:
    """One row. In a thread, since workers are forked and this loop must not be theirs."""
    return await asyncio.to_thread(measure)


def measure(messages: int = MESSAGES, rounds: int = _ROUNDS) -> list[Row]:
    with running_place() as place:
        place.stand_in("_behave", {"rate": 0, "keep_words": False})
        assert ended(in_child(lambda: _write(place, messages))) == 0
        ours, bare, told = list[float](), list[float](), dict[str, int]()
        for _ in range(rounds):
            place.stand_in("_forget")
            bare.append(messages / _bare_seconds(place, messages))
            place.stand_in("_forget")
            ours.append(messages / _ours(place))
            told = _told(place)
        more = {"messages": messages, "workers": _WORKERS, **told}
        row = against_ceiling("message_fanout", ours, bare, "messages/s", 0.5, **more)
        return [row]


def _told(place: Place) -> dict[str, int]:
    """By the stand-in's own log."""
    arrived = [one["reference"] for one in place.stand_in("_log")["log"]]
    written = asyncio.run(place.ask("select count(*) as n from message"))[0]["n"]
    return {"lost": written - len(set(arrived)), "doubled": len(arrived) - len(set(arrived))}


async def _write(place: Place, messages: int) -> None:
    async with Office(place, SystemClock()) as office:
        await office.write(messages)


def _ours(place: Place) -> float:
    """Seconds from the start of the workers' draining to the end of the last."""
    for statement in _AGAIN:
        asyncio.run(place.ask(statement))
    pids = [in_child(lambda: _work(place)) for _ in range(_WORKERS)]
    started = time.perf_counter()
    codes = [ended(pid) for pid in pids]
    assert codes == [0] * _WORKERS
    return time.perf_counter() - started


async def _work(place: Place) -> None:
    async with Office(place, SystemClock()) as office:
        await office.queue.drain()


def _bare_seconds(place: Place, messages: int) -> float:
    """From as many processes as ours."""
    pids = [in_child(lambda: _bare(place, messages // _WORKERS)) for _ in range(_WORKERS)]
    started = time.perf_counter()
    codes = [ended(pid) for pid in pids]
    assert codes == [0] * _WORKERS
    return time.perf_counter() - started


async def _bare(place: Place, messages: int) -> None:
    left, at_once = iter(range(messages)), _IN_FLIGHT // _WORKERS
    url = f"{place.notify}/v2/notifications/email"

    async def post(client: httpx.AsyncClient) -> None:
        for n in left:
            token = create_jwt_token(SECRET, SERVICE_ID)  # type: ignore[no-untyped-call]
            reply = await client.post(url, json=_told_to_notify(n), headers={"Authorization": f"Bearer {token}"})
            assert reply.status_code == 201

    limits = httpx.Limits(max_connections=at_once)
    async with httpx.AsyncClient(limits=limits, timeout=30, trust_env=False) as client:
        await asyncio.gather(*(post(client) for _ in range(at_once)))


def _told_to_notify(n: int) -> dict[str, Any]:
    to = f"parent.{n % 500}@example.org"
    return as_notify(Outgoing(new_id(), Channel.EMAIL, to, "Your booking", _BODY), "pass-through")


if __name__ == "__main__":
    print(measure(2000, 1)[0].line())

"""`make faults`: the real system under a bounded load of invented families and therapists, while parts of it are
killed.

A line a fault: {"fault", "accepted", "found", "lost", "doubled", "holds"}. Accepted is what a family was shown a
reference for, with_files those who brought a report or a recording; calls are what therapists were shown as recorded.
Found is what of it is in the database afterwards (without its file it is lost); doubled is anything that exists or was
said twice.
Everything stays on this machine, is bounded in number and time, and stops by itself.
"""

import asyncio
import json
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import asyncpg
import httpx
from redis.asyncio import Redis

from app.stack import Stack
from benchmarks import a_year, calling, message_faults
from benchmarks.belongings import missing, refer_with_report, say_message
from benchmarks.robot import Gone, Robot
from benchmarks.stack import running_stack

_FAMILIES, _THERAPISTS = 4, 2
_BEFORE, _AFTER = 3.0, 5.0
_SETTLE = 90.0
_REDIS_AWAY = 30.0

_FOUND = """
    select reference from referral where reference = any($1) union all
    select reference from booking where reference = any($1) union all
    select reference from advice_message where reference = any($1)
"""
_SAID_TWICE = """
    select coalesce(sum(n - 1), 0) from (
        select count(*) as n from message group by purpose, subject_id, occasion, recipient
    ) as said where n > 1
"""
_MADE_TWICE = """
    select coalesce(sum(n - 1), 0) from (
        select count(*) as n from referral group by draft_id union all
        select count(*) from booking group by draft_id union all
        select count(*) from advice_message group by draft_id union all
        select count(*) from place where booking_id is not null group by booking_id
    ) as made where n > 1
"""
_UNDONE = "select count(*) from task where done_at is null and (dead_at is not null or run_at <= now())"


@dataclass
class Load:
    """Families that come and go until told to stop, and the references they were shown; `brought` are those of them
    with a report or a recording. Therapists call them back meanwhile: `calls` are what they saw recorded."""

    address: str
    signed_in: list[str]
    accepted: list[str] = field(default_factory=list)
    brought: list[str] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    kinds: set[str] = field(default_factory=set)
    refused: int = 0
    stopping: asyncio.Event = field(default_factory=asyncio.Event)

    async def everybody(self) -> None:
        families = [self._one_after_another(n) for n in range(_FAMILIES)]
        await asyncio.gather(*families, *map(self._call_after_call, self.signed_in))

    async def was_whole(self) -> None:
        """Every kind of family has come to its end, and a call was recorded; what none came through proves nothing
        about it."""
        deadline = time.monotonic() + _SETTLE
        while not self.is_whole and time.monotonic() < deadline:  # noqa: ASYNC110 - families tell nobody
            await asyncio.sleep(0.5)

    @property
    def is_whole(self) -> bool:
        return len(self.kinds) == len(KINDS) and bool(self.calls)

    def _browser(self, cookies: dict[str, str] | None = None) -> httpx.AsyncClient:
        return httpx.AsyncClient(base_url=self.address, timeout=20, cookies=cookies)

    async def _call_after_call(self, signed_in: str) -> None:
        while not self.stopping.is_set():
            try:
                async with self._browser(cookies={"staff": signed_in}) as client:
                    self.calls.append(await calling.ring_back(client))
            except (Gone, httpx.HTTPError):
                self.refused += 1
            # Nobody rings a family twice a second; the rest of the time is the families'.
            await asyncio.sleep(0.5)

    async def _one_after_another(self, number: int) -> None:
        turn = number
        while not self.stopping.is_set():
            try:
                async with self._browser() as client:
                    kind = KINDS[turn % len(KINDS)]
                    self.accepted.append(reference := await kind(Robot(client, ANSWERS)))
                    self.kinds.add(kind.__name__)
                    self.brought += [reference] if kind in (refer_with_report, say_message) else []
            except (Gone, httpx.HTTPError):
                self.refused += 1
                await asyncio.sleep(0.2)
            turn += 1


# The robot takes the first choice of a page unless told otherwise; nobody here is in danger.
ANSWERS = {"urgent_now": "no", "signs": "none", "known": "no", "agreed": "yes"}


async def leave_message(robot: Robot) -> str:
    return await robot.walks("/advice/message/who")


async def refer(robot: Robot) -> str:
    return await robot.walks("/refer/who")


async def join_session(robot: Robot) -> str:
    """Opens the list, takes a place at some sitting, and books it."""
    await robot.opens("/sessions")
    await robot.sends("hold")
    return await robot.goes_on()


KINDS = (leave_message, refer_with_report, join_session, say_message, refer)

Fault = Callable[[Stack], Awaitable[None]]


async def kill_worker(stack: Stack) -> None:
    """SIGKILL, three times; the keeper brings it back."""
    for _ in range(3):
        await asyncio.to_thread(stack.kill_worker)
        await asyncio.sleep(2)


async def restart_web(stack: Stack) -> None:
    await asyncio.to_thread(stack.stop_web)
    await asyncio.to_thread(stack.start_web)
    await asyncio.sleep(2)
    await asyncio.to_thread(stack.kill_web)
    await asyncio.sleep(2)


async def flush_redis(stack: Stack) -> None:
    async with Redis.from_url(stack.redis_url) as redis:
        for _ in range(20):
            await redis.flushall()
            await asyncio.sleep(0.2)


async def stop_redis(stack: Stack) -> None:
    await asyncio.to_thread(stack.stop_redis)
    await asyncio.sleep(_REDIS_AWAY)
    await asyncio.to_thread(stack.start_redis)


async def restart_postgres(stack: Stack) -> None:
    """As a crash: connections cut, the log replayed."""
    await asyncio.to_thread(lambda: stack.restart_postgres(immediate=True))


FAULTS: dict[str, Fault] = {
    "worker_killed": kill_worker,
    "web_restarted": restart_web,
    "redis_flushed": flush_redis,
    "redis_stopped_30s": stop_redis,
    "postgres_restarted": restart_postgres,
}


async def try_fault(stack: Stack, name: str) -> bool:
    """One fault under load; prints its line."""
    load = Load(stack.web_url, await calling.sign_in(stack, _THERAPISTS))
    running = asyncio.create_task(load.everybody())
    await asyncio.sleep(_BEFORE)
    before = len(load.accepted)
    await FAULTS[name](stack)
    during = len(load.accepted) - before
    await asyncio.sleep(_AFTER)
    await load.was_whole()
    load.stopping.set()
    await running
    await asyncio.to_thread(stack.wait_ready)
    told = await count(stack, load)
    holds = load.is_whole and not (told["lost"] or told["doubled"] or told["undone"])
    more = {"kinds": len(load.kinds), "accepted_during": during, "refused": load.refused, "holds": holds}
    print(json.dumps({"fault": name, **told, **more}), flush=True)
    return holds


async def count(stack: Stack, load: Load) -> dict[str, int]:
    """What is there once everything that follows has been done, or the patience for it has ended."""
    accepted, brought = load.accepted, load.brought
    connection = await asyncpg.connect(stack.database_url.replace("+asyncpg", ""))
    try:
        deadline = time.monotonic() + _SETTLE
        while (undone := await connection.fetchval(_UNDONE)) and time.monotonic() < deadline:  # noqa: ASYNC110 - only the database knows
            await asyncio.sleep(1)
        found = [row["reference"] for row in await connection.fetch(_FOUND, accepted)]
        twice = len(found) - len(set(found)) + len(accepted) - len(set(accepted))
        without, kept_twice = await missing(connection, stack.data_dir / "files", brought)
        not_whole, written_twice = await calling.went_wrong(connection, load.calls)
        said, made = await connection.fetchval(_SAID_TWICE), await connection.fetchval(_MADE_TWICE)
        return {
            "accepted": len(accepted),
            "found": len(set(found)),
            "with_files": len(brought),
            "calls": len(load.calls),
            "lost": len(set(accepted) - set(found)) + without + not_whole,
            "doubled": int(twice + said + made) + kept_twice + written_twice,
            "undone": int(undone),
        }
    finally:
        await connection.close()


async def of_the_service(names: list[str]) -> bool:
    """Faults under the load of families."""
    with running_stack() as stack:
        return all([await try_fault(stack, name) for name in names])


def main(names: list[str]) -> int:
    """All faults, or those named: of the whole service, of messages on their way out, and a year of the advice line."""
    whole = [name for name in names or FAULTS if name in FAULTS]
    messages = [name for name in names or message_faults.FAULTS if name in message_faults.FAULTS]
    held = asyncio.run(of_the_service(whole)) if whole else True
    # These fork workers of their own, so no event loop may be running.
    held = (message_faults.run(messages) if messages else True) and held
    return 0 if (a_year.run() if not names or a_year.NAME in names else True) and held else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

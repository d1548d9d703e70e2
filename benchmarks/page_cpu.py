"""What each main page costs the web process in CPU, with everything on: PostgreSQL, sessions, tokens, templates."""

import json
import statistics
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import psutil

from app.stack import Stack
from benchmarks.robot import Robot
from benchmarks.rows import Row
from benchmarks.stack import running_stack

_MEDIAN_MS, _MOST_MS = 10.0, 25.0
_WARM, _COUNTED = 20, 150

PUBLIC = ("/", "/refer", "/clinics", "/sessions", "/advice", "/contact")
JOURNEYS = ("/refer/who", "/advice/message/who")
STAFF = ("/staff", "/staff/triage", "/staff/clinics", "/staff/callbacks")


async def run() -> list[Row]:
    """Milliseconds of user and system time a page, read from the process; the twelve main pages."""
    with running_stack() as stack:
        costs: dict[str, float] = {}
        async with family(stack) as visitor:
            for path in (*PUBLIC, *JOURNEYS):
                costs[path] = await cost_of(stack, visitor, path)
        async with signed_in(stack) as colleague:
            for path in STAFF:
                costs[path] = await cost_of(stack, colleague, path)
    median, most = statistics.median(costs.values()), max(costs.values())
    pages: dict[str, Any] = {"pages": {path: round(cost, 2) for path, cost in costs.items()}}
    return [
        Row("page_cpu_median", median, "ms", f"<= {_MEDIAN_MS}", median <= _MEDIAN_MS, more=pages),
        Row("page_cpu_most", most, "ms", f"<= {_MOST_MS}", most <= _MOST_MS),
    ]


async def cost_of(stack: Stack, client: httpx.AsyncClient, path: str) -> float:
    """Mean CPU milliseconds of one page. AssertionError when it is not the page that was asked for."""
    pid = stack.pids["web"]
    assert pid is not None
    process = psutil.Process(pid)
    for _ in range(_WARM):
        reply = await client.get(path)
        assert reply.status_code == 200, (path, reply.status_code, reply.headers.get("location"))
    before = process.cpu_times()
    for _ in range(_COUNTED):
        await client.get(path)
    after = process.cpu_times()
    return (after.user + after.system - before.user - before.system) * 1000 / _COUNTED


@asynccontextmanager
async def family(stack: Stack) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=stack.web_url, timeout=30) as client:
        yield client


@asynccontextmanager
async def signed_in(stack: Stack, name: str = "grace") -> AsyncIterator[httpx.AsyncClient]:
    """One of the demo staff; the manager may open everything."""
    sign_ins = json.loads((stack.data_dir / "demo-sign-ins.json").read_text(encoding="utf-8"))
    colleague = next(one for one in sign_ins if one["email"].startswith(name))
    async with httpx.AsyncClient(base_url=stack.web_url, timeout=30) as client:
        robot = Robot(client, {"email": colleague["email"], "password": colleague["password"]})
        await robot.opens("/staff/sign-in")
        await robot.sends("")
        yield client

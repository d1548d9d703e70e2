"""Fills the demo service: invented people, dated from today. Refuses anything but a demo."""

import importlib
from dataclasses import replace
from datetime import timedelta
from importlib.util import find_spec
from typing import TYPE_CHECKING
from uuid import UUID

import sqlalchemy as sa

from advice_line.jobs import morning_run
from advice_line.rules import may_share_out
from app.demo.staff import DEMO_SIGN_INS, seed_staff
from app.wiring import make_bench, make_engine_for, make_redis
from core.domain.clock import MovedClock, london_day
from core.storage.jobs import Workbench
from core.storage.session import Session
from workers.jobs import all_jobs
from workers.queue import Queue

if TYPE_CHECKING:
    from app.demo.staff import DemoSignIn
    from core.domain.settings import Settings

_ROOMS = ("booking", "clinics", "referral", "advice_line", "rota", "messages", "privacy")
_ONE_AT_A_TIME = 7_302_614_992


async def seed(settings: "Settings") -> "list[DemoSignIn]":
    """Seeds once and returns who can sign in. RuntimeError outside demo mode: these passwords are public."""
    if not settings.demo:
        raise RuntimeError("the demo is only seeded with DEMO=1")
    engine, redis = make_engine_for(settings), make_redis(settings.redis_url or "redis://127.0.0.1:1")
    try:
        await seed_demo(make_bench(settings, engine, redis))
    finally:
        await redis.aclose()
        await engine.dispose()
    return DEMO_SIGN_INS


async def seed_demo(bench: Workbench) -> dict[str, UUID]:
    """Name → id of the demo staff; everything is made in one transaction, or was made before."""
    async with bench.db.transaction() as session:
        await (await session.connection()).execute(sa.text(f"select pg_advisory_xact_lock({_ONE_AT_A_TIME})"))
        staff = await seed_staff(session, bench)
        if not await _is_seeded(session):
            await _seed_rooms(session, bench, staff)
    await Queue(bench, all_jobs()).drain()
    await share_out_calls(bench)
    # What the run of that morning set going is as old as it: done now, it keeps nobody waiting.
    await Queue(bench, all_jobs()).drain()
    return staff


async def share_out_calls(bench: Workbench) -> None:
    """Runs the last morning's sharing-out, as if the service had been there then: the demo also begins at night."""
    calendar, now = bench.profile.calendar, bench.clock.now()
    open_days = (d for d in (london_day(now) - timedelta(days=n) for n in range(15)) if calendar.is_open_on(d))
    moments = (min(now, calendar.opening(day)[1] - timedelta(minutes=1)) for day in open_days)
    moment = next(at for at in moments if may_share_out(calendar, bench.profile.advice.run_at, at))
    await morning_run(replace(bench, clock=MovedClock(moment)))


async def _is_seeded(session: Session) -> bool:
    return bool(await (await session.connection()).scalar(sa.text("select exists(select 1 from offer)")))


async def _seed_rooms(session: Session, bench: Workbench, staff: dict[str, UUID]) -> None:
    for room in _ROOMS:
        if find_spec(f"app.demo.{room}"):
            await importlib.import_module(f"app.demo.{room}").seed(session, bench, staff)

"""The demo's desk shows what it is meant to show, whatever day it is started on."""

from datetime import datetime

import pytest
from sqlmodel import select

from accounts.api import actor_of, therapists
from advice_line import jobs, queries
from advice_line.models import AdviceMessage
from advice_line.words import Urgency
from app.demo import advice_line as demo
from app.demo.staff import seed_staff
from core.domain.clock import MovedClock, london
from core.storage.jobs import Workbench
from core.storage.session import Database


@pytest.mark.parametrize("now", [london(2026, 11, 23, 10), london(2026, 11, 28, 12), london(2027, 3, 28, 1)])
async def test_the_demo_has_urgent_overdue_and_known_families(
    db: Database, clock: MovedClock, bench: Workbench, now: datetime
) -> None:
    clock.move_to(now)
    async with db.transaction() as session:
        await demo.seed(session, bench, await seed_staff(session, bench))
    if not bench.profile.calendar.is_open_at(now):
        clock.move_to(bench.profile.calendar.clock_start(now))
    await jobs.morning_run(bench)
    async with db.transaction() as session:
        messages = (await session.exec(select(AdviceMessage))).all()
        late = await queries.overdue(session, clock.now())
        people = [actor_of(view) for view in await therapists(session)]
        lines = [line for who in people for line in await queries.my_calls(session, who, clock.now())]
    assert any(message.urgency is Urgency.URGENT for message in messages)
    assert late
    assert any(line.why and line.why.parts.get("met") for line in lines)
    assert any(line.why and line.why.parts.get("speaks") == "pl" for line in lines)

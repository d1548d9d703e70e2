"""What the worker does for the advice line: share out the calls, and keep the promises counted by today's calendar."""

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.exc import IntegrityError

from advice_line import assignment, changes, queries, run_queries, runs
from advice_line.record_booking import note_booking
from advice_line.record_settling import settle_call
from advice_line.record_telling import tell_lead
from advice_line.recounting import recount_due
from advice_line.rules import may_share_out
from advice_line.runs import Told
from advice_line.service import Desk
from advice_line.voice_tidying import tidy
from core.domain.clock import london_day
from core.domain.identity import system
from core.storage.closed_days import with_closed_days
from core.storage.jobs import Job, NotYet, Workbench
from core.storage.session import Session

_MOST_RACES = 5
_BREATH = timedelta(seconds=2)


async def assign(bench: Workbench, message_id: str) -> None:
    """In hours a message that no run has seen is given to somebody at once; else it waits for the morning run."""
    async with bench.db.transaction() as session:
        message = await queries.message(session, UUID(message_id))
    if message is None or message.closed_at or message.run_id:
        return
    await share_out(bench, cause=f"message:{message_id}:{message.revision}")


async def morning_run(bench: Workbench) -> None:
    """Shares out everything that is open, every service day."""
    await share_out(bench, cause="morning", whole=True)


async def cover_absence(bench: Workbench, staff_id: str, day: str) -> None:
    """Gives the calls of somebody who is away today to others. Other days are covered by their own morning run."""
    if day == london_day(bench.clock.now()).isoformat():
        await share_out(bench, cause=f"absence:{staff_id}")


async def cover_leaver(bench: Workbench, staff_id: str) -> None:
    """Gives the calls of somebody who has left to others: today's at once in hours, the rest on their day."""
    async with bench.db.transaction() as session:
        await changes.release_leaver(session, system("staff-left"), UUID(staff_id), bench.clock.now())
    await share_out(bench, cause=f"left:{staff_id}")


async def run_again(bench: Workbench, request_id: str) -> None:
    """Shares out once more because a manager asked."""
    await share_out(bench, cause=f"asked:{request_id}")


async def catch_up(bench: Workbench) -> None:
    """While somebody waits for a therapist, looks again whether there is one by now: a call that ended early, or a
    message nobody was woken for. Stored only when it moves something."""
    now = bench.clock.now()
    async with bench.db.transaction() as session:
        waits = await run_queries.somebody_waits(session, now)
    if waits:
        await share_out(bench, cause=f"catch-up:{now:%H:%M}", quiet=True)


async def share_out(bench: Workbench, *, cause: str, whole: bool = False, quiet: bool = False) -> None:
    """One run for this cause today, unless there was one. Outside hours nothing: the next morning run has it all.

    When another run was stored while this one was computing, it begins again with what that one left; NotYet when that
    happened time and again."""
    bench = await _today(bench)
    for _ in range(_MOST_RACES):
        now = bench.clock.now()
        if not may_share_out(bench.profile.calendar, bench.profile.advice.run_at, now):
            return
        if await _one_run(bench, Told(cause, whole, quiet), now):
            return
    # What the faster ones left is little by now, and often nothing.
    raise NotYet(bench.clock.now() + _BREATH)


async def _today(bench: Workbench) -> Workbench:
    """With the closed days that managers have added."""
    async with bench.db.transaction() as session:
        return replace(bench, profile=await with_closed_days(session, bench.profile))


async def _one_run(bench: Workbench, told: Told, now: datetime) -> bool:
    """True when it is done, by this attempt or before."""
    async with bench.db.transaction() as session:
        if await run_queries.has_run(session, london_day(now), told.cause):
            return True
        day = await run_queries.read_day(session, bench.profile, now)
    shared = await bench.compute(assignment.solve, day.problem)
    try:
        async with bench.db.transaction() as session:
            await runs.store(session, day, shared, told, now)
    except IntegrityError:
        return False
    return True


async def recount(session: Session, bench: Workbench, closure_id: str = "") -> None:
    """Moves open due dates when the calendar has changed, and tells the families; as many as there are. Which closed
    days were added or taken back does not matter: whatever was counted by another calendar is counted again."""
    desk = Desk(bench.profile, bench.address, bench.clock.now())
    while await recount_due(session, desk):
        await session.flush()


JOBS = {
    "advice.assign": Job(assign, outside=True),
    "advice.morning-run": Job(morning_run, outside=True),
    "advice.cover-absence": Job(cover_absence, outside=True),
    "advice.cover-leaver": Job(cover_leaver, outside=True),
    "advice.run-again": Job(run_again, outside=True),
    "advice.catch-up": Job(catch_up, outside=True),
    "advice.recount": Job(recount),
    "advice.settle-call": Job(settle_call),
    "advice.tell-lead": Job(tell_lead),
    "advice.note-booking": Job(note_booking),
    "advice.tidy-recordings": Job(tidy),
}

"""What happens by the clock. Each beat is a row `(name, tick_at)` in UTC that becomes a task once, whichever process
sees it first; of beats missed while nothing ran the latest is made good, since every job looks at all that is due."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from core.domain.calendar import ServiceCalendar
from core.domain.clock import LONDON, london_day
from core.domain.profile import Profile
from core.storage.closed_days import with_closed_days
from core.storage.session import Session
from core.storage.tasks import NORMAL, JobTick, plan

_LOOK_BACK_DAYS = 15


@dataclass(frozen=True, slots=True)
class Beat:
    """A schedule: `latest(profile, now)` is its last moment not after `now`, by a profile that knows every closed
    day."""

    name: str
    kind: str
    latest: Callable[[Profile, datetime], datetime | None]
    priority: int = NORMAL


def every(minutes: int) -> Callable[[Profile, datetime], datetime]:
    """Every so many minutes of UTC, on the dot."""

    def latest(_: Profile, now: datetime) -> datetime:
        step = timedelta(minutes=minutes)
        epoch = datetime(2020, 1, 1, tzinfo=UTC)
        return epoch + (now - epoch) // step * step

    return latest


def daily(
    wall: time | Callable[[Profile], time], *, service_days_only: bool = False
) -> Callable[[Profile, datetime], datetime | None]:
    """Once a day at this time on London's clocks. An hour that repeats counts once, the first time."""

    def latest(profile: Profile, now: datetime) -> datetime | None:
        at = wall if isinstance(wall, time) else wall(profile)
        return _latest_daily(profile.calendar if service_days_only else None, at, now)

    return latest


def _latest_daily(calendar: ServiceCalendar | None, at: time, now: datetime) -> datetime | None:
    today = london_day(now)
    for back in range(_LOOK_BACK_DAYS):
        day = today - timedelta(days=back)
        moment = datetime.combine(day, at, tzinfo=LONDON).astimezone(UTC)
        if moment <= now and (calendar is None or calendar.is_open_on(day)):
            return moment
    return None


async def plan_due_beats(session: Session, profile: Profile, beats: tuple[Beat, ...], now: datetime) -> int:
    """Turns every beat that has come into a task; returns how many were new. What comes on service days only rests on
    the closed days that managers have added, too."""
    profile = await with_closed_days(session, profile)
    moments = [(beat, beat.latest(profile, now)) for beat in beats]
    rows = [{"name": beat.name, "tick_at": moment} for beat, moment in moments if moment]
    if not rows:
        return 0
    added = insert(JobTick).values(rows).on_conflict_do_nothing().returning(col(JobTick.name))
    new = set((await session.exec(added)).scalars().all())
    for beat, moment in moments:
        if beat.name in new and moment:
            key = f"beat:{beat.name}:{moment:%Y-%m-%dT%H:%M}"
            # Due now, not when it should have been: nobody kept it waiting, nobody was there.
            await plan(session, beat.kind, key=key, run_at=now, priority=beat.priority)
    return len(new)


async def last_tick(session: Session, name: str) -> datetime | None:
    """When this schedule last beat."""
    return (await session.exec(select(sa.func.max(JobTick.tick_at)).where(JobTick.name == name))).one()

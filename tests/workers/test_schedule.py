"""What happens by the clock happens once, at London's time, and is made good when nobody was there."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from sqlmodel import select

from core.domain.clock import MovedClock, in_london, london
from core.domain.profile import Closure, Profile
from core.storage.closed_days import ClosedDays
from core.storage.jobs import Workbench
from core.storage.tasks import JobTick, Task
from workers.beats import BEATS
from workers.schedule import Beat, daily, every, plan_due_beats

MORNING = Beat("morning", "run", daily(time(7, 30), service_days_only=True))
MINUTE = Beat("minute", "look", every(minutes=1))


@pytest.fixture
def profile(bench: Workbench) -> Profile:
    return bench.profile


async def planned(bench: Workbench, *beats: Beat) -> int:
    async with bench.db.transaction() as session:
        return await plan_due_beats(session, bench.profile, beats, bench.clock.now())


async def test_a_beat_becomes_one_task_however_often_one_looks(bench: Workbench, clock: MovedClock) -> None:
    assert await planned(bench, MORNING, MINUTE) == 2
    assert await planned(bench, MORNING, MINUTE) == 0
    clock.move_on(minutes=1)
    assert await planned(bench, MORNING, MINUTE) == 1


async def test_after_three_days_without_anyone_the_latest_beat_is_made_good(
    bench: Workbench, clock: MovedClock
) -> None:
    await planned(bench, MORNING)
    clock.move_on(days=3)
    assert await planned(bench, MORNING) == 1
    async with bench.db.transaction() as session:
        tasks = (await session.exec(select(Task).order_by(Task.run_at))).all()  # type: ignore[arg-type]
    assert [in_london(task.run_at).strftime("%a %H:%M") for task in tasks] == ["Mon 10:00", "Thu 10:00"]


async def test_what_comes_on_service_days_rests_on_a_closed_day_that_was_added(
    bench: Workbench, clock: MovedClock
) -> None:
    # Given everything that looks at the calendar, and a closed day that is not in the profile
    tuesday, noon = date(2026, 11, 24), london(2026, 11, 24, 12)
    known = bench.profile.closed_also((Closure(day=tuesday, why="Training day"),))
    resting = {beat.name for beat in BEATS if beat.latest(bench.profile, noon) != beat.latest(known, noon)}
    assert resting == {"advice.morning", "referral.remind-asked"}
    await planned(bench, *BEATS)
    async with bench.db.transaction() as session:
        days = ClosedDays(first_day=tuesday, last_day=tuesday, why="Training day", whole_service=True, made_by="test")
        days.made_at = clock.now()
        session.add(days)
    # Then they rest on it, and come again on the day after
    came = []
    for _ in range(2):
        clock.move_on(days=1)
        await planned(bench, *BEATS)
        async with bench.db.transaction() as session:
            ticks = await session.exec(select(JobTick.name).where(JobTick.tick_at > clock.now() - timedelta(hours=12)))
            came.append(set(ticks) & resting)
    assert came == [set(), resting]


@pytest.mark.parametrize(
    ("now", "latest"),
    [
        (london(2026, 10, 25, 12), "2026-10-23 07:30"),
        (london(2026, 10, 26, 7, 29), "2026-10-23 07:30"),
        (london(2026, 10, 26, 7, 30), "2026-10-26 07:30"),
        (london(2027, 3, 29, 12), "2027-03-25 07:30"),
        (london(2026, 12, 29, 8), "2026-12-29 07:30"),
        (london(2026, 12, 28, 8), "2026-12-24 07:30"),
    ],
)
def test_the_morning_run_is_at_half_past_seven_in_london_on_service_days(
    profile: Profile, now: datetime, latest: str
) -> None:
    moment = MORNING.latest(profile, now)
    assert moment is not None
    assert in_london(moment).strftime("%Y-%m-%d %H:%M") == latest


@pytest.mark.parametrize("hour", [0, 1, 2])
def test_a_minutely_beat_goes_on_through_the_night_the_clocks_go_back(profile: Profile, hour: int) -> None:
    now = datetime(2026, 10, 25, hour, 30, 20, tzinfo=UTC)
    assert MINUTE.latest(profile, now) == now.replace(second=0)

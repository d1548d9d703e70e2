"""The pace: within the provider's limits, urgent first, slower and never faster when Redis is away."""

import asyncio
import heapq
from itertools import pairwise

import pytest
import sqlalchemy as sa
from redis.asyncio import Redis

from core.domain.clock import MovedClock
from core.domain.ids import new_id
from core.storage.jobs import Workbench
from core.storage.session import Database
from core.storage.tasks import NORMAL, URGENT
from notifications.jobs import JOBS
from notifications.pace import Bucket, Pace, Rate
from tests.support.house import make_house
from workers.queue import Queue

NOTIFY = Rate(2700)


def test_no_minute_ever_sees_more_than_notify_allows() -> None:
    bucket, sent, now = Bucket(NOTIFY, 0.0), list[float](), 0.0
    while now < 300:
        if wait := bucket.take(now, urgent=now > 100):
            now += wait
        else:
            sent.append(now)
    busiest = max(sum(1 for at in sent if begins <= at < begins + 60) for begins in range(0, 240, 5))
    assert 2600 < busiest <= 3000
    assert all(b >= a for a, b in pairwise(sent))


def test_a_fifth_is_kept_for_what_is_urgent() -> None:
    bucket, now = Bucket(NOTIFY, 0.0), 10.0
    while not bucket.take(now, urgent=False):
        continue
    assert bucket.take(now, urgent=True) == 0
    kept = 1
    while not bucket.take(now, urgent=True):
        kept += 1
    assert kept == int(NOTIFY.most / 5)


def test_after_too_many_nobody_sends_for_a_while() -> None:
    bucket = Bucket(NOTIFY, 0.0)
    bucket.push_back(10.0, 10.0)
    assert bucket.take(15.0, urgent=True) == 5.0
    assert bucket.take(20.5, urgent=True) == 0.0


async def test_all_workers_share_one_bucket_and_urgent_ones_its_reserve(redis: Redis) -> None:
    paces = [Pace(redis, Rate(600)) for _ in range(2)]
    await paces[0].take()
    await asyncio.sleep(1.2)
    taken = [await pace.take() for _ in range(8) for pace in paces]
    assert 7 <= taken.count(0.0) <= 10
    assert await paces[0].take() > 0
    assert await paces[1].take(urgent=True) == 0


async def test_being_pushed_back_is_shared(redis: Redis) -> None:
    one, other = Pace(redis, NOTIFY), Pace(redis, NOTIFY)
    await one.push_back(30)
    assert 25 < await other.take(urgent=True) <= 30


async def test_a_flushed_redis_begins_empty_and_never_gives_more(redis: Redis) -> None:
    pace = Pace(redis, Rate(600))
    granted = 0
    for _ in range(20):
        await redis.flushall()
        granted += await pace.take() == 0
    assert granted == 0


async def test_without_redis_each_process_keeps_to_a_small_share() -> None:
    pace = Pace(Redis.from_url("redis://127.0.0.1:1", socket_connect_timeout=0.05), NOTIFY)
    assert await pace.take() > 0
    assert pace._own.rate.a_minute * 8 <= NOTIFY.a_minute


@pytest.fixture
def bench(real_db: Database, clock: MovedClock, redis: Redis) -> Workbench:
    house = make_house(real_db, clock, redis)
    return Workbench(db=real_db, clock=clock, profile=house.profile, address=house.address)


_TEN_THOUSAND = sa.text("""
    insert into task (id, kind, dedupe_key, payload, priority, run_at, attempts)
    select gen_random_uuid(), 'notifications.deliver', 'cancelled:' || n, '{}', :priority, :now, 0
    from generate_series(1, 10000) n
""")
_ONE = sa.text("""
    insert into task (id, kind, dedupe_key, payload, priority, run_at, attempts)
    values (:id, 'notifications.deliver', :key, '{}', :priority, :now, 0)
""")


async def test_a_day_of_ten_thousand_cancellations_delays_an_urgent_message_by_less_than_a_minute(
    bench: Workbench, clock: MovedClock
) -> None:
    """Two workers on the real queue, the real rule of the pace, and a clock that is moved as they wait."""
    async with bench.db.transaction() as session:
        connection = await session.connection()
        await connection.execute(_TEN_THOUSAND, {"priority": NORMAL, "now": clock.now()})
    asked_at, delays = [20.0, 61.0, 100.0, 150.0, 200.0], list[float]()
    seconds, bucket, urgent = 0.0, Bucket(NOTIFY, 0.0), dict[str, float]()
    workers = [(0.0, n, Queue(bench, JOBS, batch=48)) for n in range(2)]
    began = clock.now()
    sent = 0
    while workers:
        seconds, n, queue = heapq.heappop(workers)
        clock.move_to(began)
        clock.move_on(seconds=seconds)
        while asked_at and asked_at[0] <= seconds:
            urgent[str(asked := new_id())] = asked_at.pop(0)
            async with bench.db.transaction() as session:
                given = {"id": asked, "key": str(asked), "priority": URGENT, "now": clock.now()}
                await (await session.connection()).execute(_ONE, given)
        claimed = await queue.claim()
        for task in claimed:
            while wait := bucket.take(seconds, urgent=str(task.id) in urgent):
                seconds += wait
            sent += 1
            if str(task.id) in urgent:
                delays.append(seconds - urgent[str(task.id)])
        async with bench.db.transaction() as session:
            await queue._finish(session, claimed)
        if claimed:
            heapq.heappush(workers, (seconds, n, queue))
    assert sent == 10_005
    assert len(delays) == 5
    assert max(delays) < 60

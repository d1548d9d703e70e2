"""On the way in: tries are counted before they are looked at, and a half sign-in opens nothing."""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from accounts import arrivals, jobs, links, service
from accounts.service import email_fingerprint
from accounts.slowing import FREE_TRIES, LONGEST_WAIT
from accounts.words import LinkKind
from app.wiring import bench_of
from core.domain.clock import MovedClock
from core.domain.errors import TooManyTries
from core.domain.ids import new_id
from core.storage.jobs import Workbench
from core.storage.session import Database
from core.web.house import House
from tests.accounts.support import EMAIL, add_ann, raw


async def tries(db: Database, clock: MovedClock, who: str = EMAIL, device: object = None) -> bool:
    try:
        async with db.transaction() as session:
            await arrivals.count_try(session, who, device, clock.now())  # type: ignore[arg-type]
    except TooManyTries:
        return False
    return True


async def test_waits_grow_are_the_same_for_an_unknown_address_and_end(house: House, clock: MovedClock) -> None:
    await add_ann(house.db, clock.now())
    for who in (EMAIL, "nobody@example.org"):
        assert [await tries(house.db, clock, who) for _ in range(FREE_TRIES + 1)] == [True] * FREE_TRIES + [False]
    clock.move_on(seconds=30)
    assert await tries(house.db, clock, EMAIL.upper())
    clock.move_on(seconds=59)
    assert not await tries(house.db, clock)
    for _ in range(12):
        clock.move_on(seconds=int(LONGEST_WAIT.total_seconds()))
        assert await tries(house.db, clock)
        assert not await tries(house.db, clock)


async def test_many_at_once_get_no_more_tries_than_one_after_the_other(
    real_db: Database, house: House, clock: MovedClock
) -> None:
    found = await asyncio.gather(*(tries(real_db, clock) for _ in range(20)))
    assert found.count(True) == FREE_TRIES


async def test_a_right_try_and_a_day_forget_the_wrong_ones(house: House, clock: MovedClock) -> None:
    for _ in range(FREE_TRIES - 1):
        assert await tries(house.db, clock)
    async with house.db.transaction() as session:
        await arrivals.forgive(session, await arrivals.count_try(session, EMAIL, None, clock.now()))
    assert [await tries(house.db, clock) for _ in range(FREE_TRIES + 1)] == [True] * FREE_TRIES + [False]
    clock.move_on(hours=25)
    assert [await tries(house.db, clock) for _ in range(FREE_TRIES + 1)] == [True] * FREE_TRIES + [False]


async def test_strangers_do_not_slow_down_a_known_device_and_it_has_its_own_count(
    house: House, clock: MovedClock
) -> None:
    device = new_id()
    while await tries(house.db, clock):
        pass
    assert [await tries(house.db, clock, EMAIL, device) for _ in range(FREE_TRIES + 1)] == [True] * FREE_TRIES + [False]


async def test_a_device_is_known_to_its_own_colleague_for_ninety_days(house: House, clock: MovedClock) -> None:
    ann = await add_ann(house.db, clock.now())
    await add_ann(house.db, clock.now(), email="bea.invented@example.org")
    async with house.db.transaction() as session:
        token = await arrivals.remember_device(session, ann, "offered by somebody", clock.now())
        assert token != "offered by somebody"
        assert token == await arrivals.remember_device(session, ann, token, clock.now())
        mine = email_fingerprint(EMAIL)
        known = await arrivals.known_device(session, token, clock.now(), email_fingerprint=mine)
        assert known == await arrivals.known_device(session, token, clock.now(), staff_id=ann)
        hers = email_fingerprint("bea.invented@example.org")
        assert await arrivals.known_device(session, token, clock.now(), email_fingerprint=hers) is None
        assert await arrivals.known_device(session, "another", clock.now(), email_fingerprint=mine) is None
        later = clock.now() + timedelta(days=91)
        assert await arrivals.known_device(session, token, later, email_fingerprint=mine) is None
        await arrivals.forget_devices(session, ann)
        assert await arrivals.known_device(session, token, clock.now(), email_fingerprint=mine) is None
    assert token not in str(await raw(house.db, "select * from staff_known_device"))


async def test_a_half_sign_in_is_no_session_ends_once_and_after_ten_minutes(house: House, clock: MovedClock) -> None:
    ann = await add_ann(house.db, clock.now())
    async with house.db.transaction() as session:
        token = await arrivals.begin_half(session, ann, clock.now())
    assert await house.sign_ins.who(token, clock.now()) is None
    async with house.db.transaction() as session:
        assert await arrivals.half_holder(session, token, clock.now()) == ann
        assert await arrivals.half_holder(session, token, clock.now() + arrivals.HALF_WAY) is None
        assert await arrivals.end_half(session, token, clock.now())
        assert not await arrivals.end_half(session, token, clock.now())
        assert await arrivals.half_holder(session, token, clock.now()) is None


async def test_of_two_at_once_one_goes_on(real_db: Database, house: House, clock: MovedClock) -> None:
    ann = await add_ann(real_db, clock.now())
    async with real_db.transaction() as session:
        token = await arrivals.begin_half(session, ann, clock.now())

    async def end() -> bool:
        async with real_db.transaction() as session:
            return await arrivals.end_half(session, token, clock.now())

    assert sum(await asyncio.gather(*(end() for _ in range(5)))) == 1


@pytest.mark.parametrize(("days", "left"), [(0, 1), (2, 0)])
async def test_what_says_nothing_any_more_is_forgotten(house: House, clock: MovedClock, days: int, left: int) -> None:
    ann = await add_ann(house.db, clock.now())
    await tries(house.db, clock)
    async with house.db.transaction() as session:
        await arrivals.begin_half(session, ann, clock.now())
        await arrivals.remember_device(session, ann, "", clock.now())
        await arrivals.sweep(session, clock.now() + timedelta(days=days))
    for table, rows in (("staff_sign_in_tries", left), ("staff_half_sign_in", left), ("staff_known_device", 1)):
        assert (await raw(house.db, f"select count(*) from {table}"))[0][0] == rows  # noqa: S608


@pytest.mark.parametrize("ended", [True, False])
async def test_sessions_and_links_are_forgotten_a_month_after_they_could_open_anything(
    house: House, clock: MovedClock, ended: bool
) -> None:
    ann = await add_ann(house.db, clock.now())
    async with house.db.transaction() as session:
        token = await service.start_session(session, ann, clock.now())
        await links.make_link(session, LinkKind.NEW_PASSWORD, ann, clock.now())
        if ended:
            await service.sign_out(session, token, clock.now())
            await links.end_links(session, ann, clock.now())

    async def kept(days: int) -> list[int]:
        async with house.db.transaction() as session:
            await jobs.sweep(session, bench_at(house, clock.now() + timedelta(days=days)))
        counts = [f"select count(*) from {table}" for table in ("staff_session", "staff_link")]  # noqa: S608
        return [(await raw(house.db, count))[0][0] for count in counts]

    assert await kept(days=29) == [1, 1]
    assert await kept(days=31) == [0, 0]


def bench_at(house: House, now: datetime) -> Workbench:
    return replace(bench_of(house), clock=MovedClock(now))

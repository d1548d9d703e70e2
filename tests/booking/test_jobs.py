"""Sittings are laid out ahead, again and again, and never twice."""

from datetime import date, time, timedelta
from itertools import pairwise
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlmodel import select

from booking.jobs import lay_out
from booking.models import Availability, Offer, Place, Sitting
from booking.words import SittingState
from core.domain.clock import MovedClock, in_london, london
from core.storage.jobs import Workbench
from core.storage.session import Database
from core.storage.tasks import plan
from tests.booking.support import information, screening
from tests.conftest import Drain


async def weekly(db: Database, offer: Offer, host_id: UUID | None = None) -> None:
    """Tuesdays from nine to ten."""
    async with db.transaction() as session:
        session.add(offer)
        await session.flush()
        session.add(
            Availability(
                offer_id=offer.id,
                host_id=host_id,
                weekday=1,
                opens=time(9),
                closes=time(10),
                minutes=offer.minutes,
                first=date(2026, 1, 1),
            )
        )


async def sittings(db: Database) -> list[Sitting]:
    async with db.transaction() as session:
        return list((await session.exec(select(Sitting).order_by(Sitting.starts_at))).all())  # type: ignore[arg-type]


async def places(db: Database) -> int:
    async with db.transaction() as session:
        return (await session.exec(select(sa.func.count()).select_from(Place))).one()


async def runs(db: Database, bench: Workbench) -> None:
    async with db.transaction() as session:
        await lay_out(session, bench)


async def test_six_weeks_are_laid_out_with_their_places(db: Database, bench: Workbench) -> None:
    await weekly(db, information())
    await runs(db, bench)
    made = await sittings(db)
    # Six Tuesdays from 24 November to 4 January.
    assert len(made) == 6
    assert {in_london(sitting.starts_at).hour for sitting in made} == {9}
    assert await places(db) == 36


async def test_running_twice_makes_nothing_twice(db: Database, bench: Workbench) -> None:
    await weekly(db, screening())
    await runs(db, bench)
    before = len(await sittings(db)), await places(db)
    await runs(db, bench)
    assert (len(await sittings(db)), await places(db)) == before


async def test_every_day_brings_what_came_into_reach(db: Database, bench: Workbench, clock: MovedClock) -> None:
    await weekly(db, information())
    await runs(db, bench)
    clock.move_on(days=7)
    await runs(db, bench)
    assert len(await sittings(db)) == 7


async def test_a_sitting_that_was_cancelled_does_not_come_back(db: Database, bench: Workbench) -> None:
    await weekly(db, information())
    await runs(db, bench)
    async with db.transaction() as session:
        first = (await session.exec(select(Sitting).limit(1))).one()
        first.state = SittingState.CANCELLED
    await runs(db, bench)
    assert len(await sittings(db)) == 6


async def test_times_that_have_passed_today_are_not_laid_out(db: Database, bench: Workbench, clock: MovedClock) -> None:
    clock.move_to(london(2026, 11, 24, 9, 30))
    await weekly(db, screening())
    await runs(db, bench)
    assert in_london((await sittings(db))[0].starts_at).time() == time(9, 45)


async def test_patterns_that_clash_leave_the_host_in_one_place(db: Database, bench: Workbench, therapist: UUID) -> None:
    await weekly(db, screening(), therapist)
    await weekly(db, information(), therapist)
    await runs(db, bench)
    made = await sittings(db)
    for earlier, later in pairwise(made):
        assert earlier.ends_at <= later.starts_at


async def test_the_worker_lays_out(db: Database, clock: MovedClock, drain: Drain) -> None:
    await weekly(db, information())
    async with db.transaction() as session:
        await plan(session, "booking.lay_out", key="one", run_at=clock.now() - timedelta(minutes=1))
    await drain()
    assert len(await sittings(db)) == 6


@pytest.mark.usefixtures("db")
async def test_the_demo_has_something_to_book(db: Database, bench: Workbench) -> None:
    from app.demo import booking
    from app.demo.staff import seed_staff
    from booking.api import audit_checks

    async with db.transaction() as session:
        await booking.seed(session, bench, await seed_staff(session, bench))
        titles = set((await session.exec(select(Offer.title))).all())
        assert not any(count for _, count in await audit_checks(session, bench.clock.now()))
    assert "Virtual speech and language screening clinic" in titles
    assert len(titles) == 4
    assert len(await sittings(db)) > 200

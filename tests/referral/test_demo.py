"""The demo's referrals are ones the journey could have sent."""

from sqlmodel import select

from accounts.api import add_staff
from app.demo import referral as demo
from app.demo.referral import seed
from core.domain.clock import MovedClock, london_day
from core.domain.identity import Role
from core.storage.files import StoredFile, read_file
from core.storage.jobs import Workbench
from core.storage.session import Database
from core.web.house import House
from core.web.journey import still_applies
from referral import queue_queries, steps
from referral.auditing import audit_checks
from referral.files_words import PURPOSE
from referral.queue_words import View
from referral.views import Wanted
from referral.words import RequestState
from tests.referral.support import EVE


async def test_it_seeds_a_queue_to_work_on(house: House, db: Database, bench: Workbench, clock: MovedClock) -> None:
    async with db.transaction() as session:
        eve = await add_staff(
            session,
            name="Eve Example",
            email="eve@example.org",
            password="an invented long password",
            roles=frozenset({Role.TRIAGE}),
            now=clock.now(),
        )
        await seed(session, bench, {"eve": eve})
    async with db.transaction() as session:
        (paper,) = (await session.exec(select(StoredFile).where(StoredFile.purpose == PURPOSE))).all()
        assert b"Ella Pretend" in (await read_file(session, house.files, paper.id))[1]
        assert paper.about_id in {line.id for line in await queue_queries.queue(session, EVE, Wanted())}
    async with db.transaction() as session:
        lines = await queue_queries.queue(session, EVE, Wanted())
        pressing = [line.pressing for line in lines]
        assert pressing == sorted(pressing, key=lambda place: place or 0)
        assert {place: pressing.count(place) for place in (0, 1, 2)} == {0: 3, 1: 1, 2: 11}
        overdue = await queue_queries.queue(session, EVE, Wanted(view=View.OVERDUE), today=london_day(clock.now()))
        assert [one.awaited[0].chases for one in overdue] == [1]
        accepted = await queue_queries.queue(session, EVE, Wanted(state=RequestState.ACCEPTED))
        assert len(accepted) == 2
        assert sum(count for _, count in await audit_checks(session, clock.now())) == 0


def test_each_family_is_asked_all_it_tells_for_itself(house: House, clock: MovedClock) -> None:
    day = london_day(clock.now())
    journey, bundled = steps.journey_for(house.profile, day), {*demo._SLT, *demo._OT, *demo._PHYSIO, *demo._GP}
    for _, age, told in demo._FAMILIES:
        answers = demo._COMMON | told | {"child_born": day.replace(year=day.year - age).isoformat()}
        assert set(told) - bundled <= set(still_applies(journey, answers)), told["child_first"]

"""The demo's referrals are ones the journey could have sent."""

from sqlmodel import select

from accounts.api import add_staff
from app.demo.referral import seed
from core.domain.clock import MovedClock
from core.domain.identity import Role
from core.storage.jobs import Workbench
from core.storage.session import Database
from core.web.house import House
from referral.auditing import audit_checks
from referral.models import Referral, ReferralRequest
from referral.words import RequestState


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
        pressing = sorted((await session.exec(select(Referral.pressing))).all(), key=str)
        assert pressing == [0, 0, 1, 2, 2, None]
        assert {one.state for one in await session.exec(select(ReferralRequest))} >= {RequestState.ACCEPTED}
        assert sum(count for _, count in await audit_checks(session, clock.now())) == 0

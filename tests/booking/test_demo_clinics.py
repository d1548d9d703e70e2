"""The demo shows clinics being run."""

from booking import clinic_queries, clinic_rota
from booking.api import audit_checks
from core.storage.jobs import Workbench
from core.storage.session import Database
from tests.booking.clinic_support import FEMI


async def test_the_demo_has_clashes_people_to_phone_and_nothing_sold_twice(db: Database, bench: Workbench) -> None:
    from app.demo import booking, clinics
    from app.demo.staff import seed_staff

    async with db.transaction() as session:
        staff = await seed_staff(session, bench)
        await booking.seed(session, bench, staff)
        await clinics.seed(session, bench, staff)
    async with db.transaction() as session:
        now = bench.clock.now()
        assert (await clinic_rota.rota(session, bench.profile, now)).clashes
        assert {call.reason for call in await clinic_queries.calls_to_make(session, FEMI)} == {"left", "not-brought"}
        assert not any(count for _, count in await audit_checks(session, now))

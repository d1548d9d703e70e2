"""The lists of times walk their indexes, whatever families filter by; no list reads all places or all sittings."""

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from booking import family_queries, queries
from booking.clinic_hosts import without_host
from booking.words import OfferKind, Wanted
from core.domain.clock import MovedClock
from core.storage.session import Database
from tests.booking.support import planned, screening

_SITTINGS = sa.text("""
    insert into sitting (id, offer_id, starts_at, ends_at, state, join_code, released_at, host_id)
    select gen_random_uuid(), :offer_id, at, at + interval '15 minutes', 'planned', 'invented',
        case when n % 10 = 0 then at - interval '14 days' end, null
    from generate_series(1, 4000) n,
        lateral (select cast(:now as timestamptz) + n * interval '20 minutes') t(at)
""")
_PLACES = sa.text("""
    insert into place (id, sitting_id, offer_id, starts_at, seat, state)
    select gen_random_uuid(), s.id, s.offer_id, s.starts_at, seat, 'free'
    from sitting s, generate_series(2, 6) seat where s.offer_id = :offer_id
""")


async def plan_of(db: Database, captured: list[tuple[str, Any]]) -> str:
    """What PostgreSQL does for the statement that was run last."""
    statement, given = captured[-1]
    async with db.transaction() as session:
        rows = await (await session.connection()).exec_driver_sql(f"explain {statement}", given)
        return "\n".join(row[0] for row in rows)


@pytest.fixture
async def many(db: Database, clock: MovedClock) -> None:
    """Five offers, 20,000 sittings, 100,000 places."""
    for n in range(5):
        offer = screening(title=f"Invented clinic {n}")
        await planned(db, offer, clock.now() + timedelta(minutes=n + 1))
        async with db.transaction() as session:
            connection = await session.connection()
            given = {"offer_id": offer.id, "now": clock.now()}
            await connection.execute(_SITTINGS, given)
            await connection.execute(_PLACES, given)
    async with db.transaction() as session:
        for table in ("offer", "sitting", "place"):
            await (await session.connection()).exec_driver_sql(f"analyze {table}")


@pytest.mark.usefixtures("many")
async def test_no_list_reads_a_whole_table(db: Database, clock: MovedClock) -> None:
    captured: list[tuple[str, Any]] = []
    wanted = Wanted((OfferKind.SCREENING,))
    evening = Wanted((OfferKind.SCREENING,), hours=(17, 24))
    async with db.transaction() as session:
        connection = await session.connection()

        def note(_: Any, __: Any, statement: str, given: Any, *___: Any) -> None:
            captured.append((statement, given))

        sa.event.listen(connection.sync_connection, "before_cursor_execute", note)
        await queries.free_sittings(session, wanted, clock.now())
        free = captured[-1]
        await queries.free_sittings(session, evening, clock.now())
        late = captured[-1]
        await queries.upcoming_sittings(session, evening, clock.now())
        coming = captured[-1]
        await family_queries.next_release(session, wanted, clock.now())
        release = captured[-1]
        await without_host(session, clock.now())
        hostless = captured[-1]
        sa.event.remove(connection.sync_connection, "before_cursor_execute", note)
    for what, index in (
        (free, "ix_place_takeable"),
        (late, "ix_place_takeable"),
        (coming, "ix_sitting_offer"),
        (release, "ix_sitting_release"),
        (hostless, "ix_sitting_hostless"),
    ):
        plan = await plan_of(db, [what])
        assert index in plan, plan
        assert "Seq Scan on place" not in plan, plan
        assert "Seq Scan on sitting" not in plan, plan

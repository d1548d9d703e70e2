"""Old and new records for tests of information governance. Everyone is invented."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from core.domain.identity import Actor, ActorKind, Right, Role
from core.domain.ids import new_id
from core.domain.profile import RetentionPolicy
from core.storage.session import Database, Session
from privacy import retention
from privacy.models import RetentionRun
from tests.conftest import Drain
from tests.referral.support import PARENT, receive

POLICY = RetentionPolicy()
HANA = Actor(
    ActorKind.STAFF, new_id(), "Hana Invented", frozenset({Role.GOVERNANCE}), rights=frozenset({Right.RUN_PRIVACY})
)


async def referral(session: Session, at: datetime, *, state: str = "discharged", **changes: Any) -> UUID:
    """A referral received then, whose requests have come to this state on the same day."""
    nameless = {name: value for name, value in PARENT.items() if name != "nhs_number"}
    found = await receive(session, nameless, at, **changes)
    connection = await session.connection()
    given = {"id": found, "state": state, "area": "west"}
    for act in (
        "update referral_request set state = :state, area_id = :area where referral_id = :id",
        "update referral set pressing = null where id = :id and cast(:state as text) is not null and :area <> ''",
    ):
        await connection.execute(sa.text(act), given)
    return found


async def a_run(db: Database, drain: Drain, now: datetime) -> UUID:
    """A run that has looked at everything."""
    async with db.transaction() as session:
        run_id = await retention.begin(session, HANA, POLICY, now)
    await drain()
    return run_id


async def read(db: Database, run_id: UUID) -> RetentionRun:
    async with db.transaction() as session:
        return await session.get_one(RetentionRun, run_id)


async def there(db: Database, table: str) -> int:
    """How many rows a table has."""
    async with db.transaction() as session:
        counted = await (await session.connection()).scalar(sa.text(f"select count(*) from {table}"))  # noqa: S608
        return int(counted or 0)


OLD = date(1999, 3, 1)

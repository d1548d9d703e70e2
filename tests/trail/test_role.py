"""The service works under a role that can add to the trail and nothing else."""

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from core.domain.clock import MovedClock
from core.storage.session import APP_ROLE, Database
from core.web.house import House
from tests.trail.support import sealed, verified, write


async def test_the_service_writes_and_seals_under_a_role_of_less_right(
    real_db: Database, house: House, clock: MovedClock
) -> None:
    await write(real_db, clock.now(), 3)
    assert (await sealed(real_db, clock.now())).position == 3
    assert await verified(real_db) == []
    async with real_db.transaction() as session:
        assert await (await session.connection()).scalar(sa.text("select current_user")) == APP_ROLE


@pytest.mark.parametrize(
    "statement",
    [
        "update audit_entry set actor = 'public'",
        "delete from audit_entry",
        "truncate audit_entry",
        "update audit_link set hash = ''",
        "delete from audit_link",
        "alter table audit_entry disable trigger user",
        "drop trigger kept on audit_entry",
        "drop table audit_entry",
        "create or replace function audit_is_kept() returns trigger language plpgsql as 'begin return old; end'",
        "update alembic_version set version_num = '0000'",
        "set session_replication_role = replica",
    ],
)
async def test_that_role_changes_nothing_of_the_trail_and_no_table(
    real_db: Database, house: House, clock: MovedClock, statement: str
) -> None:
    await write(real_db, clock.now(), 1)
    with pytest.raises(DBAPIError, match=r"permission denied|must be owner"):
        async with real_db.transaction() as session:
            await (await session.connection()).execute(sa.text(statement))

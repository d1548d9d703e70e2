"""Brings a database to the shape this version needs. Developers: `python -m app.migrate check|new "what changes"`."""

import asyncio
import sys
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from core.storage.session import APP_ROLE

# Two web processes starting at once must not both migrate; any fixed number does.
_ONE_AT_A_TIME = 7_302_614_991


def alembic_config(database_url: str) -> Config:
    """Alembic's configuration without an ini file; the address stays out of any file."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent.parent / "migrations"))
    config.attributes["database_url"] = database_url
    return config


def head() -> str | None:
    """The revision this version of the code expects."""
    return ScriptDirectory.from_config(alembic_config("")).get_current_head()


def upgrade_to_head(database_url: str) -> None:
    """Runs what has not run yet, alone; does nothing on an up-to-date database."""
    asyncio.run(migrate(database_url))


async def migrate(database_url: str) -> None:
    """The same, inside a running event loop."""
    engine = create_async_engine(database_url, hide_parameters=True)
    try:
        async with engine.begin() as connection:
            await connection.execute(sa.text(f"select pg_advisory_xact_lock({_ONE_AT_A_TIME})"))
            await connection.run_sync(_upgrade, database_url)
            await _give_rights(connection)
    finally:
        await engine.dispose()


_RIGHTS = (
    f"do $$ begin if to_regrole('{APP_ROLE}') is null then create role {APP_ROLE} nologin; end if; end $$",
    (
        f"do $$ begin if not pg_has_role(current_user, '{APP_ROLE}', 'member') then "
        f"execute format('grant {APP_ROLE} to %I', current_user); end if; end $$"
    ),
    f"grant usage on schema public to {APP_ROLE}",
    f"grant select, insert, update, delete on all tables in schema public to {APP_ROLE}",
    f"grant usage on all sequences in schema public to {APP_ROLE}",
    f"revoke insert, update, delete on alembic_version from {APP_ROLE}",
    # The audit trail is only ever added to (docs/decisions/0013-the-audit-trail.md).
    f"revoke update, delete, truncate on audit_entry, audit_link from {APP_ROLE}",
)


async def _give_rights(connection: AsyncConnection) -> None:
    """The role the service works as may read and write, and may not change what was audited. Done at every migration,
    since each may bring tables."""
    for statement in _RIGHTS:
        await connection.execute(sa.text(statement))


def _upgrade(connection: sa.Connection, database_url: str) -> None:
    config = alembic_config(database_url)
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


async def current(connection: AsyncConnection) -> str | None:
    """The revision a database is at; None when it was never migrated."""
    known = await connection.scalar(sa.text("select to_regclass('alembic_version')"))
    return await connection.scalar(sa.text("select version_num from alembic_version")) if known else None


def main() -> None:
    """Developer's side: on a throw-away PostgreSQL, `check` compares models and migrations, `new` writes one."""
    from app.embedded import throwaway_postgres

    with throwaway_postgres() as database_url:
        upgrade_to_head(database_url)
        config = alembic_config(database_url)
        if sys.argv[1:2] == ["check"]:
            command.check(config)
        else:
            command.revision(config, message=sys.argv[2], autogenerate=True)


if __name__ == "__main__":
    main()

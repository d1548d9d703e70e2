"""Alembic's way in: which tables there are, and which connection to use."""

import asyncio
from typing import Any, Literal

import sqlalchemy as sa
from alembic import context
from sqlalchemy.ext.asyncio import create_async_engine
from sqlmodel import AutoString

from app.models import metadata
from core.storage.columns import EncryptedJSON, EncryptedText


def render_item(kind: str, thing: Any, _: Any) -> str | Literal[False]:
    """Migrations name plain types only: they must run long after our own have changed."""
    if kind != "type":
        return False
    if isinstance(thing, EncryptedText | EncryptedJSON):
        return "sa.LargeBinary()"
    if isinstance(thing, AutoString):
        return f"sa.String(length={thing.length})" if thing.length else "sa.String()"
    return False


def run(connection: sa.Connection) -> None:
    context.configure(
        connection=connection, target_metadata=metadata, compare_server_default=True, render_item=render_item
    )
    with context.begin_transaction():
        context.run_migrations()


async def connect_and_run() -> None:
    engine = create_async_engine(context.config.attributes["database_url"], hide_parameters=True)
    async with engine.begin() as connection:
        await connection.run_sync(run)
    await engine.dispose()


if (given := context.config.attributes.get("connection")) is not None:
    run(given)
else:
    asyncio.run(connect_and_run())

"""Entries of invented people, and a hand that can do what nobody may."""

from datetime import datetime, timedelta

import sqlalchemy as sa

from core.domain.identity import PUBLIC
from core.domain.ids import new_id
from core.storage import audit
from core.storage.session import Database
from trail import chain
from trail.words import Found, Head


async def write(db: Database, now: datetime, many: int = 5) -> None:
    """That many entries, each in a transaction of its own."""
    for number in range(many):
        async with db.transaction() as session:
            audit.record(
                session, PUBLIC, "advice.left", "advice-message", new_id(), now + timedelta(seconds=number), n=number
            )


async def sealed(db: Database, now: datetime) -> Head:
    async with db.transaction() as session:
        await chain.seal(session, now)
        return await chain.head(session)


async def verified(db: Database, noted: Head | None = None) -> list[Found]:
    async with db.transaction() as session:
        return await chain.verify(session, noted)


async def plant(db: Database, *statements: str) -> None:
    """As the owner of the tables with the triggers off: what an attacker with the database in hand could do."""
    async with db.transaction() as session:
        connection = await session.connection()
        for table in ("audit_entry", "audit_link"):
            await connection.execute(sa.text(f"alter table {table} disable trigger user"))
        for statement in statements:
            await connection.execute(sa.text(statement))
        for table in ("audit_entry", "audit_link"):
            await connection.execute(sa.text(f"alter table {table} enable trigger user"))

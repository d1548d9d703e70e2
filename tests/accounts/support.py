"""An invented colleague to sign in as."""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from accounts.api import add_staff
from core.domain.identity import Discipline, Role
from core.storage.session import Database

EMAIL = "ann.invented@example.org"
PASSWORD = "gull teapot gravel"


async def add_ann(
    db: Database,
    now: datetime,
    *roles: Role,
    disciplines: frozenset[Discipline] = frozenset(),
    email: str = EMAIL,
    name: str = "Ann Invented",
) -> UUID:
    """Ann, with an account."""
    async with db.transaction() as session:
        return await add_staff(
            session,
            name=name,
            email=email,
            password=PASSWORD,
            roles=frozenset(roles or {Role.TRIAGE}),
            disciplines=disciplines,
            now=now,
        )


async def raw(db: Database, statement: str) -> list[Any]:
    """What the database itself holds."""
    async with db.transaction() as session:
        return list((await (await session.connection()).execute(sa.text(statement))).all())

"""An invented colleague to sign in as."""

from datetime import datetime
from uuid import UUID

from accounts.api import add_staff
from core.domain.identity import Discipline, Role
from core.storage.session import Database

EMAIL = "ann.invented@example.org"
PASSWORD = "an invented long password"


async def add_ann(db: Database, now: datetime, *roles: Role, disciplines: frozenset[Discipline] = frozenset()) -> UUID:
    """Ann, with an account."""
    async with db.transaction() as session:
        return await add_staff(
            session,
            name="Ann Invented",
            email=EMAIL,
            password=PASSWORD,
            roles=frozenset(roles or {Role.TRIAGE}),
            disciplines=disciplines,
            now=now,
        )

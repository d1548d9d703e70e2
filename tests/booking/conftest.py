"""People booking needs for its tests."""

from uuid import UUID

import pytest

from accounts.api import add_staff
from core.domain.identity import Discipline, Role
from core.storage.session import Database
from core.web.house import House


@pytest.fixture
async def therapist(house: House, db: Database) -> UUID:
    """An invented speech and language therapist who hosts sittings."""
    async with db.transaction() as session:
        return await add_staff(
            session,
            name="Amira Invented",
            email="amira.invented@example.org",
            password="correct horse battery staple",
            roles={Role.THERAPIST},
            disciplines={Discipline.SLT},
            now=house.clock.now(),
        )

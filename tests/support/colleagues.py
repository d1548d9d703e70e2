"""Invented colleagues as the rooms see them."""

from datetime import datetime

from accounts.api import actor_of, add_staff, staff_views
from core.domain.identity import Actor, Discipline, Role
from core.web.house import House


async def colleague(house: House, now: datetime, name: str, role: Role, *disciplines: Discipline) -> Actor:
    """Somebody with an account, ready to act."""
    async with house.db.transaction() as session:
        staff_id = await add_staff(
            session,
            name=f"{name} Invented",
            email=f"{name.lower()}@example.org",
            password="an invented long password",
            roles={role},
            disciplines=set(disciplines),
            now=now,
        )
        return actor_of((await staff_views(session, [staff_id]))[staff_id])

"""What is asked about staff."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from sqlmodel import col, select

from accounts.models import StaffAccount, StaffSession
from accounts.rules import most_pressing_first
from accounts.words import Need, StaffView
from core.domain.identity import Actor, Discipline, Role
from core.storage.session import Session


class NeedsMe(Protocol):
    """Tells what waits for a member of staff in one room of the house. Registered in `app/routes.py`.

    Must be cheap (a count from an index) and return nothing for someone it has nothing for."""

    async def __call__(self, session: Session, actor: Actor, now: datetime) -> list[Need]: ...


def view_of(row: StaffAccount) -> StaffView:
    """The row as others see it."""
    return StaffView(
        id=row.id,
        name=row.name,
        email=row.email,
        roles=frozenset(map(Role, row.roles)),
        disciplines=frozenset(map(Discipline, row.disciplines)),
        languages=frozenset(row.languages),
        areas=frozenset(row.areas),
        active=row.active,
    )


async def staff_views(session: Session, ids: Collection[UUID]) -> dict[UUID, StaffView]:
    """These members of staff by id, those who have left included; unknown ids are left out. One query."""
    if not ids:
        return {}
    rows = await session.exec(select(StaffAccount).where(col(StaffAccount.id).in_(set(ids))))
    return {row.id: view_of(row) for row in rows}


async def therapists(session: Session, discipline: Discipline | None = None) -> list[StaffView]:
    """Active therapists (of one discipline), in the order of their names. One query."""
    is_therapist = col(StaffAccount.roles).contains([Role.THERAPIST.value])
    found = select(StaffAccount).where(col(StaffAccount.active), is_therapist)
    if discipline:
        found = found.where(col(StaffAccount.disciplines).contains([discipline.value]))
    views = [view_of(row) for row in await session.exec(found)]
    # Names are encrypted: the database cannot sort them.
    return sorted(views, key=lambda view: (view.name.casefold(), view.id))


async def account_of(session: Session, email_fingerprint: bytes) -> StaffAccount | None:
    """The active account with this e-mail address."""
    found = select(StaffAccount).where(StaffAccount.email_fingerprint == email_fingerprint, col(StaffAccount.active))
    return (await session.exec(found)).one_or_none()


async def session_of(session: Session, token_fingerprint: bytes) -> tuple[StaffSession, StaffAccount] | None:
    """The session with this token and whose it is, unless that person has left. Says nothing about whether it lives."""
    found = (
        select(StaffSession, StaffAccount)
        .join(StaffAccount, col(StaffAccount.id) == StaffSession.staff_id)
        .where(StaffSession.token_fingerprint == token_fingerprint, col(StaffAccount.active))
    )
    row = (await session.exec(found)).one_or_none()
    return (row[0], row[1]) if row else None


async def needs_of(session: Session, rooms: Sequence[NeedsMe], actor: Actor, now: datetime) -> list[Need]:
    """What waits for this person in all rooms, most pressing first."""
    needs = [need for room in rooms for need in await room(session, actor, now)]
    return most_pressing_first(needs)

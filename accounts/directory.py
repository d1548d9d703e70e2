"""Who has an account, for administrators. Names are encrypted, so the database cannot sort or search them: a service
has hundreds of colleagues, not millions, and all of them are read."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, func, select

from accounts import queries
from accounts.models import AuthenticatorApp, Passkey, StaffAccount, StaffSession
from accounts.words import StaffView, Standing
from core.domain.errors import NotFound
from core.storage.session import Session

A_PAGE = 50


@dataclass(frozen=True, slots=True)
class Account:
    """A colleague's account; `used_at` is when they were last here."""

    view: StaffView
    standing: Standing
    added_at: datetime
    used_at: datetime | None
    has_factor: bool
    left_at: datetime | None


@dataclass(frozen=True, slots=True)
class Asked:
    """What the list is asked for; pages count from 1."""

    words: str = ""
    standing: Standing | None = None
    page: int = 1


@dataclass(frozen=True, slots=True)
class Found:
    """One page of the list, and how many there are in all."""

    accounts: Sequence[Account]
    total: int
    page: int

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // A_PAGE))


async def find(session: Session, asked: Asked, now: datetime) -> Found:
    """Colleagues whose name or e-mail address has these words in it, by name. Two queries."""
    everybody = (await session.exec(select(StaffAccount))).all()
    fitting = sorted((row for row in everybody if _fits(row, asked)), key=lambda row: (row.name.casefold(), row.id))
    first = (asked.page - 1) * A_PAGE
    shown = await _accounts(session, fitting[first : first + A_PAGE])
    return Found(shown, len(fitting), asked.page)


async def one(session: Session, staff_id: UUID, now: datetime) -> Account:
    """One colleague. NotFound when there is none of this id."""
    row = await session.get(StaffAccount, staff_id)
    if row is None:
        raise NotFound("no such member of staff")
    return (await _accounts(session, [row]))[0]


def _fits(row: StaffAccount, asked: Asked) -> bool:
    words = f"{row.name} {row.email}".casefold()
    return all(part in words for part in asked.words.casefold().split()) and asked.standing in (None, _standing(row))


def _standing(row: StaffAccount) -> Standing:
    if row.active:
        return Standing.ACTIVE
    return Standing.CLOSED if row.left_at or row.joined_at else Standing.INVITED


async def _accounts(session: Session, rows: Sequence[StaffAccount]) -> list[Account]:
    ids = [row.id for row in rows]
    used = select(func.max(StaffSession.seen_at)).where(StaffSession.staff_id == StaffAccount.id)
    app = select(AuthenticatorApp.id).where(
        AuthenticatorApp.staff_id == StaffAccount.id, col(AuthenticatorApp.confirmed_at).is_not(None)
    )
    passkey = select(Passkey.id).where(Passkey.staff_id == StaffAccount.id)
    has_factor = sa.or_(sa.exists(app), sa.exists(passkey))
    asked = select(StaffAccount.id, used.scalar_subquery(), has_factor).where(col(StaffAccount.id).in_(ids))
    more = {found[0]: (found[1], bool(found[2])) for found in await session.exec(asked)}
    return [
        Account(queries.view_of(row), _standing(row), row.added_at, *more[row.id], left_at=row.left_at) for row in rows
    ]

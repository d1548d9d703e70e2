"""One's own sessions: where they are, ending them, and showing again who one is before something that matters."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select, update

from accounts import rules
from accounts.models import StaffSession
from accounts.service import session_fingerprint
from accounts.words import Factor
from core.domain.errors import NotFound, SignInNeeded
from core.domain.identity import Actor
from core.domain.ids import new_token
from core.storage import audit
from core.storage.session import Session

# Something that matters (an account, a second factor, an export) asks again after this long.
PROOF_GOOD_FOR = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class OwnSession:
    """A session as its owner sees it; `is_this` is the one they look with."""

    id: UUID
    device: str
    place: str
    started_at: datetime
    seen_at: datetime
    is_this: bool


async def open_sessions(session: Session, staff_id: UUID, token: str, now: datetime) -> list[OwnSession]:
    """The sessions that still live, the one in use first, then the latest."""
    found = select(StaffSession).where(
        StaffSession.staff_id == staff_id,
        col(StaffSession.ended_at).is_(None),
        StaffSession.seen_at > now - rules.IDLE,
        StaffSession.started_at > now - rules.AT_MOST,
    )
    mine = session_fingerprint(token)
    rows = [_own(row, mine) for row in await session.exec(found)]
    return sorted(rows, key=lambda row: (not row.is_this, -row.seen_at.timestamp()))


def _own(row: StaffSession, mine: bytes) -> OwnSession:
    device, place = row.device or "A browser we do not know", row.place or "not known"
    return OwnSession(row.id, device, place, row.started_at, row.seen_at, row.token_fingerprint == mine)


async def end_one(session: Session, actor: Actor, session_id: UUID, now: datetime) -> None:
    """Ends one of one's own sessions. NotFound for anybody else's."""
    ended = _ending(now).where(col(StaffSession.id) == session_id, col(StaffSession.staff_id) == actor.id)
    if (await session.exec(ended.returning(col(StaffSession.id)))).one_or_none() is None:
        raise NotFound("no such session")
    audit.record(session, actor, "staff.session-ended", "session", session_id, now)


async def end_others(session: Session, actor: Actor, token: str, now: datetime) -> int:
    """Ends all of one's own sessions but the one in use; returns how many."""
    others = _ending(now).where(
        col(StaffSession.staff_id) == actor.id, col(StaffSession.token_fingerprint) != session_fingerprint(token)
    )
    ended = len((await session.exec(others.returning(col(StaffSession.id)))).all())
    if ended and actor.id:
        audit.record(session, actor, "staff.sessions-ended", "staff", actor.id, now, count=ended)
    return ended


async def end_all(session: Session, staff_id: UUID, now: datetime) -> None:
    """Signs a colleague out everywhere."""
    await session.exec(_ending(now).where(col(StaffSession.staff_id) == staff_id))


def _ending(now: datetime) -> sa.Update:
    forward = update(StaffSession).where(col(StaffSession.ended_at).is_(None)).values(ended_at=now)
    return forward.execution_options(synchronize_session=False)


async def proved_at(session: Session, fingerprint: bytes) -> datetime | None:
    """When the holder of this session last showed who they are; None when it has ended."""
    found = select(StaffSession.proved_at).where(
        StaffSession.token_fingerprint == fingerprint, col(StaffSession.ended_at).is_(None)
    )
    return (await session.exec(found)).one_or_none()


async def prove_again(session: Session, actor: Actor, token: str, factor: Factor, now: datetime) -> str:
    """The holder has shown again who they are: the session goes on under a new token, the old one opens nothing.
    SignInNeeded when it has ended meanwhile."""
    fresh = new_token()
    rotated = (
        update(StaffSession)
        .where(
            col(StaffSession.token_fingerprint) == session_fingerprint(token),
            col(StaffSession.staff_id) == actor.id,
            col(StaffSession.ended_at).is_(None),
        )
        .values(token_fingerprint=session_fingerprint(fresh), proved_at=now, factor=factor)
        .returning(col(StaffSession.id))
        .execution_options(synchronize_session=False)
    )
    if (await session.exec(rotated)).one_or_none() is None or actor.id is None:
        raise SignInNeeded("the session has ended")
    audit.record(session, actor, "staff.proved-again", "staff", actor.id, now, factor=factor)
    return fresh

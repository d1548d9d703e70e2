"""The address under which somebody's own calendar reads their duties. Only its fingerprint is kept."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from advice_line.rota_models import AdviceDutyFeed
from core.domain.errors import NotAllowed
from core.domain.identity import Actor
from core.domain.ids import new_token
from core.storage import audit
from core.storage.columns import keys
from core.storage.session import Session


async def start(session: Session, actor: Actor, now: datetime) -> str:
    """A new address for one's own duties: the secret of it, which is never kept. The one before ends."""
    staff_id = _own(actor)
    await _end(session, staff_id)
    secret = new_token()
    session.add(AdviceDutyFeed(staff_id=staff_id, key=_key(secret), made_at=now))
    audit.record(session, actor, "rota.feed-started", "staff", staff_id, now)
    return secret


async def stop(session: Session, actor: Actor, now: datetime) -> None:
    """Ends the address; there may have been none."""
    staff_id = _own(actor)
    await _end(session, staff_id)
    audit.record(session, actor, "rota.feed-stopped", "staff", staff_id, now)


async def started_at(session: Session, actor: Actor) -> datetime | None:
    """Since when a calendar may read this person's duties."""
    found = select(AdviceDutyFeed.made_at).where(AdviceDutyFeed.staff_id == _own(actor))
    return (await session.exec(found)).one_or_none()


async def whose(session: Session, secret: str) -> UUID | None:
    """Whose duties an address shows; None when we never gave it out, or it was ended."""
    found = select(AdviceDutyFeed.staff_id).where(AdviceDutyFeed.key == _key(secret))
    return (await session.exec(found)).one_or_none()


async def _end(session: Session, staff_id: UUID) -> None:
    await session.exec(sa.delete(AdviceDutyFeed).where(col(AdviceDutyFeed.staff_id) == staff_id))


def _key(secret: str) -> bytes:
    return keys().fingerprint("rota-feed", secret)


def _own(actor: Actor) -> UUID:
    if actor.id is None:
        raise NotAllowed("only staff have duties")
    return actor.id

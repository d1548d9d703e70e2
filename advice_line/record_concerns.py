"""Worries about a child's safety: kept from the moment somebody says so, whatever becomes of the form, and shown to
managers until one of them has looked."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from advice_line.models import AdviceMessage
from advice_line.record_models import AdviceConcern
from advice_line.record_words import ConcernOpen, ConcernRaised
from advice_line.service import SUBJECT, note
from advice_line.words import Happened
from core.domain.errors import NotFound, NotPossible
from core.domain.identity import Actor
from core.domain.ids import new_id
from core.storage import audit
from core.storage.outbox import tell
from core.storage.session import Session

_MOST = 50


async def raise_concern(session: Session, actor: Actor, message_id: UUID, call_id: UUID, now: datetime) -> UUID:
    """Somebody is worried. Managers see it from now on. Once for each call, however often it is said."""
    concern_id = new_id()
    row = {"id": concern_id, "message_id": message_id, "call_id": call_id, "raised_at": now, "raised_by": actor.id}
    added = insert(AdviceConcern).values(row).on_conflict_do_nothing(index_elements=["call_id"])
    made = (await session.exec(added.returning(col(AdviceConcern.id)))).one_or_none()
    if made is None:
        return (await session.exec(select(AdviceConcern.id).where(AdviceConcern.call_id == call_id))).one()
    note(session, message_id, actor, Happened.CONCERN, now, staff_id=actor.id)
    audit.record(session, actor, "advice.concern-raised", SUBJECT, message_id, now)
    await tell(session, ConcernRaised(message_id, concern_id), now)
    return concern_id


async def of_call(session: Session, call_id: UUID) -> AdviceConcern | None:
    """What was raised in this call."""
    return (await session.exec(select(AdviceConcern).where(AdviceConcern.call_id == call_id))).one_or_none()


async def check_none_is_open(session: Session, call_id: UUID) -> None:
    """ConcernOpen when a worry was raised in this call and nothing is written about it: it cannot be passed over."""
    raised = await of_call(session, call_id)
    if raised and raised.done is None:
        raise ConcernOpen("what was done has to be written first")


async def write_down(session: Session, actor: Actor, concern_id: UUID, done: str, now: datetime) -> AdviceConcern:
    """Keeps what was done. What is written already stays as it is."""
    raised = await session.get(AdviceConcern, concern_id, with_for_update=True)
    if raised is None:
        raise NotFound("no such concern")
    if raised.done is None:
        raised.done, raised.done_at = done, now
        audit.record(session, actor, "advice.concern-acted-on", SUBJECT, raised.message_id, now)
    return raised


async def unwritten_of(session: Session, staff_id: UUID) -> int:
    """How many worries this person raised and wrote nothing about."""
    found = select(sa.func.count()).select_from(AdviceConcern)
    mine = found.where(AdviceConcern.raised_by == staff_id, col(AdviceConcern.done_at).is_(None))
    return (await session.exec(mine)).one()


async def unseen(session: Session) -> Sequence[tuple[AdviceConcern, str]]:
    """Worries no manager has looked at, the oldest first: (worry, reference)."""
    found = (
        select(AdviceConcern, AdviceMessage.reference)
        .join(AdviceMessage, col(AdviceMessage.id) == AdviceConcern.message_id)
        .where(col(AdviceConcern.seen_at).is_(None))
        .order_by(col(AdviceConcern.raised_at))
        .limit(_MOST)
    )
    return [(concern, reference) for concern, reference in (await session.exec(found)).all()]


async def how_many_unseen(session: Session) -> int:
    found = select(sa.func.count()).select_from(AdviceConcern).where(col(AdviceConcern.seen_at).is_(None))
    return (await session.exec(found)).one()


async def about(session: Session, message_id: UUID) -> Sequence[AdviceConcern]:
    """Every worry raised about one message."""
    found = select(AdviceConcern).where(AdviceConcern.message_id == message_id).order_by(col(AdviceConcern.raised_at))
    return (await session.exec(found)).all()


async def mark_seen(session: Session, actor: Actor, concern_id: UUID, now: datetime) -> None:
    """A manager has looked at what was done. NotPossible while nothing is written."""
    concern = await session.get(AdviceConcern, concern_id, with_for_update=True)
    if concern is None:
        raise NotFound("no such concern")
    if concern.done is None:
        raise NotPossible("nothing is written about it yet")
    if concern.seen_at:
        return
    concern.seen_at, concern.seen_by = now, actor.id
    audit.record(session, actor, "advice.concern-seen", SUBJECT, concern.message_id, now)

"""A place that comes free is kept for whoever has waited longest and can use it, in the transaction that freed it.

Locks are taken in one order, an entry of the list before the place it is offered, and a place that is to be offered is
never waited for, so nobody waits in a ring."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from booking import letters, links, waiting_rules
from booking.letters import Letterhead
from booking.models import Offer, Place, Sitting
from booking.waiting_models import Turn, Waiting
from booking.waiting_rules import TurnStep, WaitingStep
from booking.waiting_words import LinkKind, PlaceOffered, TurnEnded, TurnState, WaitingState
from booking.words import SittingState
from core.domain.clock import in_london
from core.domain.identity import system
from core.domain.ids import new_id
from core.storage import audit, outbox
from core.storage.session import Session
from core.storage.tasks import URGENT, plan

TURN_OVER = "booking.turn_over"
_LIST = system("waiting-list")

# SKIP LOCKED: a place somebody is about to take is not waited for; they have it, or it comes free again.
_OFFER = sa.text("""
    update place set state = 'offered', held_by = :turn_id, held_until = :until
    where id = (
        select id from place where id = :place_id
          and (state = 'free' or (state = 'held' and held_until <= :now)) for update skip locked
    ) returning id
""")
# Only for the one whose turn it was: the place may be somebody else's by now.
_GIVE_BACK = sa.text("""
    update place set state = 'free', held_by = null, held_until = null
    where held_by = :turn_id and state = 'offered' returning id
""")


async def offer_place(session: Session, place_id: UUID, head: Letterhead, now: datetime) -> UUID | None:
    """Keeps this place for whoever waited longest for such a one, and tells them; returns the turn. None, and the place
    stays as it is, when it is not free, nobody waits for it, or its sitting is too near to wait for an answer."""
    found = select(Sitting, Offer).join(Place, col(Place.sitting_id) == Sitting.id)
    found = found.join(Offer, col(Offer.id) == Sitting.offer_id).where(Place.id == place_id)
    sitting, offer = (await session.exec(found)).one()
    until = waiting_rules.turn_ends(now, sitting.starts_at)
    if until is None or not _is_open(sitting, offer, now):
        return None
    entry = await _next_in_line(session, sitting, offer)
    if entry is None:
        return None
    turn = Turn(id=new_id(), waiting_id=entry.id, place_id=place_id, sitting_id=sitting.id, made_at=now, until=until)
    given = {"turn_id": turn.id, "until": until, "place_id": place_id, "now": now}
    if not await (await session.connection()).scalar(_OFFER, given):
        return None
    await _tell(session, entry, turn, sitting, offer, head, now)
    return turn.id


def _is_open(sitting: Sitting, offer: Offer, now: datetime) -> bool:
    released = sitting.released_at is None or sitting.released_at <= now
    return released and offer.is_public and sitting.state is SittingState.PLANNED


async def _next_in_line(session: Session, sitting: Sitting, offer: Offer) -> Waiting | None:
    """Whoever waited longest, locked, of those who wish for such a time and were not told of this sitting before."""
    told = select(Turn.id).where(Turn.waiting_id == Waiting.id, Turn.sitting_id == sitting.id)
    wider = sa.and_(
        col(Waiting.wider),
        col(Waiting.kind) == offer.kind,
        col(Waiting.discipline) == offer.discipline if offer.discipline else col(Waiting.discipline).is_(None),
    )
    day, part = 1 << in_london(sitting.starts_at).weekday(), waiting_rules.part_of_day(sitting.starts_at)
    line = (
        select(Waiting)
        .where(
            col(Waiting.state) == sa.literal_column("'waiting'"),
            sa.or_(col(Waiting.offer_id) == offer.id, wider),
            col(Waiting.days).op("&")(day) != 0,
            col(Waiting.parts).op("&")(waiting_rules.part_bits([part])) != 0,
            ~sa.exists(told),
        )
        .order_by(col(Waiting.joined_at), col(Waiting.id))
        .limit(1)
        .with_for_update()
    )
    return (await session.exec(line.execution_options(populate_existing=True))).one_or_none()


async def _tell(
    session: Session, entry: Waiting, turn: Turn, sitting: Sitting, offer: Offer, head: Letterhead, now: datetime
) -> None:
    entry.state = waiting_rules.waiting_after(entry.state, WaitingStep.OFFER)
    session.add(turn)
    await session.flush()
    head = replace(head, token=await links.new_link(session, LinkKind.TURN, turn.id, now))
    await letters.write_offered(session, entry, turn, sitting, offer, head, now)
    await plan(session, TURN_OVER, key=f"turn-over:{turn.id}", run_at=turn.until, priority=URGENT, turn_id=turn.id)
    audit.record(session, _LIST, "waiting.offered", "waiting", entry.id, now, sitting=str(sitting.id))
    await outbox.tell(session, PlaceOffered(turn.id, entry.id, sitting.id), now)


async def locked_turn(session: Session, turn_id: UUID) -> tuple[Waiting, Turn] | None:
    """A turn with its place on the list, both locked."""
    owner = select(Waiting).join(Turn, col(Turn.waiting_id) == Waiting.id).where(Turn.id == turn_id)
    entry = (
        await session.exec(owner.with_for_update(of=Waiting).execution_options(populate_existing=True))
    ).one_or_none()
    if entry is None:
        return None
    turn = (await session.exec(select(Turn).where(Turn.id == turn_id).execution_options(populate_existing=True))).one()
    return entry, turn


async def end_turn(
    session: Session, entry: Waiting, turn: Turn, step: TurnStep, following: WaitingStep, now: datetime
) -> UUID | None:
    """Ends an open turn that was not taken, and returns its place when that is free for the next one now."""
    turn.state, turn.ended_at = waiting_rules.turn_after(turn.state, step), now
    entry.state = waiting_rules.waiting_after(entry.state, following)
    if entry.state not in (WaitingState.WAITING, WaitingState.OFFERED):
        entry.ended_at = now
    await session.flush()
    audit.record(session, _LIST, f"waiting.{turn.state}", "waiting", entry.id, now, turn=str(turn.id))
    await outbox.tell(session, TurnEnded(turn.id, turn.state.value), now)
    freed: UUID | None = await (await session.connection()).scalar(_GIVE_BACK, {"turn_id": turn.id})
    return freed


async def mend_lost(session: Session, now: datetime, most: int = 50) -> int:
    """Turns whose place was taken away (a sitting cancelled, places cut): the family waits on, where it stood."""
    lost = select(Turn.id).where(
        Turn.state == TurnState.OPEN,
        ~sa.exists(select(Place.id).where(Place.id == Turn.place_id, Place.held_by == Turn.id)),
    )
    ids = (await session.exec(lost.order_by(col(Turn.waiting_id)).limit(most))).all()
    for turn_id in ids:
        both = await locked_turn(session, turn_id)
        if both and both[1].state is TurnState.OPEN:
            await end_turn(session, *both, TurnStep.LOSE, WaitingStep.GIVE_BACK, now)
    return len(ids)

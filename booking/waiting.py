"""What people do with the waiting list: join, leave, accept or decline a place, or let their turn go by."""

from dataclasses import asdict, replace
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from booking import letters, limits, links, records, reminders, turns, waiting_rules
from booking.letters import Letterhead
from booking.models import Booking, Offer, Sitting
from booking.waiting_models import Turn, Waiting
from booking.waiting_rules import TurnStep, WaitingStep
from booking.waiting_words import Joined, LinkKind, TurnEnded, TurnState, WaitingJoined, WaitingState, Wish
from booking.words import Attendee, BookingConfirmed, ContactBy, Happened, SittingState
from core.domain.errors import NotFound, PlaceGone
from core.domain.identity import Actor
from core.domain.ids import new_id
from core.storage import audit, outbox
from core.storage.session import Session

_ACCEPT = sa.text("""
    update place set state = 'booked', booking_id = :booking_id, held_by = null, held_until = null
    where held_by = :turn_id and state = 'offered' and held_until > :now returning id
""")
# Offers somebody waits for, walked along the index of what can be taken.
_FREE_FOR_SOMEONE = sa.text("""
    select p.id from offer o cross join lateral (
        select p.id, p.starts_at, p.sitting_id from place p
        where p.offer_id = o.id and p.starts_at > :now
          and (p.state = 'free' or (p.state = 'held' and p.held_until <= :now))
        order by p.starts_at, p.sitting_id limit :most
    ) p
    where o.is_public and exists (
        select 1 from waiting w where w.state = 'waiting'
          and (w.offer_id = o.id or (w.wider and w.kind = o.kind and w.discipline is not distinct from o.discipline)))
    order by p.starts_at, p.sitting_id limit :most
""")
ROUND = 100


async def join(
    session: Session, actor: Actor, draft_id: UUID, wish: Wish, who: Attendee, head: Letterhead, now: datetime
) -> Joined:
    """Puts somebody at the end of the list and writes to them. Whoever is on it already stays where they are: the link
    goes to the address that was given first."""
    offer = await session.get(Offer, wish.offer_id)
    if offer is None or not offer.is_public or offer.asks_child != (who.child_born is not None):
        raise NotFound("no such offer, or booked through other pages")
    row = _row(offer, draft_id, wish, who, now)
    mine = insert(Waiting).values(row).on_conflict_do_nothing().returning(col(Waiting.id))
    new: UUID | None = (await session.exec(mine)).scalar_one_or_none()
    entry = await _entry_of(session, offer.id, row["person"])
    token = await links.new_link(session, LinkKind.WAITING, entry.id, now)
    await letters.write_joined(session, entry, offer, replace(head, token=token), draft_id, now)
    if new:
        audit.record(session, actor, "waiting.joined", "waiting", entry.id, now)
        await outbox.tell(session, WaitingJoined(entry.id, offer.id), now)
    return Joined(entry.id, token if new else "", before=new is None)


def _row(offer: Offer, draft_id: UUID, wish: Wish, who: Attendee, now: datetime) -> dict[str, object]:
    return {
        "id": new_id(),
        "offer_id": offer.id,
        "kind": offer.kind,
        "discipline": offer.discipline,
        "wider": wish.wider,
        "days": waiting_rules.day_bits(wish.days),
        "parts": waiting_rules.part_bits(wish.parts),
        "state": WaitingState.WAITING,
        "draft_id": draft_id,
        "person": records.same_child(who)
        or records.key_of("booking-contact", (who.email or who.phone or "").casefold()),
        "child_key": records.child_key(who),
        "who": asdict(who),
        "missed": 0,
        "joined_at": now,
    }


async def _entry_of(session: Session, offer_id: UUID, person: object) -> Waiting:
    found = select(Waiting).where(
        Waiting.offer_id == offer_id,
        Waiting.person == person,
        col(Waiting.state).in_([WaitingState.WAITING, WaitingState.OFFERED]),
    )
    return (await session.exec(found)).one()


def attendee_of(entry: Waiting) -> Attendee:
    """Who will come, as they told us when they joined."""
    kept = dict(entry.who)
    return Attendee(**{**kept, "contact_by": ContactBy(kept["contact_by"]), "others": tuple(kept.get("others", ()))})


async def leave(session: Session, actor: Actor, waiting_id: UUID, head: Letterhead, now: datetime) -> None:
    """Takes somebody off the list; a place kept for them goes to the next. A second press changes nothing."""
    locked = select(Waiting).where(Waiting.id == waiting_id).with_for_update()
    entry = (await session.exec(locked.execution_options(populate_existing=True))).one_or_none()
    if entry is None:
        raise NotFound("nobody waits here")
    if entry.state not in (WaitingState.WAITING, WaitingState.OFFERED):
        return
    audit.record(session, actor, "waiting.left", "waiting", entry.id, now)
    turn = await _open_turn(session, entry)
    if turn:
        await _pass_on(
            session, await turns.end_turn(session, entry, turn, TurnStep.DECLINE, WaitingStep.LEAVE, now), head, now
        )
        return
    entry.state, entry.ended_at = waiting_rules.waiting_after(entry.state, WaitingStep.LEAVE), now


async def _open_turn(session: Session, entry: Waiting) -> Turn | None:
    found = select(Turn).where(Turn.waiting_id == entry.id, Turn.state == TurnState.OPEN)
    return (await session.exec(found.execution_options(populate_existing=True))).one_or_none()


async def accept(session: Session, actor: Actor, turn_id: UUID, head: Letterhead, now: datetime) -> Booking:
    """Books the place that was kept, and writes to the family; a second press finds the booking. PlaceGone when the
    turn is over or the place was taken away, and nothing is stored. `head` carries the link of the new booking."""
    entry, turn = await _turn(session, turn_id)
    if turn.booking_id:
        return await session.get_one(Booking, turn.booking_id)
    sitting = await session.get_one(Sitting, turn.sitting_id, populate_existing=True)
    if turn.state is not TurnState.OPEN or turn.until <= now or sitting.state is not SittingState.PLANNED:
        raise PlaceGone("this turn is over")
    offer = await session.get_one(Offer, sitting.offer_id)
    booking = records.new_booking(sitting, turn.id, head.token, attendee_of(entry), now)
    if booking.same_child:
        booking.child_slot = await limits.child_slot(session, offer.id, booking.same_child)
    session.add(booking)
    await session.flush()
    given = {"booking_id": booking.id, "turn_id": turn.id, "now": now}
    if not await (await session.connection()).scalar(_ACCEPT, given):
        raise PlaceGone("the place was taken away")
    _taken(entry, turn, booking, now)
    records.note(session, actor, booking, Happened.BOOKED, now)
    await outbox.tell(session, TurnEnded(turn.id, turn.state.value), now)
    await outbox.tell(session, BookingConfirmed(booking.id, sitting.id), now)
    await letters.write(session, "booking-confirmed", booking, sitting, offer, head, now)
    await reminders.plan_reminders(session, booking, sitting, now)
    return booking


def _taken(entry: Waiting, turn: Turn, booking: Booking, now: datetime) -> None:
    turn.state, turn.ended_at = waiting_rules.turn_after(turn.state, TurnStep.ACCEPT), now
    turn.booking_id = booking.id
    entry.state, entry.ended_at = waiting_rules.waiting_after(entry.state, WaitingStep.ACCEPT), now


async def decline(session: Session, actor: Actor, turn_id: UUID, head: Letterhead, now: datetime) -> None:
    """The place goes to the next one; the family waits on where it stood, for another time. Nothing happens when the
    turn is over."""
    entry, turn = await _turn(session, turn_id)
    if turn.state is TurnState.OPEN:
        audit.record(session, actor, "waiting.said-no", "waiting", entry.id, now)
        freed = await turns.end_turn(session, entry, turn, TurnStep.DECLINE, WaitingStep.GIVE_BACK, now)
        await _pass_on(session, freed, head, now)


async def expire(session: Session, turn_id: UUID, head: Letterhead, now: datetime) -> bool:
    """Ends a turn nobody answered in time, and offers its place to the next. False while it runs or when it has ended.
    Who let two turns go by is taken off the list and told so."""
    entry, turn = await _turn(session, turn_id)
    if turn.state is not TurnState.OPEN or turn.until > now:
        return False
    entry.missed += 1
    again = entry.missed >= waiting_rules.MOST_MISSED
    following = WaitingStep.RUN_OUT_AGAIN if again else WaitingStep.GIVE_BACK
    freed = await turns.end_turn(session, entry, turn, TurnStep.RUN_OUT, following, now)
    if again:
        await letters.write_ended(session, entry, await session.get_one(Offer, entry.offer_id), head, now)
    await _pass_on(session, freed, head, now)
    return True


async def _turn(session: Session, turn_id: UUID) -> tuple[Waiting, Turn]:
    found = await turns.locked_turn(session, turn_id)
    if found is None:
        raise NotFound("no such turn")
    return found


async def _pass_on(session: Session, place_id: UUID | None, head: Letterhead, now: datetime) -> None:
    if place_id:
        await turns.offer_place(session, place_id, head, now)


async def free_for_someone(session: Session, now: datetime) -> list[UUID]:
    """Free places of offers that somebody waits for, soonest first: added ones, and those held and never booked."""
    found = await (await session.connection()).execute(_FREE_FOR_SOMEONE, {"now": now, "most": ROUND})
    return list(found.scalars())


async def offer_free_places(session: Session, head: Letterhead, now: datetime) -> int:
    """Offers them all, and returns how many found somebody."""
    offered = [await turns.offer_place(session, place, head, now) for place in await free_for_someone(session, now)]
    return sum(turn is not None for turn in offered)

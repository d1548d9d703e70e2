"""A month of the service, in some seconds: families book, move, cancel, wait and leave messages, therapists call, the
clock is moved on. Nobody who cancelled is reminded, and nobody is told the same thing twice."""

import random
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlmodel import col, select

from advice_line import calls
from advice_line.models import AdviceMessage
from advice_line.record_words import CallNotes
from advice_line.words import Outcome, State
from booking import service, waiting
from booking.models import Booking, Sitting
from booking.waiting_models import Turn
from booking.waiting_words import TurnState, Wish
from booking.words import Attendee, BookingState, ContactBy
from core.domain.clock import MovedClock, in_london, london
from core.domain.errors import Conflict, NotPossible
from core.domain.identity import PUBLIC, Actor
from core.domain.ids import new_id
from core.storage.jobs import Workbench
from core.storage.session import Database, Session
from notifications.models import Message
from tests.advice_line.support import a_therapist, desk, leave, on_duty_all_week
from tests.booking.support import head, information, sitting_of, somebody
from workers.beats import BEATS
from workers.schedule import plan_due_beats

pytestmark = pytest.mark.usefixtures("house")
BEGINS = london(2026, 10, 12, 8)
DAYS = 28
# The night the clocks go back is inside.
ENDS = BEGINS + timedelta(days=DAYS)
STEP = timedelta(hours=4)
# What only looks says nothing to anybody.
TALKING = tuple(beat for beat in BEATS if not beat.kind.startswith("monitoring"))
Act = Callable[[Session, datetime], Awaitable[Any]]


@dataclass
class Month:
    """What the simulation knows: whom it can move, cancel or call."""

    dice: random.Random
    therapist: Actor
    sittings: dict[UUID, list[UUID]] = field(default_factory=dict)
    families: int = 0

    def family(self) -> Attendee:
        """Somebody new; every third wants texts."""
        self.families += 1
        by = ContactBy.TEXT if self.families % 3 == 0 else ContactBy.EMAIL
        email, phone = f"family{self.families}@example.org", f"+4477009{self.families:05d}"
        return Attendee(f"Invented {self.families}", by, email, phone)

    async def books(self, session: Session, now: datetime) -> None:
        visitor, offer_id = somebody(), self.dice.choice(list(self.sittings))
        sitting_id = self.dice.choice(self.sittings[offer_id])
        hold_id = await service.hold_place(session, visitor, sitting_id, 15, now)
        if self.dice.random() < 0.8:
            await service.confirm(session, PUBLIC, visitor, hold_id, new_id(), self.family(), head(), now)

    async def moves(self, session: Session, now: datetime) -> None:
        if booking := await self._a_booking(session, now):
            (others,) = [all_of_one for all_of_one in self.sittings.values() if booking.sitting_id in all_of_one]
            await service.move(session, PUBLIC, booking.id, self.dice.choice(others), head(), now)

    async def cancels(self, session: Session, now: datetime) -> None:
        if booking := await self._a_booking(session, now):
            await service.cancel(session, PUBLIC, booking.id, None, head(), now)

    async def waits(self, session: Session, now: datetime) -> None:
        wish = Wish(self.dice.choice(list(self.sittings)))
        await waiting.join(session, PUBLIC, new_id(), wish, self.family(), head(), now)

    async def answers(self, session: Session, now: datetime) -> None:
        turns = (await session.exec(select(Turn).where(Turn.state == TurnState.OPEN))).all()
        if not turns:
            return
        turn = self.dice.choice(sorted(turns, key=lambda turn: turn.id))
        said_yes = self.dice.random() < 0.6
        await (waiting.accept if said_yes else waiting.decline)(session, PUBLIC, turn.id, head(), now)

    async def leaves_a_message(self, session: Session, now: datetime) -> None:
        self.families += 1
        phone = f"+4477009{self.families:05d}"
        await leave(session, now, phone=phone, email=f"family{self.families}@example.org")

    async def calls(self, session: Session, now: datetime) -> None:
        mine, state = AdviceMessage.owner_id == self.therapist.id, col(AdviceMessage.state)
        found = select(AdviceMessage).where(mine, state.in_([State.NEW, State.TRIED, State.CALL_AGAIN]))
        message = (await session.exec(found.order_by(col(AdviceMessage.id)).limit(1))).first()
        if message:
            reached = self.dice.random() < 0.6
            notes = CallNotes(Outcome.REACHED if reached else Outcome.NO_ANSWER, "Invented.", close=reached)
            await calls.record_call(session, self.therapist, desk(now), message.id, new_id(), notes)

    async def _a_booking(self, session: Session, now: datetime) -> Booking | None:
        found = (
            select(Booking)
            .join(Sitting, col(Sitting.id) == Booking.sitting_id)
            .where(Booking.state == BookingState.BOOKED, Sitting.starts_at > now)
            .order_by(col(Booking.id))
        )
        bookings = (await session.exec(found)).all()
        return self.dice.choice(bookings) if bookings else None


async def begins(db: Database, clock: MovedClock) -> Month:
    """Two offers with few places, so that people wait, and a therapist on duty."""
    async with db.transaction() as session:
        therapist = await a_therapist(session, clock.now())
        await on_duty_all_week(session, therapist)
        month = Month(random.Random(20261012), therapist)
        for offer in (information(capacity=2), information(capacity=1, title="Another session")):
            times = [BEGINS + timedelta(days=day, hours=2) for day in range(3, DAYS + 7, 2)]
            month.sittings[offer.id] = [await sitting_of(session, offer, at) for at in times]
    return month


async def test_in_a_month_nobody_is_reminded_in_vain_or_told_twice(
    db: Database, clock: MovedClock, bench: Workbench, drain: Callable[[], Awaitable[int]]
) -> None:
    clock.move_to(BEGINS)
    month = await begins(db, clock)
    acts: list[Act] = [month.books, month.books, month.moves, month.cancels, month.waits, month.answers]
    acts += [month.leaves_a_message, month.calls, month.calls]
    while clock.now() < ENDS:
        if 7 <= in_london(clock.now()).hour < 23:
            for _ in range(3):
                with suppress(Conflict, NotPossible):
                    async with db.transaction() as session:
                        await month.dice.choice(acts)(session, clock.now())
        async with db.transaction() as session:
            await plan_due_beats(session, bench.profile, TALKING, clock.now())
        await drain()
        clock.move_to(clock.now() + STEP)
    await _nothing_in_vain(db)


async def _nothing_in_vain(db: Database) -> None:
    async with db.transaction() as session:
        messages = (await session.exec(select(Message))).all()
        bookings = {booking.id: booking for booking in (await session.exec(select(Booking))).all()}
        sittings = {sitting.id: sitting for sitting in (await session.exec(select(Sitting))).all()}
    said = Counter((message.address, message.subject_id, message.purpose, message.occasion) for message in messages)
    assert max(said.values()) == 1
    kinds = Counter(message.purpose for message in messages)
    # The month was worth watching.
    for purpose in ("booking-confirmed", "booking-cancelled", "booking-moved", "booking-reminder", "advice-received"):
        assert kinds[purpose] >= 5, kinds
    assert any(purpose.startswith("waiting") for purpose in kinds), kinds
    for message in messages:
        if message.purpose != "booking-reminder":
            continue
        booking = bookings[message.subject_id]
        cancelled = booking.cancelled_at
        assert cancelled is None or cancelled >= message.created_at
        if booking.state is BookingState.BOOKED:
            assert message.created_at < sittings[booking.sitting_id].starts_at
    reminded = Counter((m.subject_id, m.occasion) for m in messages if m.purpose == "booking-reminder")
    assert max(reminded.values()) == 1

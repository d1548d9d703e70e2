"""What people do with places, and what can never come of it."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlmodel import select

from booking import service, timetable
from booking.api import audit_checks
from booking.models import Booking, BookingEvent, Place, PlaceHold
from booking.words import Attendee, ContactBy, Happened
from core.domain.clock import MovedClock
from core.domain.errors import NotFound, NotPossible, PlaceGone
from core.domain.identity import PUBLIC
from core.domain.ids import new_id
from core.storage.audit import AuditEntry
from core.storage.outbox import OutboxFact
from core.storage.session import Database
from notifications.api import Channel, messages_about
from tests.booking.support import (
    FAMILY,
    PARENT,
    TUESDAY_9AM,
    booked,
    head,
    information,
    planned,
    screening,
    sitting_of,
    somebody,
    states,
)

pytestmark = pytest.mark.usefixtures("house")
_LATER = TUESDAY_9AM + timedelta(minutes=15)


async def hold(db: Database, clock: MovedClock, sitting: UUID, visitor: bytes) -> UUID:
    async with db.transaction() as session:
        return await service.hold_place(session, visitor, sitting, 15, clock.now())


async def confirm(
    db: Database, clock: MovedClock, visitor: bytes, hold_id: UUID, who: Attendee = FAMILY, **other: Any
) -> Booking:
    async with db.transaction() as session:
        draft = other.get("draft", new_id())
        return await service.confirm(session, PUBLIC, visitor, hold_id, draft, who, head(), clock.now())


async def test_a_held_place_is_nobody_elses_for_fifteen_minutes(db: Database, clock: MovedClock) -> None:
    [sitting] = await planned(db, screening())
    await hold(db, clock, sitting, somebody())
    clock.move_on(minutes=14, seconds=59)
    with pytest.raises(PlaceGone):
        await hold(db, clock, sitting, somebody())


async def test_a_hold_that_ran_out_is_free_without_anyone_sweeping(db: Database, clock: MovedClock) -> None:
    [sitting] = await planned(db, screening())
    first = await hold(db, clock, sitting, somebody())
    clock.move_on(minutes=15)
    assert await hold(db, clock, sitting, somebody()) != first


async def test_pressing_twice_holds_one_place_and_no_longer(db: Database, clock: MovedClock) -> None:
    [sitting] = await planned(db, information())
    visitor = somebody()
    first = await hold(db, clock, sitting, visitor)
    clock.move_on(minutes=5)
    assert await hold(db, clock, sitting, visitor) == first
    assert await states(db) == {"held": 1, "free": 5}
    async with db.transaction() as session:
        [until] = (await session.exec(select(PlaceHold.until))).all()
    assert until == clock.now() + timedelta(minutes=10)


async def test_choosing_another_time_lets_the_first_go_and_stays_the_same_hold(db: Database, clock: MovedClock) -> None:
    early, late = await planned(db, screening(), TUESDAY_9AM, _LATER)
    visitor = somebody()
    assert await hold(db, clock, early, visitor) == await hold(db, clock, late, visitor)
    assert (await states(db, early), await states(db, late)) == ({"free": 1}, {"held": 1})


async def test_whoever_finds_the_other_time_gone_still_has_their_own(db: Database, clock: MovedClock) -> None:
    early, late = await planned(db, screening(), TUESDAY_9AM, _LATER)
    visitor = somebody()
    mine = await hold(db, clock, early, visitor)
    await hold(db, clock, late, somebody())
    with pytest.raises(PlaceGone):
        await hold(db, clock, late, visitor)
    assert (await confirm(db, clock, visitor, mine)).sitting_id == early


async def test_nothing_that_has_begun_can_be_held(db: Database, clock: MovedClock) -> None:
    [sitting] = await planned(db, screening())
    clock.move_to(TUESDAY_9AM)
    with pytest.raises(PlaceGone):
        await hold(db, clock, sitting, somebody())


async def test_a_sitting_nobody_may_book_is_not_found(db: Database, clock: MovedClock) -> None:
    [hidden] = await planned(db, screening(is_public=False))
    for sitting in (hidden, new_id()):
        with pytest.raises(NotFound):
            await hold(db, clock, sitting, somebody())


async def test_confirming_books_the_place_and_writes_everything_down_together(db: Database, clock: MovedClock) -> None:
    [sitting] = await planned(db, screening())
    visitor = somebody()
    booking = await confirm(db, clock, visitor, await hold(db, clock, sitting, visitor))
    assert await states(db) == {"booked": 1}
    async with db.transaction() as session:
        place = (await session.exec(select(Place))).one()
        event = (await session.exec(select(BookingEvent))).one()
        acts = (await session.exec(select(AuditEntry.action).where(AuditEntry.subject_id == booking.id))).all()
        facts = (await session.exec(select(OutboxFact.name))).all()
        messages = await messages_about(session, booking.id)
    assert (place.booking_id, place.held_by, event.happened) == (booking.id, None, Happened.BOOKED)
    assert acts == ["booking.booked"]
    assert facts == ["BookingConfirmed"]
    assert [(message.channel, message.template) for message in messages] == [(Channel.EMAIL, "booking-confirmed")]


async def test_the_message_holds_the_link_and_neither_child_nor_therapy(db: Database, clock: MovedClock) -> None:
    [sitting] = await planned(db, screening())
    async with db.transaction() as session:
        booking = await booked(session, sitting, clock.now(), token="the-secret-of-the-link")
        [message] = await messages_about(session, booking.id)
    assert "https://testserver/bookings/the-secret-of-the-link" in message.body
    assert "Tuesday 1 December 2026 at 9am" in message.body
    for private in ("Robin", "Sample", "speech", "2021"):
        assert private not in message.body + message.subject_line


async def test_whoever_chose_texts_gets_a_text_in_one_piece(db: Database, clock: MovedClock) -> None:
    [sitting] = await planned(db, information())
    who = Attendee("Jo Madeup", ContactBy.TEXT, None, "+447700900982")
    async with db.transaction() as session:
        booking = await booked(session, sitting, clock.now(), who)
        [message] = await messages_about(session, booking.id)
    assert (message.channel, message.address) == (Channel.TEXT, "+447700900982")
    assert len(message.body) < 400


async def test_one_draft_becomes_one_booking(db: Database, clock: MovedClock) -> None:
    [sitting] = await planned(db, information())
    visitor, draft = somebody(), new_id()
    mine = await hold(db, clock, sitting, visitor)
    await confirm(db, clock, visitor, mine, PARENT, draft=draft)
    with pytest.raises(PlaceGone):
        await confirm(db, clock, visitor, mine, PARENT, draft=draft)
    again = await hold(db, clock, sitting, visitor)
    with pytest.raises(sa.exc.IntegrityError, match="uq_booking_draft"):
        await confirm(db, clock, visitor, again, PARENT, draft=draft)
    assert await states(db) == {"booked": 1, "held": 1, "free": 4}


async def test_nobody_confirms_somebody_elses_hold(db: Database, clock: MovedClock) -> None:
    [sitting] = await planned(db, screening())
    mine = await hold(db, clock, sitting, somebody())
    with pytest.raises(PlaceGone):
        await confirm(db, clock, somebody(), mine)


async def test_a_late_family_still_gets_the_time_while_it_is_free(db: Database, clock: MovedClock) -> None:
    [sitting] = await planned(db, screening())
    visitor = somebody()
    mine = await hold(db, clock, sitting, visitor)
    clock.move_on(hours=2)
    assert (await confirm(db, clock, visitor, mine)).sitting_id == sitting
    assert await states(db) == {"booked": 1}


async def test_a_late_family_whose_time_was_taken_books_nothing(db: Database, clock: MovedClock) -> None:
    [sitting] = await planned(db, screening())
    visitor = somebody()
    mine = await hold(db, clock, sitting, visitor)
    clock.move_on(minutes=15)
    await hold(db, clock, sitting, somebody())
    with pytest.raises(PlaceGone):
        await confirm(db, clock, visitor, mine)
    async with db.transaction() as session:
        assert (await session.exec(select(Booking))).all() == []


async def test_a_screening_is_not_booked_without_a_child_nor_a_session_with_one(
    db: Database, clock: MovedClock
) -> None:
    [clinic] = await planned(db, screening())
    [talk] = await planned(db, information())
    for sitting, who in ((clinic, PARENT), (talk, FAMILY)):
        visitor = somebody()
        mine = await hold(db, clock, sitting, visitor)
        with pytest.raises(NotFound):
            await confirm(db, clock, visitor, mine, who)


async def test_letting_go_frees_the_place_of_ones_own_hold_only(db: Database, clock: MovedClock) -> None:
    [sitting] = await planned(db, screening())
    visitor = somebody()
    mine = await hold(db, clock, sitting, visitor)
    async with db.transaction() as session:
        await service.let_go(session, somebody(), mine, clock.now())
    assert await states(db) == {"held": 1}
    async with db.transaction() as session:
        await service.let_go(session, visitor, mine, clock.now())
    assert await states(db) == {"free": 1}


async def test_a_time_let_go_can_be_chosen_again(db: Database, clock: MovedClock) -> None:
    [sitting] = await planned(db, screening())
    visitor = somebody()
    mine = await hold(db, clock, sitting, visitor)
    async with db.transaction() as session:
        await service.let_go(session, visitor, mine, clock.now())
    await hold(db, clock, sitting, visitor)
    assert await states(db) == {"held": 1}


async def test_moving_keeps_the_booking_and_gives_the_old_place_back(db: Database, clock: MovedClock) -> None:
    early, late = await planned(db, screening(), TUESDAY_9AM, _LATER)
    async with db.transaction() as session:
        booking = await booked(session, early, clock.now())
        before = booking.reference, booking.calendar_uid
        moved = await service.move(session, PUBLIC, booking.id, late, head(), clock.now())
        facts = (await session.exec(select(OutboxFact.name))).all()
        messages = await messages_about(session, booking.id)
    assert (moved.reference, moved.calendar_uid) == before
    assert (moved.sitting_id, moved.calendar_sequence) == (late, 1)
    assert (await states(db, early), await states(db, late)) == ({"free": 1}, {"booked": 1})
    assert facts == ["BookingConfirmed", "BookingMoved", "PlaceReleased"]
    assert {message.template for message in messages} == {"booking-confirmed", "booking-moved"}


async def test_a_move_to_a_full_time_changes_nothing(db: Database, clock: MovedClock) -> None:
    early, late = await planned(db, screening(), TUESDAY_9AM, _LATER)
    async with db.transaction() as session:
        booking = await booked(session, early, clock.now())
        await booked(session, late, clock.now())
    with pytest.raises(PlaceGone):
        async with db.transaction() as session:
            await service.move(session, PUBLIC, booking.id, late, head(), clock.now())
    assert (await states(db, early), await states(db, late)) == ({"booked": 1}, {"booked": 1})
    async with db.transaction() as session:
        kept = await session.get_one(Booking, booking.id)
    assert (kept.sitting_id, kept.calendar_sequence) == (early, 0)


async def test_moving_to_where_one_is_changes_nothing(db: Database, clock: MovedClock) -> None:
    [sitting] = await planned(db, screening())
    async with db.transaction() as session:
        booking = await booked(session, sitting, clock.now())
        same = await service.move(session, PUBLIC, booking.id, sitting, head(), clock.now())
    assert same.calendar_sequence == 0


async def test_a_booking_moves_only_within_its_offer(db: Database, clock: MovedClock) -> None:
    [mine] = await planned(db, screening())
    [other] = await planned(db, screening(title="Another clinic"), _LATER)
    async with db.transaction() as session:
        booking = await booked(session, mine, clock.now())
    with pytest.raises(NotFound):
        async with db.transaction() as session:
            await service.move(session, PUBLIC, booking.id, other, head(), clock.now())


async def test_cancelling_frees_the_place_and_a_second_press_does_nothing(db: Database, clock: MovedClock) -> None:
    [sitting] = await planned(db, screening())
    async with db.transaction() as session:
        booking = await booked(session, sitting, clock.now())
    for _ in range(2):
        async with db.transaction() as session:
            gone = await service.cancel(session, PUBLIC, booking.id, "Invented reason", head(), clock.now())
            assert gone.calendar_sequence == 1
    assert await states(db) == {"free": 1}
    async with db.transaction() as session:
        facts = (await session.exec(select(OutboxFact.name))).all()
        events = (await session.exec(select(BookingEvent).order_by(BookingEvent.id))).all()  # type: ignore[arg-type]
        messages = await messages_about(session, booking.id)
    assert facts == ["BookingConfirmed", "BookingCancelled", "PlaceReleased"]
    assert [(event.happened, event.why) for event in events][1:] == [(Happened.CANCELLED, "Invented reason")]
    assert len(messages) == 2


async def test_nothing_changes_once_it_has_begun(db: Database, clock: MovedClock) -> None:
    early, late = await planned(db, screening(), TUESDAY_9AM, _LATER)
    async with db.transaction() as session:
        booking = await booked(session, early, clock.now())
    clock.move_to(TUESDAY_9AM)
    with pytest.raises(NotPossible):
        async with db.transaction() as session:
            await service.cancel(session, PUBLIC, booking.id, None, head(), clock.now())
    with pytest.raises(NotPossible):
        async with db.transaction() as session:
            await service.move(session, PUBLIC, booking.id, late, head(), clock.now())


async def test_a_host_is_never_in_two_sittings_at_once(db: Database, clock: MovedClock, therapist: UUID) -> None:
    async with db.transaction() as session:
        offer = screening()
        await sitting_of(session, offer, host_id=therapist)
        clash = await timetable.add_sitting(session, offer, TUESDAY_9AM + timedelta(minutes=10), host_id=therapist)
        after = await timetable.add_sitting(session, offer, _LATER, host_id=therapist)
        nobody = await timetable.add_sitting(session, offer, TUESDAY_9AM)
    assert clash is None
    assert after is not None
    assert nobody is not None


async def test_the_database_itself_refuses_an_overlap(db: Database, therapist: UUID) -> None:
    overlap = sa.text("""
        insert into sitting (id, offer_id, host_id, starts_at, ends_at, state, join_code)
        select gen_random_uuid(), offer_id, host_id, starts_at, ends_at, state, 'x' from sitting
    """)
    await planned(db, screening(), host_id=therapist)
    with pytest.raises(sa.exc.IntegrityError, match="ex_sitting_one_at_a_time"):
        async with db.transaction() as session:
            await (await session.connection()).execute(overlap)


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ("state = 'booked'", "ck_place_booked_by_someone"),
        ("state = 'held'", "ck_place_held_by_someone"),
        ("held_until = now()", "ck_place_held_until_then"),
        ("state = 'sold'", "ck_place_state_known"),
        ("starts_at = starts_at + interval '1 day'", "fk_place_sitting"),
        ("booking_id = gen_random_uuid(), state = 'booked'", "fk_place_booking"),
    ],
)
async def test_the_database_itself_refuses_half_a_place(db: Database, change: str, constraint: str) -> None:
    await planned(db, screening())
    with pytest.raises(sa.exc.IntegrityError, match=constraint):
        async with db.transaction() as session:
            await (await session.connection()).execute(sa.text("update place set " + change))  # noqa: S608


async def test_the_auditor_finds_nothing_after_all_of_this(db: Database, clock: MovedClock) -> None:
    early, late = await planned(db, screening(), TUESDAY_9AM, _LATER)
    async with db.transaction() as session:
        booking = await booked(session, early, clock.now())
        await service.move(session, PUBLIC, booking.id, late, head(), clock.now())
        await service.hold_place(session, somebody(), early, 15, clock.now())
        assert [count for _, count in await audit_checks(session, clock.now())] == [0] * 6


async def test_the_auditor_finds_a_booking_that_lost_its_place(db: Database, clock: MovedClock) -> None:
    [sitting] = await planned(db, screening())
    async with db.transaction() as session:
        await booked(session, sitting, clock.now())
        await (await session.connection()).execute(sa.text("update place set state = 'free', booking_id = null"))
        broken = {name for name, count in await audit_checks(session, clock.now()) if count}
    assert broken == {"a booking without its place"}


async def test_the_auditor_finds_a_hold_nobody_can_use(db: Database, clock: MovedClock) -> None:
    [sitting] = await planned(db, screening())
    mine = await hold(db, clock, sitting, somebody())
    async with db.transaction() as session:
        await (await session.connection()).execute(
            sa.text("update place_hold set ended_at = until where id = :id"), {"id": mine}
        )
        broken = {name for name, count in await audit_checks(session, clock.now()) if count}
    assert broken == {"a hold that hangs"}

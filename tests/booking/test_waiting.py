"""Who waits longest is offered a place first, once, and for a set time."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlmodel import select

from booking import service, waiting
from booking.jobs import offer_round
from booking.models import Booking, Place
from booking.waiting_models import Turn, Waiting
from booking.waiting_words import DayPart, TurnState, WaitingState, Wish
from booking.words import PlaceState
from core.domain.clock import MovedClock
from core.domain.errors import NotFound, PlaceGone
from core.domain.identity import PUBLIC
from core.domain.ids import new_id
from core.storage.jobs import Workbench
from core.storage.session import Database
from notifications.api import messages_about
from tests.booking.support import (
    FAMILY,
    PARENT,
    TUESDAY_9AM,
    booked,
    head,
    information,
    planned,
    screening,
    somebody,
    states,
)
from tests.booking.waiting_support import entry, family, gives_up, turns_of, waits
from tests.conftest import Drain

pytestmark = pytest.mark.usefixtures("house")
_LATER = TUESDAY_9AM + timedelta(minutes=15)


async def full(db: Database, clock: MovedClock, **other: object) -> tuple[Booking, object]:
    """A clinic of one place that somebody has."""
    offer = screening(**other)
    [sitting] = await planned(db, offer)
    async with db.transaction() as session:
        return await booked(session, sitting, clock.now()), offer


async def test_a_place_that_is_given_up_is_kept_for_whoever_waited_longest(db: Database, clock: MovedClock) -> None:
    booking, offer = await full(db, clock)
    first = await waits(db, offer, family(1), clock.now())  # type: ignore[arg-type]
    clock.move_on(minutes=1)
    second = await waits(db, offer, family(2), clock.now())  # type: ignore[arg-type]
    await gives_up(db, booking, clock.now())
    assert await states(db) == {"offered": 1}
    [turn] = await turns_of(db, first)
    assert await turns_of(db, second) == []
    assert (await entry(db, first)).state is WaitingState.OFFERED
    async with db.transaction() as session:
        [message] = [m for m in await messages_about(session, first) if m.template == "place-offered"]
        place = (await session.exec(select(Place))).one()
    assert (place.held_by, place.held_until) == (turn.id, turn.until)
    assert "Tuesday 1 December 2026 at 9am" in message.body
    assert "/waiting/offers/" in message.body
    for private in ("Child1", "Sample", "speech", "2021"):
        assert private not in message.body + message.subject_line


async def test_a_place_on_offer_is_not_free_for_anyone_else(db: Database, clock: MovedClock) -> None:
    booking, offer = await full(db, clock)
    await waits(db, offer, family(1), clock.now())  # type: ignore[arg-type]
    await gives_up(db, booking, clock.now())
    with pytest.raises(PlaceGone):
        async with db.transaction() as session:
            await service.hold_place(session, somebody(), booking.sitting_id, 15, clock.now())


async def test_one_tap_books_what_was_told_when_joining(db: Database, clock: MovedClock) -> None:
    booking, offer = await full(db, clock)
    mine = await waits(db, offer, family(1), clock.now())  # type: ignore[arg-type]
    await gives_up(db, booking, clock.now())
    [turn] = await turns_of(db, mine)
    async with db.transaction() as session:
        taken = await waiting.accept(session, PUBLIC, turn.id, head(), clock.now())
        again = await waiting.accept(session, PUBLIC, turn.id, head(), clock.now())
    assert (taken.child_first, taken.email, taken.child_born) == ("Child1", "family.1@example.org", "2021-03-14")
    assert again.id == taken.id
    assert await states(db) == {"booked": 1}
    assert (await entry(db, mine)).state is WaitingState.BOOKED


async def test_nobody_accepts_once_the_time_to_answer_is_over_even_before_a_worker_came(
    db: Database, clock: MovedClock
) -> None:
    booking, offer = await full(db, clock)
    mine = await waits(db, offer, family(1), clock.now())  # type: ignore[arg-type]
    await gives_up(db, booking, clock.now())
    [turn] = await turns_of(db, mine)
    clock.move_to(turn.until)
    with pytest.raises(PlaceGone):
        async with db.transaction() as session:
            await waiting.accept(session, PUBLIC, turn.id, head(), clock.now())


async def test_an_offer_moves_on_by_itself_in_order(db: Database, clock: MovedClock, drain: Drain) -> None:
    booking, offer = await full(db, clock)
    line = []
    for number in range(3):
        line.append(await waits(db, offer, family(number), clock.now()))  # type: ignore[arg-type]
        clock.move_on(minutes=1)
    await gives_up(db, booking, clock.now())
    for one in line:
        [turn] = await turns_of(db, one)
        assert turn.state is TurnState.OPEN
        clock.move_to(turn.until)
        await drain()
        [turn] = await turns_of(db, one)
        assert turn.state is TurnState.LAPSED
    # Nobody is left who was not told of it: it is everyone's now.
    assert await states(db) == {"free": 1}
    assert {(await entry(db, one)).state for one in line} == {WaitingState.WAITING}


async def test_nobody_is_told_of_one_sitting_twice(db: Database, clock: MovedClock, drain: Drain) -> None:
    booking, offer = await full(db, clock)
    mine = await waits(db, offer, family(1), clock.now())  # type: ignore[arg-type]
    await gives_up(db, booking, clock.now())
    [turn] = await turns_of(db, mine)
    async with db.transaction() as session:
        await waiting.decline(session, PUBLIC, turn.id, head(), clock.now())
    assert await states(db) == {"free": 1}
    async with db.transaction() as session:
        again = await booked(session, booking.sitting_id, clock.now(), family(8))
    await gives_up(db, again, clock.now())
    await drain()
    assert [turn.state for turn in await turns_of(db, mine)] == [TurnState.DECLINED]
    async with db.transaction() as session:
        messages = [m for m in await messages_about(session, mine) if m.template == "place-offered"]
    assert len(messages) == 1


async def test_whoever_said_no_keeps_their_place_in_the_line(db: Database, clock: MovedClock) -> None:
    offer = screening()
    early, late = await planned(db, offer, TUESDAY_9AM, _LATER)
    async with db.transaction() as session:
        one = await booked(session, early, clock.now())
        two = await booked(session, late, clock.now())
    first, second = [await waits(db, offer, family(n), clock.now() + timedelta(seconds=n)) for n in (1, 2)]
    await gives_up(db, one, clock.now())
    [turn] = await turns_of(db, first)
    async with db.transaction() as session:
        await waiting.decline(session, PUBLIC, turn.id, head(), clock.now())
    assert len(await turns_of(db, second)) == 1
    await gives_up(db, two, clock.now())
    assert [turn.state for turn in await turns_of(db, first)] == [TurnState.DECLINED, TurnState.OPEN]


async def test_two_turns_without_an_answer_end_the_wait_and_are_told(
    db: Database, clock: MovedClock, drain: Drain
) -> None:
    offer = screening()
    sittings = await planned(db, offer, TUESDAY_9AM, TUESDAY_9AM + timedelta(days=7))
    async with db.transaction() as session:
        bookings = [await booked(session, sitting, clock.now()) for sitting in sittings]
    mine = await waits(db, offer, family(1), clock.now())
    for booking in bookings:
        await gives_up(db, booking, clock.now())
        clock.move_on(hours=24)
        await drain()
    assert (await entry(db, mine)).state is WaitingState.ENDED
    assert await states(db) == {"free": 2}
    async with db.transaction() as session:
        assert "waiting-ended" in {m.template for m in await messages_about(session, mine)}


async def test_wishes_for_days_and_times_are_kept(db: Database, clock: MovedClock) -> None:
    booking, offer = await full(db, clock)
    wednesdays = await waits(db, offer, family(1), clock.now(), days=frozenset({2}))  # type: ignore[arg-type]
    evenings = await waits(db, offer, family(2), clock.now(), parts=frozenset({DayPart.EVENING}))  # type: ignore[arg-type]
    mornings = await waits(db, offer, family(3), clock.now(), parts=frozenset({DayPart.MORNING}))  # type: ignore[arg-type]
    await gives_up(db, booking, clock.now())
    assert [len(await turns_of(db, one)) for one in (wednesdays, evenings, mornings)] == [0, 0, 1]


async def test_whoever_takes_any_clinic_of_the_therapy_is_offered_another_one(db: Database, clock: MovedClock) -> None:
    booking, _ = await full(db, clock)
    other, ot = screening(title="Another clinic"), screening(title="OT", discipline="ot")
    await planned(db, other, _LATER)
    await planned(db, ot, _LATER + timedelta(hours=1))
    narrow = await waits(db, other, family(1), clock.now())
    elsewhere = await waits(db, ot, family(2), clock.now(), wider=True)
    wide = await waits(db, other, family(3), clock.now(), wider=True)
    await gives_up(db, booking, clock.now())
    assert [len(await turns_of(db, one)) for one in (narrow, elsewhere, wide)] == [0, 0, 1]


async def test_a_place_too_near_to_wait_for_an_answer_is_everyones_at_once(db: Database, clock: MovedClock) -> None:
    booking, offer = await full(db, clock)
    mine = await waits(db, offer, family(1), clock.now())  # type: ignore[arg-type]
    clock.move_to(TUESDAY_9AM - timedelta(minutes=80))
    await gives_up(db, booking, clock.now())
    assert await states(db) == {"free": 1}
    assert await turns_of(db, mine) == []


async def test_a_child_waits_once_and_the_second_link_goes_to_the_first_address(
    db: Database, clock: MovedClock
) -> None:
    _, offer = await full(db, clock)
    mine = await waits(db, offer, family(1), clock.now())  # type: ignore[arg-type]
    async with db.transaction() as session:
        wish = Wish(offer.id)  # type: ignore[attr-defined]
        other = replace(family(1), email="somebody.else@example.org")
        joined = await waiting.join(session, PUBLIC, new_id(), wish, other, head(), clock.now())
        messages = await messages_about(session, mine)
    assert (joined.waiting_id, joined.token, joined.before) == (mine, "", True)
    assert {message.address for message in messages} == {"family.1@example.org"}


async def test_twins_each_wait(db: Database, clock: MovedClock) -> None:
    _, offer = await full(db, clock)
    assert await waits(db, offer, family(1), clock.now()) != await waits(db, offer, family(2), clock.now())  # type: ignore[arg-type]


async def test_a_clinic_is_not_waited_for_without_a_child(db: Database, clock: MovedClock) -> None:
    _, offer = await full(db, clock)
    with pytest.raises(NotFound):
        await waits(db, offer, PARENT, clock.now())  # type: ignore[arg-type]


async def test_leaving_passes_an_open_offer_on(db: Database, clock: MovedClock) -> None:
    booking, offer = await full(db, clock)
    first, second = [await waits(db, offer, family(n), clock.now() + timedelta(seconds=n)) for n in (1, 2)]  # type: ignore[arg-type]
    await gives_up(db, booking, clock.now())
    for _ in range(2):
        async with db.transaction() as session:
            await waiting.leave(session, PUBLIC, first, head(), clock.now())
    assert (await entry(db, first)).state is WaitingState.LEFT
    assert [turn.state for turn in await turns_of(db, second)] == [TurnState.OPEN]


async def test_a_hold_that_was_never_booked_goes_to_the_list_with_the_next_round(
    db: Database, clock: MovedClock, bench: Workbench
) -> None:
    offer = screening()
    [sitting] = await planned(db, offer)
    async with db.transaction() as session:
        await service.hold_place(session, somebody(), sitting, 15, clock.now())
    mine = await waits(db, offer, family(1), clock.now())
    await offer_round(bench)
    assert await turns_of(db, mine) == []
    clock.move_on(minutes=15)
    await offer_round(bench)
    assert len(await turns_of(db, mine)) == 1


async def test_whose_place_was_taken_away_waits_on(db: Database, clock: MovedClock, bench: Workbench) -> None:
    booking, offer = await full(db, clock)
    mine = await waits(db, offer, family(1), clock.now())  # type: ignore[arg-type]
    await gives_up(db, booking, clock.now())
    async with db.transaction() as session:
        place = (await session.exec(select(Place))).one()
        place.state, place.held_by, place.held_until = PlaceState.WITHDRAWN, None, None
    [turn] = await turns_of(db, mine)
    with pytest.raises(PlaceGone):
        async with db.transaction() as session:
            await waiting.accept(session, PUBLIC, turn.id, head(), clock.now())
    await offer_round(bench)
    assert (await entry(db, mine)).state is WaitingState.WAITING
    assert [turn.state for turn in await turns_of(db, mine)] == [TurnState.LOST]


async def test_a_place_nobody_passed_on_is_everyones_a_quarter_of_an_hour_later(
    db: Database, clock: MovedClock
) -> None:
    booking, offer = await full(db, clock)
    mine = await waits(db, offer, family(1), clock.now())  # type: ignore[arg-type]
    await gives_up(db, booking, clock.now())
    [turn] = await turns_of(db, mine)
    for minutes, taken in ((14, False), (15, True)):
        clock.move_to(turn.until + timedelta(minutes=minutes))
        async with db.transaction() as session:
            try:
                await service.hold_place(session, somebody(), booking.sitting_id, 15, clock.now())
            except PlaceGone:
                assert not taken
            else:
                assert taken
    async with db.transaction() as session:
        assert await waiting.expire(session, turn.id, head(), clock.now())
    assert await states(db) == {"held": 1}


async def test_what_is_not_released_yet_is_offered_to_nobody(db: Database, clock: MovedClock) -> None:
    offer = screening()
    [sitting] = await planned(db, offer)
    mine = await waits(db, offer, family(1), clock.now())
    async with db.transaction() as session:
        from booking.models import Sitting

        (await session.get_one(Sitting, sitting)).released_at = clock.now() + timedelta(days=1)
        await session.flush()
        assert await waiting.offer_free_places(session, head(), clock.now()) == 0
    assert await turns_of(db, mine) == []


async def test_a_third_booking_of_a_child_is_not_made_by_way_of_the_list(db: Database, clock: MovedClock) -> None:
    from booking.limits import TwiceAlready

    offer = screening()
    one, two, three = await planned(db, offer, TUESDAY_9AM, _LATER, _LATER + timedelta(minutes=15))
    async with db.transaction() as session:
        for sitting in (one, two):
            await booked(session, sitting, clock.now())
        last = await booked(session, three, clock.now(), family(7))
    mine = await waits(db, offer, FAMILY, clock.now())
    await gives_up(db, last, clock.now())
    [turn] = await turns_of(db, mine)
    with pytest.raises(TwiceAlready):
        async with db.transaction() as session:
            await waiting.accept(session, PUBLIC, turn.id, head(), clock.now())
    assert (await states(db))["offered"] == 1


async def test_a_session_without_a_child_has_a_list_too(db: Database, clock: MovedClock) -> None:
    offer = information(capacity=1)
    [sitting] = await planned(db, offer)
    async with db.transaction() as session:
        booking = await booked(session, sitting, clock.now(), PARENT)
    mine = await waits(db, offer, replace(PARENT, email="jo.madeup@example.org"), clock.now())
    await gives_up(db, booking, clock.now())
    assert len(await turns_of(db, mine)) == 1
    async with db.transaction() as session:
        assert (await session.exec(select(Waiting.child_key))).all() == [None]
        assert len((await session.exec(select(Turn))).all()) == 1

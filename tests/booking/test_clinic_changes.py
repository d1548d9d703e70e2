"""A change of the timetable does what it showed, all of it or nothing, and nobody it meets is forgotten."""

from datetime import date, time, timedelta
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlmodel import col, select

from booking import clinic_changes, clinic_effects, clinic_rules, service, timetable
from booking.api import audit_checks
from booking.clinic_changes import PreviewChanged
from booking.clinic_words import CallReason, Change, ChangeKind, Choice, PatternDetails
from booking.models import Availability, Booking, BookingEvent, Sitting
from booking.staff_models import ClinicAbsence, SittingEvent, ToPhone
from booking.words import BookingState, SittingState
from core.domain.clock import in_london
from core.storage.closed_days import ClosedDays
from core.storage.outbox import OutboxFact
from core.storage.session import Database
from core.web.house import House
from notifications.api import messages_about
from tests.booking.clinic_support import FEMI, THURSDAY_9AM, cancels, desk_of, does, somebody_for
from tests.booking.support import TUESDAY_9AM, booked, information, planned, screening, somebody, states

_HOUR = timedelta(hours=1)
_DAY = date(2026, 12, 1)


async def book(db: Database, house: House, sitting: UUID) -> UUID:
    async with db.transaction() as session:
        return (await booked(session, sitting, house.clock.now(), await somebody_for(session, sitting))).id


async def row(db: Database, booking_id: UUID) -> Booking:
    async with db.transaction() as session:
        return (await session.exec(select(Booking).where(Booking.id == booking_id))).one()


async def sitting(db: Database, sitting_id: UUID) -> Sitting:
    async with db.transaction() as session:
        return (await session.exec(select(Sitting).where(Sitting.id == sitting_id))).one()


async def calls(db: Database) -> list[tuple[UUID, CallReason]]:
    async with db.transaction() as session:
        found = select(ToPhone).where(col(ToPhone.settled_at).is_(None))
        return [(call.booking_id, call.reason) for call in (await session.exec(found)).all()]


async def facts(db: Database, name: str) -> int:
    async with db.transaction() as session:
        return (
            await session.exec(select(sa.func.count()).select_from(OutboxFact).where(OutboxFact.name == name))
        ).one()


@pytest.fixture(autouse=True)
async def nothing_is_sold_twice(db: Database, house: House):  # type: ignore[no-untyped-def]
    yield
    async with db.transaction() as session:
        assert not [name for name, count in await audit_checks(session, house.clock.now()) if count]


async def test_a_cancelled_sitting_takes_its_places_and_tells_everyone_once(db: Database, house: House) -> None:
    [only] = await planned(db, information())
    people = [await book(db, house, only) for _ in range(3)]
    done = await does(db, house, cancels(only, "the boiler broke"), Choice.CANCEL)
    assert (done.sittings, done.cancelled, done.moved, done.left) == (1, 3, 0, 0)
    assert await states(db, only) == {"withdrawn": 6}
    assert (await sitting(db, only)).state is SittingState.CANCELLED
    for person in people:
        assert (await row(db, person)).state is BookingState.CANCELLED
        async with db.transaction() as session:
            told = [m for m in await messages_about(session, person) if m.purpose == "sitting-cancelled"]
            event = (await session.exec(select(BookingEvent).where(BookingEvent.booking_id == person))).all()[-1]
        [message] = told
        assert "/sessions/" in message.body
        assert "boiler" not in message.body
        assert (event.why, event.by) == ("the boiler broke", FEMI.audit_name)
    assert await facts(db, "SittingCancelled") == 1


async def test_whoever_can_is_moved_and_the_others_are_left_for_a_person(db: Database, house: House) -> None:
    offer = screening()
    first, second, other = await planned(db, offer, TUESDAY_9AM, TUESDAY_9AM + _HOUR, THURSDAY_9AM)
    early, late = await book(db, house, first), await book(db, house, second)
    change = Change(ChangeKind.CANCEL_DAY, first=_DAY, last=_DAY)
    done = await does(db, house, change, Choice.MOVE)
    assert (done.moved, done.cancelled, done.left) == (1, 0, 1)
    assert (await row(db, early)).sitting_id == other
    assert (await row(db, late)).sitting_id == second
    assert ((await sitting(db, first)).state, (await sitting(db, second)).state) == ("cancelled", "planned")
    assert await states(db, other) == {"booked": 1}
    assert (late, CallReason.LEFT) in await calls(db)
    async with db.transaction() as session:
        told = [m.body for m in await messages_about(session, early) if m.purpose == "sitting-moved"]
    assert "Tuesday 1 December 2026 at 9am" in told[0]
    assert "Thursday 3 December 2026 at 9am" in told[0]
    assert await facts(db, "BookingOrphaned") == 1


async def test_whoever_is_left_keeps_their_place_and_hears_nothing(db: Database, house: House) -> None:
    [only] = await planned(db, information())
    person = await book(db, house, only)
    done = await does(db, house, cancels(only), Choice.LEAVE)
    assert done.left == 1
    assert await states(db, only) == {"booked": 1, "withdrawn": 5}
    assert (await row(db, person)).state is BookingState.BOOKED
    assert await calls(db) == [(person, CallReason.LEFT)]


@pytest.mark.parametrize("choice", list(Choice))
async def test_the_effect_is_the_preview(db: Database, house: House, therapist: UUID, choice: Choice) -> None:
    offer = information(capacity=2)
    gone, stays = await planned(db, offer, TUESDAY_9AM, THURSDAY_9AM, host_id=None)
    for _ in range(2):
        await book(db, house, gone)
    await book(db, house, stays)
    change = Change(ChangeKind.CLOSURE, why="Training", first=_DAY, last=_DAY)
    async with db.transaction() as session:
        effect = await clinic_changes.preview(session, change, desk_of(house))
    fates = clinic_rules.what_becomes_of(effect, choice)
    done = await does(db, house, change, choice)
    assert done.moved == len(fates.get(Choice.MOVE, ())) == (1 if choice is Choice.MOVE else 0)
    assert done.cancelled == len(fates.get(Choice.CANCEL, ()))
    assert done.left == len(fates.get(Choice.LEAVE, ()))
    for person in fates.get(Choice.MOVE, ()):
        assert (await row(db, person.booking_id)).sitting_id == effect.target_of[person.booking_id].sitting_id


async def test_somebody_who_books_meanwhile_stops_the_change(db: Database, house: House) -> None:
    [only] = await planned(db, information())
    await book(db, house, only)
    desk = desk_of(house)
    async with db.transaction() as session:
        seen = clinic_rules.print_of(await clinic_changes.preview(session, cancels(only), desk), Choice.CANCEL)
    await book(db, house, only)
    with pytest.raises(PreviewChanged):
        async with db.transaction() as session:
            await clinic_changes.apply(session, FEMI, cancels(only), Choice.CANCEL, seen, desk)
    assert (await sitting(db, only)).state is SittingState.PLANNED
    assert await states(db, only) == {"booked": 2, "free": 4}


async def test_a_form_that_is_only_begun_does_not_stop_it_and_finds_the_time_gone(db: Database, house: House) -> None:
    [only] = await planned(db, information())
    desk, now = desk_of(house), house.clock.now()
    async with db.transaction() as session:
        effect = await clinic_changes.preview(session, cancels(only), desk)
        await service.hold_place(session, somebody(), only, 15, now)
        now_held = await clinic_changes.preview(session, cancels(only), desk)
    assert (effect.held, now_held.held) == (0, 1)
    async with db.transaction() as session:
        seen = clinic_rules.print_of(effect)
        await clinic_changes.apply(session, FEMI, cancels(only), Choice.CANCEL, seen, desk)
    assert await states(db, only) == {"withdrawn": 6}


async def test_the_time_somebody_would_go_to_being_taken_stops_a_move_only(db: Database, house: House) -> None:
    offer = screening()
    gone, other = await planned(db, offer, TUESDAY_9AM, THURSDAY_9AM)
    await book(db, house, gone)
    desk = desk_of(house)
    async with db.transaction() as session:
        effect = await clinic_changes.preview(session, cancels(gone), desk)
    await book(db, house, other)
    seen = clinic_rules.print_of(effect, Choice.MOVE)
    with pytest.raises(PreviewChanged):
        async with db.transaction() as session:
            await clinic_changes.apply(session, FEMI, cancels(gone), Choice.MOVE, seen, desk)
    async with db.transaction() as session:
        done = await clinic_changes.apply(
            session, FEMI, cancels(gone), Choice.CANCEL, clinic_rules.print_of(effect), desk
        )
    assert done.cancelled == 1


async def test_a_closure_keeps_the_worker_from_laying_out(db: Database, house: House) -> None:
    await does(db, house, Change(ChangeKind.CLOSURE, why="Training", first=_DAY, last=_DAY), Choice.CANCEL)
    assert date(2026, 12, 1) not in await laid_out_days(db, house, None)
    async with db.transaction() as session:
        assert (await session.exec(select(ClosedDays.why))).all() == ["Training"]


async def test_an_absence_takes_only_that_therapists_days(db: Database, house: House, therapist: UUID) -> None:
    offer = screening()
    [theirs] = await planned(db, offer, TUESDAY_9AM, host_id=therapist)
    [other] = await planned(db, offer, TUESDAY_9AM)
    person = await book(db, house, theirs)
    change = Change(ChangeKind.ABSENCE, host_id=therapist, first=_DAY, last=_DAY + timedelta(days=1))
    done = await does(db, house, change, Choice.LEAVE)
    assert (done.sittings, done.left) == (1, 1)
    assert (await sitting(db, theirs)).host_id is None
    assert (await row(db, person)).state is BookingState.BOOKED
    assert await states(db, other) == {"free": 1}
    assert _DAY not in await laid_out_days(db, house, therapist)
    async with db.transaction() as session:
        assert len((await session.exec(select(ClinicAbsence))).all()) == 1


async def laid_out_days(db: Database, house: House, host: UUID | None) -> set[date]:
    """The days on which a daily pattern of this host makes sittings."""
    await weekly(db, host, weekday=1)
    async with db.transaction() as session:
        await timetable.lay_out_ahead(session, house.profile, house.clock.now())
        made = (await session.exec(select(Sitting.starts_at).where(col(Sitting.availability_id).is_not(None)))).all()
    assert made
    return {in_london(at).date() for at in made}


async def weekly(db: Database, host: UUID | None, weekday: int = 1, opens: time = time(14)) -> UUID:
    async with db.transaction() as session:
        offer = information()
        session.add(offer)
        await session.flush()
        row = Availability(
            offer_id=offer.id, host_id=host, weekday=weekday, opens=opens, closes=time(opens.hour + 2), minutes=60,
            first=date(2026, 1, 1),
        )  # fmt: skip
        session.add(row)
        return row.id


async def laid_out(db: Database, house: House, pattern: UUID) -> list[UUID]:
    async with db.transaction() as session:
        await timetable.lay_out_ahead(session, house.profile, house.clock.now())
        found = select(Sitting).where(Sitting.availability_id == pattern).order_by(col(Sitting.starts_at))
        return [s.id for s in (await session.exec(found)).all()]


async def test_a_pattern_that_ends_takes_its_later_sittings_and_none_come_back(db: Database, house: House) -> None:
    pattern = await weekly(db, None)
    ids = await laid_out(db, house, pattern)
    person = await book(db, house, ids[-1])
    change = Change(ChangeKind.END_PATTERN, availability_id=pattern, first=date(2026, 12, 2))
    done = await does(db, house, change, Choice.CANCEL)
    assert done.sittings == len(ids) - 4
    assert (await row(db, person)).state is BookingState.CANCELLED
    assert await laid_out(db, house, pattern) == ids[:4]


async def test_an_edited_pattern_keeps_the_times_that_stay_with_their_people(
    db: Database, house: House, therapist: UUID
) -> None:
    pattern = await weekly(db, None)
    ids = await laid_out(db, house, pattern)
    stays, goes = await book(db, house, ids[2]), await book(db, house, ids[3])
    async with db.transaction() as session:
        old = (await session.exec(select(Availability).where(Availability.id == pattern))).one()
    new = PatternDetails(old.offer_id, therapist, (1,), time(14), time(15), 60, 0, None, _DAY, None)
    change = Change(ChangeKind.EDIT_PATTERN, availability_id=pattern, first=_DAY, pattern=new)
    async with db.transaction() as session:
        effect = await clinic_effects.effect_of(session, change, house.profile, house.clock.now())
    assert [p.booking_id for p in effect.people] == [goes]
    done = await does(db, house, change, Choice.LEAVE)
    assert done.left == 1
    kept = await sitting(db, (await row(db, stays)).sitting_id)
    assert kept.host_id == therapist
    assert (await row(db, goes)).state is BookingState.BOOKED
    before = len(await laid_out(db, house, kept.availability_id))  # type: ignore[arg-type]
    assert before == effect.stay


async def test_a_pattern_that_had_not_begun_is_gone_when_it_ends(db: Database, house: House) -> None:
    pattern = await weekly(db, None)
    await laid_out(db, house, pattern)
    change = Change(ChangeKind.END_PATTERN, availability_id=pattern, first=date(2026, 1, 1))
    await does(db, house, change, Choice.CANCEL)
    async with db.transaction() as session:
        assert (await session.exec(select(Availability))).all() == []
        history = (await session.exec(select(SittingEvent.happened))).all()
    assert set(history) == {"cancelled"}
    assert await laid_out(db, house, pattern) == []


async def test_somebody_our_last_message_did_not_reach_is_shown(db: Database, house: House) -> None:
    [only] = await planned(db, information())
    lost, fine = await book(db, house, only), await book(db, house, only)
    async with db.transaction() as session:
        await (await session.connection()).execute(
            sa.text("update message set state = 'failed' where subject_id = :id"), {"id": lost}
        )
    async with db.transaction() as session:
        effect = await clinic_changes.preview(session, cancels(only), desk_of(house))
    assert [p.booking_id for p in effect.unreachable] == [lost]
    assert fine in [p.booking_id for p in effect.people]


async def test_a_preview_costs_the_same_however_many_it_meets(db: Database, house: House) -> None:
    few, many = await planned(db, information(), TUESDAY_9AM, THURSDAY_9AM)
    await book(db, house, few)
    for _ in range(5):
        await book(db, house, many)
    assert await queries_of(db, house, few) == await queries_of(db, house, many)


async def queries_of(db: Database, house: House, sitting_id: UUID) -> int:
    seen: list[str] = []
    async with db.transaction() as session:
        connection = (await session.connection()).sync_connection
        assert connection is not None
        listener = lambda *told: seen.append(told[2])  # noqa: E731
        sa.event.listen(connection, "before_cursor_execute", listener)
        await clinic_changes.preview(session, cancels(sitting_id), desk_of(house))
        sa.event.remove(connection, "before_cursor_execute", listener)
    return len(seen)

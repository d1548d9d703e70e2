"""Changes of the timetable, done as they were shown: under locks the effect is read again, and if it is not what the
person agreed to, nothing happens and they are shown what it would do now.

Rows are locked in one order: sittings, the bookings on them, their places. A family's confirming waits at the place and
finds it withdrawn, or has been first and changes the effect.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from booking import clinic_effects, clinic_letters, clinic_rules, reminders
from booking.clinic_letters import Desk
from booking.clinic_queries import day_starts
from booking.clinic_words import CallReason, Change, ChangeKind, Choice, Done, Effect, FreeTime, Met, SittingHappened
from booking.models import Availability, Booking, BookingEvent, Offer, Place, Sitting
from booking.staff_models import ClinicAbsence, SittingEvent, ToPhone
from booking.timetable import lock_rota
from booking.words import (
    BookingCancelled,
    BookingMoved,
    BookingOrphaned,
    BookingState,
    Happened,
    SittingCancelled,
    SittingState,
)
from core.domain.errors import NotFound, Stale
from core.domain.identity import Actor
from core.storage import audit, closed_days, outbox
from core.storage.session import Session

_TAKE = sa.text("""
    update place set state = 'booked', booking_id = :booking_id, held_by = null, held_until = null
    where id = (
        select id from place
        where offer_id = :offer_id and starts_at = :starts_at and sitting_id = :sitting_id and starts_at > :now
          and (state = 'free' or (state = 'held' and held_until <= :now))
        limit 1 for update skip locked
    ) returning id
""")
_WITHDRAW = sa.text("""
    update place set state = 'withdrawn', booking_id = null, held_by = null, held_until = null
    where booking_id = :booking_id
""")
_WITHDRAW_OPEN = sa.text("""
    update place set state = 'withdrawn', held_by = null, held_until = null
    where sitting_id = :sitting_id and state in ('free', 'held', 'offered')
""")


class PreviewChanged(Stale):
    """What the change would do is not what was shown."""


@dataclass(frozen=True, slots=True)
class _Doing:
    """What every step of one change needs."""

    session: Session
    actor: Actor
    change: Change
    desk: Desk


async def preview(session: Session, change: Change, desk: Desk) -> Effect:
    """What the change would do; nothing is done."""
    return await clinic_effects.effect_of(session, change, desk.profile, desk.now)


async def apply(session: Session, actor: Actor, change: Change, choice: Choice, seen: str, desk: Desk) -> Done:
    """Does what was shown as `seen` (`clinic_rules.print_of`), all of it. PreviewChanged when that is not so any more:
    then the caller's transaction must be rolled back."""
    await lock_rota(session)
    sought = await clinic_effects.effect_of(session, change, desk.profile, desk.now)
    await _lock(session, sought)
    effect = await clinic_effects.effect_of(session, change, desk.profile, desk.now)
    if clinic_rules.print_of(effect, choice) != seen:
        raise PreviewChanged("the effect is another one now")
    doing = _Doing(session, actor, change, desk)
    fates = clinic_rules.what_becomes_of(effect, choice)
    for party in clinic_rules.parties(fates.get(Choice.MOVE, ())):
        await _move(doing, party, effect)
    for party in clinic_rules.parties(fates.get(Choice.CANCEL, ())):
        await _cancel(doing, party)
    for party in clinic_rules.parties(fates.get(Choice.LEAVE, ())):
        await _leave(doing, party)
    kept = {person.sitting_id for person in fates.get(Choice.LEAVE, ())}
    for hit in effect.hits:
        await _take_away(doing, hit.sitting_id, keeps_people=hit.sitting_id in kept)
    await _write_down(doing, effect)
    audit.record(
        session, actor, f"clinics.{change.kind}", "clinics", _subject(change, actor), desk.now,
        choice=choice, sittings=len(effect.hits), people=len(effect.people),
    )  # fmt: skip
    return Done(len(effect.hits), *(len(fates.get(one, ())) for one in (Choice.MOVE, Choice.CANCEL, Choice.LEAVE)))


async def _lock(session: Session, effect: Effect) -> None:
    fresh = {"populate_existing": True}
    ids = [hit.sitting_id for hit in effect.hits]
    # NO KEY UPDATE: a family's new booking only needs the sitting to exist, and must not wait behind us while it holds
    # a place we want.
    sittings = select(Sitting).where(col(Sitting.id).in_(ids)).order_by(col(Sitting.id))
    await session.exec(sittings.with_for_update(key_share=True), execution_options=fresh)
    people = [person.booking_id for person in effect.people]
    bookings = select(Booking).where(col(Booking.id).in_(people)).order_by(col(Booking.id))
    await session.exec(bookings.with_for_update(), execution_options=fresh)
    places = select(Place).where(col(Place.sitting_id).in_(ids)).order_by(col(Place.id))
    await session.exec(places.with_for_update(), execution_options=fresh)
    # Whoever booked while we waited is on no list yet.
    session.expire_all()


def _subject(change: Change, actor: Actor) -> UUID:
    subject = change.sitting_id or change.availability_id or change.host_id or actor.id
    if subject is None:
        raise NotFound("nothing to write down about")
    return subject


# Of people who were booked together one is told, or phoned: who speaks for all.
async def _move(doing: _Doing, party: list[Met], effect: Effect) -> None:
    for person in party:
        await _move_place(doing, person, effect.target_of[person.booking_id])
    booking, new, offer = await _of(doing.session, party[0], effect.target_of[party[0].booking_id].sitting_id)
    await reminders.plan_reminders(doing.session, booking, new, doing.desk.now)
    message = await clinic_letters.tell_moved(
        doing.session, booking, party[0].starts_at, new, offer, doing.desk, doing.actor
    )
    await _to_phone(doing, booking.id, CallReason.MOVED, message)


async def _move_place(doing: _Doing, person: Met, target: FreeTime) -> None:
    session, now = doing.session, doing.desk.now
    booking = await session.get_one(Booking, person.booking_id)
    await _run(session, _WITHDRAW, booking_id=booking.id)
    booking.sitting_id, booking.calendar_sequence = target.sitting_id, booking.calendar_sequence + 1
    await session.flush()
    given = {"offer_id": target.offer_id, "starts_at": target.starts_at, "sitting_id": target.sitting_id, "now": now}
    if await (await session.connection()).scalar(_TAKE, {**given, "booking_id": booking.id}) is None:
        raise PreviewChanged("the other time has gone")
    _note(doing, booking, Happened.MOVED, from_sitting=person.sitting_id)
    await outbox.tell(
        session, BookingMoved(booking.id, person.sitting_id, target.sitting_id, booking.calendar_sequence), now
    )


async def _cancel(doing: _Doing, party: list[Met]) -> None:
    session, now = doing.session, doing.desk.now
    for person in party:
        booking = await session.get_one(Booking, person.booking_id)
        booking.state, booking.cancelled_at = BookingState.CANCELLED, now
        booking.calendar_sequence += 1
        await _run(session, _WITHDRAW, booking_id=booking.id)
        _note(doing, booking, Happened.CANCELLED)
        await outbox.tell(session, BookingCancelled(booking.id, person.sitting_id), now)
    booking, sitting, offer = await _of(session, party[0], party[0].sitting_id)
    message = await clinic_letters.tell_cancelled(session, booking, sitting, offer, doing.desk, doing.actor)
    await _to_phone(doing, booking.id, CallReason.CANCELLED, message)


async def _leave(doing: _Doing, party: list[Met]) -> None:
    for person in party:
        await outbox.tell(doing.session, BookingOrphaned(person.booking_id, person.sitting_id), doing.desk.now)
    await _to_phone(doing, party[0].booking_id, CallReason.LEFT, None)


async def _of(session: Session, person: Met, sitting_id: UUID) -> tuple[Booking, Sitting, Offer]:
    booking = await session.get_one(Booking, person.booking_id)
    sitting = await session.get_one(Sitting, sitting_id)
    return booking, sitting, await session.get_one(Offer, person.offer_id)


async def _to_phone(doing: _Doing, booking_id: UUID, reason: CallReason, message_id: UUID | None) -> None:
    """On the list once for each reason: a second change takes the place of the first."""
    earlier = select(ToPhone).where(
        ToPhone.booking_id == booking_id, ToPhone.reason == reason, col(ToPhone.settled_at).is_(None)
    )
    call = (await doing.session.exec(earlier)).one_or_none() or ToPhone(
        booking_id=booking_id, reason=reason, at=doing.desk.now, by=doing.actor.audit_name
    )
    call.message_id = message_id
    doing.session.add(call)


def _note(doing: _Doing, booking: Booking, happened: Happened, from_sitting: UUID | None = None) -> None:
    event = BookingEvent(
        booking_id=booking.id, happened=happened, at=doing.desk.now, by=doing.actor.audit_name,
        sitting_id=booking.sitting_id, from_sitting_id=from_sitting, why=doing.change.why or None,
    )  # fmt: skip
    doing.session.add(event)
    audit.record(
        doing.session, doing.actor, f"booking.{happened}", "booking", booking.id, doing.desk.now,
        sitting=str(booking.sitting_id),
    )  # fmt: skip


async def _take_away(doing: _Doing, sitting_id: UUID, *, keeps_people: bool) -> None:
    """No place of it can be had any more. With somebody still on it the sitting stands, without its host if they are
    the one who is away."""
    session = doing.session
    sitting = await session.get_one(Sitting, sitting_id)
    await _run(session, _WITHDRAW_OPEN, sitting_id=sitting_id)
    if keeps_people:
        happened = SittingHappened.LEFT
        sitting.host_id = None if doing.change.kind is ChangeKind.ABSENCE else sitting.host_id
    else:
        happened = SittingHappened.CANCELLED
        sitting.state = clinic_rules.SITTING_STEPS[sitting.state, "cancel"]
        await outbox.tell(session, SittingCancelled(sitting_id), doing.desk.now)
    note_sitting(session, doing.actor, sitting_id, happened, doing.desk, why=doing.change.why)


def note_sitting(
    session: Session, actor: Actor, sitting_id: UUID, happened: SittingHappened, desk: Desk,
    *, places: int | None = None, why: str = "",
) -> None:  # fmt: skip
    """A line of the sitting's history, and one of the audit trail."""
    when: dict[str, Any] = {"at": desk.now, "by": actor.audit_name}
    session.add(SittingEvent(sitting_id=sitting_id, happened=happened, places=places, why=why or None, **when))
    audit.record(session, actor, f"sitting.{happened}", "sitting", sitting_id, desk.now)


async def _run(session: Session, statement: sa.TextClause, **given: UUID) -> None:
    await (await session.connection()).execute(statement, given)


async def _write_down(doing: _Doing, effect: Effect) -> None:
    """What keeps the worker from laying the same sittings out again."""
    try:
        await _write_change(doing, effect)
        await doing.session.flush()
    except sa.exc.IntegrityError:
        raise PreviewChanged("the new host is in another sitting by now") from None


async def _write_change(doing: _Doing, effect: Effect) -> None:
    change, session = doing.change, doing.session
    stamp: dict[str, Any] = {"made_at": doing.desk.now, "made_by": doing.actor.audit_name}
    if change.first is None:
        return
    days: dict[str, Any] = {"first_day": change.first, "last_day": change.last or change.first}
    match change.kind:
        case ChangeKind.CLOSURE:
            days |= {"discipline": change.discipline, "whole_service": change.whole_service, "why": change.why}
            await closed_days.close(session, closed_days.ClosedDays(**days, **stamp), doing.desk.now)
        case ChangeKind.ABSENCE if change.host_id:
            session.add(ClinicAbsence(**days, host_id=change.host_id, why=change.why or None, **stamp))
        case ChangeKind.END_PATTERN | ChangeKind.EDIT_PATTERN:
            await _end_pattern(doing, {hit.sitting_id for hit in effect.hits})


async def _end_pattern(doing: _Doing, gone: set[UUID]) -> None:
    """The pattern ends the day before; one that had not begun by then goes. Sittings that are at the same time
    afterwards go over to the pattern that follows, the others stand on their own."""
    change, session = doing.change, doing.session
    pattern = await session.get(Availability, change.availability_id, with_for_update=True)
    if pattern is None or change.first is None:
        raise NotFound("no such pattern")
    new = await _following(session, change)
    had_begun = change.first > pattern.first
    later = select(Sitting).where(Sitting.availability_id == pattern.id)
    if had_begun:
        pattern.last = change.first - timedelta(days=1)
        later = later.where(col(Sitting.starts_at) >= day_starts(change.first))
    for sitting in (await session.exec(later)).all():
        follows = new if sitting.id not in gone and sitting.state is SittingState.PLANNED else None
        sitting.availability_id = follows.id if follows else None
        sitting.host_id = follows.host_id if follows else sitting.host_id
    await session.flush()
    if not had_begun:
        await session.delete(pattern)


async def _following(session: Session, change: Change) -> Availability | None:
    if change.pattern is None:
        return None
    [weekday] = change.pattern.weekdays
    new = Availability(weekday=weekday, **pattern_columns(change))
    session.add(new)
    await session.flush()
    return new


def pattern_columns(change: Change) -> dict[str, Any]:
    """The columns of a pattern but its weekday."""
    details = change.pattern
    if details is None:
        raise NotFound("no pattern")
    names = ("offer_id", "host_id", "opens", "closes", "minutes", "gap", "places", "first", "last")
    return {name: getattr(details, name) for name in names}


__all__ = ["Desk", "PreviewChanged", "apply", "note_sitting", "preview"]

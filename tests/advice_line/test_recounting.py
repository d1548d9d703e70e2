"""A day on which the service is closed after all: open promises move and families hear of it, closed ones stay."""

from datetime import date
from uuid import UUID

import pytest
from sqlmodel import select

from advice_line import calls, jobs, voice_service
from advice_line.models import AdviceEvent, AdviceMessage
from advice_line.record_words import CallNotes
from advice_line.recounting import PURPOSE, recount_due
from advice_line.words import Happened, Outcome, Sign
from core.domain.calendar import ServiceCalendar
from core.domain.clock import MovedClock, london
from core.domain.ids import new_id
from core.domain.profile import Profile
from core.storage.jobs import Workbench
from core.storage.session import Database, Session
from notifications.models import Message
from tests.advice_line.support import a_therapist, again, desk, leave, profile

pytestmark = pytest.mark.usefixtures("house")
TUESDAY, WEDNESDAY = date(2026, 11, 24), date(2026, 11, 25)


def closed_on(*days: date) -> Profile:
    """The service with further days on which it is closed."""
    calendar = ServiceCalendar(profile.calendar.hours, {**profile.calendar.closed, **dict.fromkeys(days, "snow")})
    changed = profile.model_copy()
    changed.__dict__["calendar"] = calendar
    return changed


async def told(session: Session, message_id: UUID) -> list[Message]:
    found = select(Message).where(Message.subject_id == message_id, Message.purpose == PURPOSE)
    return list((await session.exec(found)).all())


async def test_a_closure_added_at_ten_moves_open_due_days_and_tells_the_family(
    session: Session, clock: MovedClock
) -> None:
    message = await leave(session, clock.now())
    assert (message.due_on, message.due_at) == (TUESDAY, london(2026, 11, 24, 17, 30))
    assert await recount_due(session, desk(clock.now(), closed_on(TUESDAY))) == 1
    message = await again(session, message.id)
    assert (message.due_on, message.next_action_at) == (WEDNESDAY, london(2026, 11, 25, 17, 30))
    (letter,) = await told(session, message.id)
    assert "Wednesday 25 November" in letter.body
    assert "Tuesday 24 November" in letter.body


async def test_a_closure_added_at_ten_moves_open_due_dates_and_no_closed_ones(
    session: Session, clock: MovedClock
) -> None:
    assert clock.now() == london(2026, 11, 23, 10)
    amira, still_open, done = (
        await a_therapist(session, clock.now()),
        *[await leave(session, clock.now()) for _ in "ab"],
    )
    reached = CallNotes(Outcome.REACHED, "Done.", close=True)
    await calls.record_call(session, amira, desk(clock.now()), done.id, new_id(), reached)
    assert await recount_due(session, desk(clock.now(), closed_on(TUESDAY))) == 1
    rows = {row.id: (row.due_on, row.due_at) for row in (await session.exec(select(AdviceMessage))).all()}
    assert rows[still_open.id] == (WEDNESDAY, london(2026, 11, 25, 17, 30))
    assert rows[done.id] == (TUESDAY, london(2026, 11, 24, 17, 30))


async def test_it_moves_no_promise_of_a_closed_message(session: Session, clock: MovedClock) -> None:
    amira, message = await a_therapist(session, clock.now()), await leave(session, clock.now())
    done = CallNotes(Outcome.REACHED, "Done.", close=True)
    await calls.record_call(session, amira, desk(clock.now()), message.id, new_id(), done)
    assert await recount_due(session, desk(clock.now(), closed_on(TUESDAY))) == 0
    assert (await again(session, message.id)).due_on == TUESDAY
    assert not await told(session, message.id)


async def test_counted_twice_it_is_told_once_and_a_further_day_once_more(session: Session, clock: MovedClock) -> None:
    message = await leave(session, clock.now())
    for days in ((TUESDAY,), (TUESDAY,), (TUESDAY, WEDNESDAY), (TUESDAY, WEDNESDAY)):
        await recount_due(session, desk(clock.now(), closed_on(*days)))
    assert sorted(one.occasion[:10] for one in await told(session, message.id)) == ["2026-11-25", "2026-11-26"]


async def test_a_closure_of_another_week_tells_nobody(session: Session, clock: MovedClock) -> None:
    message = await leave(session, clock.now())
    assert await recount_due(session, desk(clock.now(), closed_on(date(2026, 12, 15)))) == 1
    assert (await again(session, message.id)).due_on == TUESDAY
    assert not await told(session, message.id)


async def test_closed_today_the_urgent_are_promised_the_next_open_day(session: Session, clock: MovedClock) -> None:
    message = await leave(session, clock.now(), signs=frozenset({Sign.CHOKING}))
    assert message.due_on == date(2026, 11, 23)
    await recount_due(session, desk(clock.now(), closed_on(date(2026, 11, 23))))
    message = await again(session, message.id)
    assert (message.due_on, message.call_from) == (TUESDAY, london(2026, 11, 24, 9))


async def test_a_try_planned_for_that_day_waits_for_the_next_and_nobody_is_told_of_a_promise_kept(
    session: Session, clock: MovedClock
) -> None:
    amira, message = await a_therapist(session, clock.now()), await leave(session, clock.now())
    later = CallNotes(Outcome.ASKED_LATER, "", again_on=TUESDAY)
    await calls.record_call(session, amira, desk(clock.now()), message.id, new_id(), later)
    await recount_due(session, desk(clock.now(), closed_on(TUESDAY)))
    message = await again(session, message.id)
    assert (message.call_from, message.next_action_at) == (london(2026, 11, 25, 9), london(2026, 11, 25, 17, 30))
    assert not await told(session, message.id)


@pytest.mark.parametrize("hour", [10, 20])
async def test_what_became_urgent_later_is_counted_from_then(session: Session, clock: MovedClock, hour: int) -> None:
    """Another calendar must not promise a day that was over before the family said more."""
    message = await leave(session, clock.now())
    clock.move_to(london(2026, 11, 24, hour))
    await voice_service.add_to(session, desk(clock.now()), message.id, "Worse.", frozenset({Sign.CHOKING}))
    await recount_due(session, desk(clock.now(), closed_on(date(2026, 12, 15))))
    assert (await again(session, message.id)).due_on == TUESDAY
    assert not await told(session, message.id)


async def test_where_it_is_not_safe_to_write_nobody_writes(session: Session, clock: MovedClock) -> None:
    message = await leave(session, clock.now(), email=None, safe_to_leave_message=False)
    await recount_due(session, desk(clock.now(), closed_on(TUESDAY)))
    assert (await again(session, message.id)).due_on == WEDNESDAY
    assert not await told(session, message.id)


async def test_an_unchanged_calendar_recounts_nothing(db: Database, clock: MovedClock, bench: Workbench) -> None:
    async with db.transaction() as session:
        await leave(session, clock.now())
        await jobs.recount(session, bench)
        events = (await session.exec(select(AdviceEvent))).all()
    assert Happened.RECOUNTED not in {event.happened for event in events}


async def test_a_batch_after_the_other_recounts_all_there_are(
    db: Database, clock: MovedClock, bench: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("advice_line.recounting._BATCH", 2)
    bench.profile.__dict__.setdefault("calendar", bench.profile.calendar)
    monkeypatch.setitem(bench.profile.__dict__, "calendar", closed_on(TUESDAY).calendar)
    async with db.transaction() as session:
        for n in range(5):
            message = await leave(session, clock.now(), phone=f"+44770090012{n}", email=None)
            assert message.due_on == TUESDAY
        await jobs.recount(session, bench)
        rows = (await session.exec(select(AdviceMessage))).all()
    assert {row.due_on for row in rows} == {WEDNESDAY}

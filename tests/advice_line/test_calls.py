"""What therapists do: take the phone, record the call, look again at who was not reached."""

from collections.abc import Awaitable, Callable
from datetime import date, timedelta

import pytest
import sqlalchemy as sa
from sqlmodel import select

from advice_line import calls, queries, service
from advice_line.calls import BeingCalled
from advice_line.models import AdviceCall, AdviceMessage
from advice_line.record_settling import settle_call
from advice_line.record_words import CallNotes
from advice_line.rules import part_of
from advice_line.words import Outcome, Part, Reason, State
from core.domain.clock import MovedClock, london, london_day
from core.domain.errors import NotAllowed, NotFound, NotPossible
from core.domain.identity import Actor, Discipline
from core.domain.ids import new_id
from core.storage.audit import AuditEntry
from core.storage.jobs import Workbench
from core.storage.outbox import OutboxFact
from core.storage.session import Session
from notifications.api import messages_about
from tests.advice_line.support import a_therapist, desk, leave

CLOSE = CallNotes(Outcome.REACHED, "Read together every day.", close=True)
NO_ANSWER = CallNotes(Outcome.NO_ANSWER, "Left a voicemail.")
WRONG = CallNotes(Outcome.WRONG_NUMBER, "")

Ring = Callable[[CallNotes], Awaitable[AdviceMessage]]


@pytest.fixture
async def amira(session: Session, clock: MovedClock) -> Actor:
    return await a_therapist(session, clock.now())


@pytest.fixture
async def message(session: Session, clock: MovedClock, amira: Actor) -> AdviceMessage:
    """Amira's since this morning."""
    left = await leave(session, clock.now())
    left.owner_id, left.exception_reason = amira.id, None
    await session.flush()
    return left


@pytest.fixture
def ring(session: Session, clock: MovedClock, bench: Workbench, amira: Actor, message: AdviceMessage) -> Ring:
    """Amira rings, now, and takes nothing back."""

    async def once(notes: CallNotes) -> AdviceMessage:
        call_id = new_id()
        called = await calls.record_call(session, amira, desk(clock.now()), message.id, call_id, notes)
        await settle_call(session, bench, str(call_id))
        return called

    return once


async def test_a_call_that_settled_it_closes_the_message_and_is_told(
    session: Session, clock: MovedClock, message: AdviceMessage, ring: Ring
) -> None:
    await ring(CLOSE)
    assert (message.state, message.closed_at) == (State.CLOSED, clock.now())
    facts = [fact.name for fact in (await session.exec(select(OutboxFact))).all()]
    assert facts.count("CallbackMade") == 1
    assert facts.count("MessageClosed") == 1
    kept = await queries.calls_of(session, message.id)
    assert [(call.outcome, call.notes) for call in kept] == [(Outcome.REACHED, "Read together every day.")]


async def test_sending_the_form_twice_records_one_call(
    session: Session, clock: MovedClock, amira: Actor, message: AdviceMessage
) -> None:
    call_id = new_id()
    for _ in range(2):
        await calls.record_call(session, amira, desk(clock.now()), message.id, call_id, CLOSE)
    assert len(await queries.calls_of(session, message.id)) == 1


async def test_a_call_agreed_for_a_day_comes_back_on_that_day_and_not_before(
    session: Session, clock: MovedClock, amira: Actor, message: AdviceMessage, ring: Ring
) -> None:
    await ring(CallNotes(Outcome.ASKED_LATER, "", again_on=date(2026, 11, 26)))
    assert message.state is State.CALL_AGAIN
    assert await queries.my_calls(session, amira, clock.now()) == []
    clock.move_to(london(2026, 11, 26, 9))
    assert [line.message.id for line in await queries.my_calls(session, amira, clock.now())] == [message.id]


async def test_what_should_have_come_back_long_ago_is_still_there(
    session: Session, clock: MovedClock, amira: Actor, message: AdviceMessage, ring: Ring
) -> None:
    await ring(CallNotes(Outcome.ASKED_LATER, "", again_on=date(2026, 11, 26)))
    clock.move_to(london(2027, 2, 1, 9))
    assert [line.message.id for line in await queries.my_calls(session, amira, clock.now())] == [message.id]
    assert [line.message.id for line in await queries.overdue(session, clock.now())] == [message.id]


async def test_no_answer_is_tried_three_times_over_two_days_then_written_to_then_reviewed(
    session: Session, clock: MovedClock, message: AdviceMessage, ring: Ring
) -> None:
    parts, days = set(), set()
    for expected in (State.TRIED, State.TRIED, State.REVIEW):
        await ring(NO_ANSWER)
        assert message.state is expected
        parts.add(part_of(clock.now()))
        days.add(london_day(clock.now()))
        assert clock.now() < (message.next_action_at or clock.now())
        clock.move_to(max(message.call_from, clock.now()))
    assert (len(parts), len(days)) == (3, 2)
    assert message.exception_reason is Reason.REVIEW
    sent = await messages_about(session, message.id)
    assert {one.purpose for one in sent} == {"advice-received", "advice-no-answer"}


async def test_whoever_was_set_aside_is_written_to_once(
    session: Session, clock: MovedClock, message: AdviceMessage, ring: Ring
) -> None:
    for _ in range(3):
        await ring(NO_ANSWER)
        clock.move_to(max(message.call_from, clock.now() + timedelta(hours=1)))
    await ring(NO_ANSWER)
    assert message.state is State.REVIEW
    sent = [one for one in await messages_about(session, message.id) if one.purpose == "advice-no-answer"]
    assert len(sent) == 1


async def test_tries_begin_again_once_we_spoke(
    session: Session, clock: MovedClock, message: AdviceMessage, ring: Ring
) -> None:
    await ring(NO_ANSWER)
    clock.move_to(message.call_from)
    await ring(CallNotes(Outcome.ASKED_LATER, "", again_on=date(2026, 11, 24)))
    clock.move_to(london(2026, 11, 24, 9))
    await ring(NO_ANSWER)
    assert message.state is State.TRIED
    assert len(await queries.unanswered_since_we_spoke(session, message.id)) == 1


async def test_a_wrong_number_is_for_a_person_and_the_family_is_asked_by_email(
    session: Session, message: AdviceMessage, ring: Ring
) -> None:
    await ring(WRONG)
    assert (message.state, message.exception_reason) == (State.REVIEW, Reason.WRONG_NUMBER)
    assert [one.purpose for one in await messages_about(session, message.id)].count("advice-no-answer") == 1


async def test_the_link_in_a_later_message_leads_to_the_same_page(
    session: Session, message: AdviceMessage, ring: Ring
) -> None:
    await ring(WRONG)
    body = next(m.body for m in await messages_about(session, message.id) if m.purpose == "advice-no-answer")
    token = body.split("/advice/")[1].split()[0]
    found = await queries.message_behind(session, service.link_key(token))
    assert found is not None
    assert found.id == message.id


async def test_a_person_may_close_what_could_not_be_reached_and_nothing_else(
    session: Session, clock: MovedClock, amira: Actor, message: AdviceMessage, ring: Ring
) -> None:
    with pytest.raises(NotPossible):
        await calls.close_after_review(session, amira, message.id, new_id(), "Wrote to the GP.", clock.now())
    await ring(WRONG)
    await calls.close_after_review(session, amira, message.id, new_id(), "Wrote to the GP.", clock.now())
    assert message.state is State.CLOSED


async def test_a_call_about_a_withdrawn_message_is_kept_and_changes_nothing(
    session: Session, clock: MovedClock, message: AdviceMessage, ring: Ring
) -> None:
    await service.withdraw(session, message.id, clock.now())
    await ring(CLOSE)
    assert message.state is State.WITHDRAWN
    assert len(await queries.calls_of(session, message.id)) == 1


async def test_nothing_is_recorded_about_a_closed_message(message: AdviceMessage, ring: Ring) -> None:
    await ring(CLOSE)
    with pytest.raises(NotPossible):
        await ring(CLOSE)


async def test_the_phone_is_one_persons(
    session: Session, clock: MovedClock, amira: Actor, message: AdviceMessage
) -> None:
    dan = await a_therapist(session, clock.now(), "Dan")
    await calls.start_calling(session, amira, desk(clock.now()), message.id)
    await calls.start_calling(session, amira, desk(clock.now()), message.id)
    with pytest.raises(BeingCalled) as other:
        await calls.start_calling(session, dan, desk(clock.now()), message.id)
    assert other.value.staff_id == amira.id
    with pytest.raises(BeingCalled):
        await calls.record_call(session, dan, desk(clock.now()), message.id, new_id(), CLOSE)
    line = await queries.line(session, message.id)
    assert line is not None
    assert line.calling_by == amira.id


async def test_a_forgotten_phone_is_free_again_by_the_databases_clock_not_by_ours(
    session: Session, clock: MovedClock, amira: Actor, message: AdviceMessage
) -> None:
    dan = await a_therapist(session, clock.now(), "Dan")
    await calls.start_calling(session, amira, desk(clock.now()), message.id)
    clock.move_on(days=3)
    with pytest.raises(BeingCalled):
        await calls.start_calling(session, dan, desk(clock.now()), message.id)
    lapse = "update advice_message set calling_until = clock_timestamp() - interval '1 second'"
    await (await session.connection()).execute(sa.text(lapse))
    await calls.start_calling(session, dan, desk(clock.now()), message.id)
    assert await queries.who_is_calling(session, message.id) == dan.id


async def test_a_recorded_call_puts_the_phone_down_and_so_does_not_calling(
    session: Session, clock: MovedClock, amira: Actor, message: AdviceMessage, ring: Ring
) -> None:
    await calls.start_calling(session, amira, desk(clock.now()), message.id)
    await calls.stop_calling(session, amira, message.id)
    assert await queries.who_is_calling(session, message.id) is None
    await calls.start_calling(session, amira, desk(clock.now()), message.id)
    await ring(NO_ANSWER)
    await session.flush()
    assert await queries.who_is_calling(session, message.id) is None


async def test_nobody_takes_the_phone_about_a_closed_message(
    session: Session, clock: MovedClock, amira: Actor, message: AdviceMessage, ring: Ring
) -> None:
    await ring(CLOSE)
    await session.flush()
    with pytest.raises(NotPossible):
        await calls.start_calling(session, amira, desk(clock.now()), message.id)


async def test_another_discipline_may_not_look_ring_or_record(
    session: Session, clock: MovedClock, message: AdviceMessage
) -> None:
    ben = await a_therapist(session, clock.now(), "Ben", Discipline.OT)
    with pytest.raises(NotAllowed):
        await calls.open_message(session, ben, message.id, clock.now())
    with pytest.raises(NotAllowed):
        await calls.start_calling(session, ben, desk(clock.now()), message.id)
    with pytest.raises(NotAllowed):
        await calls.record_call(session, ben, desk(clock.now()), message.id, new_id(), CLOSE)


async def test_reading_a_message_is_on_the_audit_trail(
    session: Session, clock: MovedClock, amira: Actor, message: AdviceMessage
) -> None:
    await calls.open_message(session, amira, message.id, clock.now())
    await session.flush()
    found = select(AuditEntry).where(AuditEntry.subject_id == message.id, AuditEntry.action == "advice.viewed")
    assert [entry.actor for entry in (await session.exec(found)).all()] == [amira.audit_name]


async def test_a_message_that_is_not_there_is_not_found(session: Session, clock: MovedClock, amira: Actor) -> None:
    with pytest.raises(NotFound):
        await calls.open_message(session, amira, new_id(), clock.now())
    with pytest.raises(NotFound):
        await calls.start_calling(session, amira, desk(clock.now()), new_id())


async def test_the_last_contacts_are_the_familys_whatever_message_they_were_about(
    session: Session, clock: MovedClock, message: AdviceMessage, ring: Ring
) -> None:
    await ring(CLOSE)
    clock.move_on(days=7)
    newer = await leave(session, clock.now(), good_times=frozenset({Part.LUNCH}))
    await session.flush()
    found = await queries.contacts(session, newer)
    assert [(call.message_id, reference) for call, reference in found] == [(message.id, message.reference)]
    assert (await session.exec(select(AdviceCall))).all() != []

"""What families do: leave a message, put the number right, withdraw."""

from datetime import date

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlmodel import select

from advice_line import queries, service
from advice_line.models import AdviceEvent, AdviceMessage
from advice_line.words import Child, Happened, Reason, Sign, State, Topic, Urgency
from core.domain.clock import MovedClock, london
from core.domain.errors import NotFound, NotPossible
from core.domain.identity import Discipline
from core.domain.ids import new_id, parse_reference
from core.storage.audit import AuditEntry
from core.storage.outbox import OutboxFact
from core.storage.session import Database, Session
from core.storage.tasks import Task
from notifications.api import Channel, messages_about
from tests.advice_line.support import a_message, a_therapist, again, desk, leave

SATURDAY_NIGHT = london(2026, 11, 21, 23, 40)
CHILD = Child("Remy", "Invented", date(2022, 3, 15))


async def test_a_message_at_night_is_promised_for_the_next_working_day_and_waits_for_the_run(session: Session) -> None:
    message = await leave(session, SATURDAY_NIGHT)
    assert message.due_on == date(2026, 11, 23)
    assert message.due_at == message.next_action_at == london(2026, 11, 23, 17, 30)
    assert message.clock_start == message.call_from == london(2026, 11, 23, 9)
    assert (message.owner_id, message.exception_reason) == (None, Reason.WAITING_FOR_RUN)
    assert parse_reference(message.reference) == message.reference


async def test_what_was_accepted_leaves_its_trail_in_the_same_transaction(session: Session, clock: MovedClock) -> None:
    message = await leave(session, clock.now())
    await session.flush()
    facts = (await session.exec(select(OutboxFact).where(OutboxFact.name == "MessageLeft"))).all()
    assert [fact.payload["message_id"] for fact in facts] == [str(message.id)]
    audited = (await session.exec(select(AuditEntry).where(AuditEntry.subject_id == message.id))).all()
    assert [entry.action for entry in audited] == ["advice.left"]
    events = (await session.exec(select(AdviceEvent).where(AdviceEvent.message_id == message.id))).all()
    assert [event.happened for event in events] == [Happened.LEFT]
    assert any(task.kind == "facts.deliver" for task in (await session.exec(select(Task))).all())


async def test_a_sign_makes_it_urgent_and_due_today(session: Session, clock: MovedClock) -> None:
    message = await leave(session, clock.now(), signs=frozenset({Sign.CHOKING}), discipline=None)
    assert message.urgency is Urgency.URGENT
    assert message.due_on == date(2026, 11, 23)
    assert message.needs == ["eating-and-drinking"]


async def test_the_areas_are_those_of_the_postcode(session: Session, clock: MovedClock) -> None:
    assert (await leave(session, clock.now(), postcode="SG3 6AA")).areas == ["east", "north"]
    assert (await leave(session, clock.now(), postcode="EH1 1AA")).areas == []


async def test_nothing_a_person_said_stands_readable_in_the_database(session: Session, clock: MovedClock) -> None:
    message = await leave(session, clock.now(), child=CHILD, not_times="not on Wednesdays", text="Cannot say mummy")
    await session.flush()
    row = (
        await (await session.connection()).execute(
            sa.text("select * from advice_message where id = :id"), {"id": message.id}
        )
    ).one()
    told = repr(row)
    for secret in (
        "Robin",
        "Remy",
        "Invented",
        "07700900123",
        "7700900123",
        "robin@example.org",
        "mummy",
        "Wednesdays",
    ):
        assert secret not in told


async def test_the_link_is_stored_only_as_a_fingerprint(session: Session, clock: MovedClock) -> None:
    message, token = await service.leave_message(session, desk(clock.now()), a_message(), draft_id=new_id())
    found = await queries.message_behind(session, service.link_key(token))
    assert found is not None
    assert found.id == message.id
    stored = (
        (await (await session.connection()).execute(sa.text("select fingerprint from advice_link"))).scalars().all()
    )
    assert token.encode() not in stored


async def test_one_draft_becomes_one_message(session: Session, clock: MovedClock) -> None:
    draft = new_id()
    await service.leave_message(session, desk(clock.now()), a_message(), draft_id=draft)
    with pytest.raises(IntegrityError, match="uq_advice_message_draft"):
        async with session.begin_nested():
            await service.leave_message(session, desk(clock.now()), a_message(), draft_id=draft)


@pytest.mark.parametrize(
    ("changed", "channel"),
    [
        ({}, Channel.EMAIL),
        ({"email": None}, Channel.TEXT),
        ({"email": None, "safe_to_leave_message": False}, None),
        ({"email": None, "phone": "+441632960001"}, None),
    ],
)
async def test_the_receipt_goes_only_where_it_is_safe(
    session: Session, clock: MovedClock, changed: dict[str, object], channel: Channel | None
) -> None:
    message = await leave(session, clock.now(), **changed)
    sent = await messages_about(session, message.id)
    assert [one.channel for one in sent] == ([channel] if channel else [])
    assert all("Tuesday 24 November" in one.body and message.reference in one.body for one in sent)


async def test_a_withdrawn_message_is_over(session: Session, clock: MovedClock) -> None:
    message = await leave(session, clock.now())
    await service.withdraw(session, message.id, clock.now())
    assert (message.state, message.closed_at, message.exception_reason) == (State.WITHDRAWN, clock.now(), None)
    with pytest.raises(NotPossible):
        await service.withdraw(session, message.id, clock.now())
    with pytest.raises(NotPossible):
        await service.correct_number(session, desk(clock.now()), message.id, "+447700900456")


async def test_nobody_withdraws_what_is_not_there(session: Session, clock: MovedClock) -> None:
    with pytest.raises(NotFound):
        await service.withdraw(session, new_id(), clock.now())


async def test_a_corrected_number_is_the_one_we_ring_and_find_the_family_by(
    session: Session, clock: MovedClock
) -> None:
    message = await leave(session, clock.now())
    await service.correct_number(session, desk(clock.now()), message.id, "+447700900456")
    await session.flush()
    stored = await again(session, message.id)
    assert stored.caller["phone"] == "+447700900456"
    assert stored.phone_key == service.phone_key("+447700900456")
    assert stored.caller["name"] == "Robin Invented"


async def test_a_corrected_number_takes_up_again_what_was_set_aside(session: Session, clock: MovedClock) -> None:
    message = await leave(session, clock.now())
    message.state, message.exception_reason = State.REVIEW, Reason.WRONG_NUMBER
    clock.move_on(days=1)
    await service.correct_number(session, desk(clock.now()), message.id, "+447700900456")
    assert message.state is State.TRIED
    assert message.exception_reason is Reason.WAITING_FOR_RUN
    assert message.next_action_at == london(2026, 11, 25, 17, 30)


async def test_messages_of_one_family_are_found_by_phone_or_child_and_stay_apart(
    session: Session, clock: MovedClock
) -> None:
    first = await leave(session, clock.now(), child=CHILD)
    by_phone = await leave(session, clock.now())
    other_phone = await leave(session, clock.now(), phone="+447700900777", child=Child("R", "INVENTED", CHILD.born))
    stranger = await leave(session, clock.now(), phone="+447700900888", discipline=Discipline.OT, topic=Topic.OTHER)
    found = {other.id for other in await queries.other_messages(session, first)}
    assert found == {by_phone.id, other_phone.id}
    assert await queries.other_messages(session, stranger) == []


@pytest.mark.parametrize(
    ("statement", "constraint"),
    [
        ("update advice_message set exception_reason = null", "open_is_somebodys"),
        ("update advice_message set next_action_at = null", "open_has_a_next_action"),
        ("update advice_message set state = 'closed'", "closed_whole"),
        ("update advice_message set closed_at = now(), exception_reason = null", "closed_whole"),
        ("update advice_message set calling_until = now()", "calling_whole"),
        ("update advice_message set state = 'lost'", "state_known"),
    ],
)
async def test_the_database_itself_lets_no_message_be_lost(
    session: Session, clock: MovedClock, statement: str, constraint: str
) -> None:
    await leave(session, clock.now())
    with pytest.raises(IntegrityError, match=constraint):
        async with session.begin_nested():
            await (await session.connection()).execute(sa.text(statement))


async def test_nothing_is_kept_of_a_message_whose_transaction_fails(db: Database, clock: MovedClock) -> None:
    async def leave_and_fail() -> None:
        async with db.transaction() as session:
            await leave(session, clock.now())
            raise RuntimeError("the page broke")

    with pytest.raises(RuntimeError):
        await leave_and_fail()
    async with db.transaction() as session:
        assert (await session.exec(select(AdviceMessage))).all() == []
        assert (await session.exec(select(OutboxFact))).all() == []


async def test_a_therapist_who_owns_it_answers_the_question_whose_it_is(session: Session, clock: MovedClock) -> None:
    message = await leave(session, clock.now())
    amira = await a_therapist(session, clock.now())
    message.owner_id, message.exception_reason = amira.id, None
    await session.flush()
    assert [line.message.id for line in await queries.my_calls(session, amira, clock.now())] == [message.id]
    assert await queries.exceptions(session) == []

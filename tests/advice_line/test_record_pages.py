"""Recording a call: what comes next, taking it back, a worry that comes first, and what is never lost."""

from collections.abc import Awaitable, Callable
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlmodel import select

from accounts.api import actor_of, therapists
from advice_line import calls, service, snippet_queries, snippet_service
from advice_line.api import needs_me
from advice_line.models import AdviceCall, AdviceMessage
from advice_line.presenters import following_words
from advice_line.record_models import AdviceConcern, AdviceRecord
from advice_line.record_words import WhatNext
from advice_line.snippet_words import Text
from advice_line.words import Outcome, Reason, State
from core.domain.clock import MovedClock, london
from core.domain.identity import Discipline, Role
from core.domain.ids import new_id
from core.storage.audit import AuditEntry
from core.storage.outbox import OutboxFact
from core.storage.session import Database
from notifications.api import messages_about
from notifications.models import Message
from tests.advice_line.support import a_therapist, again, desk, leave, profile
from tests.conftest import Drain, StaffVisit
from tests.support.visit import Visit

LIST = "/staff/callbacks"
SLT = (Discipline.SLT,)

Record = Callable[..., Awaitable[str]]


@pytest.fixture
async def amira(staff_visit: StaffVisit) -> Visit:
    return await staff_visit(Role.THERAPIST, disciplines=SLT, name="Amira Invented")


@pytest.fixture
async def message_id(db: Database, clock: MovedClock) -> UUID:
    async with db.transaction() as session:
        return (await leave(session, clock.now())).id


@pytest.fixture
def case(message_id: UUID) -> str:
    return f"{LIST}/{message_id}"


@pytest.fixture
def record(amira: Visit, case: str) -> Record:
    """Amira records a call; where she is sent."""

    async def once(**typed: str | list[str]) -> str:
        call_id = str(new_id())
        await amira.get(case)
        reply = await amira.post(f"{case}/outcome", {"call": call_id, "seen": "0", **typed})
        assert reply.status_code == 303, reply.text
        return str(reply.headers["location"])

    return once


async def seen(db: Database, message_id: UUID) -> AdviceMessage:
    async with db.transaction() as session:
        return await again(session, message_id)


async def everything(db: Database, table: type) -> list[object]:
    async with db.transaction() as session:
        return list((await session.exec(select(table))).all())


async def a_text(db: Database, clock: MovedClock) -> UUID:
    """A text for families, written by a lead."""
    async with db.transaction() as session:
        lead = await a_therapist(session, clock.now(), "Grace", role=Role.MANAGER)
        words = Text("Share books every day", "Look at a book together.", "https://example.org/books")
        return await snippet_service.write(session, lead, words, Discipline.SLT, clock.now(), new_id())


async def test_a_call_taken_back_within_the_minute_never_was_and_fills_the_form_again(
    db: Database, clock: MovedClock, amira: Visit, message_id: UUID, record: Record, drain: Drain
) -> None:
    before = await seen(db, message_id)
    recorded = await record(outcome="wrong-number", notes="A shop answered.")
    clock.move_on(seconds=59)
    await drain()
    assert "Take it back" in (await amira.get(recorded)).text
    reply = await amira.post(f"{recorded}/undo", {})
    form = (await amira.get(reply.headers["location"])).text
    assert "A shop answered." in form
    assert 'value="wrong-number" checked' in form.replace("\n", " ") or "wrong-number" in form
    after = await seen(db, message_id)
    assert (after.state, after.owner_id, after.exception_reason, after.next_action_at) == (
        before.state,
        before.owner_id,
        before.exception_reason,
        before.next_action_at,
    )
    clock.move_on(seconds=60)
    await drain()
    assert await everything(db, AdviceCall) == []
    async with db.transaction() as session:
        assert {one.purpose for one in await messages_about(session, message_id)} == {"advice-received"}


async def test_after_the_minute_a_call_stays(
    db: Database, clock: MovedClock, amira: Visit, record: Record, message_id: UUID
) -> None:
    recorded = await record(outcome="wrong-number")
    await amira.get(recorded)
    clock.move_on(seconds=61)
    reply = await amira.post(f"{recorded}/undo", {})
    assert "The minute was over" in (await amira.get(reply.headers["location"])).text
    assert (await seen(db, message_id)).state is State.REVIEW


async def test_a_call_cannot_be_taken_back_once_the_family_did_something(
    db: Database, clock: MovedClock, amira: Visit, record: Record, message_id: UUID
) -> None:
    recorded = await record(outcome="wrong-number")
    async with db.transaction() as session:
        await service.correct_number(session, desk(clock.now()), message_id, "+447700900999")
    await amira.get(recorded)
    reply = await amira.post(f"{recorded}/undo", {})
    assert "Somebody did something about this message since" in (await amira.get(reply.headers["location"])).text
    assert len(await everything(db, AdviceCall)) == 1


async def test_nobody_takes_back_or_looks_at_a_colleagues_record(
    amira: Visit, staff_visit: StaffVisit, record: Record
) -> None:
    recorded = await record(outcome="no-answer")
    dan = await staff_visit(Role.THERAPIST, disciplines=SLT, name="Dan Invented")
    assert (await dan.get(recorded)).status_code == 404
    await dan.get(LIST)
    assert (await dan.post(f"{recorded}/undo", {})).status_code == 404


async def test_advice_is_sent_after_the_minute_and_never_before(
    db: Database, clock: MovedClock, record: Record, message_id: UUID, drain: Drain
) -> None:
    text = await a_text(db, clock)
    await record(outcome="reached", notes="Talked about books.", next="close", texts=[f"{text}:1"], send=["yes"])
    await drain()
    async with db.transaction() as session:
        assert [one.purpose for one in await messages_about(session, message_id)] == ["advice-received"]
    clock.move_on(seconds=61)
    await drain()
    async with db.transaction() as session:
        sent = [one for one in await messages_about(session, message_id) if one.purpose == "advice-given"]
    assert len(sent) == 1
    assert "Share books every day" in sent[0].body
    assert "https://example.org/books" in sent[0].body
    assert "Talked about books" not in sent[0].body
    async with db.transaction() as session:
        given = await snippet_queries.given_about(session, message_id)
    assert [text.title for text in given] == ["Share books every day"], "and it stands on their page"


async def test_a_text_changed_meanwhile_is_given_as_it_was_ticked(
    db: Database, clock: MovedClock, amira: Visit, case: str, record: Record
) -> None:
    text = await a_text(db, clock)
    async with db.transaction() as session:
        (lead,) = [actor_of(one) for one in await therapists(session)][:1]
        newer = Text("Share books", "Newer words.")
        await snippet_service.rewrite(session, lead, text, 1, newer, Discipline.SLT, clock.now())
    await record(outcome="reached", notes="x", next="call-again", texts=[f"{text}:1"], **on(25))
    page = (await amira.get(case)).text
    assert "Advice texts given: Share books every day" in page


def on(day: int) -> dict[str, str]:
    return {"again_on-day": str(day), "again_on-month": "11", "again_on-year": "2026"}


async def test_an_interpreter_is_noted_for_the_next_call(db: Database, record: Record, message_id: UUID) -> None:
    await record(outcome="interpreter-needed", speaks="pl", **on(25))
    message = await seen(db, message_id)
    assert (message.language, message.interpreter_ok, message.state) == ("pl", True, State.CALL_AGAIN)


async def test_passed_to_another_therapy_it_waits_for_a_run_and_is_told(
    db: Database, clock: MovedClock, record: Record, message_id: UUID, drain: Drain
) -> None:
    await record(outcome="reached", notes="Not ours.", next="pass-on", pass_to="ot")
    message = await seen(db, message_id)
    assert (message.discipline, message.owner_id, message.exception_reason) == (
        Discipline.OT,
        None,
        Reason.WAITING_FOR_RUN,
    )
    clock.move_on(seconds=61)
    await drain()
    assert "MessagePassedOn" in {fact.name for fact in await everything(db, OutboxFact)}  # type: ignore[attr-defined]


async def test_a_referral_begins_with_what_is_known(
    db: Database, clock: MovedClock, amira: Visit, record: Record, message_id: UUID
) -> None:
    async with db.transaction() as session:
        message = await again(session, message_id)
        message.child = {"first": "Remy", "last": "Invented", "born": "2022-03-15"}
    recorded = await record(outcome="reached", notes="Refer.", next="referral")
    assert "Begin the referral" in (await amira.get(recorded)).text
    assert (await amira.post(f"{recorded}/refer", {})).headers["location"] == "/refer/who"
    async with db.transaction() as session:
        asked = sa.text("select count(*) from draft where journey = 'referral'")
        drafts = await (await session.connection()).scalar(asked)
    assert drafts == 1


async def test_what_happened_since_the_page_was_opened_is_read_first(
    db: Database, clock: MovedClock, amira: Visit, case: str, message_id: UUID
) -> None:
    await amira.get(case)
    async with db.transaction() as session:
        await service.correct_number(session, desk(clock.now()), message_id, "+447700900999")
    typed = {"outcome": "no-answer", "notes": "my own words", "call": str(new_id()), "seen": "0"}
    page = await amira.post(f"{case}/outcome", typed)
    assert page.status_code == 409
    assert "the family gave us another number at 10am" in page.text
    assert "my own words" in page.text
    assert 'name="seen" value="1"' in page.text
    assert (await amira.post(f"{case}/outcome", typed | {"seen": "1"})).status_code == 303


async def test_a_lapsed_lease_keeps_what_was_typed_for_when_the_colleague_has_finished(
    db: Database, clock: MovedClock, amira: Visit, case: str, message_id: UUID
) -> None:
    await amira.get(case)
    async with db.transaction() as session:
        dan = await a_therapist(session, clock.now(), "Dan")
        await calls.start_calling(session, dan, desk(clock.now()), message_id)
    page = await amira.post(f"{case}/outcome", {"outcome": "no-answer", "notes": "my own words", "seen": "0"})
    assert page.status_code == 409
    assert "Dan Invented is calling this family now" in page.text
    assert "my own words" in page.text


async def test_a_worry_reaches_the_lead_at_once_by_an_email_that_names_nobody(
    db: Database, amira: Visit, case: str, message_id: UUID, drain: Drain
) -> None:
    await amira.get(case)
    where = (await amira.post(f"{case}/worried", {"call": str(new_id())})).headers["location"]
    await drain()
    sent: list[Message] = await everything(db, Message)  # type: ignore[assignment]
    told = [one for one in sent if one.purpose == "advice-worry"]
    [message] = await everything(db, AdviceMessage)
    assert [one.address for one in told] == ["safeguarding@example.org"]
    said = f"{told[0].subject_line} {told[0].body}"
    assert where in said
    assert message.reference in said  # type: ignore[attr-defined]
    for personal in ("Robin", "Remy", "07700", "stopped saying"):
        assert personal not in said


async def test_a_worry_interrupts_names_the_lead_and_cannot_be_passed_over(
    db: Database, amira: Visit, case: str, message_id: UUID
) -> None:
    await amira.get(case)
    typed = {"outcome": "reached", "notes": "kept words", "next": "close", "call": str(new_id()), "seen": "0"}
    page = await amira.post(f"{case}/outcome", typed | {"worried": ["yes"]})
    assert "Jordan Example, named nurse" in page.text
    assert 'name="notes" value="kept words"' in page.text
    assert len(await everything(db, AdviceConcern)) == 1, "kept at once"
    # Neither an empty answer nor a form without the tick gets past it
    assert (await amira.post(f"{case}/outcome", typed | {"concern": " "})).status_code == 422
    assert "Do this now" in (await amira.post(f"{case}/outcome", typed)).text
    assert await everything(db, AdviceCall) == []
    assert (await amira.post(f"{case}/outcome", typed | {"concern": "Rang the lead."})).status_code == 303
    (concern,) = await everything(db, AdviceConcern)
    assert concern.done == "Rang the lead."  # type: ignore[attr-defined]
    told = {entry.action for entry in await everything(db, AuditEntry)}  # type: ignore[attr-defined]
    assert {"advice.concern-raised", "advice.concern-acted-on", "advice.called"} <= told


async def test_a_worry_stays_when_the_form_is_left_and_is_asked_for_until_it_is_written(
    db: Database, clock: MovedClock, amira: Visit, case: str, staff_visit: StaffVisit
) -> None:
    await amira.get(case)
    where = (await amira.post(f"{case}/worried", {"call": str(new_id())})).headers["location"]
    assert "Jordan Example, named nurse" in (await amira.get(where)).text
    assert await waits_for(db, clock, "Amira") == ["worry about a child’s safety to write about"]
    grace = await staff_visit(Role.MANAGER, name="Grace Invented")
    assert "Nothing written yet" in (await grace.get(f"{LIST}/concerns")).text
    assert (await grace.post(f"{where}/seen", {})).status_code == 409
    assert (await amira.post(where, {"concern": "Rang the lead."})).headers["location"] == case
    assert await waits_for(db, clock, "Amira") == []
    await grace.get(where)
    await grace.post(f"{where}/seen", {})
    assert "There is nothing to look at" in (await grace.get(f"{LIST}/concerns")).text
    assert (await amira.post(f"{where}/seen", {})).status_code == 403


async def waits_for(db: Database, clock: MovedClock, name: str) -> list[str]:
    async with db.transaction() as session:
        (who,) = [actor_of(one) for one in await therapists(session) if one.name.startswith(name)]
        return [need.label for need in await needs_me(session, who, clock.now())]


async def test_another_therapy_neither_raises_nor_reads_a_worry(
    db: Database, amira: Visit, case: str, staff_visit: StaffVisit
) -> None:
    await amira.get(case)
    where = (await amira.post(f"{case}/worried", {"call": str(new_id())})).headers["location"]
    ben = await staff_visit(Role.THERAPIST, disciplines=(Discipline.OT,), name="Ben Invented")
    assert (await ben.get(where)).status_code == 403
    await ben.get(LIST)
    assert (await ben.post(f"{case}/worried", {"call": str(new_id())})).status_code == 403
    assert len(await everything(db, AdviceConcern)) == 1


async def test_what_was_typed_is_forgotten_once_it_is_settled(
    db: Database, clock: MovedClock, record: Record, drain: Drain
) -> None:
    await record(outcome="no-answer", notes="Left a voicemail.")
    clock.move_on(seconds=61)
    await drain()
    (kept,) = await everything(db, AdviceRecord)
    assert kept.typed is None  # type: ignore[attr-defined]
    (call,) = await everything(db, AdviceCall)
    assert call.outcome is Outcome.NO_ANSWER  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("state", "what_next", "words"),
    [
        (State.CLOSED, WhatNext.CLOSED, "The message is closed."),
        (State.REVIEW, WhatNext.CALL_AGAIN, "A person decides what becomes of the message."),
        (State.TRIED, WhatNext.CALL_AGAIN, "The next call is due on Tuesday 24 November."),
        (State.NEW, WhatNext.PASSED_ON, "The message went to physiotherapy. The call is due on Tuesday 24 November."),
    ],
)
def test_whoever_recorded_a_call_reads_what_becomes_of_the_message(
    state: State, what_next: WhatNext, words: str
) -> None:
    due = london(2026, 11, 24, 17)
    assert following_words(state, what_next, Discipline.PHYSIO, due, profile).startswith(words)

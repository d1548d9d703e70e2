"""A therapist hears what was said, writes it down, and finds the number of a caller who showed none."""

from uuid import UUID

import pytest
from sqlmodel import select

from advice_line import voice_queries
from advice_line.models import AdviceMessage
from advice_line.service import leave_message
from advice_line.voice_models import AdviceVoice
from advice_line.words import Reason, State
from app.demo.sounds import hum
from core.domain.clock import MovedClock
from core.domain.identity import Discipline, Role
from core.domain.ids import new_id
from core.storage.audit import AuditEntry
from core.storage.session import Database
from core.web.house import House
from core.web.templates import Templates
from tests.advice_line.support import a_message, again, desk, leave_spoken
from tests.conftest import StaffVisit
from tests.support.house import templates
from tests.support.visit import Visit

SLT = (Discipline.SLT,)


@pytest.fixture
async def spoken(house: House, clock: MovedClock) -> AdviceMessage:
    """A message that was only said, from a caller who showed no number."""
    return await leave_spoken(house, clock.now(), phone="", email=None, safe_to_leave_message=False)


@pytest.fixture
async def amira(staff_visit: StaffVisit) -> Visit:
    return await staff_visit(Role.THERAPIST, disciplines=SLT, name="Amira Invented")


def case(message: AdviceMessage) -> str:
    return f"/staff/callbacks/{message.id}"


async def heard(db: Database, message_id: UUID) -> list[str]:
    async with db.transaction() as session:
        found = select(AuditEntry).where(AuditEntry.subject_id == message_id, AuditEntry.action == "advice.heard")
        return [entry.actor for entry in await session.exec(found)]


async def test_a_therapist_hears_it_and_the_trail_says_so(spoken: AdviceMessage, amira: Visit, db: Database) -> None:
    reply = await amira.client.get(f"{case(spoken)}/voice")
    assert (reply.status_code, reply.content) == (200, hum())
    assert reply.headers["content-type"] == "audio/wav"
    assert reply.headers["content-disposition"].startswith("inline")
    assert reply.headers["x-content-type-options"] == "nosniff"
    assert "default-src 'none'" in reply.headers["content-security-policy"]
    assert "script-src" not in reply.headers["content-security-policy"], "a sound runs nothing"
    assert reply.headers["cache-control"] == "no-store"
    assert len(await heard(db, spoken.id)) == 1


async def test_whoever_has_no_reason_hears_nothing(
    spoken: AdviceMessage, visit: Visit, staff_visit: StaffVisit, db: Database
) -> None:
    assert (await visit.get(f"{case(spoken)}/voice")).status_code == 303, "to sign in"
    auditor = await staff_visit(Role.GOVERNANCE)
    assert (await auditor.get(f"{case(spoken)}/voice")).status_code == 403
    other = await staff_visit(Role.THERAPIST, disciplines=(Discipline.PHYSIO,))
    assert (await other.get(f"{case(spoken)}/voice")).status_code == 403
    assert await heard(db, spoken.id) == []


async def test_a_message_that_was_typed_has_nothing_to_hear(amira: Visit, db: Database, clock: MovedClock) -> None:
    async with db.transaction() as session:
        message, _ = await leave_message(session, desk(clock.now()), a_message(), draft_id=new_id())
    assert (await amira.get(f"{case(message)}/voice")).status_code == 404


async def test_what_was_said_is_written_down_once_and_changed(
    spoken: AdviceMessage, amira: Visit, db: Database
) -> None:
    await amira.get("/staff/callbacks")
    empty = await amira.post(f"{case(spoken)}/voice/written", {"written": " "})
    assert empty.status_code == 422
    assert "Enter what they said" in empty.text
    for words in ("He stammers.", "He stammers since March."):
        reply = await amira.post(f"{case(spoken)}/voice/written", {"written": words})
        assert reply.headers["location"] == f"{case(spoken)}#voice"
    async with db.transaction() as session:
        [voice] = await session.exec(select(AdviceVoice))
        assert voice.written == "He stammers since March."
        assert (await voice_queries.with_voice(session, [spoken.id])) == {spoken.id: True}


async def test_the_number_they_said_sends_it_on_its_way(spoken: AdviceMessage, amira: Visit, db: Database) -> None:
    assert (spoken.state, spoken.exception_reason) == (State.REVIEW, Reason.WRONG_NUMBER)
    await amira.get("/staff/callbacks")
    wrong = await amira.post(f"{case(spoken)}/voice/number", {"phone": "12"})
    assert wrong.status_code == 422
    assert 'value="12"' in wrong.text
    assert (await amira.post(f"{case(spoken)}/voice/number", {"phone": "07700 900777"})).status_code == 303
    async with db.transaction() as session:
        now = await again(session, spoken.id)
    assert (now.caller["phone"], now.exception_reason) == ("+447700900777", Reason.WAITING_FOR_RUN)
    assert (await amira.post(f"{case(spoken)}/voice/number", {"phone": "07700 900778"})).status_code == 409


async def test_the_player_and_the_form_stand_in_the_part_other_pages_include(
    spoken: AdviceMessage, db: Database
) -> None:
    async with db.transaction() as session:
        beside = await voice_queries.for_case(session, await again(session, spoken.id))
    shown: Templates = templates()
    html = shown.render(
        "advice_line/voice.html",
        beside | {"base": case(spoken), "form_token": lambda: "token", "form_token_field": "form_token"},
    )
    assert f'src="{case(spoken)}/voice"' in html
    assert 'preload="none"' in html, "nobody has heard it before they press play"
    assert "The caller’s number was not shown." in html
    assert f'action="{case(spoken)}/voice/written"' in html
    assert beside["linked"] == []

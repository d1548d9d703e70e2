"""Who is told what has become of a referral, and how; and who is not."""

from datetime import date
from typing import Any
from uuid import UUID

import pytest
from sqlmodel import select

from core.domain.clock import MovedClock
from core.storage.jobs import Workbench
from core.storage.session import Database
from core.web.house import House
from core.web.questions import Value
from notifications.api import Channel, MessageView, messages_about
from referral import jobs, letters, service
from referral.models import Referral
from referral.outcome_models import ReferralLetter
from referral.outcome_rules import LETTERS_REST
from referral.words import Acceptance, Asked, Enquiry, ReferrerKind, Urgency
from tests.referral.support import EVE, OT, PARENT, PHYSIO, PROFESSIONAL, PROFILE, SLT, YOUNG_PERSON, received


async def run(bench: Workbench, job: Any, **ids: object) -> None:
    async with bench.db.transaction() as session:
        await job(session, bench, **{name: str(value) for name, value in ids.items()})


async def written(db: Database, referral_id: UUID) -> list[MessageView]:
    async with db.transaction() as session:
        return list(await messages_about(session, referral_id))


async def test_the_family_is_told_once_with_reference_and_target(
    house: House, db: Database, bench: Workbench, clock: MovedClock
) -> None:
    referral_id = await received(db, clock.now())
    for _ in range(2):
        await run(bench, jobs.acknowledge, referral_id=referral_id)
    (message,) = await written(db, referral_id)
    assert (message.channel, message.address) == (Channel.EMAIL, "ana@example.org")
    assert message.body.startswith("Dear parent or carer,")
    assert "Monday 29 March 2027" in message.body
    assert "https://testserver/referral-status" in message.body
    assert "Maya" not in message.body + message.subject_line


async def test_a_professional_is_told_as_well(house: House, db: Database, bench: Workbench, clock: MovedClock) -> None:
    referral_id = await received(db, clock.now(), PROFESSIONAL)
    await run(bench, jobs.acknowledge, referral_id=referral_id)
    assert {one.address for one in await written(db, referral_id)} == {"ana@example.org", "ola@example.org"}


async def test_a_family_that_was_not_told_is_never_written_to(
    house: House, db: Database, bench: Workbench, clock: MovedClock
) -> None:
    referral_id = await received(db, clock.now(), PROFESSIONAL, agreed="safeguarding")
    async with db.transaction() as session:
        enquiry = Enquiry("Which operation?", Asked.FAMILY, date(2026, 12, 7))
        asked = await service.ask(session, EVE, referral_id, PHYSIO, 1, enquiry, clock.now())
    await run(bench, jobs.acknowledge, referral_id=referral_id)
    ids = {"referral_id": referral_id, "request_id": await _request(db, asked), "information_id": asked}
    await run(bench, jobs.tell_asked, **ids)
    assert {one.address for one in await written(db, referral_id)} == {"ola@example.org"}


@pytest.mark.parametrize(
    ("changes", "channel"),
    [
        ({"updates": ["email"]}, Channel.EMAIL),
        ({"updates": ["text"], "email": ""}, Channel.TEXT),
        ({"updates": ["text"], "email": "", "safe": "no"}, None),
        ({"updates": ["text"], "email": "", "phone": "+441632960001"}, Channel.LETTER),
        ({"updates": ["none"], "email": ""}, Channel.LETTER),
        ({"updates": ["none"], "email": "", "safe": "no"}, None),
    ],
)
def test_a_family_is_written_to_as_it_asked_and_only_where_it_is_safe(
    changes: dict[str, Value], channel: Channel | None
) -> None:
    assert letters.reach(ReferrerKind.PARENT, {**PARENT, **changes}) is channel


async def test_a_young_person_is_greeted_and_reached_themselves(
    house: House, db: Database, bench: Workbench, clock: MovedClock
) -> None:
    referral_id = await received(db, clock.now(), YOUNG_PERSON)
    await run(bench, jobs.acknowledge, referral_id=referral_id)
    (message,) = await written(db, referral_id)
    assert message.channel is Channel.TEXT
    assert message.body.startswith("Hello,")
    assert "physio" not in message.body.lower()


async def test_a_question_is_told_without_its_words(
    house: House, db: Database, bench: Workbench, clock: MovedClock
) -> None:
    referral_id = await received(db, clock.now())
    async with db.transaction() as session:
        enquiry = Enquiry("Which hand?", Asked.REFERRER, date(2026, 12, 7))
        asked = await service.ask(session, EVE, referral_id, OT, 1, enquiry, clock.now())
    request_id = await _request(db, asked)
    await run(bench, jobs.tell_asked, referral_id=referral_id, request_id=request_id, information_id=asked)
    bodies = {one.template: one.body for one in await written(db, referral_id)}
    assert "Monday 7 December 2026" in bodies["referral-more-information"]
    assert "Which hand" not in bodies["referral-more-information"]


async def test_what_has_been_answered_is_not_asked_again(
    house: House, db: Database, bench: Workbench, clock: MovedClock
) -> None:
    referral_id = await received(db, clock.now())
    async with db.transaction() as session:
        enquiry = Enquiry("Which hand?", Asked.FAMILY, date(2026, 12, 7))
        asked = await service.ask(session, EVE, referral_id, OT, 1, enquiry, clock.now())
        await service.give_information(session, EVE, referral_id, asked, "Left", clock.now())
    ids = {"referral_id": referral_id, "request_id": await _request(db, asked), "information_id": asked}
    await run(bench, jobs.tell_asked, **ids)
    assert await written(db, referral_id) == []


async def _request(db: Database, information_id: UUID) -> UUID:
    from referral.models import InformationRequest

    async with db.transaction() as session:
        return (await session.get_one(InformationRequest, information_id)).request_id


def test_the_other_way_the_family_allowed_is_there_for_when_the_first_fails() -> None:
    both: dict[str, Value] = {**PARENT, "updates": ["email", "text"]}
    assert letters.ways(ReferrerKind.PARENT, both) == [Channel.EMAIL, Channel.TEXT]
    assert letters.ways(ReferrerKind.PARENT, PARENT) == [Channel.EMAIL]
    assert letters.ways(ReferrerKind.PARENT, both | {"safe": "no"}) == [Channel.EMAIL]


@pytest.mark.parametrize(
    ("changes", "channels"),
    [
        ({}, [Channel.TEXT]),
        ({"phone": "+441632960001"}, []),
        ({"phone": "+441632960001", "tell_parents": "yes"}, [Channel.LETTER]),
        ({"updates": ["none"]}, [Channel.LETTER]),
        ({"updates": ["none"], "safe": "no"}, []),
    ],
)
def test_nobody_at_home_learns_of_a_young_persons_own_referral_unless_they_agreed(
    changes: dict[str, Value], channels: list[Channel]
) -> None:
    assert letters.ways(ReferrerKind.YOUNG_PERSON, {**YOUNG_PERSON, **changes}) == channels


async def test_a_young_persons_letter_is_in_their_own_name_whatever_was_typed_before(
    house: House, db: Database, bench: Workbench, clock: MovedClock
) -> None:
    referral_id = await received(
        db, clock.now(), YOUNG_PERSON, updates=["none"], adult_name="Ana Núñez-Example", email="ana@example.org"
    )
    async with db.transaction() as session:
        row = await session.get_one(Referral, referral_id)
        row.answers = {name: value for name, value in row.answers.items() if name != "email"}
        found = letters.family_of(row)
    assert found
    assert found.to.channel is Channel.LETTER
    assert found.to.address.startswith("Maya Núñez-Example\n")


async def test_a_message_says_who_decided_what_it_tells(
    house: House, db: Database, bench: Workbench, clock: MovedClock
) -> None:
    referral_id = await received(db, clock.now(), updates=["email", "text"])
    async with db.transaction() as session:
        accepted = Acceptance(Urgency.ROUTINE, "west", "")
        await service.accept(session, EVE, referral_id, SLT, 1, accepted, PROFILE, clock.now())
        letter_id = (await session.exec(select(ReferralLetter.id))).one()
        enquiry = Enquiry("Which hand?", Asked.REFERRER, date(2026, 12, 7))
        asked = await service.ask(session, EVE, referral_id, OT, 1, enquiry, clock.now())
    await run(bench, jobs.acknowledge, referral_id=referral_id)
    clock.move_to(clock.now() + LETTERS_REST)
    await run(bench, jobs.send_letter, letter_id=letter_id)
    await run(
        bench, jobs.tell_asked, referral_id=referral_id, request_id=await _request(db, asked), information_id=asked
    )
    said = {one.template: one.said_by for one in await written(db, referral_id)}
    assert said == {
        "referral-received": "system:referral",
        "referral-letter": EVE.audit_name,
        "referral-more-information": EVE.audit_name,
    }

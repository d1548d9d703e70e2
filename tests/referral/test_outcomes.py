"""What is decided, what stands then, and what must never be."""

from uuid import UUID

import pytest
from sqlmodel import select

from core.domain.clock import MovedClock
from core.domain.errors import Invalid, NotPossible, Stale
from core.domain.identity import PUBLIC
from core.storage.audit import AuditEntry
from core.storage.outbox import OutboxFact
from core.storage.session import Database
from core.web.house import House
from referral import outcome_rules, service
from referral.models import InformationRequest, ReferralFlag, RequestEvent
from referral.outcome_models import RequestOutcome
from referral.outcome_words import Outcome
from referral.words import Asked, ConsentKind, Enquiry, FlagKind, ReferrerKind, RequestState, RequestStep, Urgency
from tests.referral.outcome_support import (
    ACCEPTED,
    CLOSED,
    NOT_ACCEPTED,
    REOPENED,
    SIGNPOSTED,
    WITHDRAWN,
    decide,
    joined,
    referral_of,
    request_of,
)
from tests.referral.support import EVE, OT, PHYSIO, PROFESSIONAL, SLT, TODAY, received
from tests.referral.triage_support import places


@pytest.mark.parametrize("outcome", CLOSED, ids=lambda one: one.step)
async def test_each_outcome_of_one_therapy_is_on_record_and_leaves_the_other_alone(
    house: House, db: Database, clock: MovedClock, outcome: Outcome
) -> None:
    referral_id = await received(db, clock.now())
    async with db.transaction() as session:
        row_id = await decide(session, referral_id, SLT, outcome, clock.now(), version=1)
    async with db.transaction() as session:
        slt, ot = await request_of(session, referral_id, SLT), await request_of(session, referral_id, OT)
        row = await session.get_one(RequestOutcome, row_id)
        events = await session.exec(select(RequestEvent.after).where(RequestEvent.request_id == slt.id))
        acts = list(await session.exec(select(AuditEntry.action).where(AuditEntry.subject_id == referral_id)))
        facts = list(await session.exec(select(OutboxFact.name)))
        referral = await referral_of(session, referral_id)
    assert (row.step, row.words, row.by) == (outcome.step, outcome.words, EVE.audit_name)
    assert list(events)[-1] is slt.state
    assert ot.state is RequestState.RECEIVED
    assert referral.pressing is not None
    assert {(one.discipline, one.area) for one in await places(db, referral_id)} == {(OT, ""), (OT, "west")}
    assert len(acts) == 2
    assert len(facts) == 2


async def test_a_page_shown_before_somebody_else_decided_changes_nothing(
    house: House, db: Database, clock: MovedClock
) -> None:
    referral_id = await received(db, clock.now())
    async with db.transaction() as session:
        await decide(session, referral_id, SLT, ACCEPTED, clock.now(), version=1)
    with pytest.raises(Stale):
        async with db.transaction() as session:
            await decide(session, referral_id, SLT, NOT_ACCEPTED, clock.now(), version=1)
    with pytest.raises(NotPossible):
        async with db.transaction() as session:
            await decide(session, referral_id, SLT, NOT_ACCEPTED, clock.now(), version=3)


async def test_deciding_ends_what_was_asked(house: House, db: Database, clock: MovedClock) -> None:
    referral_id = await received(db, clock.now())
    async with db.transaction() as session:
        enquiry = Enquiry("Which?", Asked.FAMILY, TODAY)
        asked = await service.ask(session, EVE, referral_id, SLT, 1, enquiry, clock.now())
        await decide(session, referral_id, SLT, SIGNPOSTED, clock.now())
    async with db.transaction() as session:
        assert (await session.get_one(InformationRequest, asked)).ended_at == clock.now()


async def test_what_was_decided_can_be_reopened_and_is_back_in_the_queue(
    house: House, db: Database, clock: MovedClock
) -> None:
    referral_id = await received(db, clock.now(), PROFESSIONAL)
    for outcome in (NOT_ACCEPTED, REOPENED, WITHDRAWN, REOPENED, SIGNPOSTED):
        async with db.transaction() as session:
            await decide(session, referral_id, PHYSIO, outcome, clock.now())
        async with db.transaction() as session:
            is_open = (await request_of(session, referral_id, PHYSIO)).state is RequestState.IN_TRIAGE
            assert ((await referral_of(session, referral_id)).pressing is not None) is is_open


async def test_a_duplicate_leads_to_a_referral_that_goes_on_at_the_higher_urgency_with_all_flags(
    house: House, db: Database, clock: MovedClock
) -> None:
    first = await received(db, clock.now())
    again = await received(db, clock.now(), signs=["choking"])
    async with db.transaction() as session:
        reference = (await referral_of(session, first)).reference
        await decide(session, again, SLT, joined(reference), clock.now(), version=1)
    async with db.transaction() as session:
        goes_on = await request_of(session, first, SLT)
        flags = select(ReferralFlag.kind).where(ReferralFlag.referral_id == first)
        assert FlagKind.CHOKING in set(await session.exec(flags))
        assert (await referral_of(session, again)).duplicate_of == first
        assert (await referral_of(session, first)).pressing == 0
    assert (goes_on.urgency, goes_on.state) == (Urgency.URGENT, RequestState.RECEIVED)


async def test_a_duplicate_of_nothing_that_goes_on_is_refused(house: House, db: Database, clock: MovedClock) -> None:
    mine = await received(db, clock.now())
    others: dict[str, str | UUID] = {
        "No referral": "ZZZZ-9999",
        "the referral you are reading": mine,
        "another date of birth": await received(db, clock.now(), child_born="2021-01-01"),
        "does not ask for this therapy": await received(db, clock.now(), disciplines=["ot"]),
        "or is closed": (closed := await received(db, clock.now())),
    }
    async with db.transaction() as session:
        await decide(session, closed, SLT, NOT_ACCEPTED, clock.now())
    for words, other in others.items():
        async with db.transaction() as session:
            reference = other if isinstance(other, str) else (await referral_of(session, other)).reference
            with pytest.raises(Invalid) as refused:
                await decide(session, mine, SLT, joined(reference), clock.now())
        assert words in refused.value.messages["other"]


async def test_two_referrals_are_never_duplicates_of_each_other(house: House, db: Database, clock: MovedClock) -> None:
    one, other = await received(db, clock.now()), await received(db, clock.now())
    async with db.transaction() as session:
        references = [(await referral_of(session, each)).reference for each in (one, other)]
        await decide(session, one, SLT, joined(references[1]), clock.now())
    with pytest.raises(Invalid):
        async with db.transaction() as session:
            await decide(session, other, SLT, joined(references[0]), clock.now())


async def test_a_family_withdraws_and_comes_back(house: House, db: Database, clock: MovedClock) -> None:
    referral_id = await received(db, clock.now())
    async with db.transaction() as session:
        await decide(session, referral_id, SLT, Outcome(RequestStep.WITHDRAW), clock.now(), by=PUBLIC)
        await decide(session, referral_id, SLT, Outcome(RequestStep.COME_BACK), clock.now(), by=PUBLIC)
    async with db.transaction() as session:
        assert (await request_of(session, referral_id, SLT)).state is RequestState.RECEIVED


def test_a_school_is_told_by_the_consent_about_schools_and_others_by_that_about_professionals() -> None:
    may = outcome_rules.may_tell_referrer
    assert may(ReferrerKind.EDUCATION, {})
    assert not may(ReferrerKind.EDUCATION, {ConsentKind.SCHOOL: False, ConsentKind.PROFESSIONALS: True})
    assert may(ReferrerKind.HEALTH, {ConsentKind.SCHOOL: False, ConsentKind.PROFESSIONALS: True})
    assert not may(ReferrerKind.HEALTH, {ConsentKind.PROFESSIONALS: False})


def test_each_state_offers_what_its_table_allows_and_every_outcome_can_be_taken_back() -> None:
    for state in RequestState:
        assert set(outcome_rules.possible(state)) <= set(RequestStep)
    assert RequestStep.ASK not in outcome_rules.possible(RequestState.WAITING_FOR_INFORMATION)
    assert set(outcome_rules.possible(RequestState.RECEIVED)) == set(outcome_rules.possible(RequestState.IN_TRIAGE))
    for state in (RequestState.NOT_ACCEPTED, RequestState.SIGNPOSTED, RequestState.DUPLICATE, RequestState.WITHDRAWN):
        assert RequestStep.REOPEN in outcome_rules.possible(state)

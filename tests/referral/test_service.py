"""What people do with referrals, as the database knows it afterwards."""

from datetime import date

import pytest
import sqlalchemy as sa
from sqlmodel import col, delete, select

from core.domain.clock import MovedClock
from core.domain.errors import Invalid, NotFound, NotPossible, ReasonNeeded, Stale
from core.domain.identity import PUBLIC, Actor, ActorKind, Discipline, Reason, Role
from core.domain.ids import new_id
from core.storage.audit import AuditEntry
from core.storage.columns import keys
from core.storage.outbox import OutboxFact
from core.storage.session import Database
from core.web.house import House
from referral import case_service, queue_queries, service
from referral.auditing import audit_checks
from referral.models import InformationRequest, Referral, ReferralFlag, ReferralRequest, RequestEvent
from referral.queue_models import QueuePlace
from referral.views import Wanted
from referral.words import Acceptance, Asked, Enquiry, FlagKind, RequestState, Urgency
from tests.referral.support import EVE, OT, PARENT, PROFESSIONAL, PROFILE, SLT, received

ACCEPT = Acceptance(Urgency.ROUTINE, "west", "We look forward to meeting you.")
ASK = Enquiry("Which hand does she use?", Asked.FAMILY, date(2026, 12, 7))


async def facts(db: Database) -> list[str]:
    async with db.transaction() as session:
        return [one.name for one in await session.exec(select(OutboxFact))]


async def requests(db: Database) -> dict[str, ReferralRequest]:
    async with db.transaction() as session:
        return {one.discipline.value: one for one in await session.exec(select(ReferralRequest))}


async def the_referral(db: Database) -> Referral:
    async with db.transaction() as session:
        return (await session.exec(select(Referral))).one()


async def broken(db: Database, clock: MovedClock) -> int:
    async with db.transaction() as session:
        return sum(count for _, count in await audit_checks(session, clock.now()))


async def test_a_referral_has_a_request_for_each_therapy_an_audit_entry_and_a_fact(
    house: House, db: Database, clock: MovedClock
) -> None:
    referral_id = await received(db, clock.now())
    assert set(await requests(db)) == {"slt", "ot"}
    assert await facts(db) == ["ReferralReceived"]
    async with db.transaction() as session:
        entry = (await session.exec(select(AuditEntry))).one()
        assert (entry.action, entry.subject_id) == ("referral.received", referral_id)
        assert len((await session.exec(select(RequestEvent))).all()) == 2
    assert await broken(db, clock) == 0


async def test_it_is_found_by_what_people_know_of_a_child(house: House, db: Database, clock: MovedClock) -> None:
    await received(db, clock.now())
    row = await the_referral(db)
    assert row.nhs_number_key == keys().fingerprint("nhs-number", "9990000018")
    assert row.surname_born_key == keys().fingerprint("surname-dob", "nunezexample\x002022-03-27")
    assert row.phone_key == keys().fingerprint("phone", "+447700900001")
    assert row.area_ids == ["west"]


async def test_a_draft_cannot_become_two_referrals(house: House, db: Database, clock: MovedClock) -> None:
    from sqlalchemy.exc import IntegrityError

    from referral import forms

    draft_id, new = new_id(), forms.new_referral(PARENT)
    async with db.transaction() as session:
        await service.receive(session, PUBLIC, new, draft_id, PROFILE, clock.now())
    with pytest.raises(IntegrityError, match="uq_referral_draft"):
        async with db.transaction() as session:
            await service.receive(session, PUBLIC, new, draft_id, PROFILE, clock.now())


async def test_a_dump_of_the_tables_shows_nothing_about_the_child(
    house: House, db: Database, clock: MovedClock
) -> None:
    import sqlalchemy as sa

    await received(db, clock.now(), PROFESSIONAL)
    async with db.transaction() as session:
        connection = await session.connection()
        names = [
            "referral", "referral_request", "request_event", "referral_flag", "referral_consent", "audit_entry",
            "outbox_fact", "task",
        ]  # fmt: skip
        dump = ""
        for name in names:
            dump += str(await connection.scalar(sa.text(f"select string_agg(t::text, ' ') from {name} t")))  # noqa: S608
        columns = (await connection.execute(sa.text("select * from referral"))).one()
        raw = b" ".join(bytes(one) for one in columns if isinstance(one, bytes))
    for secret in ("Maya", "Example", "2022-03-27", "9990000018", "Invented Road", "AL1", "07700", "7700900001",
                   "ana@", "ola@", "few words", "buttons"):  # fmt: skip
        assert secret not in dump
        assert secret.encode() not in raw


async def test_signs_raise_urgency_and_flag(house: House, db: Database, clock: MovedClock) -> None:
    await received(db, clock.now(), PARENT, signs=["choking"])
    assert {one.urgency for one in (await requests(db)).values()} == {Urgency.URGENT}
    assert {one.target_on for one in (await requests(db)).values()} == {date(2026, 12, 7)}
    assert (await the_referral(db)).pressing == 0
    async with db.transaction() as session:
        assert [one.kind for one in await session.exec(select(ReferralFlag))] == [FlagKind.CHOKING]


async def test_reading_is_on_record_and_changes_nothing_else(house: House, db: Database, clock: MovedClock) -> None:
    referral_id = await received(db, clock.now())
    async with db.transaction() as session:
        case, opened = await case_service.open_case(session, EVE, referral_id, clock.now())
    assert opened.reason is Reason.MY_TRIAGE
    assert {request.state for request in case.status.requests} == {RequestState.RECEIVED}
    assert {request.version for request in case.status.requests} == {1}
    async with db.transaction() as session:
        actions = [one.action for one in await session.exec(select(AuditEntry))]
    assert "referral.seen" in actions


@pytest.mark.parametrize(
    ("disciplines", "areas", "sees"),
    [
        ({Discipline.OT}, set(), True),
        ({Discipline.PHYSIO}, set(), False),
        ({Discipline.OT}, {"west"}, True),
        ({Discipline.OT}, {"east"}, False),
        (set(), set(), False),
    ],
)
async def test_a_therapist_reads_only_what_asks_for_their_discipline_and_team(
    house: House, db: Database, clock: MovedClock, disciplines: set[Discipline], areas: set[str], sees: bool
) -> None:
    referral_id = await received(db, clock.now())
    assert (await the_referral(db)).area_ids == ["west"]
    who = Actor(
        ActorKind.STAFF, new_id(), "T", frozenset({Role.THERAPIST}), frozenset(disciplines), areas=frozenset(areas)
    )
    async with db.transaction() as session:
        assert bool(await queue_queries.queue(session, who, Wanted())) is sees
        if sees:
            _, opened = await case_service.open_case(session, who, referral_id, clock.now())
            assert opened.reason is Reason.MY_CASE
        else:
            with pytest.raises(ReasonNeeded):
                await case_service.open_case(session, who, referral_id, clock.now())


async def test_whoever_has_no_role_reads_nothing_and_what_is_not_there_is_not_found(
    house: House, db: Database, clock: MovedClock
) -> None:
    referral_id = await received(db, clock.now())
    async with db.transaction() as session:
        with pytest.raises(ReasonNeeded):
            await case_service.open_case(session, Actor(ActorKind.STAFF, new_id()), referral_id, clock.now())
        with pytest.raises(NotFound):
            await case_service.open_case(session, EVE, new_id(), clock.now())


async def test_each_therapy_is_decided_on_its_own(house: House, db: Database, clock: MovedClock) -> None:
    referral_id = await received(db, clock.now())
    async with db.transaction() as session:
        await service.accept(session, EVE, referral_id, SLT, 1, ACCEPT, PROFILE, clock.now())
    assert (await the_referral(db)).pressing == 2
    async with db.transaction() as session:
        await service.ask(session, EVE, referral_id, OT, 1, ASK, clock.now())
    found = await requests(db)
    assert found["slt"].state is RequestState.ACCEPTED
    assert found["slt"].area_id == "west"
    assert found["ot"].state is RequestState.WAITING_FOR_INFORMATION
    assert await facts(db) == ["ReferralReceived", "RequestAccepted", "InformationAsked"]
    async with db.transaction() as session:
        await service.accept(session, EVE, referral_id, OT, found["ot"].version, ACCEPT, PROFILE, clock.now())
        assert (await session.exec(select(InformationRequest))).one().ended_at == clock.now()
    assert (await the_referral(db)).pressing is None
    assert await broken(db, clock) == 0


async def test_a_second_save_from_an_old_page_is_refused(house: House, db: Database, clock: MovedClock) -> None:
    referral_id = await received(db, clock.now())
    async with db.transaction() as session:
        await service.ask(session, EVE, referral_id, SLT, 1, ASK, clock.now())
    with pytest.raises(Stale):
        async with db.transaction() as session:
            await service.accept(session, EVE, referral_id, SLT, 1, ACCEPT, PROFILE, clock.now())


async def test_what_is_decided_stays_decided(house: House, db: Database, clock: MovedClock) -> None:
    referral_id = await received(db, clock.now())
    async with db.transaction() as session:
        await service.accept(session, EVE, referral_id, SLT, 1, ACCEPT, PROFILE, clock.now())
    version = (await requests(db))["slt"].version
    with pytest.raises(NotPossible):
        async with db.transaction() as session:
            await service.ask(session, EVE, referral_id, SLT, version, ASK, clock.now())


async def test_urgency_is_lowered_only_once_the_flags_are_cleared(
    house: House, db: Database, clock: MovedClock
) -> None:
    referral_id = await received(db, clock.now(), PARENT, signs=["choking"])
    with pytest.raises(Invalid):
        async with db.transaction() as session:
            await service.accept(session, EVE, referral_id, SLT, 1, ACCEPT, PROFILE, clock.now())
    async with db.transaction() as session:
        flag = (await session.exec(select(ReferralFlag))).one()
        await case_service.clear_flag(session, EVE, referral_id, flag.id, "Seen: not choking", clock.now())
    async with db.transaction() as session:
        await service.accept(session, EVE, referral_id, SLT, 1, ACCEPT, PROFILE, clock.now())
    assert (await requests(db))["slt"].urgency is Urgency.ROUTINE
    assert (await requests(db))["slt"].target_on == date(2027, 3, 29)


async def test_an_answer_puts_the_request_back_into_triage_once(house: House, db: Database, clock: MovedClock) -> None:
    referral_id = await received(db, clock.now())
    async with db.transaction() as session:
        asked = await service.ask(session, EVE, referral_id, OT, 1, ASK, clock.now())
    for _ in range(2):
        async with db.transaction() as session:
            await service.give_information(session, PUBLIC, referral_id, asked, "The left", clock.now())
    assert (await requests(db))["ot"].state is RequestState.IN_TRIAGE
    assert (await facts(db)).count("InformationGiven") == 1
    with pytest.raises(NotPossible):
        async with db.transaction() as session:
            await service.give_information(session, PUBLIC, referral_id, asked, "The right", clock.now())
    with pytest.raises(NotFound):
        async with db.transaction() as session:
            await service.give_information(session, PUBLIC, referral_id, new_id(), "The right", clock.now())


async def test_the_auditor_notices_what_must_never_be(house: House, db: Database, clock: MovedClock) -> None:
    await received(db, clock.now())
    async with db.transaction() as session:
        await session.exec(delete(QueuePlace).where(col(QueuePlace.discipline) == SLT))
    assert await broken(db, clock) == 1
    async with db.transaction() as session:
        # Only the owner of the tables can do this; the service works under a role that cannot.
        await (await session.connection()).execute(sa.text("alter table audit_entry disable trigger user"))
        for table in (RequestEvent, ReferralRequest, AuditEntry, OutboxFact):
            await session.exec(delete(table))
    # Three things that are gone, and two places of a request that is.
    assert await broken(db, clock) == 5


async def test_of_two_colleagues_who_decide_at_once_one_is_told_to_look_again(
    house: House, real_db: Database, clock: MovedClock
) -> None:
    import asyncio

    referral_id = await received(real_db, clock.now())

    async def decide() -> bool:
        try:
            async with real_db.transaction() as session:
                await service.accept(session, EVE, referral_id, SLT, 1, ACCEPT, PROFILE, clock.now())
        except Stale:
            return False
        return True

    assert sorted(await asyncio.gather(*(decide() for _ in range(4)))) == [False, False, False, True]
    assert (await facts(real_db)).count("RequestAccepted") == 1

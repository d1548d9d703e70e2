"""The queue: pages that follow on from each other, and a constant number of queries whatever it holds."""

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from core.domain.clock import MovedClock
from core.domain.identity import Actor, ActorKind, Discipline, Role
from core.domain.ids import new_id
from core.storage.session import Database
from core.web.house import House
from referral import api, queries, queue_forms, queue_queries, service
from referral.views import Wanted
from referral.words import Acceptance, Asked, Enquiry, RequestState, Urgency
from tests.referral.outcome_support import REOPENED, SIGNPOSTED, decide
from tests.referral.support import BORN, EVE, OT, PARENT, PROFILE, SLT, received


@contextmanager
def counted() -> Iterator[list[str]]:
    """The statements sent to the database meanwhile."""
    said: list[str] = []

    def hear(_: object, __: object, statement: str, *___: object) -> None:
        if not statement.startswith(("SAVEPOINT", "RELEASE")):
            said.append(statement)

    sa.event.listen(Engine, "before_cursor_execute", hear)
    try:
        yield said
    finally:
        sa.event.remove(Engine, "before_cursor_execute", hear)


async def fill(db: Database, clock: MovedClock, many: int) -> None:
    for number in range(many):
        clock.move_on(minutes=-1)
        await received(db, clock.now(), PARENT, signs=["choking"] if number % 3 == 0 else ["none"])


async def test_pages_follow_on_without_a_gap_or_a_double(house: House, db: Database, clock: MovedClock) -> None:
    await fill(db, clock, 7)
    found: list[object] = []
    wanted = Wanted()
    for _ in range(5):
        async with db.transaction() as session:
            lines = await queue_queries.queue(session, EVE, wanted, 2)
        if not lines:
            break
        found += [line.id for line in lines]
        last = lines[-1]
        wanted = queue_forms.wanted({"after": queue_forms.mark(last)})
    async with db.transaction() as session:
        everything = [line.id for line in await queue_queries.queue(session, EVE, Wanted(), 100)]
    assert found == everything
    assert len(set(found)) == 7


async def test_a_page_costs_the_same_number_of_queries_whatever_it_holds(
    house: House, db: Database, clock: MovedClock
) -> None:
    counts = []
    for many in (1, 6):
        await fill(db, clock, many)
        with counted() as said:
            async with db.transaction() as session:
                await queue_queries.queue(session, EVE, Wanted(), 100)
        counts.append(len(said))
    assert counts == [4, 4]


async def test_a_referral_is_stored_with_few_statements(house: House, db: Database, clock: MovedClock) -> None:
    with counted() as said:
        await received(db, clock.now(), PARENT, signs=["choking", "weight"])
    assert len(said) <= 9, said


async def test_decided_referrals_leave_the_queue_and_are_found_by_state(
    house: House, db: Database, clock: MovedClock
) -> None:
    referral_id = await received(db, clock.now(), PARENT, disciplines=["slt"])
    async with db.transaction() as session:
        accepted = Acceptance(Urgency.ROUTINE, "west")
        await service.accept(session, EVE, referral_id, SLT, 1, accepted, PROFILE, clock.now())
        assert await queue_queries.queue(session, EVE, Wanted()) == []
        found = await queue_queries.queue(session, EVE, Wanted(state=RequestState.ACCEPTED))
        assert [line.id for line in found] == [referral_id]
        assert await queue_queries.queue(session, EVE, Wanted(Discipline.OT, RequestState.ACCEPTED)) == []
        for state, area, shown in (
            ("accepted", "west", True),
            ("accepted", "east", False),
            ("accepted", "outside", False),
        ):
            wanted = Wanted(state=RequestState(state), area=area)
            assert bool(await queue_queries.queue(session, EVE, wanted)) is shown
        theirs = Actor(ActorKind.STAFF, new_id(), "T", frozenset({Role.THERAPIST}), frozenset({Discipline.OT}))
        assert await queue_queries.queue(session, theirs, Wanted(state=RequestState.ACCEPTED)) == []


async def test_a_family_needs_both_reference_and_date(house: House, db: Database, clock: MovedClock) -> None:
    referral_id = await received(db, clock.now())
    async with db.transaction() as session:
        status = await api.status_of(session, referral_id)
        assert status is not None
        assert await queries.id_for_family(session, status.reference, BORN) == referral_id
        assert await queries.id_for_family(session, status.reference, "2022-03-28") is None
        assert await queries.id_for_family(session, "3333-3333", BORN) is None
        assert await api.status_of(session, new_id()) is None


async def test_staff_home_counts_what_waits_for_a_decision(house: House, db: Database, clock: MovedClock) -> None:
    await fill(db, clock, 4)
    async with db.transaction() as session:
        assert await api.needs_triage(session, EVE) == 4
        needs = await api.needs_me(session, EVE, clock.now())
        assert [(need.count, need.label, need.urgent) for need in needs] == [
            (2, "urgent referrals to read", True),
            (2, "referrals to read", False),
        ]
        nobody = Actor(ActorKind.STAFF, new_id(), "N", frozenset({Role.CLINIC_ADMIN}))
        assert await api.needs_triage(session, nobody) == 0


async def test_a_referral_for_two_therapies_waits_once_until_both_are_decided_or_asked_about(
    house: House, db: Database, clock: MovedClock
) -> None:
    referral_id = await received(db, clock.now(), disciplines=["slt", "ot"])
    chloe = Actor(ActorKind.STAFF, new_id(), "C", frozenset({Role.THERAPIST}), frozenset({SLT}))
    asked = Enquiry("What helps?", Asked.FAMILY, clock.now().date())

    async def waits() -> list[int]:
        return [await api.needs_triage(session, actor) for actor in (EVE, chloe)]

    async with db.transaction() as session:
        assert await waits() == [1, 1]
        await service.ask(session, EVE, referral_id, SLT, 1, asked, clock.now())
        # What waits for another therapy is not on a therapist's list, and not counted for them.
        assert await waits() == [1, 0]
        await decide(session, referral_id, OT, SIGNPOSTED, clock.now())
        assert await waits() == [0, 0]
        await decide(session, referral_id, OT, REOPENED, clock.now())
        assert await waits() == [1, 0]

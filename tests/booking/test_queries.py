"""Lists stay as quick as they are, and show each member of staff what is theirs to see."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import Engine

from accounts.rules import rights_of
from booking import clinic_queries, queries, service
from booking.api import needs_me
from booking.clinic_queries import Shown
from booking.words import OfferKind, Wanted
from core.domain.clock import MovedClock, london
from core.domain.identity import Actor, ActorKind, Discipline, Role
from core.domain.ids import new_id
from core.storage.session import Database
from tests.booking.support import PARENT, TUESDAY_9AM, booked, information, planned, screening, somebody
from tests.support.visit import Visit

pytestmark = pytest.mark.usefixtures("house")
_KINDS = (OfferKind.SCREENING, OfferKind.INFORMATION)
NOW = london(2026, 11, 23, 10)


@contextmanager
def counted() -> Iterator[list[str]]:
    """Every statement sent meanwhile, transactions aside."""
    sent: list[str] = []

    def note(_: object, __: object, statement: str, *___: object) -> None:
        if not statement.startswith(("SAVEPOINT", "RELEASE", "ROLLBACK")):
            sent.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(Engine, "before_cursor_execute", note)


def staff(*roles: Role, staff_id: UUID | None = None, disciplines: tuple[Discipline, ...] = ()) -> Actor:
    return Actor(
        ActorKind.STAFF,
        staff_id or new_id(),
        "Invented",
        frozenset(roles),
        frozenset(disciplines),
        rights_of(frozenset(roles)),
    )


@pytest.mark.parametrize("address", ["/clinics", "/sessions"])
async def test_a_list_costs_two_queries_however_long_it_is(visit: Visit, db: Database, address: str) -> None:
    costs = []
    for first in (0, 30):
        for offer in (screening(title=f"Clinic {first}"), information(title=f"Session {first}")):
            await planned(db, offer, *(TUESDAY_9AM + timedelta(hours=first + n) for n in range(30)))
        with counted() as sent:
            await visit.get(address)
        costs.append(len(sent))
    assert costs == [2, 2]


async def test_a_day_of_the_diary_costs_four_queries_however_many_come(db: Database) -> None:
    for n in range(8):
        [sitting] = await planned(db, information(title=f"Session {n}"), TUESDAY_9AM + timedelta(minutes=n))
        async with db.transaction() as session:
            await booked(session, sitting, NOW, PARENT)
    with counted() as sent:
        async with db.transaction() as session:
            found = await clinic_queries.diary(session, staff(Role.MANAGER), Shown(date(2026, 12, 1)))
    assert (len(found), len(sent)) == (8, 4)


async def test_free_places_are_counted_by_the_clock(db: Database, clock: MovedClock) -> None:
    [sitting] = await planned(db, information(capacity=3))
    async with db.transaction() as session:
        await service.hold_place(session, somebody(), sitting, 15, clock.now())
    for minutes, free in ((14, 2), (15, 3)):
        async with db.transaction() as session:
            at = NOW + timedelta(minutes=minutes)
            for look in (queries.free_sittings, queries.upcoming_sittings):
                [found] = await look(session, Wanted(_KINDS), at)
                assert found.free == free


async def test_full_sittings_are_only_on_the_list_of_all(db: Database) -> None:
    [sitting] = await planned(db, screening())
    async with db.transaction() as session:
        await booked(session, sitting, NOW)
        assert await queries.free_sittings(session, Wanted(_KINDS), NOW) == []
        [found] = await queries.upcoming_sittings(session, Wanted(_KINDS), NOW)
    assert found.free == 0


async def test_pages_follow_each_other_without_a_gap_or_an_overlap(db: Database) -> None:
    starts = [TUESDAY_9AM + timedelta(minutes=15 * (n // 2)) for n in range(11)]
    for n in range(2):
        await planned(db, screening(title=f"Clinic {n}"), *starts[n::2])
    seen, after = [], None
    async with db.transaction() as session:
        while page := await queries.free_sittings(session, Wanted(_KINDS, after=after), NOW, 3):
            seen += [sitting.id for sitting in page]
            after = page[-1].starts_at, page[-1].id
    assert len(seen) == len(set(seen)) == 11


async def test_the_past_is_never_offered(db: Database) -> None:
    await planned(db, screening())
    async with db.transaction() as session:
        for look in (queries.free_sittings, queries.upcoming_sittings):
            assert await look(session, Wanted(_KINDS), TUESDAY_9AM) == []
            assert await look(session, Wanted(_KINDS, since=NOW), TUESDAY_9AM) == []


async def test_what_is_not_public_is_not_listed(db: Database) -> None:
    await planned(db, screening(is_public=False))
    async with db.transaction() as session:
        assert await queries.free_sittings(session, Wanted(_KINDS), NOW) == []
        assert await queries.public_offers(session, _KINDS) == {}


async def test_therapists_see_their_own_sittings_and_those_of_their_disciplines(db: Database, therapist: UUID) -> None:
    await planned(db, screening(title="SLT"), host_id=therapist)
    await planned(db, screening(title="OT", discipline=Discipline.OT), TUESDAY_9AM + timedelta(hours=1))
    await planned(db, information(title="For all"), TUESDAY_9AM + timedelta(hours=2), host_id=therapist)

    async def titles(actor: Actor) -> list[str]:
        async with db.transaction() as session:
            return [sitting.title for sitting in await clinic_queries.diary(session, actor, Shown(date(2026, 12, 1)))]

    assert await titles(staff(Role.MANAGER)) == ["SLT", "OT", "For all"]
    assert await titles(staff(Role.CLINIC_ADMIN)) == ["SLT", "OT", "For all"]
    assert await titles(staff(Role.THERAPIST, staff_id=therapist)) == ["SLT", "For all"]
    assert await titles(staff(Role.THERAPIST, disciplines=(Discipline.OT,))) == ["OT"]
    assert await titles(staff(Role.THERAPIST)) == []
    assert await titles(staff(Role.TRIAGE)) == []


async def test_staff_are_told_how_many_come_today(db: Database) -> None:
    [sitting] = await planned(db, screening())
    async with db.transaction() as session:
        await booked(session, sitting, NOW)
        for actor, at, count in (
            (staff(Role.MANAGER), TUESDAY_9AM, 1),
            (staff(Role.MANAGER), NOW, 0),
            (staff(Role.TRIAGE), TUESDAY_9AM, 0),
        ):
            needs = await needs_me(session, actor, at)
            assert sum(need.count for need in needs if "booked for today" in need.label) == count


async def test_claims_and_lists_walk_the_index_of_places_to_take(db: Database) -> None:
    await planned(db, information(capacity=50), *(TUESDAY_9AM + timedelta(hours=n) for n in range(40)))
    claim = sa.text("""
        explain select id from place
        where offer_id = gen_random_uuid() and starts_at = now() and sitting_id = gen_random_uuid()
          and starts_at > now() and (state = 'free' or (state = 'held' and held_until <= now()))
        limit 1 for update skip locked
    """)
    async with db.transaction() as session:
        connection = await session.connection()
        await connection.execute(sa.text("analyze place"))
        plan = "\n".join((await connection.execute(claim)).scalars().all())
    assert "ix_place_takeable" in plan

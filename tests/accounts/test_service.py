"""Accounts, passwords and sessions, on the real database."""

import asyncio
import time
from collections.abc import Awaitable
from typing import Any

import pytest
import sqlalchemy as sa
from argon2 import PasswordHasher
from sqlalchemy.exc import IntegrityError
from sqlmodel import col, select

from accounts import queries, service
from accounts.api import StaffSignIns, add_staff, start_session
from accounts.models import StaffAccount, StaffSession
from accounts.words import Secret
from core.domain.clock import MovedClock
from core.domain.errors import NotFound
from core.domain.identity import Discipline, Role
from core.storage.audit import AuditEntry
from core.storage.session import Database
from core.web.house import House
from tests.accounts.support import EMAIL, PASSWORD, add_ann

pytestmark = pytest.mark.usefixtures("real_hashes")


async def raw(db: Database, statement: str) -> list[Any]:
    async with db.transaction() as session:
        return list((await (await session.connection()).execute(sa.text(statement))).all())


async def test_the_database_cannot_read_name_address_password_or_token(house: House, clock: MovedClock) -> None:
    ann = await add_ann(house.db, clock.now())
    async with house.db.transaction() as session:
        token = await start_session(session, ann, clock.now())
    stored = str(await raw(house.db, "select * from staff_account")) + str(
        await raw(house.db, "select * from staff_session")
    )
    for secret in ("Ann", EMAIL, PASSWORD, token):
        assert secret not in stored
    assert "$argon2id$v=19$m=47104,t=1,p=1$" in stored


async def test_an_account_is_found_whatever_the_capital_letters(house: House, clock: MovedClock) -> None:
    ann = await add_ann(house.db, clock.now())
    async with house.db.transaction() as session:
        assert (await service.secret_of(session, EMAIL.upper())).staff_id == ann


async def test_two_people_cannot_share_an_address(house: House, clock: MovedClock) -> None:
    await add_ann(house.db, clock.now())
    with pytest.raises(IntegrityError):
        await add_ann(house.db, clock.now())


@pytest.mark.parametrize("roles", [set(), {"wizard"}])
async def test_the_database_refuses_roles_nobody_knows(house: House, clock: MovedClock, roles: set[Role]) -> None:
    async with house.db.transaction() as session:
        with pytest.raises(IntegrityError):
            await add_staff(session, name="X", email="x@example.org", password=PASSWORD, roles=roles, now=clock.now())
        await session.rollback()


async def test_a_short_password_makes_no_account(house: House, clock: MovedClock) -> None:
    async with house.db.transaction() as session:
        with pytest.raises(ValueError, match="12 characters"):
            await add_staff(
                session, name="X", email="x@example.org", password="short", roles={Role.TRIAGE}, now=clock.now()
            )


async def test_therapists_are_active_therapists_of_the_discipline(house: House, clock: MovedClock) -> None:
    async def add(name: str, *roles: Role, disciplines: set[Discipline]) -> None:
        async with house.db.transaction() as session:
            await add_staff(
                session,
                name=name,
                email=f"{name.lower()}@example.org",
                password=PASSWORD,
                roles=set(roles),
                disciplines=disciplines,
                now=clock.now(),
            )

    await add("Zoe", Role.THERAPIST, disciplines={Discipline.SLT})
    await add("bo", Role.THERAPIST, Role.MANAGER, disciplines={Discipline.SLT, Discipline.OT})
    await add("Gone", Role.THERAPIST, disciplines={Discipline.SLT})
    await add("Tri", Role.TRIAGE, disciplines={Discipline.SLT})
    async with house.db.transaction() as session:
        gone = (await session.exec(select(StaffAccount))).all()
        next(row for row in gone if row.name == "Gone").active = False
    async with house.db.transaction() as session:
        assert [view.name for view in await queries.therapists(session)] == ["bo", "Zoe"]
        assert [view.name for view in await queries.therapists(session, Discipline.OT)] == ["bo"]


async def test_views_leave_out_ids_nobody_has(house: House, clock: MovedClock) -> None:
    ann = await add_ann(house.db, clock.now(), Role.THERAPIST, disciplines=frozenset({Discipline.SLT}))
    async with house.db.transaction() as session:
        found = await queries.staff_views(session, [ann, service._NOBODY])
        assert await queries.staff_views(session, []) == {}
    assert list(found) == [ann]
    assert found[ann].disciplines == {Discipline.SLT}
    assert "Ann" not in repr(found[ann])


async def test_use_is_written_at_most_once_a_minute(house: House, clock: MovedClock) -> None:
    ann = await add_ann(house.db, clock.now())
    async with house.db.transaction() as session:
        token = await start_session(session, ann, clock.now())
    begun = clock.now()
    for seconds, seen in ((59, 0), (1, 60), (59, 60), (1, 120)):
        clock.move_on(seconds=seconds)
        assert await house.sign_ins.who(token, clock.now())
        async with house.db.transaction() as session:
            row = (await session.exec(select(StaffSession))).one()
        assert (row.seen_at - begun).total_seconds() == seen


async def test_a_slow_request_cannot_undo_a_sign_out(real_db: Database, house: House, clock: MovedClock) -> None:
    ann = await add_ann(real_db, clock.now())
    async with real_db.transaction() as session:
        token = await start_session(session, ann, clock.now())
    clock.move_on(minutes=2)
    async with real_db.transaction() as slow:
        found = await queries.session_of(slow, house.keys.fingerprint("staff-session", token))
        assert found is not None
        async with real_db.transaction() as session:
            await service.sign_out(session, token, clock.now())
        assert not await service._note_use(slow, found[0].id, clock.now())
    assert await StaffSignIns(real_db, house.keys).who(token, clock.now()) is None


async def test_many_requests_at_once_are_all_the_same_person(
    real_db: Database, house: House, clock: MovedClock
) -> None:
    ann = await add_ann(real_db, clock.now())
    async with real_db.transaction() as session:
        token = await start_session(session, ann, clock.now())
    clock.move_on(minutes=2)
    sign_ins = StaffSignIns(real_db, house.keys)
    found = await asyncio.gather(*(sign_ins.who(token, clock.now()) for _ in range(10)))
    assert [actor and actor.id for actor in found] == [ann] * 10


async def test_whoever_has_left_is_signed_out_at_once(house: House, clock: MovedClock) -> None:
    ann = await add_ann(house.db, clock.now())
    async with house.db.transaction() as session:
        token = await start_session(session, ann, clock.now())
        (await session.get_one(StaffAccount, ann)).active = False
    assert await house.sign_ins.who(token, clock.now()) is None
    async with house.db.transaction() as session:
        assert (await service.secret_of(session, EMAIL)).staff_id is None
        with pytest.raises(NotFound):
            await service.sign_in(session, ann, PASSWORD, "", clock.now())


async def test_an_unknown_address_costs_the_same_work_as_a_wrong_password(house: House, clock: MovedClock) -> None:
    await add_ann(house.db, clock.now())

    async def check(email: str) -> bool:
        async with house.db.transaction() as session:
            secret = await service.secret_of(session, email)
        return await service.password_fits(secret, "a wrong long password")

    async def fastest(check: Awaitable[bool]) -> float:
        begun = time.perf_counter()
        assert not await check
        return time.perf_counter() - begun

    await check("nobody@example.org")
    known = min([await fastest(check(EMAIL)) for _ in range(5)])
    unknown = min([await fastest(check("nobody@example.org")) for _ in range(5)])
    assert 0.3 < unknown / known < 3


async def test_nobodys_password_opens_nothing(house: House) -> None:
    assert not await service.password_fits(Secret(), "")
    assert not await service.password_fits(Secret(None, service._HASHER.hash("right")), "right")


async def test_hashing_lets_other_requests_go_on(house: House) -> None:
    checking = asyncio.create_task(service.password_fits(Secret(), "x"))
    turns = 0
    while not checking.done():
        await asyncio.sleep(0.001)
        turns += 1
    assert turns > 3


async def test_an_old_hash_is_made_anew_at_sign_in(house: House, clock: MovedClock) -> None:
    ann = await add_ann(house.db, clock.now())
    weak = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    async with house.db.transaction() as session:
        (await session.get_one(StaffAccount, ann)).password_hash = weak
    async with house.db.transaction() as session:
        await service.sign_in(session, ann, PASSWORD, "", clock.now())
    async with house.db.transaction() as session:
        secret = await service.secret_of(session, EMAIL)
    assert secret.hashed != weak
    assert await service.password_fits(secret, PASSWORD)


async def test_adding_signing_in_and_out_are_on_the_audit_trail_without_names(house: House, clock: MovedClock) -> None:
    ann = await add_ann(house.db, clock.now())
    async with house.db.transaction() as session:
        token = await service.sign_in(session, ann, PASSWORD, "", clock.now())
        await service.sign_out(session, token, clock.now())
        await service.sign_out(session, token, clock.now())
        service.note_refused_sign_in(session, None, clock.now())
        service.note_refused_sign_in(session, ann, clock.now())
    async with house.db.transaction() as session:
        trail = (await session.exec(select(AuditEntry).order_by(col(AuditEntry.id)))).all()
    acts = [(row.action, row.actor, row.subject_id) for row in trail]
    assert acts == [
        ("staff.added", "system:setup", ann),
        ("staff.signed-in", f"staff:{ann}", ann),
        ("staff.signed-out", f"staff:{ann}", ann),
        ("staff.sign-in-refused", "public", service._NOBODY),
        ("staff.sign-in-refused", "public", ann),
    ]
    assert not any(word in str([row.detail for row in trail]) for word in ("Ann", EMAIL))


async def test_a_list_that_refreshes_itself_keeps_no_session_alive(
    db: Database, clock: MovedClock, house: House
) -> None:
    async with db.transaction() as session:
        staff_id = await add_staff(
            session,
            name="Sam Invented",
            email="sam.idle@example.org",
            password="correct horse battery staple",
            roles={Role.THERAPIST},
            now=clock.now(),
        )
        token = await start_session(session, staff_id, clock.now())
    for _ in range(4):
        clock.move_on(minutes=4)
        await house.sign_ins.who(token, clock.now(), in_use=False)
    assert await house.sign_ins.who(token, clock.now(), in_use=False) is None

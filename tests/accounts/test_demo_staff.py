"""The demo's invented staff."""

from accounts.api import staff_views, therapists
from accounts.rules import check_new_password
from app.demo.staff import DEMO_SIGN_INS, PASSWORD, seed_staff
from core.domain.identity import Discipline, Role
from core.storage.jobs import Workbench
from core.web.house import House
from tests.support.visit import Visit


async def test_seeding_again_makes_nobody_new(house: House, bench: Workbench) -> None:
    async with house.db.transaction() as session:
        first = await seed_staff(session, bench)
    async with house.db.transaction() as session:
        assert await seed_staff(session, bench) == first
    assert list(first) == ["amira", "ben", "chloe", "dan", "eve", "femi", "grace", "hana", "ivo"]


async def test_every_discipline_and_every_room_has_someone(house: House, bench: Workbench) -> None:
    async with house.db.transaction() as session:
        staff = await seed_staff(session, bench)
        views = await staff_views(session, staff.values())
        for discipline in Discipline:
            assert await therapists(session, discipline)
    roles = {role for view in views.values() for role in view.roles}
    assert roles == set(Role)
    assert views[staff["dan"]].languages == {"pl"}
    areas = {area.id for area in bench.profile.areas}
    assert all(view.areas <= areas for view in views.values())


async def test_each_demo_sign_in_opens_the_staff_side(visit: Visit, house: House, bench: Workbench) -> None:
    async with house.db.transaction() as session:
        await seed_staff(session, bench)
    check_new_password(PASSWORD)
    for sign_in in DEMO_SIGN_INS:
        await visit.get("/staff/sign-in")
        reply = await visit.post("/staff/sign-in", {"email": sign_in.email, "password": sign_in.password})
        assert reply.status_code == 303
        assert "Hello, " in (await visit.follow()).text
        await visit.get("/staff/sign-out")
        await visit.post("/staff/sign-out")

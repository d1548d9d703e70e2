"""Signing in and out through the pages, and what an attacker would try there."""

from datetime import datetime
from typing import Any
from uuid import UUID

import httpx
import pytest
from litestar import Litestar
from redis.asyncio import Redis
from sqlmodel import col, func, select

from accounts.api import Need
from accounts.doorway import staff_address
from accounts.models import StaffSession
from accounts.rules import CARDS
from accounts.words import Card
from core.domain.clock import MovedClock
from core.domain.identity import Actor, Role
from core.storage.audit import AuditEntry
from core.storage.session import Session
from core.web.house import House
from tests.accounts.support import EMAIL, PASSWORD, add_ann
from tests.conftest import StaffVisit
from tests.support.visit import Visit

COOKIE = "__Host-staff"
SIGN_IN = "/staff/sign-in"


async def signed_in(visit: Visit, house: House, *roles: Role, **more: str) -> httpx.Response:
    """Ann, having signed in through the page."""
    await add_ann(house.db, house.clock.now(), *roles)
    await visit.get(SIGN_IN)
    return await visit.post(SIGN_IN, {"email": EMAIL, "password": PASSWORD, **more})


async def sessions(house: House) -> list[StaffSession]:
    async with house.db.transaction() as session:
        return list(await session.exec(select(StaffSession).order_by(col(StaffSession.id))))


async def actions(house: House) -> list[tuple[str, UUID]]:
    async with house.db.transaction() as session:
        found = await session.exec(select(AuditEntry).order_by(col(AuditEntry.id)))
        return [(row.action, row.subject_id) for row in found]


async def test_staff_pages_ask_for_a_sign_in_and_lead_back(visit: Visit, house: House) -> None:
    reply = await visit.get("/staff/messages")
    assert (reply.status_code, reply.headers["location"]) == (303, f"{SIGN_IN}?next=%2Fstaff%2Fmessages")
    await add_ann(house.db, house.clock.now())
    page = await visit.follow()
    assert 'value="/staff/messages"' in page.text
    reply = await visit.post(SIGN_IN, {"email": EMAIL, "password": PASSWORD, "next": "/staff/messages"})
    assert (reply.status_code, reply.headers["location"]) == (303, "/staff/messages")


async def test_an_anonymous_visit_writes_nothing_and_gets_no_staff_cookie(
    visit: Visit, house: House, redis: Redis
) -> None:
    for address in (SIGN_IN, "/staff", "/staff/sign-out", "/"):
        reply = await visit.get(address)
        assert not any(cookie.startswith(COOKIE) for cookie in reply.headers.get_list("set-cookie"))
    assert await sessions(house) == []
    assert await actions(house) == []
    assert await redis.keys("*") == []


async def test_the_cookie_is_for_this_host_over_tls_and_gone_with_the_browser(visit: Visit, house: House) -> None:
    reply = await signed_in(visit, house)
    cookie = next(one for one in reply.headers.get_list("set-cookie") if one.startswith(f"{COOKIE}="))
    flags = {part.strip().lower() for part in cookie.split(";")[1:]}
    assert {"httponly", "secure", "samesite=lax", "path=/"} <= flags
    assert not any(flag.startswith(("max-age", "expires", "domain")) for flag in flags)


async def test_home_greets_and_shows_the_rooms_of_the_role(visit: Visit, house: House) -> None:
    await signed_in(visit, house, Role.CLINIC_ADMIN)
    page = await visit.follow()
    assert page.status_code == 200
    assert "Hello, Ann Invented" in page.text
    assert 'class="nhsuk-card__link" href="/staff/clinics"' in page.text
    assert 'class="nhsuk-card__link" href="/staff/triage"' not in page.text


async def test_home_shows_what_needs_this_person_urgent_first(
    app: Litestar, staff_visit: StaffVisit, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def routine(session: Session, actor: Actor, now: datetime) -> list[Need]:
        return [Need("referrals to read", 3, "/staff/triage"), Need("nothing", 0, "/staff/none")]

    async def urgent(session: Session, actor: Actor, now: datetime) -> list[Need]:
        return [Need("calls overdue", 1, "/staff/callbacks", urgent=True)] if actor.has(Role.TRIAGE) else []

    monkeypatch.setattr(app.state, "needs_me", [routine, urgent])
    page = await (await staff_visit(Role.TRIAGE)).get("/staff")
    assert page.text.index("Calls overdue") < page.text.index("Referrals to read")
    assert "/staff/none" not in page.text
    assert "Calls overdue" not in (await (await staff_visit(Role.MANAGER)).get("/staff")).text


async def test_a_wrong_password_keeps_the_address_and_not_the_password(visit: Visit, house: House) -> None:
    await add_ann(house.db, house.clock.now())
    await visit.get(f"{SIGN_IN}?next=/staff/triage")
    page = await visit.post(SIGN_IN, {"email": EMAIL, "password": "not the password", "next": "/staff/triage"})
    assert page.status_code == 422
    assert "<title>Error: Sign in" in page.text
    assert f'value="{EMAIL}"' in page.text
    assert "not the password" not in page.text
    assert 'value="/staff/triage"' in page.text
    assert 'href="#email"' in page.text


async def test_an_unknown_address_is_told_the_same_as_a_wrong_password(visit: Visit, house: House) -> None:
    await add_ann(house.db, house.clock.now())
    await visit.get(SIGN_IN)
    told: list[str] = []
    for email in (EMAIL, "nobody@example.org"):
        page = await visit.post(SIGN_IN, {"email": email, "password": "not the password"})
        assert page.status_code == 422
        told.append(page.text.replace(email, "").split("<main")[1].split('name="form_token"')[0])
    assert told[0] == told[1]


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"email": "", "password": ""}, ("Enter your email address", "Enter your password")),
        ({"email": "not an address", "password": PASSWORD}, ("Enter an email address in the correct format",)),
        ({"email": EMAIL, "password": "x" * 300}, ("must be 256 characters or fewer",)),
        ({}, ("Enter your email address", "Enter your password")),
    ],
)
async def test_bad_input_is_answered_beside_the_field(
    visit: Visit, house: House, typed: dict[str, str], words: tuple[str, ...]
) -> None:
    await visit.get(SIGN_IN)
    page = await visit.post(SIGN_IN, typed)
    assert page.status_code == 422
    assert all(page.text.count(word) >= 2 for word in words)
    assert await actions(house) == []


async def test_a_session_offered_by_someone_else_is_never_taken_over(visit: Visit, house: House) -> None:
    planted = "attacker-chosen-attacker-chosen-attacker-ch"
    visit.client.cookies.set(COOKIE, planted, domain="testserver.local", path="/")
    await signed_in(visit, house)
    assert visit.client.cookies[COOKIE] != planted
    assert await house.sign_ins.who(planted, house.clock.now()) is None
    assert await house.sign_ins.who(visit.client.cookies[COOKIE], house.clock.now())


async def test_signing_in_again_makes_a_new_session_and_ends_the_old(
    visit: Visit, house: House, clock: MovedClock
) -> None:
    await signed_in(visit, house)
    old = visit.client.cookies[COOKIE]
    clock.move_on(minutes=20)  # it ran out: the page asks again
    await visit.get(SIGN_IN)
    await visit.post(SIGN_IN, {"email": EMAIL, "password": PASSWORD})
    first, second = await sessions(house)
    assert visit.client.cookies[COOKIE] != old
    assert first.ended_at == clock.now()
    assert second.ended_at is None


async def test_sign_out_asks_then_ends_the_session_and_takes_the_cookie_back(visit: Visit, house: House) -> None:
    await signed_in(visit, house)
    token = visit.client.cookies[COOKIE]
    page = await visit.get("/staff/sign-out")
    assert page.status_code == 200
    assert await house.sign_ins.who(token, house.clock.now())
    reply = await visit.post("/staff/sign-out")
    assert (reply.status_code, reply.headers["location"]) == (303, f"{SIGN_IN}?signed-out=1")
    assert COOKIE not in visit.client.cookies
    assert "You have signed out" in (await visit.follow()).text
    visit.client.cookies.set(COOKIE, token, domain="testserver.local", path="/")
    assert (await visit.get("/staff")).status_code == 303
    assert [action for action, _ in await actions(house)][1:] == ["staff.signed-in", "staff.signed-out"]


async def test_signing_out_works_when_the_session_has_run_out(visit: Visit, house: House, clock: MovedClock) -> None:
    await signed_in(visit, house)
    await visit.get("/staff/sign-out")
    clock.move_on(hours=1)
    assert (await visit.post("/staff/sign-out")).status_code == 303
    assert (await sessions(house))[0].ended_at == clock.now()


async def test_a_form_from_before_the_sign_out_is_refused_after_it(visit: Visit, house: House) -> None:
    await signed_in(visit, house)
    await visit.get("/staff/sign-out")
    token = visit._token
    await visit.post("/staff/sign-out")
    reply = await visit.post("/staff/sign-out", {"form_token": token})
    assert reply.status_code == 403


async def test_nobody_signs_in_or_out_from_another_site(visit: Visit, house: House) -> None:
    await signed_in(visit, house)
    for address in (SIGN_IN, "/staff/sign-out"):
        assert (await visit.client.post(address, data={"email": EMAIL, "password": PASSWORD})).status_code == 403
    assert (await sessions(house))[0].ended_at is None


async def test_fifteen_minutes_without_use_sign_out(visit: Visit, house: House, clock: MovedClock) -> None:
    await signed_in(visit, house)
    clock.move_on(minutes=14, seconds=59)
    assert (await visit.get("/staff")).status_code == 200
    clock.move_on(minutes=15)
    assert (await visit.get("/staff")).status_code == 303
    clock.move_on(minutes=-15)  # not even a clock set back brings it to life a second time after a sign-out
    await visit.get("/staff/sign-out")
    await visit.post("/staff/sign-out")
    assert (await visit.get("/staff")).status_code == 303


async def test_twelve_hours_sign_out_whoever_never_rests(visit: Visit, house: House, clock: MovedClock) -> None:
    await signed_in(visit, house)
    for _ in range(71):
        clock.move_on(minutes=10)
        assert (await visit.get("/staff")).status_code == 200
    clock.move_on(minutes=10)
    assert (await visit.get("/staff")).status_code == 303


@pytest.mark.parametrize(
    "wanted",
    [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "/staff\\@evil.example",
        "/staff/\t/evil.example",
        "/staff/\r\nSet-Cookie: x=1",
        "javascript:alert(1)",
        "//[",
        "/staffevil",
        "/staff.evil.example",
        "/refer",
        "/staff/sign-out",
        "/staff/sign-in?next=/staff/sign-in",
        "",
        "/staff",
    ],
)
async def test_a_sign_in_leads_only_to_staff_pages_of_this_site(visit: Visit, house: House, wanted: str) -> None:
    reply = await signed_in(visit, house, next=wanted)
    assert reply.status_code == 303
    location = reply.headers["location"]
    assert location == "/staff" or (location.startswith("/staff/") and location.isprintable())
    assert "evil.example/" not in location.replace("/staff/", "", 1) or location.startswith("/staff/")
    assert (await visit.get(SIGN_IN, params={"next": wanted})).headers["location"] == location


def test_a_page_of_a_list_may_be_wanted() -> None:
    assert staff_address("/staff/messages?before=1") == "/staff/messages?before=1"


async def test_refused_sign_ins_are_on_record_without_what_was_typed(visit: Visit, house: House) -> None:
    ann = await add_ann(house.db, house.clock.now())
    await visit.get(SIGN_IN)
    for email in (EMAIL, "nobody@example.org"):
        await visit.post(SIGN_IN, {"email": email, "password": "not the password"})
    assert (await actions(house))[1:] == [("staff.sign-in-refused", ann), ("staff.sign-in-refused", UUID(int=0))]
    async with house.db.transaction() as session:
        rows: list[Any] = [row.model_dump() for row in await session.exec(select(AuditEntry))]
    assert "@example.org" not in str(rows)


async def test_a_staff_request_reads_once_and_writes_nothing(visit: Visit, house: House) -> None:
    await signed_in(visit, house)
    async with house.db.transaction() as session:
        before = (await session.exec(select(func.max(StaffSession.seen_at)))).one()
    for _ in range(3):
        await visit.get("/staff")
    async with house.db.transaction() as session:
        assert (await session.exec(select(func.max(StaffSession.seen_at)))).one() == before


@pytest.mark.parametrize("card", CARDS, ids=lambda card: card.href)
def test_nobody_is_shown_a_card_they_cannot_open(app: Litestar, card: Card) -> None:
    found: list[Any] = [route for route in app.routes if route.path == card.href]
    guards = [guard for route in found for handler in route.route_handlers for guard in handler.resolve_guards()]
    assert guards
    assert all(card.right in guard.rights for guard in guards if hasattr(guard, "rights"))

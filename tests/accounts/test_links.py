"""Invitations and new passwords: links that open once."""

import asyncio
import re

import httpx
import pytest
from sqlmodel import col, select

from accounts import links, staffing
from accounts.models import StaffAccount
from accounts.words import LinkKind, Profiled
from core.domain.clock import MovedClock
from core.domain.errors import Invalid, NotFound
from core.domain.identity import Role, system
from core.storage.audit import AuditEntry
from core.storage.session import Database
from core.storage.tasks import Task
from core.web.house import House
from notifications.models import Message
from tests.accounts.support import EMAIL, PASSWORD, add_ann, raw
from tests.conftest import Drain
from tests.support.visit import Visit

INVITED = "nia.invented@example.org"
FORGOTTEN = "/staff/sign-in/forgotten"
ADMIN = system("test")
TRIAGE = Profiled(frozenset({Role.TRIAGE}))


async def letters(db: Database) -> list[Message]:
    async with db.transaction() as session:
        return list(await session.exec(select(Message).order_by(col(Message.id))))


def link_in(message: Message) -> str:
    found = re.search(r"https://testserver(/staff/sign-in/\S+)", message.body)
    assert found
    return found[1]


async def invited(house: House, drain: Drain) -> str:
    """The link Nia got."""
    async with house.db.transaction() as session:
        await staffing.invite(session, ADMIN, "Nia Invented", INVITED, TRIAGE, house.clock.now())
    await drain()
    return link_in((await letters(house.db))[-1])


async def test_an_invitation_opens_an_account_once(visit: Visit, house: House, drain: Drain) -> None:
    link = await invited(house, drain)
    page = await visit.get(link)
    assert "Welcome, Nia Invented" in page.text
    assert INVITED in page.text
    page = await visit.post(link, {"password": "nia.invented"})
    assert page.status_code == 422
    assert "must not be your name" in page.text
    assert (await visit.post(link, {"password": "gull teapot gravel"})).headers["location"] == "/staff"
    assert "Hello, Nia Invented" in (await visit.follow()).text
    await visit.get("/staff/sign-out")
    for reply in (await visit.get(link), await visit.post(link, {"password": "another good phrase"})):
        assert reply.status_code == 404


async def test_an_invited_colleague_is_nobody_yet(visit: Visit, house: House, drain: Drain) -> None:
    await invited(house, drain)
    await visit.get("/staff/sign-in")
    assert (await visit.post("/staff/sign-in", {"email": INVITED, "password": ""})).status_code == 422
    assert (await visit.post("/staff/sign-in", {"email": INVITED, "password": "anything at all"})).status_code == 422
    async with house.db.transaction() as session:
        account = (await session.exec(select(StaffAccount))).one()
        assert (account.active, account.joined_at, account.password_hash) == (False, None, "")


async def test_an_invitation_ends_after_seven_days_and_when_another_is_sent(
    visit: Visit, house: House, clock: MovedClock, drain: Drain
) -> None:
    link = await invited(house, drain)
    async with house.db.transaction() as session:
        nia = (await session.exec(select(StaffAccount.id))).one()
        await staffing.invite_again(session, ADMIN, nia, clock.now())
    await drain()
    second = link_in((await letters(house.db))[-1])
    assert second != link
    assert (await visit.get(link)).status_code == 404
    clock.move_on(days=6, hours=23)
    assert (await visit.get(second)).status_code == 200
    clock.move_on(hours=1)
    assert (await visit.get(second)).status_code == 404


async def test_an_invitation_taken_back_opens_nothing(visit: Visit, house: House, drain: Drain) -> None:
    link = await invited(house, drain)
    async with house.db.transaction() as session:
        nia = (await session.exec(select(StaffAccount.id))).one()
        await staffing.close(session, ADMIN, nia, house.clock.now())
    assert (await visit.get(link)).status_code == 404


async def test_two_who_use_one_invitation_at_once_are_one(real_db: Database, house: House, clock: MovedClock) -> None:
    async with real_db.transaction() as session:
        nia = await staffing.invite(session, ADMIN, "Nia Invented", INVITED, TRIAGE, clock.now())
        await links.end_links(session, nia, clock.now())
        link_id = await links.make_link(session, LinkKind.INVITATION, nia, clock.now())
    async with real_db.transaction() as session:
        letter = await links.letter_with_link(session, link_id, clock.now())
    assert letter
    token = letter.path.rsplit("/", 1)[1]

    async def join() -> bool:
        try:
            async with real_db.transaction() as session:
                await links.join(session, token, PASSWORD, "", clock.now())
        except NotFound:
            return False
        return True

    assert sum(await asyncio.gather(*(join() for _ in range(4)))) == 1


async def test_the_secret_of_a_link_is_in_no_task_no_fact_and_not_in_the_database_as_it_is(
    visit: Visit, house: House, drain: Drain
) -> None:
    token = (await invited(house, drain)).rsplit("/", 1)[1]
    for table in ("task", "outbox_fact", "audit_entry", "staff_link", "message"):
        assert token not in str(await raw(house.db, f"select * from {table}"))  # noqa: S608
    await visit.get(f"/staff/sign-in/invitation/{token}")
    await visit.post(f"/staff/sign-in/invitation/{token}", {"password": PASSWORD})
    assert await raw(house.db, "select token from staff_link where token is not null") == []


async def test_a_link_of_one_kind_does_not_open_the_other(visit: Visit, house: House, drain: Drain) -> None:
    link = await invited(house, drain)
    assert (await visit.get(link.replace("invitation", "new-password"))).status_code == 404
    assert (await visit.get("/staff/sign-in/invitation/guessed")).status_code == 404


async def test_nobody_is_invited_twice(house: House, drain: Drain) -> None:
    await invited(house, drain)
    async with house.db.transaction() as session:
        with pytest.raises(Invalid):
            await staffing.invite(session, ADMIN, "Nia", INVITED.upper(), TRIAGE, house.clock.now())


async def asks(visit: Visit, email: str) -> httpx.Response:
    await visit.get(FORGOTTEN)
    return await visit.post(FORGOTTEN, {"email": email})


async def test_a_known_and_an_unknown_address_get_the_same_answer_and_one_gets_a_letter(
    visit: Visit, house: House, drain: Drain
) -> None:
    await add_ann(house.db, house.clock.now())
    told = [await asks(visit, email) for email in (EMAIL, "nobody@example.org")]
    assert [(one.status_code, one.headers["location"]) for one in told] == [(303, f"{FORGOTTEN}/sent")] * 2
    async with house.db.transaction() as session:
        planned = [task.kind for task in await session.exec(select(Task))]
    assert len(planned) == 2
    assert "If somebody with that email address" in (await visit.follow()).text
    await drain()
    assert [letter.address for letter in await letters(house.db)] == [EMAIL]


async def test_a_new_password_signs_out_everywhere_and_the_link_opens_once(
    visit: Visit, house: House, drain: Drain
) -> None:
    await add_ann(house.db, house.clock.now())
    await visit.get("/staff/sign-in")
    await visit.post("/staff/sign-in", {"email": EMAIL, "password": PASSWORD})
    session_before = visit.client.cookies["__Host-staff"]
    await asks(visit, EMAIL)
    await drain()
    link = link_in((await letters(house.db))[-1])
    await visit.get(link)
    assert (await visit.post(link, {"password": "password1234"})).status_code == 422
    reply = await visit.post(link, {"password": "another good phrase"})
    assert reply.headers["location"] == "/staff/sign-in?new-password=1"
    assert await house.sign_ins.who(session_before, house.clock.now()) is None
    assert (await visit.get(link)).status_code == 404
    page = await visit.get("/staff/sign-in?new-password=1")
    assert "Your password is changed" in page.text
    assert (await visit.post("/staff/sign-in", {"email": EMAIL, "password": PASSWORD})).status_code == 422
    reply = await visit.post("/staff/sign-in", {"email": EMAIL, "password": "another good phrase"})
    assert reply.status_code == 303
    await drain()
    assert "Your password was changed" in (await letters(house.db))[-1].body


async def test_a_link_for_a_new_password_ends_after_half_an_hour(
    visit: Visit, house: House, clock: MovedClock, drain: Drain
) -> None:
    await add_ann(house.db, clock.now())
    await asks(visit, EMAIL)
    await drain()
    clock.move_on(minutes=30)
    assert (await visit.get(link_in((await letters(house.db))[-1]))).status_code == 404


async def test_asking_over_and_over_fills_no_letter_box(visit: Visit, house: House, drain: Drain) -> None:
    await add_ann(house.db, house.clock.now())
    assert [(await asks(visit, EMAIL)).status_code for _ in range(4)] == [303, 303, 303, 429]
    await drain()
    assert len(await letters(house.db)) == 3


async def test_what_happened_is_on_the_trail_without_names(visit: Visit, house: House, drain: Drain) -> None:
    link = await invited(house, drain)
    await visit.get(link)
    await visit.post(link, {"password": "gull teapot gravel"})
    async with house.db.transaction() as session:
        trail = (await session.exec(select(AuditEntry).order_by(col(AuditEntry.id)))).all()
    assert {"staff.invited", "staff.joined", "staff.signed-in"} <= {row.action for row in trail}
    assert not any(word in str([row.detail for row in trail]) for word in ("Nia", INVITED))

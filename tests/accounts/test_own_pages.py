"""One's own account."""

import re

import pyotp
from litestar import Litestar

from accounts.sessions import PROOF_GOOD_FOR
from core.domain.clock import MovedClock
from core.domain.identity import Role
from core.web.house import House
from tests.accounts.authenticator import Authenticator
from tests.accounts.support import EMAIL, PASSWORD, add_ann
from tests.accounts.test_second_factor_pages import COOKIE, options_on, password
from tests.conftest import new_client
from tests.support.house import ADDRESS
from tests.support.visit import Visit

ACCOUNT, CONFIRM = "/staff/account", "/staff/confirm"


async def ann_signed_in(visit: Visit, house: House) -> None:
    await add_ann(house.db, house.clock.now())
    await password(visit)
    await visit.get(ACCOUNT)


async def set_up_app(visit: Visit, clock: MovedClock) -> pyotp.TOTP:
    page = await visit.get(f"{ACCOUNT}/authenticator")
    found = re.search(r'class="fd-key">([^<]+)<', page.text)
    assert found
    totp = pyotp.TOTP(found[1].replace(" ", ""))
    page = await visit.post(f"{ACCOUNT}/authenticator", {"code": totp.at(clock.now())})
    assert "You will not see them again" in page.text
    clock.move_on(seconds=60)
    await visit.get(ACCOUNT)
    return totp


async def test_sessions_are_shown_and_ended_one_by_one_or_all_but_this(
    visit: Visit, house: House, app: Litestar
) -> None:
    await ann_signed_in(visit, house)
    tokens = []
    for _ in range(3):
        async with new_client(app) as client:
            client.headers["user-agent"] = "Mozilla/5.0 (Windows NT 10.0) Firefox/126.0"
            other = Visit(client)
            await password(other)
            tokens.append(client.cookies[COOKIE])
    page = await visit.get(ACCOUNT)
    assert page.text.count("<span>Firefox on Windows</span>") == 3
    assert "(this one)" in page.text
    ends = re.findall(rf'action="({ACCOUNT}/sessions/[0-9a-f-]+/end)"', page.text)
    assert (await visit.post(ends[0])).headers["location"] == f"{ACCOUNT}?done=session"
    alive = [await house.sign_ins.who(token, house.clock.now()) for token in tokens]
    assert alive.count(None) == 1
    assert (await visit.post(ends[0])).status_code == 404
    await visit.get(ACCOUNT)
    await visit.post(f"{ACCOUNT}/sessions/end-others")
    assert [await house.sign_ins.who(token, house.clock.now()) for token in tokens] == [None] * 3
    assert (await visit.get(ACCOUNT)).status_code == 200


async def test_nobody_ends_the_session_of_another(visit: Visit, house: House, app: Litestar) -> None:
    await ann_signed_in(visit, house)
    async with new_client(app) as client:
        second = Visit(client)
        await password(second)
        page = await second.get(ACCOUNT)
        end = re.search(rf'action="({ACCOUNT}/sessions/[0-9a-f-]+/end)"', page.text)
        assert end
        await add_ann(house.db, house.clock.now(), email="bea.invented@example.org")
        async with new_client(app) as third:
            bea = Visit(third)
            await password(bea, "bea.invented@example.org")
            await bea.get("/staff/sign-out")
            assert (await bea.post(end[1])).status_code == 404
    assert (await visit.get(ACCOUNT)).status_code == 200


async def test_a_password_is_changed_with_the_one_before(visit: Visit, house: House, app: Litestar) -> None:
    await ann_signed_in(visit, house)
    async with new_client(app) as client:
        await password(Visit(client))
        other = client.cookies[COOKIE]
    await visit.get(f"{ACCOUNT}/password")
    for current, new, words in (
        ("wrong", "another good phrase", "The password is not right"),
        (PASSWORD, "password1234", "on lists of passwords"),
        (PASSWORD, "short", "12 characters or more"),
        (PASSWORD, EMAIL, "must not be your name"),
    ):
        page = await visit.post(f"{ACCOUNT}/password", {"current": current, "password": new})
        assert page.status_code == 422
        assert words in page.text
        assert f'value="{new}"' not in page.text
    reply = await visit.post(f"{ACCOUNT}/password", {"current": PASSWORD, "password": "another good phrase"})
    assert reply.headers["location"] == f"{ACCOUNT}?done=password"
    assert await house.sign_ins.who(other, house.clock.now()) is None
    assert (await visit.follow()).status_code == 200


async def test_what_matters_asks_again_after_a_quarter_of_an_hour_and_gives_a_new_token(
    visit: Visit, house: House, clock: MovedClock
) -> None:
    await ann_signed_in(visit, house)
    assert (await visit.get(f"{ACCOUNT}/authenticator")).status_code == 200
    for _ in range(3):
        clock.move_on(seconds=PROOF_GOOD_FOR.total_seconds() / 3)
        await visit.get(ACCOUNT)
    reply = await visit.get(f"{ACCOUNT}/authenticator")
    assert reply.headers["location"] == f"{CONFIRM}?next=%2Fstaff%2Faccount%2Fauthenticator"
    await visit.follow()
    assert (await visit.post(CONFIRM, {"password": "wrong"})).status_code == 422
    before = visit.client.cookies[COOKIE]
    reply = await visit.post(CONFIRM, {"password": PASSWORD, "next": f"{ACCOUNT}/authenticator"})
    assert reply.headers["location"] == f"{ACCOUNT}/authenticator"
    assert visit.client.cookies[COOKIE] != before
    assert await house.sign_ins.who(before, clock.now()) is None
    assert (await visit.follow()).status_code == 200


async def test_a_form_that_came_too_late_leads_back_to_its_page(visit: Visit, house: House, clock: MovedClock) -> None:
    await ann_signed_in(visit, house)
    for _ in range(2):
        clock.move_on(minutes=10)
        await visit.get("/staff/sign-out")
    reply = await visit.post(f"{ACCOUNT}/recovery-codes", headers={"referer": f"https://testserver{ACCOUNT}"})
    assert reply.headers["location"] == f"{CONFIRM}?next=%2Fstaff%2Faccount"
    reply = await visit.post(f"{ACCOUNT}/recovery-codes", headers={"referer": "https://evil.example//evil.example"})
    assert reply.headers["location"] == f"{CONFIRM}?next=%2Fstaff"


async def test_with_an_app_the_proof_is_its_code(visit: Visit, house: House, clock: MovedClock) -> None:
    await ann_signed_in(visit, house)
    totp = await set_up_app(visit, clock)
    page = await visit.get(CONFIRM)
    assert 'name="code"' in page.text
    assert 'name="password"' not in page.text
    assert (await visit.post(CONFIRM, {"password": PASSWORD})).status_code == 422
    assert (await visit.post(CONFIRM, {"code": totp.at(clock.now())})).status_code == 303


async def test_an_app_a_passkey_and_codes_come_and_go(visit: Visit, house: House, clock: MovedClock) -> None:
    await ann_signed_in(visit, house)
    assert "Only your password protects your account" in (await visit.get(ACCOUNT)).text
    before = visit.client.cookies[COOKIE]
    await set_up_app(visit, clock)
    assert visit.client.cookies[COOKIE] != before
    device = Authenticator(ADDRESS)
    page = await visit.get(f"{ACCOUNT}/passkey")
    reply = await visit.post(f"{ACCOUNT}/passkey", {"answer": device.make(options_on(page)), "name": "Old laptop"})
    assert reply.headers["location"] == f"{ACCOUNT}?done=added"
    page = await visit.follow()
    one = re.search(rf'href="({ACCOUNT}/passkeys/[0-9a-f-]+)"', page.text)
    assert one
    await visit.get(one[1])
    assert (await visit.post(one[1], {"name": ""})).status_code == 422
    await visit.post(one[1], {"name": "Work laptop"})
    assert "Work laptop" in (await visit.get(ACCOUNT)).text
    page = await visit.get(CONFIRM)
    answer = device.show(options_on(page))
    assert (await visit.post(f"{CONFIRM}/passkey", {"answer": answer})).status_code == 303
    await visit.get(ACCOUNT)
    assert (await visit.post(f"{CONFIRM}/passkey", {"answer": answer})).status_code == 422
    await visit.post(f"{one[1]}/remove")
    await visit.get(ACCOUNT)
    await visit.post(f"{ACCOUNT}/recovery-codes")
    await visit.get(ACCOUNT)
    await visit.post(f"{ACCOUNT}/authenticator/remove")
    assert "Only your password protects your account" in (await visit.get(ACCOUNT)).text


async def test_every_role_has_an_account_page_and_no_cookie_means_none(visit: Visit, house: House) -> None:
    assert (await visit.get(ACCOUNT)).status_code == 303
    await add_ann(house.db, house.clock.now(), Role.GOVERNANCE)
    await password(visit)
    assert (await visit.get(ACCOUNT)).status_code == 200

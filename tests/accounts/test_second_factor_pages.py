"""From the password to the session, and what an attacker would try in between."""

import html
import re
import time
from dataclasses import replace
from statistics import median

import httpx
import pyotp
import pytest
from litestar import Litestar
from redis.asyncio import Redis
from sqlmodel import col, select

from accounts import service
from accounts.doorway import TRIES_FROM_ONE_ADDRESS
from accounts.models import StaffSession
from accounts.slowing import FREE_TRIES
from accounts.words import Secret
from core.domain.clock import MovedClock
from core.domain.identity import Role
from core.storage.audit import AuditEntry
from core.storage.session import Database
from core.web.house import House
from tests.accounts.authenticator import Authenticator
from tests.accounts.support import EMAIL, PASSWORD, add_ann
from tests.conftest import new_client
from tests.support.house import ADDRESS, make_house
from tests.support.visit import Visit

COOKIE, HALF, DEVICE = "__Host-staff", "__Host-half-way", "__Host-device"
SIGN_IN, CODE, SET_UP = "/staff/sign-in", "/staff/sign-in/second-factor", "/staff/sign-in/set-up"


@pytest.fixture
def house(db: Database, clock: MovedClock, redis: Redis) -> House:
    """A service that demands a second factor, as every real one does."""
    return replace(make_house(db, clock, redis), second_factor_required=True)


async def password(visit: Visit, email: str = EMAIL, typed: str = PASSWORD, **more: str) -> httpx.Response:
    await visit.get(SIGN_IN)
    return await visit.post(SIGN_IN, {"email": email, "password": typed, **more})


async def set_up_app(visit: Visit, clock: MovedClock) -> tuple[pyotp.TOTP, list[str]]:
    """After the password: the app on the phone, and the recovery codes."""
    page = await visit.get(f"{SET_UP}/authenticator")
    found = re.search(r'class="fd-key">([^<]+)<', page.text)
    assert found
    totp = pyotp.TOTP(found[1].replace(" ", ""))
    page = await visit.post(f"{SET_UP}/authenticator", {"code": totp.at(clock.now())})
    assert page.status_code == 200
    clock.move_on(seconds=60)
    return totp, re.findall(r"<li>(\w{5}-\w{5})</li>", page.text)


async def signs_out(visit: Visit) -> None:
    await visit.get("/staff/sign-out")
    await visit.post("/staff/sign-out")


async def actions(house: House) -> list[str]:
    async with house.db.transaction() as session:
        return [row.action for row in await session.exec(select(AuditEntry).order_by(col(AuditEntry.id)))]


def options_on(page: httpx.Response) -> str:
    found = re.search(r'data-options="([^"]+)"', page.text)
    assert found
    return html.unescape(found[1])


async def test_the_first_sign_in_leads_through_setting_up_and_then_to_what_was_wanted(
    visit: Visit, house: House, clock: MovedClock
) -> None:
    await add_ann(house.db, clock.now())
    reply = await password(visit, next="/staff/triage")
    assert reply.headers["location"] == f"{SET_UP}?next=%2Fstaff%2Ftriage"
    assert "Protect your account" in (await visit.follow()).text
    _, codes = await set_up_app(visit, clock)
    assert len(codes) == 10
    assert (await visit.get("/staff")).status_code == 200
    assert HALF not in visit.client.cookies
    assert [one for one in await actions(house) if one != "staff.added"] == [
        "staff.factor-added",
        "staff.recovery-codes-made",
        "staff.signed-in",
    ]


async def test_half_way_in_nothing_opens(visit: Visit, house: House, clock: MovedClock, app: Litestar) -> None:
    await add_ann(house.db, clock.now(), *Role)
    await password(visit)
    assert COOKIE not in visit.client.cookies
    for path in ("/staff", "/staff/account", "/staff/accounts", "/staff/messages", "/staff/confirm"):
        assert (await visit.get(path)).headers["location"].startswith(SIGN_IN)
    visit.client.cookies.set(COOKIE, visit.client.cookies[HALF], domain="testserver.local", path="/")
    assert (await visit.get("/staff")).status_code == 303


async def test_without_the_password_there_is_no_second_step(visit: Visit, house: House) -> None:
    await visit.get(SIGN_IN)
    for path in (CODE, SET_UP, f"{SET_UP}/authenticator", f"{SET_UP}/authenticator/picture", f"{SET_UP}/passkey"):
        assert (await visit.get(path)).headers["location"].startswith(SIGN_IN)
    for path in (CODE, f"{CODE}/passkey", f"{SET_UP}/authenticator", f"{SET_UP}/passkey"):
        reply = await visit.post(path, {"code": "123456", "answer": "{}", "name": "x"})
        assert reply.headers["location"].startswith(SIGN_IN)


async def test_a_code_opens_once_and_the_session_is_new(visit: Visit, house: House, clock: MovedClock) -> None:
    await add_ann(house.db, clock.now())
    await password(visit)
    totp, _ = await set_up_app(visit, clock)
    await signs_out(visit)
    assert (await password(visit)).headers["location"] == CODE
    half = visit.client.cookies[HALF]
    assert "Show that it is you" in (await visit.follow()).text
    code = totp.at(clock.now())
    assert (await visit.post(CODE, {"code": code})).headers["location"] == "/staff"
    assert visit.client.cookies[COOKIE] != half
    await signs_out(visit)
    await password(visit)
    await visit.follow()
    page = await visit.post(CODE, {"code": code})
    assert page.status_code == 422
    assert "used before" in page.text
    clock.move_on(seconds=30)
    assert (await visit.post(CODE, {"code": totp.at(clock.now())})).status_code == 303


async def test_a_half_way_cookie_does_not_open_twice(visit: Visit, house: House, clock: MovedClock) -> None:
    await add_ann(house.db, clock.now())
    await password(visit)
    totp, _ = await set_up_app(visit, clock)
    await signs_out(visit)
    await password(visit)
    half = visit.client.cookies[HALF]
    await visit.follow()
    await visit.post(CODE, {"code": totp.at(clock.now())})
    clock.move_on(seconds=60)
    visit.client.cookies.set(HALF, half, domain="testserver.local", path="/")
    await visit.get("/staff/sign-out")
    reply = await visit.post(CODE, {"code": totp.at(clock.now())})
    assert reply.headers["location"].startswith(SIGN_IN)


async def test_a_recovery_code_lets_in_once_and_is_told(visit: Visit, house: House, clock: MovedClock) -> None:
    await add_ann(house.db, clock.now())
    await password(visit)
    _, codes = await set_up_app(visit, clock)
    for expected in (303, 422):
        await signs_out(visit)
        await password(visit)
        await visit.follow()
        assert (await visit.post(CODE, {"code": codes[0].lower()})).status_code == expected


async def test_ten_minutes_after_the_password_one_begins_again(visit: Visit, house: House, clock: MovedClock) -> None:
    await add_ann(house.db, clock.now())
    await password(visit)
    clock.move_on(minutes=10)
    assert (await visit.get(SET_UP)).headers["location"].startswith(SIGN_IN)


async def test_whoever_has_only_the_password_cannot_add_a_factor_of_their_own(
    visit: Visit, house: House, clock: MovedClock, app: Litestar
) -> None:
    await add_ann(house.db, clock.now())
    await password(visit)
    await set_up_app(visit, clock)
    async with new_client(app) as client:
        thief = Visit(client)
        await password(thief)
        for path in (SET_UP, f"{SET_UP}/authenticator", f"{SET_UP}/authenticator/picture", f"{SET_UP}/passkey"):
            assert (await thief.get(path)).status_code == 409
        await thief.get(CODE)
        assert (await thief.post(f"{SET_UP}/authenticator", {"code": "123456"})).status_code == 409


async def test_wrong_codes_are_slowed_down_and_counted_apart_from_passwords(
    visit: Visit, house: House, clock: MovedClock, app: Litestar
) -> None:
    await add_ann(house.db, clock.now())
    await password(visit)
    totp, _ = await set_up_app(visit, clock)
    async with new_client(app) as client:
        thief = Visit(client)
        await password(thief)
        await thief.follow()
        found = [(await thief.post(CODE, {"code": "000000"})).status_code for _ in range(FREE_TRIES + 1)]
        assert found == [422] * FREE_TRIES + [429]
        # Even the right one has to wait.
        await thief.get(CODE)
        assert (await thief.post(CODE, {"code": totp.at(clock.now())})).status_code == 429
    # Ann at her own browser does not.
    await signs_out(visit)
    await password(visit)
    await visit.follow()
    assert (await visit.post(CODE, {"code": totp.at(clock.now())})).status_code == 303


async def test_wrong_passwords_of_strangers_do_not_keep_a_colleague_out_of_their_own_browser(
    visit: Visit, house: House, clock: MovedClock, app: Litestar
) -> None:
    house_without = house
    await add_ann(house.db, clock.now())
    await password(visit)
    await set_up_app(visit, clock)
    await signs_out(visit)
    async with new_client(app) as client:
        stranger = Visit(client)
        found = [(await password(stranger, typed="a wrong password")).status_code for _ in range(FREE_TRIES + 2)]
        assert found == [422] * FREE_TRIES + [429] * 2
        assert (await password(stranger)).status_code == 429
        # Another colleague at the same address is not slowed down at all.
        await add_ann(house_without.db, clock.now(), email="bea.invented@example.org")
        assert (await password(stranger, "bea.invented@example.org")).status_code == 303
    assert (await password(visit)).headers["location"] == CODE
    # The negative control: without the cookie of a known browser Ann would wait like a stranger.
    del visit.client.cookies[DEVICE]
    assert (await password(visit)).status_code == 429


async def test_an_unknown_address_is_slowed_down_like_a_known_one(visit: Visit, house: House) -> None:
    await add_ann(house.db, house.clock.now())
    for email in (EMAIL, "nobody@example.org"):
        found = [(await password(visit, email, "a wrong password")).status_code for _ in range(FREE_TRIES + 1)]
        assert found == [422] * FREE_TRIES + [429]


async def test_the_key_stands_in_no_address_and_the_picture_is_kept_by_nobody(
    visit: Visit, house: House, clock: MovedClock
) -> None:
    await add_ann(house.db, clock.now())
    await password(visit)
    page = await visit.get(f"{SET_UP}/authenticator")
    key = re.search(r'class="fd-key">([^<]+)<', page.text)
    assert key
    assert not any(key[1].replace(" ", "") in link for link in re.findall(r'(?:href|src|action)="([^"]*)"', page.text))
    picture = await visit.get(f"{SET_UP}/authenticator/picture")
    assert picture.headers["content-type"] == "image/svg+xml"
    assert picture.headers["cache-control"] == "no-store"
    assert picture.content.startswith(b"<svg")


async def test_a_wrong_code_while_setting_up_shows_the_same_key_again(
    visit: Visit, house: House, clock: MovedClock
) -> None:
    await add_ann(house.db, clock.now())
    await password(visit)
    first = await visit.get(f"{SET_UP}/authenticator")
    again = await visit.post(f"{SET_UP}/authenticator", {"code": "000000"})
    assert again.status_code == 422
    keys = [re.search(r'class="fd-key">([^<]+)<', page.text) for page in (first, again)]
    assert keys[0]
    assert keys[1]
    assert keys[0][1] == keys[1][1]
    assert (await visit.post(f"{SET_UP}/authenticator", {"code": ""})).status_code == 422


async def test_a_passkey_is_set_up_is_a_second_step_and_signs_in_by_itself(
    visit: Visit, house: House, clock: MovedClock
) -> None:
    device = Authenticator(ADDRESS)
    await add_ann(house.db, clock.now())
    await password(visit)
    page = await visit.get(f"{SET_UP}/passkey")
    answer = device.make(options_on(page))
    assert (await visit.post(f"{SET_UP}/passkey", {"answer": answer, "name": ""})).status_code == 422
    page = await visit.post(f"{SET_UP}/passkey", {"answer": answer, "name": "Work laptop"})
    assert "Your account is protected" in page.text
    await signs_out(visit)
    await password(visit)
    page = await visit.follow()
    reply = await visit.post(f"{CODE}/passkey", {"answer": device.show(options_on(page))})
    assert reply.headers["location"] == "/staff"
    await signs_out(visit)
    page = await visit.get(f"{SIGN_IN}/passkey?next=/staff/triage")
    answer = device.show(options_on(page))
    reply = await visit.post(f"{SIGN_IN}/passkey", {"answer": answer, "next": "/staff/triage"})
    assert reply.headers["location"] == "/staff/triage"
    assert (await visit.get("/staff")).status_code == 200
    await signs_out(visit)
    await visit.get(f"{SIGN_IN}/passkey")
    assert (await visit.post(f"{SIGN_IN}/passkey", {"answer": answer})).status_code == 422  # replayed


async def test_a_passkeys_session_is_a_new_one_too(visit: Visit, house: House, clock: MovedClock) -> None:
    device = Authenticator(ADDRESS)
    await add_ann(house.db, clock.now())
    await password(visit)
    page = await visit.get(f"{SET_UP}/passkey")
    await visit.post(f"{SET_UP}/passkey", {"answer": device.make(options_on(page)), "name": "Phone"})
    await signs_out(visit)
    planted = "attacker-chosen-attacker-chosen-attacker-ch"
    visit.client.cookies.set(COOKIE, planted, domain="testserver.local", path="/")
    page = await visit.get(f"{SIGN_IN}/passkey")
    await visit.post(f"{SIGN_IN}/passkey", {"answer": device.show(options_on(page))})
    assert visit.client.cookies[COOKIE] != planted
    assert await house.sign_ins.who(planted, clock.now()) is None


async def test_a_session_keeps_no_whole_address(visit: Visit, house: House, clock: MovedClock) -> None:
    await add_ann(house.db, clock.now())
    await password(visit)
    await set_up_app(visit, clock)
    async with house.db.transaction() as session:
        kept = (await session.exec(select(StaffSession))).one()
    assert kept.factor == "authenticator app"
    assert not (kept.place or "").endswith(".1")


async def timed(visit: Visit, house: House, clock: MovedClock, email: str) -> float:
    """Seconds of processor time for one wrong try: what others do on this machine does not count."""
    clock.move_on(hours=25)  # nobody waits
    await house.limits.forgive(TRIES_FROM_ONE_ADDRESS, "127.0.0.1")
    begun = time.process_time()
    reply = await visit.post(SIGN_IN, {"email": email, "password": "a wrong long password"})
    spent = time.process_time() - begun
    assert reply.status_code == 422
    return spent


async def advantage(visit: Visit, house: House, clock: MovedClock) -> tuple[float, float]:
    """How often a known address takes longer than an unknown one tried right after it (0.5 is a coin), and by how
    much in the middle, in seconds."""
    await visit.get(SIGN_IN)
    for email in (EMAIL, "nobody@example.org"):
        await timed(visit, house, clock, email)
    longer: list[float] = []
    for _ in range(30):
        known = await timed(visit, house, clock, EMAIL)
        unknown = await timed(visit, house, clock, "nobody@example.org")
        longer.append(known - unknown)
    return sum(gap > 0 for gap in longer) / len(longer), median(longer)


@pytest.mark.usefixtures("real_hashes")
async def test_the_time_of_a_refusal_does_not_tell_who_has_an_account(
    visit: Visit, house: House, clock: MovedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    await add_ann(house.db, clock.now())
    share, gap = await advantage(visit, house, clock)
    # 30 pairs: a fair coin falls outside this once in 6,000 times. A gap of 3 ms drowns in any network.
    assert 0.16 <= share <= 0.84 or abs(gap) < 0.003
    assert abs(gap) < 0.01

    async def shortcut(secret: Secret, typed: str) -> bool:
        return secret.staff_id is not None and await honest(secret, typed)

    honest = service.password_fits
    monkeypatch.setattr(service, "password_fits", shortcut)
    # The negative control: where nobody's password is not hashed, the same test tells.
    share, gap = await advantage(visit, house, clock)
    assert share > 0.84
    assert gap > 0.01

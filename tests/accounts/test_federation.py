"""Signing in through another organisation, against a real provider on loopback: it vouches for whom it vouches, for
this attempt of this browser, and for nobody and nothing else."""

import base64
import hmac
import json
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import httpx
import pytest
import sqlalchemy as sa
from joserfc import jws, jwt
from joserfc.jwk import ECKey, RSAKey
from redis.asyncio import Redis
from sqlmodel import col, select, update

from accounts import service
from accounts.federation import Federation, private_key_of
from accounts.federation_models import FederatedIdentity, FederatedSession, FederationAttempt
from accounts.federation_words import Provider as Settings
from accounts.federation_words import Refused
from accounts.models import StaffAccount, StaffLink, StaffSession
from accounts.words import Factor, LinkKind
from core.domain.clock import MovedClock
from core.domain.identity import Role
from core.storage.audit import AuditEntry
from core.web.house import House
from tests.conftest import new_client
from tests.support.house import ADDRESS, built
from tests.support.provider import CLIENT, Provider, running_provider
from tests.support.visit import Visit

OUR_KEY = RSAKey.generate_key(2048)
SUBJECT = "subject-of-nadia"
EMAIL = "nadia.invented@example.org"


@pytest.fixture
def provider() -> Iterator[Provider]:
    """An honest provider at which Nadia sits, her address checked."""
    with running_provider(f"{ADDRESS}/oidc/back", OUR_KEY) as running:
        running.people[SUBJECT] = {"email": EMAIL, "email_verified": True, "sid": "sid-1", "name": "Nadia Invented"}
        running.signs_in = SUBJECT
        yield running


@pytest.fixture(autouse=True)
def _now(clock: MovedClock) -> None:
    """Tokens are dated by the provider's clock, which nobody moves."""
    clock.move_to(datetime.now(UTC))


@pytest.fixture(autouse=True)
def _patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy test machine is no provider that is away."""
    monkeypatch.setattr("accounts.federation._TIMEOUT", httpx.Timeout(60))
    monkeypatch.setattr("accounts.federation._AT_MOST", 60)


@pytest.fixture
def settings(provider: Provider) -> Settings:
    pem = OUR_KEY.as_pem(private=True).decode()
    return Settings("NHS CIS2", provider.issuer, CLIENT, ADDRESS, private_key=pem)


@pytest.fixture
async def nadia(house: House) -> UUID:
    """A colleague whose account is open, and who has no password of use."""
    return await add(house, EMAIL)


async def add(house: House, email: str) -> UUID:
    async with house.db.transaction() as session:
        return await service.add_staff(
            session,
            name="Nadia Invented",
            email=email,
            password="correct horse battery staple",
            roles={Role.TRIAGE},
            now=house.clock.now(),
        )


@asynccontextmanager
async def a_browser(house: House, redis: Redis, settings: Settings, **known: Any) -> AsyncIterator[Visit]:
    app = built(house, redis, Federation(settings, **known))
    async with new_client(app) as client:
        yield Visit(client)


@pytest.fixture
async def browser(house: House, redis: Redis, settings: Settings) -> AsyncIterator[Visit]:
    async with a_browser(house, redis, settings, key_age=0) as visit:
        yield visit


async def asked(browser: Visit, wanted: str = "/staff/triage") -> str:
    """The address at the provider that this browser is sent to."""
    reply = await browser.get(f"/oidc/start?next={wanted}")
    assert reply.status_code == 303
    return str(reply.headers["location"])


async def answered(address: str) -> str:
    """Where the provider sends the browser back to, as a path of ours."""
    async with httpx.AsyncClient() as there:
        reply = await there.get(address)
    back = urlsplit(reply.headers["location"])
    assert f"{back.scheme}://{back.netloc}{back.path}" == f"{ADDRESS}/oidc/back"
    return f"{back.path}?{back.query}"


async def signs_in(browser: Visit, wanted: str = "/staff/triage") -> httpx.Response:
    return await browser.get(await answered(await asked(browser, wanted)))


def said(reply: httpx.Response) -> str:
    """Why a sign-in was refused; that no session began is checked on the way."""
    assert reply.status_code == 303
    assert "__Host-staff" not in reply.headers.get("set-cookie", "")
    where: str = reply.headers["location"]
    assert where.startswith("/oidc/refused/"), where
    return where.removeprefix("/oidc/refused/")


async def is_in(browser: Visit) -> bool:
    return (await browser.get("/staff")).status_code == 200


# The way in


async def test_a_colleague_comes_in_and_arrives_where_they_wanted(
    browser: Visit, nadia: UUID, house: House, provider: Provider
) -> None:
    reply = await signs_in(browser)
    assert (reply.status_code, reply.headers["location"]) == (303, "/staff/triage")
    assert await is_in(browser)
    async with house.db.transaction() as session:
        begun = (await session.exec(select(StaffSession).where(StaffSession.staff_id == nadia))).one()
        linked = (await session.exec(select(FederatedIdentity))).one()
        told = (await session.exec(select(AuditEntry.action).order_by(col(AuditEntry.id)))).all()
    assert begun.factor == Factor.FEDERATED
    assert (linked.issuer, linked.staff_id) == (provider.issuer, nadia)
    assert told[-2:] == ["staff.linked", "staff.signed-in"]


async def test_what_is_asked_is_a_code_bound_to_this_attempt(browser: Visit, provider: Provider) -> None:
    where = urlsplit(await asked(browser))
    told = {name: values[0] for name, values in parse_qs(where.query).items()}
    assert told["response_type"] == "code"
    assert told["redirect_uri"] == f"{ADDRESS}/oidc/back"
    assert told["code_challenge_method"] == "S256"
    assert min(len(told["state"]), len(told["nonce"]), len(told["code_challenge"])) >= 43
    assert len({told["state"], told["nonce"], told["code_challenge"]}) == 3


async def test_we_prove_who_we_are_with_a_fresh_signature_and_no_secret(
    browser: Visit, nadia: UUID, provider: Provider, house: House
) -> None:
    await signs_in(browser)
    (form,) = provider.asked
    assert "client_secret" not in form
    claims = jwt.decode(form["client_assertion"], OUR_KEY, algorithms=["RS256"]).claims
    assert (claims["iss"], claims["sub"], claims["aud"]) == (CLIENT, CLIENT, f"{provider.issuer}/token")
    assert claims["exp"] - claims["iat"] == 60
    assert len(form["code_verifier"]) >= 43


async def test_where_the_provider_wants_a_secret_it_is_sent_in_the_body_and_nowhere_else(
    house: House, redis: Redis, nadia: UUID
) -> None:
    with running_provider(f"{ADDRESS}/oidc/back", OUR_KEY, secret="an invented client secret") as strict:
        strict.people[SUBJECT], strict.signs_in = {"email": EMAIL, "email_verified": True}, SUBJECT
        known = Settings("Entra ID", strict.issuer, CLIENT, ADDRESS, secret="an invented client secret")
        async with a_browser(house, redis, known) as browser:
            address = await asked(browser)
            assert "secret" not in address
            assert (await browser.get(await answered(address))).headers["location"] == "/staff/triage"
            assert "client_assertion" not in strict.asked[0]
        async with a_browser(house, redis, replace(known, secret="another")) as browser:
            assert said(await signs_in(browser))


async def test_a_session_says_how_and_where_it_began(browser: Visit, nadia: UUID, house: House) -> None:
    browser.client.headers["User-Agent"] = "Mozilla/5.0 (Windows NT 10.0) Chrome/130 Safari/537.36"
    await signs_in(browser)
    async with house.db.transaction() as session:
        begun = (await session.exec(select(StaffSession))).one()
    assert (begun.factor, begun.device) == (Factor.FEDERATED, "Chrome on Windows")
    assert "Chrome on Windows" in (await browser.get("/staff/account")).text


async def test_the_second_time_the_account_is_found_by_the_person_not_by_the_address(
    browser: Visit, nadia: UUID, provider: Provider, house: House
) -> None:
    await signs_in(browser)
    provider.people[SUBJECT] = {"email": "married.invented@example.org"}
    assert (await signs_in_afresh(browser)).headers["location"] == "/staff/triage"
    async with house.db.transaction() as session:
        assert len((await session.exec(select(FederatedIdentity))).all()) == 1


async def signs_in_afresh(browser: Visit) -> httpx.Response:
    browser.client.cookies.delete("__Host-staff")
    return await signs_in(browser)


async def test_the_address_may_also_come_from_userinfo(browser: Visit, nadia: UUID, provider: Provider) -> None:
    provider.userinfo = {"sub": SUBJECT, **provider.people[SUBJECT]}
    provider.people[SUBJECT] = {}
    assert (await signs_in(browser)).headers["location"] == "/staff/triage"


async def test_userinfo_about_somebody_else_is_not_taken(browser: Visit, nadia: UUID, provider: Provider) -> None:
    provider.userinfo = {"sub": "somebody-else", **provider.people[SUBJECT]}
    provider.people[SUBJECT] = {}
    assert said(await signs_in(browser)) == "not-true"


async def test_a_session_presented_at_the_way_in_ends(browser: Visit, nadia: UUID, house: House) -> None:
    async with house.db.transaction() as session:
        old = await service.start_session(session, nadia, house.clock.now())
    back = await answered(await asked(browser))
    browser.client.cookies.set("__Host-staff", old)
    await browser.get(back)
    assert await house.sign_ins.who(old, house.clock.now()) is None


@pytest.mark.parametrize(
    "wanted", ["https://elsewhere.example.org/", "//elsewhere.example.org", "/refer", "/staff/sign-out"]
)
async def test_nobody_is_led_elsewhere_afterwards(browser: Visit, nadia: UUID, wanted: str) -> None:
    assert (await signs_in(browser, wanted)).headers["location"] == "/staff"


# Who may come in


async def test_nobody_gets_an_account_by_signing_in_elsewhere(browser: Visit, house: House) -> None:
    assert said(await signs_in(browser)) == "no-account"
    page = await browser.follow()
    assert page.status_code == 403
    assert "nobody has invited you here" in page.text
    async with house.db.transaction() as session:
        assert (await session.exec(select(StaffAccount))).all() == []
        refused = (await session.exec(select(AuditEntry.action).order_by(col(AuditEntry.id).desc()))).first()
    assert refused == "staff.sign-in-refused"


@pytest.mark.parametrize("verified", [False, None, "true", 1])
async def test_an_address_nobody_checked_opens_nothing(
    browser: Visit, nadia: UUID, provider: Provider, verified: object
) -> None:
    provider.people[SUBJECT] = {"email": EMAIL, "email_verified": verified}
    assert said(await signs_in(browser)) == "no-account"


async def test_an_operator_may_trust_the_addresses_of_a_provider(
    house: House, redis: Redis, settings: Settings, nadia: UUID, provider: Provider
) -> None:
    provider.people[SUBJECT] = {"email": EMAIL}
    async with a_browser(house, redis, replace(settings, trusts_email=True)) as browser:
        assert (await signs_in(browser)).headers["location"] == "/staff/triage"


async def test_an_account_linked_to_one_person_never_opens_for_another_with_its_address(
    browser: Visit, nadia: UUID, provider: Provider
) -> None:
    await signs_in(browser)
    provider.people["a-newcomer"] = provider.people[SUBJECT]
    provider.signs_in = "a-newcomer"
    assert said(await signs_in_afresh(browser)) == "no-account"


async def test_a_closed_account_stays_closed(browser: Visit, nadia: UUID, house: House) -> None:
    await signs_in(browser)
    await close(house, nadia)
    assert said(await signs_in_afresh(browser)) == "closed"
    assert (await browser.follow()).status_code == 403


async def test_a_closed_account_is_not_linked_either(browser: Visit, nadia: UUID, house: House) -> None:
    await close(house, nadia)
    assert said(await signs_in(browser)) == "closed"


async def close(house: House, staff_id: UUID) -> None:
    async with house.db.transaction() as session:
        left = {"active": False, "left_at": house.clock.now()}
        await session.exec(update(StaffAccount).where(col(StaffAccount.id) == staff_id).values(**left))


@pytest.mark.parametrize(("hours", "comes_in"), [(24, True), (-1, False)])
async def test_an_open_invitation_is_taken_up_and_one_that_ran_out_is_not(
    browser: Visit, nadia: UUID, house: House, hours: int, comes_in: bool
) -> None:
    now = house.clock.now()
    async with house.db.transaction() as session:
        invited = {"active": False, "joined_at": None}
        await session.exec(update(StaffAccount).where(col(StaffAccount.id) == nadia).values(**invited))
        link = StaffLink(
            kind=LinkKind.INVITATION,
            staff_id=nadia,
            token_fingerprint=b"an invitation",
            made_at=now - timedelta(hours=2),
            expires_at=now + timedelta(hours=hours),
        )
        session.add(link)
    reply = await signs_in(browser)
    assert (reply.headers["location"] == "/staff/triage") == comes_in
    async with house.db.transaction() as session:
        account = await session.get_one(StaffAccount, nadia, populate_existing=True)
        kept = await session.get_one(StaffLink, link.id, populate_existing=True)
    assert (account.active, kept.ended_at is not None) == (comes_in, comes_in)


# What is not believed


def changed(**claims: Any) -> Callable[[dict[str, Any], dict[str, Any]], None]:
    """A twist that sets claims, and takes away those that are None."""

    def twist(header: dict[str, Any], told: dict[str, Any]) -> None:
        told.update(claims)
        for name in [name for name, value in told.items() if value is None]:
            del told[name]

    return twist


NOT_TRUE = {
    "another nonce": {"nonce": "nonce-of-another-attempt"},
    "no nonce": {"nonce": None},
    "another issuer": {"iss": "https://elsewhere.example.org"},
    "no issuer": {"iss": None},
    "another audience": {"aud": "another-client"},
    "no audience": {"aud": None},
    "two audiences and no party": {"aud": [CLIENT, "another-client"]},
    "made for another party": {"aud": [CLIENT, "another-client"], "azp": "another-client"},
    "no subject": {"sub": None},
    "a subject that is no text": {"sub": ["x"]},
    "no expiry": {"exp": None},
    "an expiry that is no number": {"exp": "tomorrow"},
    "made tomorrow": {"iat": int(time.time()) + 86_400},
    "no date": {"iat": None},
    "not valid yet": {"nbf": int(time.time()) + 3600},
    "another access token": {"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"},
    "a logout token": {"events": {"http://schemas.openid.net/event/backchannel-logout": {}}},
}


@pytest.mark.parametrize("claims", NOT_TRUE.values(), ids=NOT_TRUE.keys())
async def test_a_token_that_says_the_wrong_thing_opens_nothing(
    browser: Visit, nadia: UUID, provider: Provider, claims: dict[str, Any]
) -> None:
    provider.twist = changed(**claims)
    assert said(await signs_in(browser)) == "not-true"
    assert not await is_in(browser)


async def test_a_token_that_has_expired_opens_nothing(browser: Visit, nadia: UUID, provider: Provider) -> None:
    provider.twist = changed(exp=int(time.time()) - 120, iat=int(time.time()) - 600)
    assert said(await signs_in(browser)) == "lost"


def part(told: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(told).encode()).rstrip(b"=").decode()


def unsigned(header: dict[str, Any], claims: dict[str, Any]) -> str:
    return f"{part({'alg': 'none'})}.{part(claims)}."


def signed_by_another(header: dict[str, Any], claims: dict[str, Any]) -> str:
    return jwt.encode(header, claims, RSAKey.generate_key(2048), algorithms=["RS256"])


def with_its_own_key(header: dict[str, Any], claims: dict[str, Any]) -> str:
    """Brings the key along that it wants to be checked with."""
    key = ECKey.generate_key("P-256", auto_kid=True)
    told = {"alg": "ES256", "jwk": key.as_dict(private=False), "kid": header["kid"]}
    return jws.serialize_compact(told, json.dumps(claims).encode(), key, algorithms=["ES256"])


@pytest.mark.parametrize("forge", [unsigned, signed_by_another, with_its_own_key])
async def test_a_token_the_provider_did_not_sign_opens_nothing(
    browser: Visit, nadia: UUID, provider: Provider, forge: Any
) -> None:
    provider.twist = forge
    assert said(await signs_in(browser)) == "not-true"


@pytest.mark.parametrize("shape", ["pem", "der"])
async def test_the_providers_public_key_is_no_secret_to_sign_with(
    browser: Visit, nadia: UUID, provider: Provider, shape: str
) -> None:
    key = provider.keys[-1]
    public = key.as_pem(private=False) if shape == "pem" else key.as_der(private=False)

    def confuse(header: dict[str, Any], claims: dict[str, Any]) -> str:
        # By hand: the library refuses to be used like this.
        told = f"{part({'alg': 'HS256', 'kid': header['kid']})}.{part(claims)}"
        seal = hmac.digest(public, told.encode(), "sha256")
        return f"{told}.{base64.urlsafe_b64encode(seal).rstrip(b'=').decode()}"

    provider.twist = confuse
    assert said(await signs_in(browser)) == "not-true"


async def test_a_token_of_another_attempt_cannot_be_put_into_this_one(
    browser: Visit, nadia: UUID, provider: Provider, house: House, redis: Redis, settings: Settings
) -> None:
    """Code injection: an attacker's code in a victim's browser, or the other way round, redeems nothing."""
    async with a_browser(house, redis, settings) as attacker:
        stolen = parse_qs(urlsplit(await answered(await asked(attacker))).query)["code"][0]
    own = parse_qs(urlsplit(await answered(await asked(browser))).query)
    reply = await browser.get("/oidc/back", params={"code": stolen, "state": own["state"][0], "iss": provider.issuer})
    assert said(reply) == "lost"


async def test_an_answer_works_once(browser: Visit, nadia: UUID) -> None:
    back = await answered(await asked(browser))
    assert (await browser.get(back)).headers["location"] == "/staff/triage"
    browser.client.cookies.delete("__Host-staff")
    assert said(await browser.get(back)) == "lost"


async def test_an_answer_works_only_in_the_browser_that_asked(
    browser: Visit, nadia: UUID, house: House, redis: Redis, settings: Settings
) -> None:
    back = await answered(await asked(browser))
    async with a_browser(house, redis, settings) as another:
        await another.get("/staff/sign-in")
        assert said(await another.get(back)) == "lost"
    assert (await browser.get(back)).headers["location"] == "/staff/triage"


async def test_an_attempt_ends_after_ten_minutes(browser: Visit, nadia: UUID, clock: MovedClock) -> None:
    back = await answered(await asked(browser))
    clock.move_on(minutes=11)
    assert said(await browser.get(back)) == "lost"


async def test_attempts_nobody_came_back_with_are_forgotten(browser: Visit, house: House, clock: MovedClock) -> None:
    await asked(browser)
    clock.move_on(minutes=11)
    await asked(browser)
    async with house.db.transaction() as session:
        assert len((await session.exec(select(FederationAttempt))).all()) == 1


@pytest.mark.parametrize("issuer", ["https://elsewhere.example.org", ""])
async def test_an_answer_of_another_provider_is_not_taken(browser: Visit, nadia: UUID, issuer: str) -> None:
    told = parse_qs(urlsplit(await answered(await asked(browser))).query)
    reply = await browser.get("/oidc/back", params={"code": told["code"][0], "state": told["state"][0], "iss": issuer})
    assert said(reply) == "not-true"


@pytest.mark.parametrize(
    "query", ["", "?state=x", "?code=x", "?state=x&code=x", "?error=access_denied", "?state=%00&code=%ff"]
)
async def test_an_answer_to_nothing_is_refused(browser: Visit, query: str) -> None:
    assert said(await browser.get(f"/oidc/back{query}")) == "lost"


async def test_whoever_stops_at_the_provider_is_told_so(browser: Visit, nadia: UUID) -> None:
    state = parse_qs(urlsplit(await asked(browser)).query)["state"][0]
    reply = await browser.get("/oidc/back", params={"error": "access_denied", "state": state})
    assert said(reply) == "cancelled"
    assert "You or NHS CIS2 stopped the sign-in" in (await browser.follow()).text


# How surely


@pytest.mark.parametrize(
    ("wants", "claims", "comes_in"),
    [
        ({"acr": ("AAL2", "AAL3")}, {"acr": "AAL3"}, True),
        ({"acr": ("AAL2", "AAL3")}, {"acr": "AAL1"}, False),
        ({"acr": ("AAL3",)}, {}, False),
        ({"acr": ("AAL3",)}, {"acr": ["AAL3"]}, False),
        ({"amr": ("mfa", "hwk")}, {"amr": ["pwd", "mfa"]}, True),
        ({"amr": ("mfa",)}, {"amr": ["pwd"]}, False),
        ({"amr": ("mfa",)}, {}, False),
        ({"max_age": timedelta(hours=1)}, {"auth_time": int(time.time()) - 1800}, True),
        ({"max_age": timedelta(hours=1)}, {"auth_time": int(time.time()) - 7200}, False),
    ],
)
async def test_a_sign_in_must_be_as_strong_and_as_fresh_as_the_service_needs(
    house: House,
    redis: Redis,
    settings: Settings,
    nadia: UUID,
    provider: Provider,
    wants: dict[str, Any],
    claims: dict[str, Any],
    comes_in: bool,
) -> None:
    provider.twist = changed(**claims)
    async with a_browser(house, redis, replace(settings, **wants)) as browser:
        address = await asked(browser)
        assert all(value in address for value in wants.get("acr", ()))
        assert ("max_age=3600" in address) == ("max_age" in wants)
        reply = await browser.get(await answered(address))
        assert reply.headers["location"] == ("/staff/triage" if comes_in else "/oidc/refused/too-weak")


@pytest.mark.parametrize(
    ("ago", "where"),
    [(0, "/staff/accounts"), (3600, "/oidc/refused/too-weak"), (None, "/oidc/refused/too-weak")],
)
async def test_who_shows_again_who_they_are_must_do_so_at_the_provider_now(
    browser: Visit, nadia: UUID, provider: Provider, house: House, clock: MovedClock, ago: int | None, where: str
) -> None:
    await signs_in(browser)
    first = browser.client.cookies["__Host-staff"]
    assert (await browser.get("/oidc/start?next=/staff/triage")).headers["location"] == "/staff/triage"
    address = (await browser.get("/oidc/start?again=1&next=/staff/accounts")).headers["location"]
    assert "prompt=login" in address
    assert "max_age=0" in address
    provider.twist = changed(auth_time=None if ago is None else int(time.time()) - ago)
    assert (await browser.get(await answered(address))).headers["location"] == where
    assert (await house.sign_ins.who(first, clock.now()) is None) == (where == "/staff/accounts")


# Keys that change, a provider that is away


async def test_new_keys_of_the_provider_are_fetched_when_it_signs_with_them(
    browser: Visit, nadia: UUID, provider: Provider
) -> None:
    await signs_in(browser)
    provider.change_keys()
    assert (await signs_in_afresh(browser)).headers["location"] == "/staff/triage"


async def test_whoever_invents_key_ids_does_not_make_us_ask_again_and_again(
    settings: Settings, provider: Provider, clock: MovedClock
) -> None:
    federation = Federation(settings)
    await federation.notice(provider.logout_token(), clock.now())
    provider.change_keys()
    keys = federation._keys
    for _ in range(5):
        with pytest.raises(Refused):
            await federation.notice(provider.logout_token(), clock.now())
    assert federation._keys is keys


async def test_a_provider_that_is_away_is_said_to_be_away(house: House, redis: Redis, settings: Settings) -> None:
    async with a_browser(house, redis, replace(settings, issuer="http://127.0.0.1:1")) as browser:
        assert said(await browser.get("/oidc/start")) == "away"
        page = await browser.follow()
        assert (page.status_code, "NHS CIS2 is not answering" in page.text) == (503, True)


async def test_a_discovery_document_of_another_issuer_is_not_taken(
    house: House, redis: Redis, settings: Settings, provider: Provider
) -> None:
    elsewhere = provider.issuer.replace("127.0.0.1", "localhost")
    async with a_browser(house, redis, replace(settings, issuer=elsewhere)) as browser:
        assert said(await browser.get("/oidc/start")) == "away"


# Signing out


async def test_the_provider_ends_a_session_at_once(
    browser: Visit, nadia: UUID, provider: Provider, house: House
) -> None:
    await signs_in(browser)
    assert await is_in(browser)
    reply = await tell(browser, provider.logout_token())
    assert (reply.status_code, reply.headers["cache-control"]) == (200, "no-store")
    assert not await is_in(browser)
    async with house.db.transaction() as session:
        kept = (await session.exec(select(FederatedSession))).one()
        told = (await session.exec(select(AuditEntry).order_by(col(AuditEntry.id).desc()))).first()
    assert kept.id_token is None
    assert told is not None
    assert (told.action, told.actor) == ("staff.signed-out", "system:sign-in-provider")


async def tell(browser: Visit, token: str) -> httpx.Response:
    """As the provider does: from elsewhere, without a cookie or a form token of ours."""
    return await browser.client.post("/oidc/notice", data={"logout_token": token}, headers={"cookie": ""})


@pytest.mark.parametrize(("claims", "ends"), [({"sid": "sid-1", "sub": None}, True), ({"sid": "sid-2"}, False)])
async def test_a_notice_about_one_session_ends_that_one(
    browser: Visit, nadia: UUID, provider: Provider, claims: dict[str, Any], ends: bool
) -> None:
    await signs_in(browser)
    assert (await tell(browser, provider.logout_token(**claims))).status_code == 200
    assert await is_in(browser) != ends


async def test_a_notice_is_taken_once(browser: Visit, nadia: UUID, provider: Provider) -> None:
    token = provider.logout_token()
    assert (await tell(browser, token)).status_code == 200
    await signs_in(browser, "/staff")
    again = await tell(browser, token)
    assert (again.status_code, again.json()) == (400, {"error": "invalid_request"})
    assert await is_in(browser)


async def test_a_sign_in_that_was_under_way_when_the_session_ended_there_comes_too_late(
    browser: Visit, nadia: UUID, provider: Provider
) -> None:
    back = await answered(await asked(browser))
    await tell(browser, provider.logout_token(sid="sid-1"))
    assert said(await browser.get(back)) == "lost"


REFUSED_NOTICES = {
    "a nonce": {"nonce": "x"},
    "no events": {"events": None},
    "another event": {"events": {"https://example.org/event": {}}},
    "no id": {"jti": None},
    "nobody": {"sub": None},
    "another issuer": {"iss": "https://elsewhere.example.org"},
    "another audience": {"aud": "another-client"},
    "old": {"iat": int(time.time()) - 3600, "exp": None},
    "from tomorrow": {"iat": int(time.time()) + 86_400},
    "expired": {"exp": int(time.time()) - 120},
    "no date": {"iat": None},
}


@pytest.mark.parametrize("claims", REFUSED_NOTICES.values(), ids=REFUSED_NOTICES.keys())
async def test_a_notice_that_is_not_one_ends_nothing(
    browser: Visit, nadia: UUID, provider: Provider, claims: dict[str, Any]
) -> None:
    await signs_in(browser)
    assert (await tell(browser, provider.logout_token(**claims))).status_code == 400
    assert await is_in(browser)


async def test_an_id_token_is_no_notice_and_nonsense_is_refused(
    browser: Visit, nadia: UUID, provider: Provider
) -> None:
    seen: list[str] = []

    def keep(header: dict[str, Any], claims: dict[str, Any]) -> str:
        seen.append(provider.sign(claims, header))
        return seen[0]

    provider.twist = keep
    await signs_in(browser)
    for token in (seen[0], unsigned({}, {"sub": SUBJECT}), "", "x", "a.b.c", "é" * 10, "x" * 100_000):
        assert (await tell(browser, token)).status_code == 400
    assert await is_in(browser)


async def test_signing_out_here_leads_on_to_the_providers_own_sign_out(
    browser: Visit, nadia: UUID, provider: Provider, house: House
) -> None:
    await signs_in(browser)
    await browser.get("/staff/sign-out")
    reply = await browser.post("/staff/sign-out", {})
    assert not await is_in(browser)
    where = urlsplit(reply.headers["refresh"].removeprefix("0; url="))
    told = parse_qs(where.query)
    assert f"{where.scheme}://{where.netloc}{where.path}" == f"{provider.issuer}/end"
    assert told["post_logout_redirect_uri"] == [f"{ADDRESS}/staff/sign-in?signed-out=1"]
    assert told["client_id"] == [CLIENT]
    assert "id_token_hint" in told
    assert "Sign out of NHS CIS2" in reply.text
    async with house.db.transaction() as session:
        assert (await session.exec(select(FederatedSession.id_token))).one() is None


async def test_tokens_of_sessions_that_cannot_live_any_more_are_forgotten(
    browser: Visit, nadia: UUID, house: House
) -> None:
    await signs_in(browser)
    async with house.db.transaction() as session:
        long_ago = house.clock.now() - timedelta(hours=13)
        await session.exec(update(FederatedSession).values(began_at=long_ago))
    await signs_in_afresh(browser)
    async with house.db.transaction() as session:
        kept = (await session.exec(select(FederatedSession.id_token))).all()
    assert sorted(token is None for token in kept) == [False, True]


# What is kept, and what is said


async def test_neither_logs_nor_tables_show_codes_tokens_or_people(
    browser: Visit, nadia: UUID, provider: Provider, house: House, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    address = await asked(browser)
    back = await answered(address)
    await browser.get(back)
    await browser.get(back)
    secrets = [value[0] for value in (parse_qs(urlsplit(address).query) | parse_qs(urlsplit(back).query)).values()]
    hidden = [one for one in [*secrets, SUBJECT, EMAIL, "sid-1"] if len(one) > 20 or one in (SUBJECT, EMAIL, "sid-1")]
    ours = [record for record in caplog.records if record.name.startswith("frontdoor")]
    logged = "\n".join(f"{record.getMessage()} {record.__dict__}" for record in ours)
    async with house.db.transaction() as session:
        connection = await session.connection()
        rows = [
            (await connection.execute(sa.select(sa.text("*")).select_from(sa.table(name)))).all()
            for name in ("staff_federated_identity", "staff_federated_session", "staff_federation_notice")
        ]
    for secret in hidden:
        if secret not in (f"{ADDRESS}/oidc/back", provider.issuer, "openid profile email"):
            assert secret not in logged
            assert secret not in str(rows)


async def test_the_button_is_there_when_a_provider_is_set_and_only_then(
    visit: Visit, house: House, redis: Redis, settings: Settings
) -> None:
    assert "/oidc/start" not in (await visit.get("/staff/sign-in")).text
    async with a_browser(house, redis, settings) as browser:
        assert "Sign in with NHS CIS2" in (await browser.get("/staff/sign-in")).text


@pytest.mark.parametrize("path", ["/oidc/start", "/oidc/back", "/oidc/refused/lost", "/oidc/keys.json"])
async def test_without_a_provider_its_addresses_are_not_there(visit: Visit, path: str) -> None:
    assert (await visit.get(path)).status_code == 404


async def test_our_public_key_is_published_without_its_private_half(browser: Visit) -> None:
    (key,) = (await browser.get("/oidc/keys.json")).json()["keys"]
    assert {"kty", "n", "e", "kid"} <= set(key)
    assert not {"d", "p", "q"} & set(key)


def test_a_private_key_of_either_kind_is_read_and_a_public_one_is_not(settings: Settings) -> None:
    curve = ECKey.generate_key("P-256").as_pem(private=True).decode()
    assert private_key_of(replace(settings, private_key=curve, algorithm="ES256", key_id="2026")).kid == "2026"
    with pytest.raises(ValueError, match="not a private key"):
        private_key_of(replace(settings, private_key=OUR_KEY.as_pem(private=False).decode()))

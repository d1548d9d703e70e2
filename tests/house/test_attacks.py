# ruff: noqa: E501 - tables of odd things read best a row each
"""What an attacker tries first, tried on every address of the service."""

import re
from collections.abc import AsyncIterator, Iterator
from urllib.parse import urljoin, urlsplit

import httpx
import pytest
from litestar import Litestar
from litestar.handlers import HTTPRouteHandler
from redis.asyncio import Redis

from accounts.api import add_staff, start_session
from app.factory import build
from app.rights import Route, routes_of
from core.domain.clock import MovedClock
from core.domain.identity import Discipline, Role
from core.domain.ids import new_token
from core.web.csrf import FIELD
from core.web.house import House
from tests.booking.support import booked, screening, sitting_of
from tests.conftest import new_client
from tests.house.test_asvs import has_test
from tests.house.test_rights import filled
from tests.referral.support import PARENT, receive
from tests.support.forms import VISITOR, cookies, form_token

EVIL = "evil.example"
ELSEWHERE = (
    f"https://{EVIL}/", f"//{EVIL}", f"/\\{EVIL}", f"\\\\{EVIL}", f"https:{EVIL}", f"/staff/..//{EVIL}", f"/staff//{EVIL}",
    f"javascript:alert('{EVIL}')", f"/staff/\t/{EVIL}", f"http://[{EVIL}", f"/staff/%0d%0aLocation: //{EVIL}", f"@{EVIL}",
)  # fmt: skip
LEADS_ON = ("next", "return", "to", "url", "from", "back", "change", "redirect", "redirect_uri", "continue", "where")
SPLIT = "x\r\nSet-Cookie: stolen=1\r\n\r\n<html>"
SECRETS = ("Maya", "Robin", "Sample", "Invented Road", "07700", "7700900", "999 000 0018", "9990000018")


@pytest.fixture
async def full(house: House, clock: MovedClock) -> dict[str, str]:
    """Records of families in every room; session tokens by role, of those the tests act as."""
    from tests.advice_line.support import leave

    now, sessions = clock.now(), dict[str, str]()
    async with house.db.transaction() as session:
        await receive(session, PARENT, now)
        await leave(session, now)
        await booked(session, await sitting_of(session, screening()), now)
        for role in (Role.TRIAGE, Role.MANAGER):
            staff_id = await add_staff(
                session, name=f"{role} Colleague", email=f"{role}@example.org", password="an invented long password",
                roles={role}, disciplines={Discipline.SLT}, now=now,
            )  # fmt: skip
            sessions[role] = await start_session(session, staff_id, now)
    return sessions


@pytest.fixture
async def browser(app: Litestar) -> AsyncIterator[httpx.AsyncClient]:
    async with new_client(app) as one:
        yield one


def pages(app: Litestar) -> list[Route]:
    return [one for one in routes_of(app) if "{file_path" not in one.path]


def jar(house: House, token: str = "") -> dict[str, str]:
    return {"Cookie": "; ".join(f"{name}={value}" for name, value in cookies(house, token).items())}


def sends_away(reply: httpx.Response) -> bool:
    """True when a browser would go from this reply to another site. It takes \\ for / and passes over tabs."""
    where = reply.headers.get("location") or reply.headers.get("hx-redirect") or ""
    where = re.sub(r"[\t\r\n]", "", where).replace("\\", "/")
    return urlsplit(urljoin("https://testserver/staff", where)).netloc != "testserver"


# Ids of others


async def test_an_id_of_nothing_shows_nothing_to_anyone(
    app: Litestar, house: House, browser: httpx.AsyncClient, full: dict[str, str]
) -> None:
    for role, token in (("", ""), (Role.MANAGER, full[Role.MANAGER])):
        for route, address in addresses_of_nothing(app):
            data = form_token(house, token) if route.method == "POST" else None
            reply = await browser.request(route.method, address, headers=jar(house, token), data=data)
            assert reply.status_code < 500, route.name
            assert [one for one in SECRETS if one in reply.text] == [], (route.name, role)


def addresses_of_nothing(app: Litestar) -> Iterator[tuple[Route, str]]:
    for route in pages(app):
        if "{" in route.path and "sign-out" not in route.path:
            yield route, filled(route.path)
            yield route, re.sub(r"\{\w+:\w+\}", new_token(), route.path)


# Open redirect


async def test_no_parameter_leads_to_another_site(
    app: Litestar, house: House, browser: httpx.AsyncClient, full: dict[str, str]
) -> None:
    for number, route in enumerate(pages(app)):
        if "sign-out" in route.path:
            continue
        token = full[Role.MANAGER] if route.path.startswith("/staff") else ""
        # Every way on the pages that lead on; elsewhere one each, in turn.
        for elsewhere in ELSEWHERE if leads_on(route) else (ELSEWHERE[number % len(ELSEWHERE)],):
            query = dict.fromkeys(LEADS_ON, elsewhere)
            data = form_token(house, token) | query if route.method == "POST" else None
            reply = await browser.request(
                route.method, filled(route.path), headers=jar(house, token), params=query, data=data
            )
            assert not sends_away(reply), (route.name, elsewhere, dict(reply.headers))


def leads_on(route: Route) -> bool:
    return any(part in route.path for part in ("sign-in", "/staff/confirm", "/oidc/"))


@pytest.mark.parametrize("is_htmx", [True, False])
async def test_a_sign_in_leads_only_to_our_own_pages(
    house: House, browser: httpx.AsyncClient, full: dict[str, str], is_htmx: bool
) -> None:
    headers = jar(house) | ({"HX-Request": "true"} if is_htmx else {})
    for elsewhere in ELSEWHERE:
        typed = {"email": "manager@example.org", "password": "an invented long password", "next": elsewhere}
        reply = await browser.post("/staff/sign-in", headers=headers, data=form_token(house) | typed)
        assert reply.status_code < 400
        assert not sends_away(reply), elsewhere
        browser.cookies.clear()
        back = await browser.get("/staff/sign-in", headers=jar(house, full[Role.MANAGER]), params={"next": elsewhere})
        assert not sends_away(back), elsewhere


def test_the_look_for_redirects_sees_one() -> None:
    for where in (f"https://{EVIL}", f"//{EVIL}", f"/\\{EVIL}", f"/\t/{EVIL}", "javascript:alert(1)"):
        assert sends_away(httpx.Response(303, headers={"location": where}))
    assert not sends_away(httpx.Response(303, headers={"location": "/staff"}))


# Host header


async def test_a_made_up_host_is_in_no_page_and_no_header(
    app: Litestar, house: House, browser: httpx.AsyncClient, full: dict[str, str]
) -> None:
    forged = {"Host": EVIL, "X-Forwarded-Host": EVIL, "X-Host": EVIL, "Forwarded": f"host={EVIL}"}
    for route in pages(app):
        if route.method != "GET":
            continue
        reply = await browser.get(filled(route.path), headers=jar(house, full[Role.MANAGER]) | forged)
        assert EVIL not in reply.text + str(reply.headers), route.name


async def test_only_our_own_hosts_are_answered(house: House, redis: Redis) -> None:
    app = build(house, hosts=["testserver"], redis=redis)
    async with new_client(app) as browser:
        assert (await browser.get("/")).status_code == 200
        for host in (EVIL, f"testserver.{EVIL}", f"{EVIL}:443", "testserver@" + EVIL):
            assert (await browser.get("/", headers={"Host": host})).status_code == 400, host


# Response splitting


async def test_no_line_break_gets_into_a_header(
    app: Litestar, house: House, browser: httpx.AsyncClient, full: dict[str, str]
) -> None:
    for route in pages(app):
        if "sign-out" in route.path:
            continue
        token = full[Role.MANAGER]
        path = re.sub(r"\{\w+:str\}", "x%0d%0aSet-Cookie:%20stolen=1", route.path)
        data = form_token(house, token) | dict.fromkeys((*LEADS_ON, "day", "after", "postcode"), SPLIT)
        reply = await browser.request(
            route.method,
            filled(path),
            headers=jar(house, token),
            params=dict.fromkeys(("next", "after", "day", "discipline", "state"), SPLIT),
            data=data if route.method == "POST" else None,
        )
        told = [(name, value) for name, value in reply.headers.multi_items() if "\r" in value or "\n" in value]
        assert told == [], route.name
        assert "stolen" not in "".join(reply.headers.get_list("set-cookie")), route.name


# Forged forms


# Not forms: a machine proves itself another way. Whoever adds one names the test that nobody else is listened to.
PROVE_THEMSELVES = {
    "/advice/voicemail": "tests/advice_line/test_voicemail.py::test_what_is_not_signed_is_a_plain_401_and_makes_nothing",
    "/oidc/notice": "tests/accounts/test_federation.py::test_a_notice_that_is_not_one_ends_nothing",
    "/messages/callback/notify": "tests/notifications/test_callback_pages.py::test_nobody_else_is_listened_to",
}


def forms_of(app: Litestar) -> Iterator[tuple[str, str, bool]]:
    """Every address that may change something: (path, method, whether a form token is asked for)."""
    for route in app.routes:
        for handler in getattr(route, "route_handlers", ()):
            if isinstance(handler, HTTPRouteHandler):
                for method in handler.http_methods - {"GET", "HEAD", "OPTIONS"}:
                    yield route.path, method, handler.opt.get("csrf") is not False


def test_every_address_that_needs_no_form_token_says_how_it_is_safe_instead(app: Litestar) -> None:
    without = {path for path, _, asks in forms_of(app) if not asks}
    assert without <= set(PROVE_THEMSELVES), "Say in PROVE_THEMSELVES, and show in a test, how it knows who sends"
    assert [where for where in PROVE_THEMSELVES.values() if not has_test(where)] == []


FORGERIES = ("no token", "another visitor's", "another session's", "cut", "from another site", "from another origin")


@pytest.mark.parametrize("forgery", FORGERIES)
async def test_no_form_is_taken_that_is_not_ours(
    app: Litestar, house: House, browser: httpx.AsyncClient, full: dict[str, str], forgery: str
) -> None:
    token = full[Role.MANAGER]
    good = form_token(house, token)
    data, extra, cookie = forged(forgery, good, house, full)
    tried = 0
    for path, method, asks in forms_of(app):
        if asks:
            headers = {"Cookie": cookie or jar(house, token)["Cookie"], **extra}
            reply = await browser.request(method, filled(path), headers=headers, data=data)
            assert reply.status_code == 403, (path, forgery)
            tried += 1
    assert tried > 20


def forged(
    how: str, good: dict[str, str], house: House, full: dict[str, str]
) -> tuple[dict[str, str], dict[str, str], str]:
    """(body, headers, cookies) of one forgery."""
    match how:
        case "no token":
            return {"x": "1"}, {}, ""
        case "another visitor's":
            return good, {}, jar(house, full[Role.MANAGER])["Cookie"].replace(VISITOR, "w" * 43)
        case "another session's":
            return form_token(house, full[Role.TRIAGE]), {}, ""
        case "cut":
            return {FIELD: good[FIELD][:-1]}, {}, ""
        case "from another site":
            return good, {"Sec-Fetch-Site": "cross-site"}, ""
    return good, {"Origin": f"https://{EVIL}"}, ""


# Uploads


UPLOADS = (
    ("multipart/form-data; boundary=x", b'--x\r\nContent-Disposition: form-data; name="f"; filename="../../x.php"\r\n\r\n<?php\r\n--x--'),
    ("multipart/form-data", b"--\r\n"),
    ("application/json", b'{"__proto__": {}}'),
    ("application/xml", b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>'),
    ("application/x-www-form-urlencoded", b"a=" + b"x" * (1024 * 1024 + 1)),
    ("application/x-www-form-urlencoded", b"&".join(b"a%d=1" % n for n in range(600))),
)  # fmt: skip


@pytest.mark.parametrize("upload", UPLOADS, ids=lambda one: one[0][:30])
async def test_nothing_can_be_uploaded_where_forms_are_read(
    app: Litestar, house: House, browser: httpx.AsyncClient, full: dict[str, str], upload: tuple[str, bytes]
) -> None:
    """Whatever else is sent than a small form is refused before a page sees it, also a file where files are taken, when
    it comes without what it belongs to. What is wrong with files themselves, tests/core/storage/test_files.py tries."""
    kind, body = upload
    token = full[Role.MANAGER]
    for path, method, asks in forms_of(app):
        if not asks:
            continue
        headers = jar(house, token) | {"Content-Type": kind, "X-Form-Token": form_token(house, token)[FIELD]}
        reply = await browser.request(method, filled(path), headers=headers, content=body)
        # A family's page that is not open for this browser sends them to its door and reads nothing.
        is_refused = 400 <= reply.status_code < 500 or (reply.status_code == 303 and not path.startswith("/staff"))
        assert is_refused, (path, kind, reply.status_code)
        assert "root:" not in reply.text


# Methods and headers


async def test_no_other_method_does_anything(app: Litestar, house: House, browser: httpx.AsyncClient) -> None:
    for route in pages(app):
        for method in ("PUT", "DELETE", "PATCH", "TRACE", "CONNECT"):
            reply = await browser.request(method, filled(route.path), headers=jar(house))
            assert reply.status_code in (403, 404, 405), (method, route.name, reply.status_code)


async def test_every_page_carries_the_headers_that_keep_it_safe(
    app: Litestar, house: House, browser: httpx.AsyncClient, full: dict[str, str]
) -> None:
    for route in pages(app):
        if route.method == "GET" and not route.path.startswith(("/static", "/assets")):
            reply = await browser.get(filled(route.path), headers=jar(house, full[Role.MANAGER]))
            assert "default-src 'none'" in reply.headers["content-security-policy"], route.name
            assert reply.headers["x-content-type-options"] == "nosniff", route.name
            assert reply.headers["cache-control"] == "no-store", route.name
            assert "max-age=63072000" in reply.headers["strict-transport-security"], route.name

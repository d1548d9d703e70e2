"""The faults of the stack that touch these pages, each designed out and kept out (see the decisions in docs/)."""

import logging
from datetime import timedelta

import httpx
import pytest
from litestar import Litestar, _parsers
from redis.asyncio import Redis
from sqlalchemy.exc import DBAPIError

from core.domain.errors import TooManyTries
from core.web.csrf import FIELD
from core.web.errors import told_for
from core.web.house import House
from core.web.limits import Limit, Limits
from tests.conftest import new_client
from tests.support.visit import Visit

SECRET = "Zebedee Uncommon"


async def to_the_first_form(visit: Visit) -> str:
    """Any page with a form of the public side; returns where it posts to."""
    await visit.get("/advice/message/who")
    return "/advice/message/who"


async def test_form_bodies_are_not_kept_in_memory(visit: Visit) -> None:
    where = await to_the_first_form(visit)
    await visit.post(where, {"who": SECRET})
    assert _parsers.parse_url_encoded_form_data.cache_info().currsize == 0


async def test_an_anonymous_visit_writes_nothing_and_gets_no_cookie(visit: Visit, redis: Redis) -> None:
    reply = await visit.get("/")
    assert "set-cookie" not in reply.headers
    assert await redis.keys("*") == []


async def test_a_form_without_its_token_is_refused_with_a_page_that_helps(visit: Visit) -> None:
    where = await to_the_first_form(visit)
    reply = await visit.post(where, {"who": "parent", FIELD: ""})
    assert reply.status_code == 403
    assert "Go back and try again" in reply.text


async def test_a_token_of_another_visitor_is_refused(visit: Visit, app: Litestar) -> None:
    where = await to_the_first_form(visit)
    async with new_client(app) as stranger:
        stolen = Visit(stranger)
        await stolen.get(where)
        stolen._token = visit._token
        assert (await stolen.post(where, {"who": "parent"})).status_code == 403


@pytest.mark.parametrize(
    "headers",
    [{"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}],
)
async def test_a_form_sent_from_another_site_is_refused_even_with_a_token(
    visit: Visit, headers: dict[str, str]
) -> None:
    where = await to_the_first_form(visit)
    assert (await visit.post(where, {"who": "parent"}, headers=headers)).status_code == 403


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"who=%ff%fe", 400),
        (b"\xff\xfe=1", 400),
        (b"&".join(b"a=1" for _ in range(2000)), 400),
        (b"a=" + b"x" * (1024 * 1024 + 10), 413),
        (b"who=%00parent", 403),
    ],
)
async def test_bodies_nobody_types_get_a_clear_page(client: httpx.AsyncClient, body: bytes, status: int) -> None:
    reply = await client.post(
        "/advice/message/who", content=body, headers={"content-type": "application/x-www-form-urlencoded"}
    )
    assert reply.status_code == status
    assert "<h1" in reply.text


async def test_a_body_that_is_no_form_is_a_clear_page(client: httpx.AsyncClient) -> None:
    reply = await client.post("/advice/message/who", json={"who": "parent"})
    assert reply.status_code == 400
    assert reply.headers["content-type"].startswith("text/html")


async def test_an_unknown_address_gets_a_page_that_helps(client: httpx.AsyncClient) -> None:
    reply = await client.get("/no-such-page")
    assert reply.status_code == 404
    assert "Page not found" in reply.text
    assert "/contact" in reply.text


async def test_a_wrong_method_gets_a_page_and_says_what_is_allowed(visit: Visit) -> None:
    await to_the_first_form(visit)
    reply = await visit.post("/contact")
    assert reply.status_code == 405
    assert "Go back" in reply.text


async def test_probes_that_ask_with_head_are_answered(client: httpx.AsyncClient) -> None:
    reply = await client.head("/")
    assert (reply.status_code, reply.content) == (200, b"")


async def test_every_answer_carries_the_strict_policy(client: httpx.AsyncClient) -> None:
    for path in ("/", "/no-such-page", "/health/live"):
        reply = await client.get(path)
        policy = reply.headers["content-security-policy"]
        assert "unsafe" not in policy
        assert "default-src 'none'" in policy
        assert reply.headers["cache-control"] == "no-store"
        assert reply.headers["x-content-type-options"] == "nosniff"


async def test_pages_hold_no_inline_script_or_style(client: httpx.AsyncClient) -> None:
    for path in ("/", "/contact", "/refer", "/advice", "/clinics", "/sessions", "/staff/sign-in", "/no-such-page"):
        text = (await client.get(path)).text
        assert "<style" not in text
        assert " style=" not in text
        assert "<script>" not in text
        assert "onclick" not in text


async def test_hashed_assets_may_be_kept_for_ever_and_nothing_else(client: httpx.AsyncClient, house: House) -> None:
    reply = await client.get(house.templates.asset("frontdoor.css"))
    assert reply.status_code == 200
    assert "immutable" in reply.headers["cache-control"]
    assert (await client.get("/static/missing.css")).headers["cache-control"] == "no-store"


async def test_links_never_come_from_the_host_header(client: httpx.AsyncClient) -> None:
    reply = await client.get("/staff", headers={"Host": "evil.example"})
    assert "evil.example" not in str(reply.headers) + reply.text


async def test_log_lines_hold_no_form_query_cookie_or_token(visit: Visit, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    where = await to_the_first_form(visit)
    await visit.post(f"{where}?name={SECRET.replace(' ', '+')}", {"who": SECRET})
    await visit.get("/bookings/a-secret-token-of-a-family")
    # The test's own client logs what it asks for; the service must not.
    ours = [record for record in caplog.records if not record.name.startswith(("httpx", "httpcore"))]
    told = "\n".join(str(vars(record)) for record in ours)
    assert any(record.name == "frontdoor.requests" for record in ours)
    assert "Zebedee" not in told
    assert "a-secret-token" not in told
    assert visit.client.cookies["__Host-visitor"] not in told


LIMIT = Limit("test", allowed=2, window=timedelta(hours=1))


async def test_a_limit_counts_each_subject_and_each_kind_apart(redis: Redis) -> None:
    limits = Limits(redis, b"x")
    for _ in range(2):
        await limits.spend(LIMIT, "one")
    await limits.spend(LIMIT, "two")
    await limits.spend(Limit("other", 2, timedelta(hours=1)), "one")
    with pytest.raises(TooManyTries):
        await limits.spend(LIMIT, "one")


async def test_a_limit_holds_across_processes_and_is_told_to_forgive(redis: Redis) -> None:
    one, other = Limits(redis, b"x"), Limits(redis, b"x")
    await one.spend(LIMIT, "me")
    await other.spend(LIMIT, "me")
    with pytest.raises(TooManyTries):
        await one.spend(LIMIT, "me")
    await one.forgive(LIMIT, "me")
    await other.spend(LIMIT, "me")


async def test_a_limit_outlives_a_lost_redis() -> None:
    limits = Limits(Redis.from_url("redis://127.0.0.1:1", socket_connect_timeout=0.05), b"x")
    for _ in range(2):
        await limits.spend(LIMIT, "me")
    with pytest.raises(TooManyTries):
        await limits.spend(LIMIT, "me")


async def test_redis_never_learns_whom_a_limit_is_about(redis: Redis) -> None:
    await Limits(redis, b"x").spend(LIMIT, "ada@example.org")
    assert all(b"ada" not in key for key in await redis.keys("*"))


async def test_a_broken_origin_is_a_forged_form(visit: Visit) -> None:
    where = await to_the_first_form(visit)
    assert (await visit.post(where, {"who": "parent"}, headers={"Origin": "http://["})).status_code == 403


async def test_options_and_odd_cookies_break_nothing(client: httpx.AsyncClient) -> None:
    assert (await client.request("OPTIONS", "/staff")).status_code < 500
    for family in ("a." + "9" * 5000 + ".b", "a.1.\u00e9", "...", "_"):
        reply = await client.get("/bookings/nothing", headers={b"Cookie": f"__Host-family={family}".encode()})
        assert reply.status_code < 500


async def test_a_number_no_calendar_holds_is_a_wrong_date(visit: Visit) -> None:
    await visit.get("/referral-status")
    born = {"born-day": "9" * 30, "born-month": "1", "born-year": "2020"}
    assert (await visit.post("/referral-status", {"reference": "x", **born})).status_code == 422


class Passing(Exception):
    """What asyncpg raises, as SQLAlchemy hands it on."""

    def __init__(self, sqlstate: str) -> None:
        self.sqlstate = sqlstate


@pytest.mark.parametrize("sqlstate", ["40P01", "53300", "57P03", "08006"])
def test_a_database_that_is_busy_or_restarting_is_away_and_not_broken(sqlstate: str) -> None:
    assert told_for(DBAPIError("select", {}, Passing(sqlstate))).status == 503
    assert told_for(DBAPIError("select", {}, Passing("22P02"))).status == 500

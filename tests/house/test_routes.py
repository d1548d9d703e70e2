"""Promises about every address of the service."""

import re

import httpx
import pytest
from litestar import Litestar
from litestar.handlers import HTTPRouteHandler

from core.web.guards import Access, access_of, anyone, family, routes_without_access

FIXED = [
    "/", "/refer", "/referral-status", "/clinics", "/sessions", "/advice", "/contact", "/accessibility", "/privacy",
    "/cookies", "/staff", "/staff/sign-in", "/staff/triage", "/staff/clinics", "/staff/callbacks", "/staff/messages",
    "/health/live", "/health/ready", "/metrics",
]  # fmt: skip


def handlers(app: Litestar) -> list[tuple[str, HTTPRouteHandler, Access]]:
    """Every page: its path, its handler, and who may open it."""
    return [
        (route.path, handler, access)
        for route in app.routes
        for handler in getattr(route, "route_handlers", ())
        if isinstance(handler, HTTPRouteHandler) and (access := access_of(handler))
    ]


def concrete(path: str) -> str:
    """An address of this route that names nothing there is."""
    path = re.sub(r"\{\w+:uuid\}", "01900000-0000-7000-8000-000000000000", path)
    return re.sub(r"\{\w+:\w+\}", "nothing-like-this", path)


def test_every_route_says_who_may_open_it(app: Litestar) -> None:
    assert routes_without_access(app) == []
    assert len(handlers(app)) > 20


def test_the_addresses_people_know_are_all_there(app: Litestar) -> None:
    assert set(FIXED) <= {path for path, _, _ in handlers(app)}


def test_everything_under_staff_is_for_staff_but_the_way_in_and_out(app: Litestar) -> None:
    public = {path for path, _, access in handlers(app) if access in (anyone, family)}
    ways_in = {path for path in public if path == "/staff/sign-in" or path.startswith("/staff/sign-in/")}
    assert {path for path in public if path.startswith("/staff")} - ways_in == {"/staff/sign-out"}


async def test_no_staff_page_opens_for_a_visitor(app: Litestar, client: httpx.AsyncClient) -> None:
    for path, handler, access in handlers(app):
        if access not in (anyone, family) and "GET" in handler.http_methods:
            reply = await client.get(concrete(path))
            assert (reply.status_code, reply.headers["location"][:14]) == (303, "/staff/sign-in"), path


async def test_no_page_breaks_when_it_is_asked_for_nothing(app: Litestar, client: httpx.AsyncClient) -> None:
    for path, handler, _ in handlers(app):
        if "GET" in handler.http_methods:
            reply = await client.get(concrete(path))
            assert reply.status_code < 500 or path == "/health/ready", path


@pytest.mark.parametrize(
    "nonsense", ["/%00", "/refer/%ff", "/advice/../../etc/passwd", "/clinics/\u202e", "/?postcode=%00"]
)
async def test_odd_addresses_get_a_page(client: httpx.AsyncClient, nonsense: str) -> None:
    assert (await client.get(nonsense)).status_code < 500

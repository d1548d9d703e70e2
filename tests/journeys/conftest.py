"""A browser, and the service it looks at."""

import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from playwright.async_api import Browser, BrowserContext, async_playwright

from core.domain.clock import MovedClock
from tests.support.person import Person, new_person
from tests.support.servers import Servers
from tests.support.service import Service, running_service

_QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # A microphone that hums, and somebody who says yes to it.
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
)

NewPerson = Callable[..., Awaitable[Person]]


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    """Chromium: the machine's own, else Playwright's."""
    async with async_playwright() as playwright:
        own: Any = shutil.which("chromium")
        chromium = await playwright.chromium.launch(executable_path=own, args=list(_QUIET))
        yield chromium
        await chromium.close()


@pytest.fixture
async def service(template: Servers, clock: MovedClock) -> AsyncIterator[Service]:
    """The seeded service, Monday 23 November 2026 at 10:00 until the clock is moved."""
    async with running_service(template, clock) as running:
        yield running


@pytest.fixture(params=[True, False], ids=["with-javascript", "without-javascript"])
def javascript(request: pytest.FixtureRequest) -> bool:
    """Every story is told twice."""
    return bool(request.param)


@pytest.fixture
async def somebody(browser: Browser, service: Service, javascript: bool) -> AsyncIterator[NewPerson]:
    """`await somebody()`: one more person with a browser of their own; `width=320` for a small phone."""
    opened: list[BrowserContext] = []

    async def arrive(width: int = 1280) -> Person:
        context = await browser.new_context(java_script_enabled=javascript, viewport={"width": width, "height": 900})
        opened.append(context)
        return await new_person(context, service.address, javascript=javascript)

    yield arrive
    for context in opened:
        await context.close()


@pytest.fixture
async def colleague(somebody: NewPerson, service: Service) -> Callable[[str], Awaitable[Person]]:
    """`await colleague("eve")`: one of the demo staff, signed in."""

    async def sign_in(name: str) -> Person:
        person = await somebody()
        email, password = service.sign_in(name)
        await person.opens("/staff/sign-in")
        await person.fills("Email address", email)
        await person.page.locator("input[name=password]").fill(password)
        await person.presses("Sign in")
        return person

    return sign_in

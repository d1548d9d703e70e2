"""How colleagues come in: password, second step, passkey, invitation."""

from collections.abc import AsyncIterator
from typing import Any

import pyotp
import pytest
from playwright.async_api import Browser
from sqlmodel import col, select

from core.domain.clock import MovedClock
from notifications.models import Message
from tests.journeys.conftest import NewPerson
from tests.support.person import Person, new_person
from tests.support.servers import Servers
from tests.support.service import Service, running_service

SIGN_IN = "/staff/sign-in"


@pytest.fixture
async def strict_service(template: Servers, clock: MovedClock) -> AsyncIterator[Service]:
    """The seeded service as it runs for real: a second factor is demanded, and browsers make passkeys for its name."""
    async with running_service(template, clock, host="localhost", second_factor_required=True) as running:
        yield running


@pytest.fixture
async def newcomer(browser: Browser, strict_service: Service, javascript: bool) -> AsyncIterator[NewPerson]:
    """Somebody at a browser of their own, in front of the strict service."""
    opened: list[Any] = []

    async def arrive(width: int = 1280) -> Person:
        context = await browser.new_context(java_script_enabled=javascript, viewport={"width": width, "height": 900})
        opened.append(context)
        return await new_person(context, strict_service.address, javascript=javascript)

    yield arrive
    for context in opened:
        await context.close()


async def signs_in(person: Person, name: str, password: str = "") -> None:
    email, known = Service.sign_in(name)
    await person.fills("Email address", email)
    await person.page.locator("input[name=password]").fill(password or known)
    await person.presses("Sign in")


async def sets_up_app(person: Person, clock: MovedClock) -> pyotp.TOTP:
    await person.follows_button("Set up an app")
    await person.sees_heading("Set up an authenticator app")
    await person.page.get_by_text("I cannot use the camera").click()
    totp = pyotp.TOTP((await person.reads(".fd-key")).replace(" ", ""))
    assert await person.page.evaluate("document.querySelector('.fd-code').naturalWidth") > 0
    await person.fills("Code from the app", "000000")
    await person.continues()
    await person.is_told_what_is_wrong(
        "The code is not right, or it was used before. Wait for a new code and try again"
    )
    await person.fills("Code from the app", totp.at(clock.now()))
    await person.continues()
    clock.move_on(seconds=60)
    return totp


async def test_a_colleague_signs_in_and_out_and_is_told_what_is_wrong(somebody: NewPerson, service: Service) -> None:
    eve = await somebody(width=320)
    await eve.opens("/staff/triage")
    await eve.sees_heading("Sign in")
    await signs_in(eve, "eve", "not the password")
    await eve.is_told_what_is_wrong("The email address or password is not right. Check them and try again")
    await signs_in(eve, "eve")
    await eve.sees_heading("Triage")
    await eve.opens("/staff/account")
    await eve.sees_heading("Your account")
    await eve.sees("Only your password protects your account")
    await eve.opens("/staff/account/password")
    await eve.opens("/staff/sign-out")
    await eve.presses("Sign out")
    await eve.sees_heading("You have signed out")
    await eve.opens("/staff/account")
    await eve.sees_heading("Sign in")


async def test_a_second_step_is_set_up_at_the_first_sign_in_and_asked_for_at_the_next(
    newcomer: NewPerson, strict_service: Service, clock: MovedClock
) -> None:
    eve = await newcomer(width=320)
    await eve.opens("/staff/triage")
    await signs_in(eve, "eve")
    await eve.sees_heading("Protect your account")
    totp = await sets_up_app(eve, clock)
    await eve.sees("Your recovery codes", "You will not see them again.")
    spare = await eve.reads(".fd-codes li")
    await eve.follows_button("I have kept them")
    await eve.sees_heading("Triage")
    await eve.opens("/staff/sign-out")
    await eve.presses("Sign out")
    for code in (totp.at(clock.now()), spare):
        await signs_in(eve, "eve")
        await eve.sees_heading("Show that it is you")
        await eve.fills("Security code", "000000")
        await eve.continues()
        await eve.is_told_what_is_wrong(
            "The code is not right, or it was used before. Wait for a new code and try again"
        )
        await eve.fills("Security code", code)
        await eve.continues()
        await eve.sees_heading("Hello, Eve Example")
        await eve.opens("/staff/sign-out")
        await eve.presses("Sign out")


async def test_an_administrator_invites_a_colleague_who_joins_and_is_closed_again(
    newcomer: NewPerson, strict_service: Service, clock: MovedClock
) -> None:
    ivo, nia = await newcomer(), await newcomer(width=320)
    await ivo.opens("/staff/accounts")
    await signs_in(ivo, "ivo")
    await sets_up_app(ivo, clock)
    await ivo.opens("/staff/accounts")
    await ivo.follows_button("Invite a colleague")
    await ivo.presses("Send the invitation")
    await ivo.is_told_what_is_wrong("Enter their name")
    await ivo.fills("Full name", "Nia Example")
    await ivo.fills("Work email address", "nia@example.org")
    await ivo.chooses("Therapist", "Speech and language therapy")
    await ivo.presses("Send the invitation")
    await ivo.sees("The invitation is on its way", "nia@example.org")
    await strict_service.worker_runs()
    await nia.opens(await link_for(strict_service, "nia@example.org"))
    await nia.sees_heading("Welcome, Nia Example")
    await nia.page.locator("input[name=password]").fill("password1234")
    await nia.continues()
    await nia.sees_heading("Welcome, Nia Example")
    await nia.page.locator("input[name=password]").fill("gull teapot gravel")
    await nia.continues()
    await sets_up_app(nia, clock)
    await nia.follows_button("I have kept them")
    await nia.sees_heading("Hello, Nia Example")
    await ivo.opens("/staff/accounts?q=nia")
    await ivo.follows("Nia Example")
    await ivo.follows("Close the account")
    await ivo.presses("Close the account")
    await ivo.sees("The account is closed.")
    await nia.opens("/staff/callbacks")
    await nia.sees_heading("Sign in")


async def test_a_forgotten_password_is_replaced_through_a_link(
    newcomer: NewPerson, strict_service: Service, clock: MovedClock
) -> None:
    eve = await newcomer(width=320)
    await eve.opens(SIGN_IN)
    await eve.follows("I have forgotten my password")
    await eve.fills("Email address", "eve@example.org")
    await eve.presses("Send me a link")
    await eve.sees_heading("Check your email")
    await strict_service.worker_runs()
    await eve.opens(await link_for(strict_service, "eve@example.org"))
    await eve.page.locator("input[name=password]").fill("gull teapot gravel")
    await eve.continues()
    await eve.sees_heading("Sign in with your new password")
    await signs_in(eve, "eve", "gull teapot gravel")
    await eve.sees_heading("Protect your account")


@pytest.mark.parametrize("javascript", [True], ids=["with-javascript"])
async def test_a_passkey_is_made_in_the_browser_and_signs_in_by_itself(
    newcomer: NewPerson, strict_service: Service, clock: MovedClock
) -> None:
    eve = await newcomer()
    await has_fingerprint_reader(eve)
    await eve.opens(SIGN_IN)
    await signs_in(eve, "eve")
    await eve.follows_button("Set up a passkey")
    await eve.fills("Name of the passkey", "Work laptop")
    await eve.presses("Set up the passkey")
    await eve.sees("Your recovery codes")
    await eve.follows_button("I have kept them")
    await eve.opens("/staff/account")
    await eve.sees("Work laptop")
    await eve.opens("/staff/sign-out")
    await eve.presses("Sign out")
    await signs_in(eve, "eve")
    await eve.presses("Use my passkey")
    await eve.sees_heading("Hello, Eve Example")
    await eve.opens("/staff/sign-out")
    await eve.presses("Sign out")
    await eve.follows("Sign in with a passkey")
    await eve.presses("Use my passkey")
    await eve.sees_heading("Hello, Eve Example")
    clock.move_on(minutes=10)
    await eve.opens("/staff/account")
    clock.move_on(minutes=10)
    await eve.opens("/staff/account/passkey")
    await eve.sees_heading("Show that it is still you")
    await eve.presses("Use my passkey")
    await eve.sees_heading("Set up a passkey")
    await eve.opens("/staff/account")
    await eve.follows("Work laptop")
    await eve.sees("Remove this passkey")


async def has_fingerprint_reader(person: Person) -> None:
    """Chromium's own virtual authenticator, which says that its owner touched it."""
    devtools = await person.page.context.new_cdp_session(person.page)
    await devtools.send("WebAuthn.enable")
    kind = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    await devtools.send("WebAuthn.addVirtualAuthenticator", {"options": kind})


async def link_for(service: Service, email: str) -> str:
    """The link in the newest e-mail to this address."""
    async with service.house.db.transaction() as session:
        letters = await session.exec(select(Message).order_by(col(Message.id).desc()))
        letter = next(one for one in letters if one.address == email)
    return next(word for word in letter.body.split() if "/staff/sign-in/" in word)

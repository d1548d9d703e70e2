"""Signing in and out, and the home page of staff."""

from typing import ClassVar
from uuid import UUID

from litestar import Controller, get, post

from accounts import (
    account_pages,
    arrivals,
    doorway,
    link_pages,
    own_factor_pages,
    own_pages,
    passkeys,
    queries,
    rules,
    second_factor_pages,
    service,
)
from accounts.doorway import HOME, SIGN_IN_PAGE, actor_of_request, give, presented, wanted_of
from accounts.federation_pages import leave_there_too
from accounts.forms import NOT_RIGHT, PASSKEY_NOT_RIGHT, SIGN_IN
from accounts.words import Factor
from core.storage.session import Session
from core.web.bodies import PageRequest, first, read_body, read_form
from core.web.csrf import STAFF_COOKIE
from core.web.forms import Form
from core.web.guards import anyone, staff
from core.web.house import House, InHouse
from core.web.replies import Page, page, see

PASSKEY_PAGE = f"{SIGN_IN_PAGE}/passkey"


class SignInPages(Controller):
    """In and out. Open to anyone: whoever is not known yet must be able to come in, and a session that has run out
    must not stop anyone from leaving."""

    include_in_schema = False
    guards: ClassVar = [anyone]  # type: ignore[misc]

    @get(SIGN_IN_PAGE)
    async def ask(self, request: PageRequest, house: InHouse) -> Page:
        """E-mail address and password; whoever is signed in goes on at once."""
        wanted = await wanted_of(request)
        if actor_of_request(request).is_staff:
            return see(request, wanted)
        return _sign_in_page(request, house, Form.blank(SIGN_IN), wanted)

    @post(SIGN_IN_PAGE, status_code=200)
    async def sign_in(self, request: PageRequest, house: InHouse) -> Page:
        """Begins a new session, whatever cookie was presented, or leads to the second factor."""
        wanted = await wanted_of(request)
        form = await read_form(request, house, SIGN_IN)
        if form.answers is None:
            return _sign_in_page(request, house, form, wanted)
        email, password = str(form.answers["email"]), str(form.answers["password"])
        reply = await _try(request, house, email, password, wanted)
        return reply or _sign_in_page(request, house, form.refuse("email", NOT_RIGHT), wanted)

    @get(PASSKEY_PAGE)
    async def ask_passkey(self, request: PageRequest, house: InHouse) -> Page:
        """A passkey opens by itself: it is something one has, unlocked by something one is or knows."""
        wanted = await wanted_of(request)
        if actor_of_request(request).is_staff:
            return see(request, wanted)
        return await _passkey_page(request, house, wanted)

    @post(PASSKEY_PAGE, status_code=200)
    async def show_passkey(self, request: PageRequest, house: InHouse) -> Page:
        """Begins a session for whoever has shown their passkey."""
        wanted, answer = await wanted_of(request), first(await read_body(request), "answer")
        await doorway.spend_address(request, house)
        site, now = doorway.site_of(request, house), house.clock.now()
        try:
            async with house.db.transaction() as session:
                staff_id = await passkeys.show_passkey(session, site, None, answer, now)
                reply = see(request, wanted)
                return await doorway.come_in(session, request, house, staff_id, Factor.PASSKEY, reply)
        except passkeys.Refused:
            async with house.db.transaction() as session:
                service.note_refused_sign_in(session, None, now)
            return await _passkey_page(request, house, wanted, wrong=PASSKEY_NOT_RIGHT)

    @get("/staff/sign-out")
    async def ask_sign_out(self, request: PageRequest, house: InHouse) -> Page:
        """A page with a button: following a link never signs anyone out."""
        if not actor_of_request(request).is_staff:
            return see(request, SIGN_IN_PAGE)
        return page(request, house, "accounts/sign_out.html")

    @post("/staff/sign-out", status_code=200)
    async def sign_out(self, request: PageRequest, house: InHouse) -> Page:
        """Ends the session for good and takes the cookie back; where it began elsewhere, leads on to end it there."""
        token = presented(request, house)
        elsewhere = await leave_there_too(request, house, token)
        if token:
            async with house.db.transaction() as session:
                await service.sign_out(session, token, house.clock.now())
        return give(elsewhere or see(request, f"{SIGN_IN_PAGE}?signed-out=1"), house, STAFF_COOKIE, "")


class StaffHome(Controller):
    """Where everybody on the staff side begins."""

    include_in_schema = False
    guards: ClassVar = [staff()]  # type: ignore[misc]

    @get(HOME)
    async def home(self, request: PageRequest, house: InHouse) -> Page:
        """What needs this person now, and the parts of the service they work in."""
        actor = actor_of_request(request)
        async with house.db.transaction() as session:
            needs = await queries.needs_of(session, request.app.state.needs_me, actor, house.clock.now())
        return page(request, house, "accounts/home.html", needs=needs, cards=rules.cards_for(actor.rights))


async def _try(request: PageRequest, house: House, email: str, password: str, wanted: str) -> Page | None:
    """The way on; None when the e-mail address or the password is wrong. Raises TooManyTries."""
    await doorway.spend_address(request, house)
    fingerprint, now = service.email_fingerprint(email), house.clock.now()
    async with house.db.transaction() as session:
        token = presented(request, house, doorway.DEVICE_COOKIE)
        device = await arrivals.known_device(session, token, now, email_fingerprint=fingerprint)
        subject = await arrivals.count_try(session, email, device, now)
        secret = await service.secret_of(session, email)
    # Between the transactions: a slow hash must not keep a connection waiting.
    fits = await service.password_fits(secret, password)
    async with house.db.transaction() as session:
        if secret.staff_id is None or not fits:
            service.note_refused_sign_in(session, secret.staff_id, now)
            return None
        await arrivals.forgive(session, subject)
        return await _let_in(request, house, session, secret.staff_id, password, wanted)


async def _let_in(
    request: PageRequest, house: House, session: Session, staff_id: UUID, password: str, wanted: str
) -> Page:
    await service.renew_hash(session, staff_id, password)
    return await doorway.after_password(session, request, house, staff_id, wanted)


def _sign_in_page(request: PageRequest, house: House, form: Form, wanted: str) -> Page:
    status = 422 if form.errors else 200
    context = {
        "form": form,
        "wanted": wanted,
        "signed_out": "signed-out" in request.query_params and not form.errors,
        "new_password": "new-password" in request.query_params and not form.errors,
        "passkeys": doorway.site_of(request, house).has_passkeys,
    }
    return page(request, house, "accounts/sign_in.html", status=status, **context)


async def _passkey_page(request: PageRequest, house: House, wanted: str, wrong: str = "") -> Page:
    site = doorway.site_of(request, house)
    async with house.db.transaction() as session:
        options = await passkeys.options_to_show(session, site, None, house.clock.now())
    return page(
        request,
        house,
        "accounts/passkey_sign_in.html",
        status=422 if wrong else 200,
        options=options,
        wanted=wanted,
        wrong=wrong,
    )


HANDLERS = [
    SignInPages,
    *second_factor_pages.HANDLERS,
    *link_pages.HANDLERS,
    StaffHome,
    *own_pages.HANDLERS,
    *own_factor_pages.HANDLERS,
    *account_pages.HANDLERS,
]

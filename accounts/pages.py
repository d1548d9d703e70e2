"""Signing in and out, and the home page of staff."""

from datetime import timedelta
from typing import ClassVar

from litestar import Controller, get, post

from accounts import queries, rules, service
from accounts.forms import NOT_RIGHT, SIGN_IN
from core.domain.identity import Actor
from core.web.bodies import PageRequest, first, read_body, read_form
from core.web.csrf import STAFF_COOKIE
from core.web.forms import Form
from core.web.guards import anyone, staff
from core.web.house import House, InHouse
from core.web.limits import Limit
from core.web.replies import Page, local, page, see
from core.web.visitors import cookie_name, secure_cookie

HOME = "/staff"
SIGN_IN_PAGE = "/staff/sign-in"
TRIES = Limit("sign-in", allowed=10, window=timedelta(minutes=15))
# A whole trust may share one address, so this is wide; it only stops someone walking through a list of colleagues.
TRIES_FROM_ONE_ADDRESS = Limit("sign-in-address", allowed=300, window=timedelta(minutes=15))


class SignInPages(Controller):
    """In and out. Open to anyone: whoever is not known yet must be able to come in, and a session that has run out
    must not stop anyone from leaving."""

    include_in_schema = False
    guards: ClassVar = [anyone]  # type: ignore[misc]

    @get(SIGN_IN_PAGE)
    async def ask(self, request: PageRequest, house: InHouse) -> Page:
        """E-mail address and password; whoever is signed in goes on at once."""
        wanted = staff_address(request.query_params.get("next", ""))
        if _actor(request).is_staff:
            return see(request, wanted)
        return _sign_in_page(request, house, Form.blank(SIGN_IN), wanted)

    @post(SIGN_IN_PAGE, status_code=200)
    async def sign_in(self, request: PageRequest, house: InHouse) -> Page:
        """Begins a new session, whatever cookie was presented, and leads to the page that was wanted."""
        wanted = staff_address(first(await read_body(request), "next"))
        form = await read_form(request, house, SIGN_IN)
        if form.answers is None:
            return _sign_in_page(request, house, form, wanted)
        token = await _try(request, house, str(form.answers["email"]), str(form.answers["password"]))
        if token is None:
            return _sign_in_page(request, house, form.refuse("email", NOT_RIGHT), wanted)
        return _with_cookie(see(request, wanted), house, token, max_age=None)

    @get("/staff/sign-out")
    async def ask_sign_out(self, request: PageRequest, house: InHouse) -> Page:
        """A page with a button: following a link never signs anyone out."""
        if not _actor(request).is_staff:
            return see(request, SIGN_IN_PAGE)
        return page(request, house, "accounts/sign_out.html")

    @post("/staff/sign-out", status_code=200)
    async def sign_out(self, request: PageRequest, house: InHouse) -> Page:
        """Ends the session for good and takes the cookie back."""
        if token := _presented(request, house):
            async with house.db.transaction() as session:
                await service.sign_out(session, token, house.clock.now())
        return _with_cookie(see(request, f"{SIGN_IN_PAGE}?signed-out=1"), house, "", max_age=0)


class StaffHome(Controller):
    """Where everybody on the staff side begins."""

    include_in_schema = False
    guards: ClassVar = [staff()]  # type: ignore[misc]

    @get(HOME)
    async def home(self, request: PageRequest, house: InHouse) -> Page:
        """What needs this person now, and the parts of the service they work in."""
        actor = _actor(request)
        async with house.db.transaction() as session:
            needs = await queries.needs_of(session, request.app.state.needs_me, actor, house.clock.now())
        return page(request, house, "accounts/home.html", needs=needs, cards=rules.cards_for(actor.rights))


def staff_address(wanted: str) -> str:
    """Where a sign-in may lead: a page of the staff side of this site, else its home."""
    # Looked at before `local` takes it apart: what is no address at all must not get that far.
    ours = wanted.startswith(f"{HOME}/") and not wanted.startswith((SIGN_IN_PAGE, f"{HOME}/sign-out"))
    return local(wanted, HOME) if ours else HOME


async def _try(request: PageRequest, house: House, email: str, password: str) -> str | None:
    """The token of a new session; None when the e-mail address or the password is wrong. Raises TooManyTries."""
    await house.limits.spend(TRIES_FROM_ONE_ADDRESS, request.client.host if request.client else "unknown")
    await house.limits.spend(TRIES, email.lower())
    async with house.db.transaction() as session:
        secret = await service.secret_of(session, email)
    # Between the transactions: a slow hash must not keep a connection waiting.
    fits = await service.password_fits(secret, password)
    async with house.db.transaction() as session:
        if secret.staff_id is None or not fits:
            service.note_refused_sign_in(session, secret.staff_id, house.clock.now())
            return None
        presented = _presented(request, house)
        token = await service.sign_in(session, secret.staff_id, password, presented, house.clock.now())
    await house.limits.forgive(TRIES, email.lower())
    return token


def _sign_in_page(request: PageRequest, house: House, form: Form, wanted: str) -> Page:
    status = 422 if form.errors else 200
    signed_out = "signed-out" in request.query_params and not form.errors
    context = {"form": form, "wanted": wanted, "signed_out": signed_out}
    return page(request, house, "accounts/sign_in.html", status=status, **context)


def _with_cookie(reply: Page, house: House, token: str, max_age: int | None) -> Page:
    reply.headers["Set-Cookie"] = secure_cookie(STAFF_COOKIE, token, house, max_age=max_age)
    return reply


def _presented(request: PageRequest, house: House) -> str:
    return request.cookies.get(cookie_name(STAFF_COOKIE, house), "")


def _actor(request: PageRequest) -> Actor:
    actor: Actor = request.scope["user"]
    return actor


HANDLERS = [SignInPages, StaffHome]

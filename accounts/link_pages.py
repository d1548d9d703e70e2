"""What the links in e-mails to colleagues open: an invitation, and a new password for whoever forgot theirs."""

from datetime import timedelta
from typing import ClassVar

from litestar import Controller, get, post
from litestar.params import FromPath

from accounts import doorway, links
from accounts.doorway import HOME, SIGN_IN_PAGE
from accounts.forms import FORGOTTEN, NEW_PASSWORD
from accounts.models import StaffAccount
from accounts.words import LinkKind
from core.domain.errors import NotFound
from core.web.bodies import PageRequest, read_form
from core.web.forms import Form
from core.web.guards import anyone
from core.web.house import House, InHouse
from core.web.limits import Limit
from core.web.replies import Page, page, see

FORGOTTEN_PAGE = f"{SIGN_IN_PAGE}/forgotten"
_ASKS = Limit("new-password", allowed=3, window=timedelta(hours=1))


class ForgottenPages(Controller):
    """For whoever forgot the password. Nobody learns here who has an account."""

    include_in_schema = False
    guards: ClassVar = [anyone]  # type: ignore[misc]

    @get(FORGOTTEN_PAGE)
    async def ask(self, request: PageRequest, house: InHouse) -> Page:
        """The e-mail address."""
        return page(request, house, "accounts/forgotten.html", form=Form.blank(FORGOTTEN))

    @post(FORGOTTEN_PAGE, status_code=200)
    async def send(self, request: PageRequest, house: InHouse) -> Page:
        """Always the same answer after the same work; a worker finds out whether there is anybody to write to."""
        form = await read_form(request, house, FORGOTTEN)
        if form.answers is None:
            return page(request, house, "accounts/forgotten.html", status=422, form=form)
        await doorway.spend_address(request, house)
        email = str(form.answers["email"])
        await house.limits.spend(_ASKS, email.lower())
        async with house.db.transaction() as session:
            await links.ask_new_password(session, email, house.clock.now())
        return see(request, f"{FORGOTTEN_PAGE}/sent")

    @get(f"{FORGOTTEN_PAGE}/sent")
    async def sent(self, request: PageRequest, house: InHouse) -> Page:
        """What to do now."""
        return page(request, house, "accounts/forgotten_sent.html", minutes=30)


class LinkPages(Controller):
    """Open to whoever holds the secret of a link, once and for a while."""

    include_in_schema = False
    guards: ClassVar = [anyone]  # type: ignore[misc]

    @get(f"{SIGN_IN_PAGE}/invitation/{{token:str}}")
    async def invitation(self, request: PageRequest, house: InHouse, token: FromPath[str]) -> Page:
        """Welcome, and a password to choose."""
        who = await _holder(house, LinkKind.INVITATION, token)
        return _password_page(request, house, Form.blank(NEW_PASSWORD), who, is_new=True)

    @post(f"{SIGN_IN_PAGE}/invitation/{{token:str}}", status_code=200)
    async def join(self, request: PageRequest, house: InHouse, token: FromPath[str]) -> Page:
        """Opens the account and goes on to the second factor."""
        who, form = await _holder(house, LinkKind.INVITATION, token), await read_form(request, house, NEW_PASSWORD)
        if form.answers is None:
            return _password_page(request, house, form, who, is_new=True)
        password, service = str(form.answers["password"]), house.profile.service
        try:
            async with house.db.transaction() as session:
                staff_id = await links.join(session, token, password, service, house.clock.now())
                return await doorway.after_password(session, request, house, staff_id, HOME)
        except ValueError as wrong:
            return _password_page(request, house, form.refuse("password", str(wrong)), who, is_new=True)

    @get(f"{SIGN_IN_PAGE}/new-password/{{token:str}}")
    async def new_password(self, request: PageRequest, house: InHouse, token: FromPath[str]) -> Page:
        """A password to choose."""
        who = await _holder(house, LinkKind.NEW_PASSWORD, token)
        return _password_page(request, house, Form.blank(NEW_PASSWORD), who, is_new=False)

    @post(f"{SIGN_IN_PAGE}/new-password/{{token:str}}", status_code=200)
    async def choose(self, request: PageRequest, house: InHouse, token: FromPath[str]) -> Page:
        """Changes the password; signing in with it, second factor included, is a step of its own."""
        who, form = await _holder(house, LinkKind.NEW_PASSWORD, token), await read_form(request, house, NEW_PASSWORD)
        if form.answers is None:
            return _password_page(request, house, form, who, is_new=False)
        password, service = str(form.answers["password"]), house.profile.service
        try:
            async with house.db.transaction() as session:
                await links.choose_new_password(session, token, password, service, house.clock.now())
        except ValueError as wrong:
            return _password_page(request, house, form.refuse("password", str(wrong)), who, is_new=False)
        return see(request, f"{SIGN_IN_PAGE}?new-password=1")


async def _holder(house: House, kind: LinkKind, token: str) -> StaffAccount:
    async with house.db.transaction() as session:
        account = await links.holder_of(session, kind, token, house.clock.now())
    if account is None:
        raise NotFound("no such link")
    return account


def _password_page(request: PageRequest, house: House, form: Form, who: StaffAccount, *, is_new: bool) -> Page:
    status = 422 if form.errors else 200
    context = {"form": form, "name": who.name, "email": who.email, "is_new": is_new}
    return page(request, house, "accounts/new_password.html", status=status, **context)


HANDLERS = [ForgottenPages, LinkPages]

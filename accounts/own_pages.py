"""One's own account: sessions, password, second factors, and showing again who one is."""

from typing import Any, ClassVar
from uuid import UUID

from litestar import Controller, get, post
from litestar.params import FromPath

from accounts import arrivals, doorway, factors, links, passkeys, service, sessions
from accounts.doorway import ACCOUNT, actor_of_request, go_on, me, presented, wanted_of
from accounts.forms import (
    CHANGE_PASSWORD,
    CODE,
    CODE_NOT_RIGHT,
    CONFIRM_PASSWORD,
    PASSKEY_NOT_RIGHT,
    PASSWORD_NOT_RIGHT,
)
from accounts.words import Factor, StaffView
from core.web.bodies import PageRequest, first, read_body, read_form
from core.web.forms import Form
from core.web.guards import staff
from core.web.house import House, InHouse
from core.web.replies import Page, page, see

CONFIRM = doorway.CONFIRM_PAGE


class OwnPages(Controller):
    """Everybody's own account and nobody else's: no address here names a person."""

    include_in_schema = False
    guards: ClassVar = [staff()]  # type: ignore[misc]

    @get(ACCOUNT)
    async def show(self, request: PageRequest, house: InHouse) -> Page:
        """What is set up, and where one is signed in."""
        now, token = house.clock.now(), presented(request, house)
        async with house.db.transaction() as session:
            who = await me(session, request)
            known = await factors.factors_of(session, who.id)
            open_now = await sessions.open_sessions(session, who.id, token, now)
            keys = await passkeys.passkeys_of(session, who.id)
        context: dict[str, Any] = {"who": who, "factors": known, "sessions": open_now, "passkeys": keys}
        possible = doorway.site_of(request, house).has_passkeys
        done = request.query_params.get("done", "")
        return page(request, house, "accounts/account.html", may_have_passkeys=possible, done=done, **context)

    @post(f"{ACCOUNT}/sessions/{{session_id:uuid}}/end", status_code=200)
    async def end_one(self, request: PageRequest, house: InHouse, session_id: FromPath[UUID]) -> Page:
        """Signs out one other browser."""
        async with house.db.transaction() as session:
            await sessions.end_one(session, actor_of_request(request), session_id, house.clock.now())
        return see(request, f"{ACCOUNT}?done=session")

    @post(f"{ACCOUNT}/sessions/end-others", status_code=200)
    async def end_others(self, request: PageRequest, house: InHouse) -> Page:
        """Signs out everywhere but here."""
        actor, token = actor_of_request(request), presented(request, house)
        async with house.db.transaction() as session:
            await sessions.end_others(session, actor, token, house.clock.now())
        return see(request, f"{ACCOUNT}?done=sessions")

    @get(f"{ACCOUNT}/password")
    async def ask_password(self, request: PageRequest, house: InHouse) -> Page:
        """The password now, and a new one."""
        return page(request, house, "accounts/password.html", form=Form.blank(CHANGE_PASSWORD))

    @post(f"{ACCOUNT}/password", status_code=200)
    async def change_password(self, request: PageRequest, house: InHouse) -> Page:
        """Other sessions end, this one goes on."""
        form = await read_form(request, house, CHANGE_PASSWORD)
        if form.answers is not None:
            form = await _change_password(request, house, form)
        if form.errors:
            return page(request, house, "accounts/password.html", status=422, form=form)
        return see(request, f"{ACCOUNT}?done=password")

    @get(CONFIRM)
    async def ask_again(self, request: PageRequest, house: InHouse) -> Page:
        """Before something that matters."""
        return await _confirm_page(request, house)

    @post(CONFIRM, status_code=200)
    async def confirm(self, request: PageRequest, house: InHouse) -> Page:
        """The session goes on under a new token."""
        async with house.db.transaction() as session:
            who = await me(session, request)
            known = await factors.factors_of(session, who.id)
        form = await read_form(request, house, CODE if known.app or known.passkeys else CONFIRM_PASSWORD)
        if form.answers is None:
            return await _confirm_page(request, house, form)
        subject = await doorway.count_code_try(request, house, who.id)
        factor = await _shown(house, who, form)
        if factor is None:
            wrong = ("code", CODE_NOT_RIGHT) if known.any else ("password", PASSWORD_NOT_RIGHT)
            return await _confirm_page(request, house, form.refuse(*wrong))
        async with house.db.transaction() as session:
            await arrivals.forgive(session, subject)
            return await go_on(session, request, house, factor, await wanted_of(request))

    @post(f"{CONFIRM}/passkey", status_code=200)
    async def confirm_passkey(self, request: PageRequest, house: InHouse) -> Page:
        """The same with a passkey."""
        answer, site = first(await read_body(request), "answer"), doorway.site_of(request, house)
        try:
            async with house.db.transaction() as session:
                who = actor_of_request(request).id
                await passkeys.show_passkey(session, site, who, answer, house.clock.now())
                return await go_on(session, request, house, Factor.PASSKEY, await wanted_of(request))
        except passkeys.Refused:
            return await _confirm_page(request, house, wrong=PASSKEY_NOT_RIGHT)


async def _change_password(request: PageRequest, house: House, form: Form) -> Form:
    """The form with what is wrong with it; without errors when the password was changed."""
    answers, now = form.answers or {}, house.clock.now()
    async with house.db.transaction() as session:
        who = await me(session, request)
    if not await _fits(request, house, who, str(answers["current"])):
        return form.refuse("current", PASSWORD_NOT_RIGHT)
    actor, token, name = actor_of_request(request), presented(request, house), house.profile.service
    try:
        async with house.db.transaction() as session:
            await links.change_password(session, actor, str(answers["password"]), name, token, now)
    except ValueError as wrong:
        return form.refuse("password", str(wrong))
    return form


async def _fits(request: PageRequest, house: House, who: StaffView, password: str) -> bool:
    subject = await doorway.count_code_try(request, house, who.id)
    async with house.db.transaction() as session:
        secret = await service.secret_of(session, who.email)
    if not await service.password_fits(secret, password):
        return False
    async with house.db.transaction() as session:
        await arrivals.forgive(session, subject)
    return True


async def _shown(house: House, who: StaffView, form: Form) -> Factor | None:
    answers, now = form.answers or {}, house.clock.now()
    async with house.db.transaction() as session:
        if "code" in answers:
            return await factors.take_code(session, who.id, str(answers["code"]), now)
        secret = await service.secret_of(session, who.email)
    return Factor.NONE if await service.password_fits(secret, str(answers["password"])) else None


async def _confirm_page(request: PageRequest, house: House, form: Form | None = None, wrong: str = "") -> Page:
    site, now = doorway.site_of(request, house), house.clock.now()
    async with house.db.transaction() as session:
        who = await me(session, request)
        known = await factors.factors_of(session, who.id)
        shows = known.passkeys and site.has_passkeys
        options = await passkeys.options_to_show(session, site, who.id, now) if shows else ""
    form = form or Form.blank(CODE if known.any else CONFIRM_PASSWORD)
    status, wanted = 422 if form.errors or wrong else 200, await wanted_of(request)
    context = {"form": form, "options": options, "wrong": wrong, "wanted": wanted}
    return page(request, house, "accounts/confirm.html", status=status, **context)


HANDLERS = [OwnPages]

"""One's own second factors: an app, passkeys, recovery codes."""

from typing import ClassVar
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.params import FromPath

from accounts import arrivals, doorway, enrolment, factors, passkeys
from accounts.doorway import ACCOUNT, actor_of_request, go_on, me
from accounts.forms import PASSKEY_NAME, PASSKEY_NOT_RIGHT
from accounts.words import Factor
from core.domain.identity import Actor
from core.storage.session import Session
from core.web.bodies import PageRequest, read_form
from core.web.forms import Form
from core.web.guards import lately_proved, staff
from core.web.house import House, InHouse
from core.web.replies import Page, page, see


class OwnFactorPages(Controller):
    """Second factors change only right after their owner has shown who they are."""

    include_in_schema = False
    guards: ClassVar = [staff(), lately_proved]  # type: ignore[misc]

    @get(f"{ACCOUNT}/authenticator")
    async def show_app(self, request: PageRequest, house: InHouse) -> Page:
        """A new app, in place of an earlier one."""
        async with house.db.transaction() as session:
            who = await me(session, request)
        return await enrolment.app_page(request, house, who, ACCOUNT, ACCOUNT)

    @get(f"{ACCOUNT}/authenticator/picture")
    async def picture(self, request: PageRequest, house: InHouse) -> Response[bytes]:
        """What the phone's camera reads."""
        async with house.db.transaction() as session:
            who = await me(session, request)
        return await enrolment.app_picture(house, who)

    @post(f"{ACCOUNT}/authenticator", status_code=200)
    async def confirm_app(self, request: PageRequest, house: InHouse) -> Page:
        """Takes the app into use."""
        form = await read_form(request, house, enrolment.APP_CODE)
        async with house.db.transaction() as session:
            who = await me(session, request)
        subject = await doorway.count_code_try(request, house, who.id)
        async with house.db.transaction() as session:
            if await enrolment.confirms_app(session, house, who, form):
                await arrivals.forgive(session, subject)
                return await _added(session, request, house, Factor.APP)
        return await enrolment.app_page(request, house, who, ACCOUNT, ACCOUNT, form)

    @post(f"{ACCOUNT}/authenticator/remove", status_code=200)
    async def remove_app(self, request: PageRequest, house: InHouse) -> Page:
        """409 when it is the last second factor and the service demands one."""
        actor = actor_of_request(request)
        async with house.db.transaction() as session:
            await _check_may_go(session, house, actor, Factor.APP)
            await factors.remove_app(session, actor, house.clock.now())
        return see(request, f"{ACCOUNT}?done=removed")

    @post(f"{ACCOUNT}/recovery-codes", status_code=200)
    async def new_codes(self, request: PageRequest, house: InHouse) -> Page:
        """Ten new codes, shown once."""
        async with house.db.transaction() as session:
            codes = await factors.new_recovery_codes(session, actor_of_request(request), house.clock.now())
        return page(request, house, "accounts/recovery_codes.html", codes=codes, onward=ACCOUNT, is_new=False)

    @get(f"{ACCOUNT}/passkey")
    async def show_passkey(self, request: PageRequest, house: InHouse) -> Page:
        """A name and the browser's own question."""
        async with house.db.transaction() as session:
            who = await me(session, request)
        return await enrolment.passkey_page(request, house, who, ACCOUNT, ACCOUNT)

    @post(f"{ACCOUNT}/passkey", status_code=200)
    async def add_passkey(self, request: PageRequest, house: InHouse) -> Page:
        """Keeps the public key under its name."""
        form = await read_form(request, house, PASSKEY_NAME)
        async with house.db.transaction() as session:
            who = await me(session, request)
        if form.answers is None:
            return await enrolment.passkey_page(request, house, who, ACCOUNT, ACCOUNT, form)
        try:
            async with house.db.transaction() as session:
                await enrolment.adds_passkey(session, request, house, who, form)
                return await _added(session, request, house, Factor.PASSKEY)
        except passkeys.Refused:
            refused = form.refuse("name", PASSKEY_NOT_RIGHT)
            return await enrolment.passkey_page(request, house, who, ACCOUNT, ACCOUNT, refused)

    @get(f"{ACCOUNT}/passkeys/{{passkey_id:uuid}}")
    async def one_passkey(self, request: PageRequest, house: InHouse, passkey_id: FromPath[UUID]) -> Page:
        """Its name, and the way to remove it."""
        return await _passkey_page(request, house, passkey_id)

    @post(f"{ACCOUNT}/passkeys/{{passkey_id:uuid}}", status_code=200)
    async def rename_passkey(self, request: PageRequest, house: InHouse, passkey_id: FromPath[UUID]) -> Page:
        """Another name."""
        form = await read_form(request, house, PASSKEY_NAME)
        if form.answers is None:
            return await _passkey_page(request, house, passkey_id, form)
        name, actor = str(form.answers["name"]), actor_of_request(request)
        async with house.db.transaction() as session:
            await passkeys.rename_passkey(session, actor, passkey_id, name, house.clock.now())
        return see(request, f"{ACCOUNT}?done=renamed")

    @post(f"{ACCOUNT}/passkeys/{{passkey_id:uuid}}/remove", status_code=200)
    async def remove_passkey(self, request: PageRequest, house: InHouse, passkey_id: FromPath[UUID]) -> Page:
        """409 when it is the last second factor and the service demands one."""
        actor = actor_of_request(request)
        async with house.db.transaction() as session:
            await _check_may_go(session, house, actor, Factor.PASSKEY)
            await passkeys.remove_passkey(session, actor, passkey_id, house.clock.now())
        return see(request, f"{ACCOUNT}?done=removed")


async def _added(session: Session, request: PageRequest, house: House, factor: Factor) -> Page:
    """A factor was added: a new token for the session, and recovery codes for whoever has none."""
    actor, now = actor_of_request(request), house.clock.now()
    reply = await go_on(session, request, house, factor, f"{ACCOUNT}?done=added")
    if actor.id and (await factors.factors_of(session, actor.id)).codes_left == 0:
        codes = await factors.new_recovery_codes(session, actor, now)
        shown = page(request, house, "accounts/recovery_codes.html", codes=codes, onward=ACCOUNT, is_new=True)
        shown.cookies = reply.cookies
        return shown
    return reply


async def _check_may_go(session: Session, house: House, actor: Actor, going: Factor) -> None:
    if actor.id:
        await factors.lock(session, actor.id)
        known = await factors.factors_of(session, actor.id)
        factors.check_may_go(known, going, required=house.second_factor_required)


async def _passkey_page(request: PageRequest, house: House, passkey_id: UUID, form: Form | None = None) -> Page:
    async with house.db.transaction() as session:
        passkey = await passkeys.passkey_of(session, actor_of_request(request), passkey_id)
    form = form or Form.blank(PASSKEY_NAME, {"name": passkey.name})
    status = 422 if form.errors else 200
    return page(request, house, "accounts/passkey.html", status=status, form=form, passkey=passkey)


HANDLERS = [OwnFactorPages]

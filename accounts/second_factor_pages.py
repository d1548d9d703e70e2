"""Between the password and the session: the second factor, and setting one up for the first time."""

from typing import ClassVar

from litestar import Controller, Response, get, post

from accounts import arrivals, doorway, enrolment, factors, passkeys, service
from accounts.doorway import SECOND_FACTOR_PAGE, SET_UP_PAGE, come_all_the_way_in, half_way, wanted_of
from accounts.forms import CODE, CODE_NOT_RIGHT, PASSKEY_NOT_RIGHT
from accounts.rules import actor_of
from accounts.words import Factor, StaffView
from core.domain.errors import NotPossible
from core.storage.session import Session
from core.web.bodies import PageRequest, first, read_body, read_form
from core.web.forms import Form
from core.web.guards import anyone
from core.web.house import House, InHouse
from core.web.replies import Page, page, see


class SecondFactorPages(Controller):
    """Open to anyone by the guard, since nobody is signed in yet; each page asks for the cookie of the password step
    and opens nothing without it."""

    include_in_schema = False
    guards: ClassVar = [anyone]  # type: ignore[misc]

    @get(SECOND_FACTOR_PAGE)
    async def ask(self, request: PageRequest, house: InHouse) -> Page:
        """A code, or a passkey."""
        return await _ask(request, house, Form.blank(CODE))

    @post(SECOND_FACTOR_PAGE, status_code=200)
    async def code(self, request: PageRequest, house: InHouse) -> Page:
        """Begins the session when the code is right; a wrong one is counted before it is looked at."""
        form = await read_form(request, house, CODE)
        if form.answers is None:
            return await _ask(request, house, form)
        async with house.db.transaction() as session:
            who = await half_way(session, request, house)
        subject = await doorway.count_code_try(request, house, who.id)
        now, reply = house.clock.now(), see(request, await wanted_of(request))
        async with house.db.transaction() as session:
            if factor := await factors.take_code(session, who.id, str(form.answers["code"]), now):
                await arrivals.forgive(session, subject)
                return await come_all_the_way_in(session, request, house, who.id, factor, reply)
            service.note_refused_sign_in(session, who.id, now)
        return await _ask(request, house, form.refuse("code", CODE_NOT_RIGHT))

    @post(f"{SECOND_FACTOR_PAGE}/passkey", status_code=200)
    async def passkey(self, request: PageRequest, house: InHouse) -> Page:
        """Begins the session when the passkey is this colleague's."""
        answer, now = first(await read_body(request), "answer"), house.clock.now()
        async with house.db.transaction() as session:
            who = await half_way(session, request, house)
        site, reply = doorway.site_of(request, house), see(request, await wanted_of(request))
        try:
            async with house.db.transaction() as session:
                await passkeys.show_passkey(session, site, who.id, answer, now)
                return await come_all_the_way_in(session, request, house, who.id, Factor.PASSKEY, reply)
        except passkeys.Refused:
            async with house.db.transaction() as session:
                service.note_refused_sign_in(session, who.id, now)
        return await _ask(request, house, Form.blank(CODE), wrong=PASSKEY_NOT_RIGHT)


class SetUpPages(Controller):
    """The first second factor, set up before anything else opens. Once one is there these pages are closed: whoever
    has only the password cannot add another."""

    include_in_schema = False
    guards: ClassVar = [anyone]  # type: ignore[misc]

    @get(SET_UP_PAGE)
    async def choose(self, request: PageRequest, house: InHouse) -> Page:
        """An app or a passkey."""
        await _newcomer(request, house)
        site, wanted = doorway.site_of(request, house), await wanted_of(request)
        return page(request, house, "accounts/set_up.html", passkeys=site.has_passkeys, wanted=wanted)

    @get(f"{SET_UP_PAGE}/authenticator")
    async def show_app(self, request: PageRequest, house: InHouse) -> Page:
        """What to do on the phone, and the code it shows."""
        who = await _newcomer(request, house)
        return await enrolment.app_page(request, house, who, SET_UP_PAGE, await wanted_of(request))

    @get(f"{SET_UP_PAGE}/authenticator/picture")
    async def picture(self, request: PageRequest, house: InHouse) -> Response[bytes]:
        """What the phone's camera reads."""
        return await enrolment.app_picture(house, await _newcomer(request, house))

    @post(f"{SET_UP_PAGE}/authenticator", status_code=200)
    async def confirm_app(self, request: PageRequest, house: InHouse) -> Page:
        """Takes the app into use, shows the recovery codes, and lets its owner in."""
        who, wanted = await _newcomer(request, house), await wanted_of(request)
        subject = await doorway.count_code_try(request, house, who.id)
        form = await read_form(request, house, enrolment.APP_CODE)
        async with house.db.transaction() as session:
            if await enrolment.confirms_app(session, house, who, form):
                await arrivals.forgive(session, subject)
                return await _in_with_codes(session, request, house, who, Factor.APP, wanted)
        return await enrolment.app_page(request, house, who, SET_UP_PAGE, wanted, form)

    @get(f"{SET_UP_PAGE}/passkey")
    async def show_passkey(self, request: PageRequest, house: InHouse) -> Page:
        """A name and the browser's own question."""
        who = await _newcomer(request, house)
        return await enrolment.passkey_page(request, house, who, SET_UP_PAGE, await wanted_of(request))

    @post(f"{SET_UP_PAGE}/passkey", status_code=200)
    async def add_passkey(self, request: PageRequest, house: InHouse) -> Page:
        """Keeps the passkey, shows the recovery codes, and lets its owner in."""
        who, wanted = await _newcomer(request, house), await wanted_of(request)
        form = await read_form(request, house, enrolment.PASSKEY_NAME)
        if form.answers is None:
            return await enrolment.passkey_page(request, house, who, SET_UP_PAGE, wanted, form)
        try:
            async with house.db.transaction() as session:
                await enrolment.adds_passkey(session, request, house, who, form)
                return await _in_with_codes(session, request, house, who, Factor.PASSKEY, wanted)
        except passkeys.Refused:
            refused = form.refuse("name", PASSKEY_NOT_RIGHT)
            return await enrolment.passkey_page(request, house, who, SET_UP_PAGE, wanted, refused)


async def _ask(request: PageRequest, house: House, form: Form, wrong: str = "") -> Page:
    site, now = doorway.site_of(request, house), house.clock.now()
    async with house.db.transaction() as session:
        who = await half_way(session, request, house)
        known = await factors.factors_of(session, who.id)
        shows = known.passkeys and site.has_passkeys
        options = await passkeys.options_to_show(session, site, who.id, now) if shows else ""
    return page(
        request,
        house,
        "accounts/second_factor.html",
        status=422 if form.errors or wrong else 200,
        form=form,
        factors=known,
        options=options,
        wrong=wrong,
        wanted=await wanted_of(request),
    )


async def _newcomer(request: PageRequest, house: House) -> StaffView:
    """Who is half-way in and has no second factor yet. NotPossible for whoever has one."""
    async with house.db.transaction() as session:
        who = await half_way(session, request, house)
        if (await factors.factors_of(session, who.id)).any:
            raise NotPossible("has a second factor")
    return who


async def _in_with_codes(
    session: Session, request: PageRequest, house: House, who: StaffView, factor: Factor, wanted: str
) -> Page:
    codes = await factors.new_recovery_codes(session, actor_of(who), house.clock.now())
    reply = page(request, house, "accounts/recovery_codes.html", codes=codes, onward=wanted, is_new=True)
    return await come_all_the_way_in(session, request, house, who.id, factor, reply)


HANDLERS = [SecondFactorPages, SetUpPages]

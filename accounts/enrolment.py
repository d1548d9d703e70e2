"""Setting up an authenticator app or a passkey: the same pages at the first sign-in and on one's own account."""

import io

import segno
from litestar import Response

from accounts import doorway, factors, passkeys
from accounts.forms import APP_CODE, CODE_NOT_RIGHT, PASSKEY_NAME
from accounts.rules import actor_of
from accounts.words import StaffView
from core.storage.session import Session
from core.web.bodies import PageRequest, first, read_body
from core.web.forms import Form
from core.web.house import House
from core.web.replies import Page, page

__all__ = ["APP_CODE", "PASSKEY_NAME", "adds_passkey", "app_page", "app_picture", "confirms_app", "passkey_page"]


async def app_page(
    request: PageRequest, house: House, who: StaffView, base: str, wanted: str, form: Form | None = None
) -> Page:
    """How to add the service to an app. The key can also be typed; it never stands in an address."""
    async with house.db.transaction() as session:
        secret = await factors.offer_app(session, who.id, house.clock.now())
    if form is None:
        form = Form.blank(APP_CODE)
    elif form.answers is not None:
        form = form.refuse("code", CODE_NOT_RIGHT)
    return page(
        request,
        house,
        "accounts/authenticator.html",
        status=422 if form.errors else 200,
        form=form,
        key=" ".join(secret[at : at + 4] for at in range(0, len(secret), 4)),
        base=base,
        wanted=wanted,
    )


async def app_picture(house: House, who: StaffView) -> Response[bytes]:
    """The key as a QR code. A picture of its own and not part of the page: our pages allow no inline styles."""
    async with house.db.transaction() as session:
        secret = await factors.offer_app(session, who.id, house.clock.now())
    drawn = io.BytesIO()
    code = segno.make(factors.app_address(secret, who.email, house.profile.service), error="m", micro=False)
    code.save(drawn, kind="svg", scale=5, border=4, light="#ffffff", xmldecl=False, svgclass=None, lineclass=None)
    return Response(drawn.getvalue(), media_type="image/svg+xml")


async def confirms_app(session: Session, house: House, who: StaffView, form: Form) -> bool:
    """Whether the code shows that the app works; then it counts from now on."""
    if form.answers is None:
        return False
    return await factors.confirm_app(session, actor_of(who), str(form.answers["code"]), house.clock.now())


async def passkey_page(
    request: PageRequest, house: House, who: StaffView, base: str, wanted: str, form: Form | None = None
) -> Page:
    """A name, and the browser's own question."""
    form = form or Form.blank(PASSKEY_NAME)
    async with house.db.transaction() as session:
        site = doorway.site_of(request, house)
        options = await passkeys.options_to_add(session, site, who, house.clock.now())
    return page(
        request,
        house,
        "accounts/passkey_new.html",
        status=422 if form.errors else 200,
        form=form,
        options=options,
        base=base,
        wanted=wanted,
    )


async def adds_passkey(session: Session, request: PageRequest, house: House, who: StaffView, form: Form) -> None:
    """Keeps the passkey under its name. Refused when the browser's answer does not hold."""
    answer, name = first(await read_body(request), "answer"), str((form.answers or {})["name"])
    site = doorway.site_of(request, house)
    await passkeys.add_passkey(session, site, actor_of(who), answer, name, house.clock.now())

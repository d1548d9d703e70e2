"""What the pages around signing in share: cookies, who is half-way in, and how somebody comes in for good."""

from datetime import timedelta
from urllib.parse import quote
from uuid import UUID

from litestar.datastructures import Cookie

from accounts import arrivals, factors, queries, service, sessions
from accounts.devices import seen
from accounts.passkeys import Site
from accounts.words import Factor, Notice, Seen, SignInChanged, StaffView
from core.domain.errors import SignInNeeded
from core.domain.identity import Actor
from core.domain.ids import new_id
from core.storage import outbox
from core.storage.session import Session
from core.web.bodies import PageRequest, first, read_body
from core.web.csrf import STAFF_COOKIE
from core.web.house import House
from core.web.limits import Limit
from core.web.replies import Page, local, see
from core.web.visitors import cookie_name, visitor

HOME = "/staff"
SIGN_IN_PAGE = "/staff/sign-in"
CONFIRM_PAGE = "/staff/confirm"
ACCOUNT = "/staff/account"
SECOND_FACTOR_PAGE = f"{SIGN_IN_PAGE}/second-factor"
SET_UP_PAGE = f"{SIGN_IN_PAGE}/set-up"
# A whole trust may share one address, so this is wide; it only stops someone walking through a list of colleagues.
TRIES_FROM_ONE_ADDRESS = Limit("sign-in-address", allowed=300, window=timedelta(minutes=15))
HALF_COOKIE, DEVICE_COOKIE = "half-way", "device"


def staff_address(wanted: str) -> str:
    """Where a sign-in may lead: a page of the staff side of this site, else its home."""
    # Looked at before `local` takes it apart: what is no address at all must not get that far.
    no_way_on = (SIGN_IN_PAGE, f"{HOME}/sign-out", CONFIRM_PAGE)
    ours = wanted.startswith(f"{HOME}/") and not wanted.startswith(no_way_on)
    return local(wanted, HOME) if ours else HOME


async def wanted_of(request: PageRequest) -> str:
    """The page somebody was on the way to, from the address or from a form."""
    typed = first(await read_body(request), "next") if request.method == "POST" else ""
    return staff_address(typed or request.query_params.get("next", ""))


def on_to(page: str, wanted: str) -> str:
    """A page of the way in that remembers where it leads."""
    return page if wanted == HOME else f"{page}?next={quote(wanted, safe='')}"


def actor_of_request(request: PageRequest) -> Actor:
    actor: Actor = request.scope["user"]
    return actor


def presented(request: PageRequest, house: House, cookie: str = STAFF_COOKIE) -> str:
    """What the browser shows under this name."""
    return request.cookies.get(cookie_name(cookie, house), "")


def give(reply: Page, house: House, cookie: str, value: str, max_age: int | None = None) -> Page:
    """Gives the browser a cookie no script can read and no other site can send along; an empty one takes it back."""
    told = Cookie(
        key=cookie_name(cookie, house),
        value=value,
        max_age=max_age if value else 0,
        path="/",
        httponly=True,
        secure=house.secure,
        samesite="lax",
    )
    reply.set_cookie(told)
    return reply


def site_of(request: PageRequest, house: House) -> Site:
    """Who asks for a passkey."""
    return Site(house.address, house.profile.service, house.secret, visitor(request, house).token)


async def spend_address(request: PageRequest, house: House) -> None:
    """Counts one try of this address. Raises TooManyTries."""
    await house.limits.spend(TRIES_FROM_ONE_ADDRESS, request.client.host if request.client else "unknown")


async def half_way(session: Session, request: PageRequest, house: House) -> StaffView:
    """Who has shown the password in this browser. SignInNeeded when nobody has, or too long ago."""
    token = presented(request, house, HALF_COOKIE)
    staff_id = await arrivals.half_holder(session, token, house.clock.now()) if token else None
    if staff_id is None:
        raise SignInNeeded("begin again")
    return (await queries.staff_views(session, [staff_id]))[staff_id]


async def after_password(session: Session, request: PageRequest, house: House, staff_id: UUID, wanted: str) -> Page:
    """The password was right: on to the second factor, or to setting one up where the service demands it, or in."""
    now = house.clock.now()
    known = await factors.factors_of(session, staff_id)
    if known.any or house.second_factor_required:
        token = await arrivals.begin_half(session, staff_id, now)
        where = on_to(SECOND_FACTOR_PAGE if known.any else SET_UP_PAGE, wanted)
        return give(see(request, where), house, HALF_COOKIE, token, max_age=int(arrivals.HALF_WAY.total_seconds()))
    return await come_in(session, request, house, staff_id, Factor.NONE, see(request, wanted))


async def come_in(
    session: Session, request: PageRequest, house: House, staff_id: UUID, factor: Factor, reply: Page
) -> Page:
    """Begins the session: a new token whatever was presented, and a browser that is known from now on."""
    now, here = house.clock.now(), _seen(request)
    token = await service.welcome(session, staff_id, presented(request, house), now, factor, here)
    device = await arrivals.remember_device(session, staff_id, presented(request, house, DEVICE_COOKIE), now)
    if factor is Factor.RECOVERY_CODE:
        await outbox.tell(session, SignInChanged(staff_id, Notice.RECOVERY_CODE_USED, new_id()), now)
    give(reply, house, STAFF_COOKIE, token)
    give(reply, house, DEVICE_COOKIE, device, max_age=int(arrivals.DEVICE_KNOWN_FOR.total_seconds()))
    return give(reply, house, HALF_COOKIE, "") if presented(request, house, HALF_COOKIE) else reply


async def come_all_the_way_in(
    session: Session, request: PageRequest, house: House, staff_id: UUID, factor: Factor, reply: Page
) -> Page:
    """From half-way in; once, so that two requests at the same time make one session."""
    if not await arrivals.end_half(session, presented(request, house, HALF_COOKIE), house.clock.now()):
        raise SignInNeeded("used before")
    return await come_in(session, request, house, staff_id, factor, reply)


async def count_code_try(request: PageRequest, house: House, staff_id: UUID) -> bytes:
    """Counts one try of a code before it is looked at. Raises TooManyTries."""
    await spend_address(request, house)
    now = house.clock.now()
    async with house.db.transaction() as session:
        token = presented(request, house, DEVICE_COOKIE)
        device = await arrivals.known_device(session, token, now, staff_id=staff_id)
        return await arrivals.count_try(session, f"code:{staff_id}", device, now)


async def me(session: Session, request: PageRequest) -> StaffView:
    """Who is signed in."""
    actor = actor_of_request(request)
    views = await queries.staff_views(session, [actor.id] if actor.id else [])
    return next(iter(views.values()))


async def go_on(session: Session, request: PageRequest, house: House, factor: Factor, where: str) -> Page:
    """Whoever is signed in has shown again who they are: on under a new token."""
    token = presented(request, house)
    fresh = await sessions.prove_again(session, actor_of_request(request), token, factor, house.clock.now())
    return give(see(request, where), house, STAFF_COOKIE, fresh)


def _seen(request: PageRequest) -> Seen:
    return seen(request.headers.get("user-agent", ""), request.client.host if request.client else "")

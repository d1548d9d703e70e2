"""Who may open a route. Every route names one of these; the application refuses to start if one does not."""

from collections.abc import Iterable
from typing import Any

from litestar import Litestar
from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler

from core.domain.errors import NotAllowed, ProofNeeded, SignInNeeded
from core.domain.identity import PUBLIC, Actor, Right
from core.web.csrf import STAFF_COOKIE
from core.web.house import House
from core.web.visitors import cookie_name

Connection = ASGIConnection[Any, Any, Any, Any]


class Access:
    """A guard that says in words who may come in."""

    def __init__(self, words: str) -> None:
        self.words = words

    async def __call__(self, connection: Connection, handler: BaseRouteHandler) -> None:
        # Asynchronous, since Litestar runs synchronous guards in a thread.
        # Litestar answers OPTIONS itself, before anyone was identified.
        self.check(connection.scope.get("user") or PUBLIC)

    def check(self, actor: Actor) -> None:
        """Raises SignInNeeded or NotAllowed."""


class _Staff(Access):
    def __init__(self, rights: Iterable[Right]) -> None:
        self.rights = frozenset(rights)
        super().__init__("staff who may " + (" or ".join(sorted(self.rights)) or "sign in"))

    def check(self, actor: Actor) -> None:
        if not actor.is_staff:
            raise SignInNeeded("staff only")
        if self.rights and not actor.may(*self.rights):
            raise NotAllowed("right")


anyone = Access("anyone")
family = Access("family: unguessable link and something only they know, checked by the page")


async def lately_proved(connection: Connection, handler: BaseRouteHandler) -> None:
    """A second guard for what matters (accounts, second factors, exports): asks a colleague who has not shown who they
    are for a quarter of an hour to do so again."""
    house: House = connection.app.state.house
    token = connection.cookies.get(cookie_name(STAFF_COOKIE, house), "")
    if not await house.sign_ins.is_lately_proved(token, house.clock.now()):
        raise ProofNeeded("show again who you are")


def staff(*rights: Right) -> Access:
    """Signed-in staff who hold at least one of `rights`; any of them when none is named."""
    return _Staff(rights)


def routes_without_access(app: Litestar) -> list[str]:
    """Every handler that does not say who may open it; must be empty."""
    return [
        f"{route.path} {handler.name or handler.fn.__qualname__}"
        for route in app.routes
        for handler in getattr(route, "route_handlers", None) or [getattr(route, "route_handler", None)]
        if handler is not None and handler.fn.__module__.split(".")[0] != "litestar" and access_of(handler) is None
    ]


def access_of(handler: BaseRouteHandler) -> Access | None:
    """Who may open a route; None when it does not say."""
    return next((guard for guard in handler.resolve_guards() if isinstance(guard, Access)), None)


def rights_named(access: Access) -> frozenset[Right] | None:
    """Any of these opens the route, to staff; none named lets all staff in. None when it is public."""
    return access.rights if isinstance(access, _Staff) else None


def accesses_of(handler: BaseRouteHandler) -> list[Access]:
    """All that must let somebody in: what the controller says, and what the route adds."""
    return [guard for guard in handler.resolve_guards() if isinstance(guard, Access)]

"""What surrounds every request: who asks, safe headers, one log line, HEAD answered like GET."""

import asyncio
import logging
import time
from typing import Any

from litestar import Litestar
from litestar.connection import ASGIConnection
from litestar.datastructures import MutableScopeHeaders
from litestar.middleware import AbstractAuthenticationMiddleware, AuthenticationResult

from core.domain.identity import PUBLIC
from core.domain.ids import new_id
from core.web.csrf import STAFF_COOKIE
from core.web.house import House
from core.web.live import STREAM
from core.web.visitors import cookie_name, cookie_to_set

log = logging.getLogger("frontdoor.requests")

# No inline script or style and nothing from elsewhere: what is not our own file does not run.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; media-src 'self' blob:; manifest-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
# A file somebody sent runs nothing, loads nothing and shows nothing, whatever stands in it.
_POLICY_OF_FILES = "default-src 'none'; sandbox; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(self), payment=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Frame-Options": "DENY",
}
_TLS_ONLY = {"Strict-Transport-Security": "max-age=63072000; includeSubDomains"}
# As many pages as can be made at once without waiting for a connection. The others stand in line, so that each is
# answered in its turn: when all are begun at once, all are finished late.
_AT_ONCE = 16
_MOST_BODY = 1024 * 1024
# Of a form with files: what a person may send at once, the form around it, and a byte that shows it was more.
_MOST_FILES = 21 * 1024 * 1024
# So many people's files arrive at the same time in one process, since they are in memory meanwhile; and so many seconds
# each may take.
_ARRIVING, _PATIENCE = 8, 240.0
_NO_QUEUE = ("/static/", "/assets/", "/health/", "/metrics")
_FOR_EVER = "public, max-age=31536000, immutable"
_ONE_DAY = "public, max-age=86400"


class KnowsWhoAsks(AbstractAuthenticationMiddleware):
    """Puts an `Actor` on every request: staff by their cookie, everyone else a visitor. Never refuses; guards do."""

    async def authenticate_request(self, connection: ASGIConnection[Any, Any, Any, Any]) -> AuthenticationResult:
        house: House = connection.app.state.house
        token = connection.cookies.get(cookie_name(STAFF_COOKIE, house))
        actor = (
            await house.sign_ins.who(token, house.clock.now(), in_use=not refreshes_itself(connection))
            if token
            else None
        )
        return AuthenticationResult(user=actor or PUBLIC, auth=None)


def refreshes_itself(connection: ASGIConnection[Any, Any, Any, Any]) -> bool:
    """True for a part of a page that htmx fetches by the clock (such an element says so with `hx-headers`), and for a
    stream, which the browser opens by itself."""
    return connection.headers.get("x-refresh") == "1" or connection.headers.get("accept") == STREAM


class FrontDoor(Litestar):
    """Litestar with a HEAD for every GET and the same headers on every answer, also where no route was found."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._line = asyncio.Semaphore(_AT_ONCE)
        self._gate = asyncio.Semaphore(_ARRIVING)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await super().__call__(scope, receive, send)
            return
        started, method = time.perf_counter(), scope["method"]
        head_only = method == "HEAD"
        if head_only:
            # Probes and link checkers ask with HEAD; Litestar would answer 405.
            # A copy: the server must still know that no body may follow.
            scope = {**scope, "method": "GET"}

        turn = _Turn(self._line)

        async def reply(message: Any) -> None:
            if message["type"] == "http.response.start":
                if _is_stream(message):
                    turn.leave()
                self._finish_headers(scope, message)
                _log_request(scope, method, message["status"], started)
            elif head_only:
                message = {**message, "body": b""}
            await send(message)

        if scope["path"].startswith(_NO_QUEUE):
            await super().__call__(scope, receive, reply)
            return
        await self._in_turn(scope, receive, reply, turn)

    async def _in_turn(self, scope: Any, receive: Any, reply: Any, turn: "_Turn") -> None:
        # What is slow to arrive waits outside: nobody holds up the line with a slow connection.
        try:
            receive = await self._let_in(scope, receive)
        except TimeoutError:
            await _too_slow(reply)
            return
        async with turn:
            await super().__call__(scope, receive, reply)

    async def _let_in(self, scope: Any, receive: Any) -> Any:
        if not _has_files(scope):
            return await _arrived(scope, receive, _MOST_BODY)
        async with self._gate, asyncio.timeout(_PATIENCE):
            return await _arrived(scope, receive, _MOST_FILES)

    def _finish_headers(self, scope: Any, message: Any) -> None:
        house: House = self.state.house
        headers = MutableScopeHeaders.from_message(message)
        for name, value in (HEADERS | (_TLS_ONLY if house.secure else {})).items():
            headers[name] = value
        if "Content-Disposition" in headers:
            headers["Content-Security-Policy"] = _POLICY_OF_FILES
        headers["Cache-Control"] = _caching(scope["path"], message)
        headers["X-Request-Id"] = scope.setdefault("state", {}).setdefault("request_id", str(new_id()))
        if cookie := cookie_to_set(scope, house):
            headers.add("Set-Cookie", cookie)


def _has_files(scope: Any) -> bool:
    return any(name == b"content-type" and value.startswith(b"multipart/") for name, value in scope["headers"])


async def _too_slow(reply: Any) -> None:
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"connection", b"close")]
    await reply({"type": "http.response.start", "status": 408, "headers": headers})
    await reply({"type": "http.response.body", "body": b"Your files took too long to arrive. Please try again."})


class _Turn:
    """A place among the pages that are made at once. A stream lasts for minutes: it leaves as soon as it has begun."""

    def __init__(self, line: asyncio.Semaphore) -> None:
        self._line = line
        self._is_in = False

    async def __aenter__(self) -> None:
        await self._line.acquire()
        self._is_in = True

    async def __aexit__(self, *_: object) -> None:
        self.leave()

    def leave(self) -> None:
        if self._is_in:
            self._is_in = False
            self._line.release()


def _is_stream(message: Any) -> bool:
    return str(MutableScopeHeaders.from_message(message).get("content-type", "")).startswith(STREAM)


async def _arrived(scope: Any, receive: Any, most: int) -> Any:
    """The same request once its body is here; of a body that is too large, as much as it takes to refuse it."""
    if scope["method"] in ("GET", "HEAD"):
        return receive
    messages, size, more = [], 0, True
    while more and size <= most:
        messages.append(message := await receive())
        size += len(message.get("body", b""))
        more = message.get("more_body", False)
    kept = iter(messages)

    async def again() -> Any:
        for message in kept:
            return message
        return await receive()

    return again


def _caching(path: str, message: Any) -> str:
    if message.get("status") == 200 and path.startswith("/static/"):
        return _FOR_EVER
    if message.get("status") == 200 and path.startswith("/assets/"):
        return _ONE_DAY
    return "no-store"


def _log_request(scope: Any, method: str, status: int, started: float) -> None:
    # The route's pattern, not the path: paths hold tokens and references.
    handler = scope.get("route_handler")
    route = scope.get("path_template") or (next(iter(sorted(handler.paths)), "-") if handler else "-")
    actor = scope.get("user")
    log.info(
        "request",
        extra={
            "method": method,
            "route": route,
            "status": status,
            "ms": round((time.perf_counter() - started) * 1000, 1),
            "actor": actor.audit_name if actor else "public",
            "request_id": scope.get("state", {}).get("request_id"),
        },
    )

"""GOV.UK Notify as seen over the wire, on this machine: the contract of its API, its limits, its ways of failing.

It checks the signed token of each request, accepts, waits, refuses in Notify's own format, forgets to answer, shows a
reference late, calls back. It keeps a log of its own, which is what tests of "once" are judged by. It is small and
fast on purpose: benchmarks post to it.

`python -m tests.support.notify_stand_in` prints its address and serves until its input closes; a test in the same
process uses `running_stand_in()`.
"""

import asyncio
import base64
import contextlib
import hashlib
import hmac
import json
import sys
import time
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID, uuid4

import httpx

SERVICE_ID = "11111111-2222-4333-8444-555555555555"
SECRET = "99999999-8888-4777-8666-555555555555"
API_KEY = f"invented-{SERVICE_ID}-{SECRET}"
CALLBACK_TOKEN = "an invented token for callbacks, of the tests only"
_A_MINUTE = 3000
_CLOCK_SKEW = 30
_KINDS = {"email": "email_address", "sms": "phone_number", "letter": "address_line_1"}
_ERRORS = {400: "BadRequestError", 403: "AuthError", 404: "NoResultFound", 429: "RateLimitError", 500: "Exception"}
_REASONS = {200: "OK", 201: "Created", 400: "Bad Request", 403: "Forbidden", 404: "Not Found", 429: "Too Many Requests"}


@dataclass
class Behaviour:
    """How it behaves from now on. `fail` are statuses answered to the next posts, oldest first, without accepting;
    `delay` seconds pass after it accepted and before it answers, for the next `delays` posts (-1: all); `hang_up` of
    the next posts are accepted and the connection cut. A reference is found `lag` seconds after it was accepted.
    `becomes` is the status a message soon has, told `times` to `callback_url`, before the answer with
    `callback_first`."""

    fail: list[int] = field(default_factory=list)
    delay: float = 0.0
    delays: int = -1
    hang_up: int = 0
    lag: float = 0.0
    becomes: str = "delivered"
    callback_url: str = ""
    callback_token: str = CALLBACK_TOKEN
    callback_first: bool = False
    times: int = 1
    rate: int = _A_MINUTE
    keep_words: bool = True


@dataclass(frozen=True)
class Accepted:
    """One message it took over."""

    id: str
    kind: str
    reference: str
    to: str
    personalisation: dict[str, Any]
    template_id: str
    at: float


class StandIn:
    """`log` is everything it accepted, in order; `refused` counts by status."""

    def __init__(self) -> None:
        self.behaviour = Behaviour()
        self.log: list[Accepted] = []
        self.refused: dict[int, int] = {}
        self.asked = 0
        self.callbacks: list[int] = []
        self.url = ""
        self._by_reference: dict[str, list[Accepted]] = {}
        self._window: deque[float] = deque()
        self._calling: set[asyncio.Task[None]] = set()

    def references(self) -> list[str]:
        """What arrived, in order; twice when it was sent twice."""
        return [one.reference for one in self.log]

    async def handle(self, method: str, target: str, headers: dict[str, str], body: bytes) -> tuple[int, Any]:
        """(status, JSON) for one request; a status of 0 hangs up."""
        parts = urlsplit(target)
        if parts.path.startswith("/_"):
            return self._control(parts.path, body)
        if problem := _token_problem(headers.get("authorization", "")):
            return self._refuse(403, problem)
        if method == "GET":
            return self._shown(parts.path, parse_qs(parts.query))
        if self.behaviour.fail:
            status = self.behaviour.fail.pop(0)
            return self._refuse(status, f"told to fail with {status}")
        return await self._taken(parts.path.rpartition("/")[2], body)

    async def _taken(self, kind: str, body: bytes) -> tuple[int, Any]:
        told = json.loads(body)
        words = told.get("personalisation") or {}
        to = told.get(_KINDS[kind]) if kind != "letter" else words.get("address_line_1")
        if not to or not told.get("template_id"):
            return self._refuse(400, "a required property is missing", "ValidationError")
        if self._is_too_fast():
            message = f"Exceeded rate limit for key type LIVE of {self.behaviour.rate} requests per 60 seconds"
            return self._refuse(429, message)
        kept = words if self.behaviour.keep_words else {}
        one = Accepted(str(uuid4()), kind, told.get("reference", ""), to, kept, told["template_id"], time.time())
        self.log.append(one)
        self._by_reference.setdefault(one.reference, []).append(one)
        return await self._answered(one)

    async def _answered(self, one: Accepted) -> tuple[int, Any]:
        now = self.behaviour
        if now.callback_url and now.callback_first:
            await self._call_back(one)
        elif now.callback_url:
            task = asyncio.create_task(self._call_back(one))
            self._calling.add(task)
            task.add_done_callback(self._calling.discard)
        if now.hang_up:
            now.hang_up -= 1
            return 0, None
        if now.delay and now.delays:
            now.delays -= 1
            await asyncio.sleep(now.delay)
        return 201, {"id": one.id, "reference": one.reference, "uri": f"{self.url}/v2/notifications/{one.id}"}

    def _is_too_fast(self) -> bool:
        """Notify's window rolls: so many in any 60 seconds."""
        if not self.behaviour.rate:
            return False
        now = time.monotonic()
        while self._window and self._window[0] <= now - 60:
            self._window.popleft()
        if len(self._window) >= self.behaviour.rate:
            return True
        self._window.append(now)
        return False

    def _refuse(self, status: int, message: str, error: str = "") -> tuple[int, Any]:
        self.refused[status] = self.refused.get(status, 0) + 1
        errors = [{"error": error or _ERRORS.get(status, "Exception"), "message": message}]
        return status, {"status_code": status, "errors": errors}

    def _shown(self, path: str, query: dict[str, list[str]]) -> tuple[int, Any]:
        self.asked += 1
        if path == "/v2/notifications":
            found = self._by_reference.get(query.get("reference", [""])[0], [])
            seen = [self._view(one) for one in found if one.at + self.behaviour.lag <= time.time()]
            return 200, {"notifications": seen[::-1], "links": {"current": f"{self.url}{path}"}}
        wanted = path.rpartition("/")[2]
        one = next((one for one in self.log if one.id == wanted), None)
        return (200, self._view(one)) if one else self._refuse(404, "No result found")

    def _view(self, one: Accepted) -> dict[str, Any]:
        status = self.behaviour.becomes
        kind = {"id": one.id, "reference": one.reference, "type": one.kind, "status": status}
        return kind | {"template": {"id": one.template_id, "version": 1}, "created_at": _iso(one.at)}

    async def _call_back(self, one: Accepted) -> None:
        """As Notify does: a bearer token, JSON, a few times when it is not answered with 2xx."""
        told = {"id": one.id, "reference": one.reference, "to": one.to, "status": self.behaviour.becomes}
        more = {"created_at": _iso(one.at), "completed_at": _iso(time.time()), "notification_type": one.kind}
        headers = {"Authorization": f"Bearer {self.behaviour.callback_token}"}
        async with httpx.AsyncClient(timeout=10, trust_env=False) as client:
            for _ in range(self.behaviour.times):
                with contextlib.suppress(httpx.HTTPError):
                    reply = await client.post(self.behaviour.callback_url, json=told | more, headers=headers)
                    self.callbacks.append(reply.status_code)

    def _control(self, path: str, body: bytes) -> tuple[int, Any]:
        """For a parent process: /_behave changes the behaviour, /_log reads the log, /_forget empties it."""
        if path == "/_behave":
            self.behaviour = Behaviour(**json.loads(body))
        elif path == "/_forget":
            self.log, self._by_reference, self.refused, self.asked, self.callbacks = [], {}, {}, 0, []
            self._window.clear()
        return 200, {
            "log": [asdict(one) for one in self.log],
            "refused": self.refused,
            "asked": self.asked,
            "callbacks": self.callbacks,
        }


def _iso(at: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S.000000Z", time.gmtime(at))


def _token_problem(header: str) -> str:
    """Empty when the request carries a token that our service signed in the last 30 seconds (RFC 7519, HS256)."""
    try:
        head, claims, signature = header.removeprefix("Bearer ").split(".")
        wanted = hmac.digest(SECRET.encode(), f"{head}.{claims}".encode(), hashlib.sha256)
        if not hmac.compare_digest(_unpadded(signature), wanted):
            return "Invalid token: signature, api token not found"
        told = json.loads(_unpadded(claims))
        if told["iss"] != SERVICE_ID:
            return "Invalid token: service not found"
        if abs(time.time() - told["iat"]) > _CLOCK_SKEW:
            return "Error: Your system clock must be accurate to within 30 seconds"
    except (ValueError, KeyError):
        return "Unauthorized: authentication token must be provided"
    return ""


def _unpadded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


async def _serve(stand_in: StandIn, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Connections are kept open, requests on one are answered in turn."""
    try:
        while head := await reader.readuntil(b"\r\n\r\n"):
            first, *lines = head.decode("latin-1").split("\r\n")
            method, target, _ = first.split(" ")
            headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
            body = await reader.readexactly(int(headers.get("content-length", "0")))
            status, told = await stand_in.handle(method, target, headers, body)
            if not status:
                break
            content = json.dumps(told).encode()
            start = f"HTTP/1.1 {status} {_REASONS.get(status, 'Error')}\r\nContent-Type: application/json\r\n"
            writer.write(f"{start}Content-Length: {len(content)}\r\n\r\n".encode() + content)
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError, asyncio.LimitOverrunError):
        pass
    finally:
        writer.close()


@asynccontextmanager
async def running_stand_in() -> AsyncIterator[StandIn]:
    """On a free port of this machine, until the block ends."""
    stand_in = StandIn()
    open_now: set[asyncio.StreamWriter] = set()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        open_now.add(writer)
        await _serve(stand_in, reader, writer)
        open_now.discard(writer)

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    stand_in.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield stand_in
    finally:
        server.close()
        for writer in list(open_now):
            writer.close()
        await asyncio.sleep(0)


async def _alone(say: Callable[[str], None]) -> None:
    async with running_stand_in() as stand_in:
        say(stand_in.url)
        await asyncio.to_thread(sys.stdin.read)


def reference(one: Accepted) -> UUID:
    """The id of our message."""
    return UUID(one.reference)


if __name__ == "__main__":
    asyncio.run(_alone(lambda url: print(url, flush=True)))  # noqa: T201

# ruff: noqa: E501, PERF403 - tables of odd things read best a row each
"""Requests nobody would send on purpose, made from the service's own routes: the same seed sends the same."""

import random
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, quote_from_bytes
from uuid import UUID, uuid4

import httpx

from app.rights import Route
from core.web.house import House
from core.web.visitors import cookie_name
from tests.support.forms import cookies, form_token

_METHODS = ("GET", "POST", "HEAD", "OPTIONS", "PUT", "DELETE", "PATCH", "TRACE", "BREW")
_NAMES = (
    "after", "day", "done", "next", "discipline", "state", "postcode", "page", "slot", "sitting", "draft", "token", "q",
    "record", "why", "version", "call", "notice", "signed-out", "asked", "from", "to", "part", "change", "hold",
)  # fmt: skip
WEIRD = (
    "", " ", "\x00", "\r\nSet-Cookie: x=1", "%0d%0aX: 1", "../../etc/passwd", "//evil.example", "https://evil.example",
    "<script>alert(1)</script>", "{{7*7}}", "${7*7}", "' or 1=1--", "\\", "\u202e", "\ufeff", "٣", "𝟙", "é" * 300, "9" * 400,
    "-1", "0", "1e309", "NaN", "0001-01-01", "9999-12-31", "2026-02-30", "2026-11-23T10:00:00Z", "null", "[]", "true",
    "\ud7ff", "a" * 20_000, "01900000-0000-7000-8000-000000000000", "referral:x", "_", "2026-11-23T10:00:00Z_x",
    "0_0_0", "=1+1", "999 000 0018", "07700900123", "AL1 3JE", "K7MA-4QXT", "2147483648", "9223372036854775808",
    "0001-01-01T00:00:00.000000+0000_01900000-0000-7000-8000-000000000000", "slt", "ot", "physio", "yes", "no",
    "9999-12-31T23:59:59.999999-2359_01900000-0000-7000-8000-000000000000", "email", "text", "any", "31", "12", "2021",
)  # fmt: skip
_BODIES = (b"\xff\xfe", b"a=%ff", b"a=%zz", b"&&&=&=", b"{}", b"--x\r\n\r\n--x--", b"\x00" * 50, b"a=1&" * 600)
_TYPES = (
    "application/x-www-form-urlencoded", "application/json", "multipart/form-data; boundary=x", "text/plain", "",
    "multipart/form-data", "application/x-www-form-urlencoded; charset=utf-16", "x" * 300,
)  # fmt: skip
_HEADERS = (
    ("HX-Request", "true"), ("HX-History-Restore-Request", "true"), ("X-Refresh", "1"), ("Origin", "null"),
    ("Origin", "https://evil.example"), ("Origin", "http://["), ("Sec-Fetch-Site", "cross-site"), ("Referer", "x:["),
    ("Host", "evil.example"), ("X-Forwarded-Host", "evil.example"), ("X-Forwarded-For", "1.2.3.4, \x7f"), ("Range", "bytes=9-1"),
    ("Accept", "\x01"), ("Accept-Encoding", "x;q=y"), ("If-None-Match", "*"), ("If-Modified-Since", "yesterday"),
    ("Content-Length", "-1"), ("Transfer-Encoding", "nonsense"), ("X-Form-Token", "\xe9" * 86), ("Authorization", "Basic !"),
    ("User-Agent", "x" * 5000), ("Accept-Language", "en;q=1e999"), ("Cookie", "a"), ("Expect", "nothing"),
)  # fmt: skip
_FIELD = re.compile(r'name="([\w~.-]{1,60})"(?: [^>]*?value="([^"]{0,80})")?')


@dataclass
class Tally:
    """What came back."""

    statuses: Counter[int] = field(default_factory=Counter)
    broken: list[str] = field(default_factory=list)
    routes: set[str] = field(default_factory=set)


@dataclass
class Fuzzer:
    """`people` are session tokens of colleagues, by role; `ids` are of real records."""

    house: House
    routes: Sequence[Route]
    people: dict[str, str]
    ids: Sequence[UUID]
    chance: random.Random
    seen: dict[str, dict[str, set[str]]] = field(default_factory=dict)

    async def send(self, browser: httpx.AsyncClient, count: int) -> Tally:
        """That many requests; `broken` names each that was answered with 500 or not at all."""
        tally = Tally()
        for number in range(count):
            route = self.chance.choice(self.routes)
            request = self._request(browser, route)
            browser.cookies.clear()
            try:
                reply = await browser.send(request)
            except Exception as failure:  # noqa: BLE001 - whatever it is, it is what we look for
                tally.broken.append(f"#{number} {request.method} {route.path}: {type(failure).__name__}")
                continue
            tally.statuses[reply.status_code] += 1
            tally.routes.add(route.name)
            if reply.status_code >= 500 and route.path != "/health/ready":
                tally.broken.append(f"#{number} {request.method} {request.url.raw_path[:300]!r}: {reply.status_code}")
            self._learn(route.path, reply)
        return tally

    def _learn(self, path: str, reply: httpx.Response) -> None:
        if reply.headers.get("content-type", "").startswith("text/html"):
            names = self.seen.setdefault(path, {})
            for name, value in _FIELD.findall(reply.text):
                names.setdefault(name, set()).add(value)

    def _request(self, browser: httpx.AsyncClient, route: Route) -> httpx.Request:
        method = route.method if self.chance.random() < 0.92 else self.chance.choice(_METHODS)
        who = self.chance.choice(list(self.people))
        headers = self._headers(self.people[who])
        address = self._path(route.path) + self._query()
        content: bytes | None = None
        if method not in ("GET", "HEAD"):
            content = self._body(route.path, self.people[who])
            headers["Content-Type"] = _TYPES[0] if self.chance.random() < 0.93 else self.chance.choice(_TYPES)
        raw = [(name.encode("latin-1"), value.encode("latin-1", "replace")) for name, value in headers.items()]
        return browser.build_request(method, address, headers=raw, content=content)

    def _headers(self, token: str) -> dict[str, str]:
        jar = "; ".join(f"{name}={value}" for name, value in cookies(self.house, token).items())
        if self.chance.random() < 0.05:
            jar += f"; {cookie_name('family', self.house)}={self.chance.choice(('..', 'a.b.c', 'a.9' + '9' * 20 + '.c', '_._'))}"
        headers = {"Cookie": jar}
        for name, value in self.chance.sample(_HEADERS, k=self.chance.choice((0, 0, 0, 1, 2))):
            headers[name] = value
        return headers

    def _path(self, path: str) -> str:
        def filled(found: re.Match[str]) -> str:
            draw = self.chance.random()
            if found[1] == "uuid" and draw < 0.85:
                return str(self.chance.choice(self.ids)) if draw < 0.6 else str(UUID(int=self.chance.getrandbits(128)))
            return quote(self._weird(), safe="")[:2000] or "x"

        return re.sub(r"\{\w+:(\w+)\}", filled, path)

    def _query(self) -> str:
        pairs = [
            f"{self.chance.choice(_NAMES)}={quote(self._weird(), safe='')[:1500]}"
            for _ in range(self.chance.choice((0, 0, 1, 2)))
        ]
        if self.chance.random() < 0.02:
            pairs.append(quote_from_bytes(self.chance.randbytes(8)))
        return "?" + "&".join(pairs) if pairs else ""

    def _weird(self) -> str:
        return self.chance.choice(WEIRD)

    def _body(self, path: str, token: str) -> bytes:
        if self.chance.random() < 0.05:
            return self.chance.choice(_BODIES)
        fields: dict[str, str] = form_token(self.house, token)
        known = self.seen.get(path) or self.seen.get(path.rsplit("/", 1)[0]) or {}
        for name, values in known.items():
            if name in fields or self.chance.random() < 0.15:
                continue
            offered = sorted(values - {""})
            fields[name] = self.chance.choice(offered) if offered and self.chance.random() < 0.7 else self._weird()
        for name in self.chance.sample(_NAMES, k=self.chance.choice((0, 1, 2))):
            fields.setdefault(name, self._weird())
        return "&".join(f"{quote(name)}={quote(value, safe='')}" for name, value in fields.items()).encode()


def some_ids(known: Sequence[UUID]) -> list[UUID]:
    """Ids of real records, and one of nothing."""
    return [*known, uuid4()]


def told(tally: Tally) -> dict[str, Any]:
    return {"statuses": dict(sorted(tally.statuses.items())), "routes": len(tally.routes), "broken": tally.broken[:20]}

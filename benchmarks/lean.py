"""A browser that costs next to nothing: one kept connection, cookies, forms. It shares two cores with what it
measures."""

import asyncio
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode, urlsplit

_HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)"')
_PATIENCE = 60.0


@dataclass(frozen=True, slots=True)
class Reply:
    """`location` is empty where nobody is sent on."""

    status: int
    location: str
    body: str

    @property
    def hidden(self) -> dict[str, str]:
        """The hidden fields of the page; the first of each name."""
        found: dict[str, str] = {}
        for name, value in _HIDDEN.findall(self.body):
            found.setdefault(name, value)
        return found


@dataclass
class Stopwatch:
    """Seconds of every request, by what was asked for."""

    taken: list[tuple[str, float]] = field(default_factory=list)

    def percentile(self, share: float, what: str = "") -> float:
        """Of all requests, or of those whose name begins with `what`; 0 without any."""
        kept = sorted(seconds for name, seconds in self.taken if name.startswith(what))
        return kept[min(int(len(kept) * share), len(kept) - 1)] if kept else 0.0


class Browser:
    """One family's. `came_from` is what a proxy in front would say of its address."""

    def __init__(self, address: str, came_from: str, watch: Stopwatch) -> None:
        parts = urlsplit(address)
        self._host, self._port, self._watch = parts.hostname or "", parts.port or 80, watch
        self._head = f"Host: {parts.netloc}\r\nX-Forwarded-For: {came_from}\r\n"
        self._cookies: dict[str, str] = {}
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def get(self, path: str) -> Reply:
        return await self._ask("GET", path, b"")

    async def post(self, path: str, form: Mapping[str, str]) -> Reply:
        return await self._ask("POST", path, urlencode(form).encode())

    def cookie(self, name: str) -> str:
        return self._cookies[name]

    def close(self) -> None:
        if self._streams:
            self._streams[1].close()
            self._streams = None

    async def _ask(self, method: str, path: str, body: bytes) -> Reply:
        began = time.perf_counter()
        async with asyncio.timeout(_PATIENCE):
            reader, writer = self._streams = self._streams or await asyncio.open_connection(self._host, self._port)
            writer.write(self._request(method, path, body))
            reply = await self._read(reader)
        self._watch.taken.append((f"{method} {path}", time.perf_counter() - began))
        return reply

    def _request(self, method: str, path: str, body: bytes) -> bytes:
        cookies = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
        sent = f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n" if body else ""
        kept = f"Cookie: {cookies}\r\n" if cookies else ""
        return f"{method} {path} HTTP/1.1\r\n{self._head}{kept}{sent}\r\n".encode() + body

    async def _read(self, reader: asyncio.StreamReader) -> Reply:
        status, *lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        length, location = 0, ""
        for line in lines:
            name, _, value = line.partition(": ")
            match name.lower():
                case "content-length":
                    length = int(value)
                case "location":
                    location = value
                case "set-cookie":
                    cookie, _, kept = value.partition(";")[0].partition("=")
                    self._cookies[cookie] = kept
        body = (await reader.readexactly(length)).decode() if length else ""
        return Reply(int(status.split(" ", 2)[1]), location, body)

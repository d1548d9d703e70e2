"""A visitor of the pages without a browser: follows nothing, and sends forms with the token the last page carried."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import httpx

from core.web.csrf import FIELD

_TOKEN = re.compile(rf'name="{FIELD}" value="([^"]+)"')


class Visit:
    """`last` is the reply seen last; cookies are kept like a browser keeps them."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client
        self.last: httpx.Response | None = None
        self._token = ""

    async def get(self, address: str, **options: Any) -> httpx.Response:
        return self._seen(await self.client.get(address, **options))

    async def post(
        self, address: str, data: Mapping[str, str | Sequence[str]] | None = None, **options: Any
    ) -> httpx.Response:
        """Sends a form; {} sends only the token."""
        body = {FIELD: self._token, **(data or {})}
        return self._seen(await self.client.post(address, data=body, **options))

    async def follow(self) -> httpx.Response:
        """Goes where the last reply sends."""
        assert self.last is not None
        return await self.get(self.last.headers["location"])

    def _seen(self, reply: httpx.Response) -> httpx.Response:
        self.last = reply
        if found := _TOKEN.search(reply.text):
            self._token = found[1]
        return reply

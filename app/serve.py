"""The web process: uvicorn, with what it leaves open by default closed."""

import asyncio
import sys
from contextlib import suppress

import uvicorn
from uvicorn.config import STARTUP_FAILURE, Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState
from uvicorn.supervisors import Multiprocess

from app.door import SHARES_OUT, Door
from core.web.live import STREAM

# Cookies and a long link fit many times over; the proxy in front allows less.
_HEAD_BYTES = 32 * 1024
_HEAD_LINES = 100
_GRACEFUL_SECONDS = 10
_TOO_LARGE = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\nconnection: close\r\n"
    b"content-type: text/plain; charset=utf-8\r\ncontent-length: 33\r\n\r\n"
    b"The request headers are too long."
)


class BoundedHead(HttpToolsProtocol):
    """Refuses a request line and headers over 32 KB or 100 lines; the parser would collect without end."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, object],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._in_head = True
        self._heads = 0
        self._waiting = 0

    def data_received(self, data: bytes) -> None:
        before = self._in_head, self._heads
        super().data_received(data)
        # Only what belonged as a whole to one unfinished head; where one begins midway, it counts from then on.
        unfinished = self._in_head and before == (True, self._heads)
        self._waiting = self._waiting + len(data) if unfinished else 0
        if self._waiting > _HEAD_BYTES:
            self._refuse()

    def on_headers_complete(self) -> None:
        self._in_head = False
        self._heads += 1
        size = len(self.url) + sum(len(name) + len(value) for name, value in self.headers)
        if size > _HEAD_BYTES or len(self.headers) > _HEAD_LINES:
            self._refuse()
        else:
            super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        if not self.transport.is_closing():
            super().on_body(body)

    def on_message_complete(self) -> None:
        self._in_head = True
        if not self.transport.is_closing():
            super().on_message_complete()

    def shutdown(self) -> None:
        """A stream does not end by itself, and would hold up the shutdown; its browser asks another process."""
        is_answering = self.cycle is not None and not self.cycle.response_complete  # type: ignore[redundant-expr]
        if is_answering and dict(self.headers).get(b"accept") == STREAM.encode():
            self.transport.close()
        else:
            super().shutdown()

    def _refuse(self) -> None:
        if not self.transport.is_closing():
            self.transport.write(_TOO_LARGE)
            self.transport.close()


def serve(*, host: str, port: int, workers: int, trusted_proxies: list[str]) -> None:
    """Serves until SIGTERM or SIGINT; requests in flight then have ten seconds.

    Who a visitor is comes from the connection, unless the connection comes from one of `trusted_proxies`
    (addresses or networks); then from its X-Forwarded-For.
    """
    config = Config(
        "app.factory:create_app",
        factory=True,
        host=host,
        port=port,
        workers=workers,
        loop="uvloop",
        http=BoundedHead,
        ws="none",
        lifespan="on",
        proxy_headers=bool(trusted_proxies),
        forwarded_allow_ips=trusted_proxies,
        server_header=False,
        access_log=False,
        log_config=None,
        timeout_keep_alive=15,
        timeout_graceful_shutdown=_GRACEFUL_SECONDS,
    )
    if workers == 1:
        _serve_alone(config)
    else:
        door = Door.at(host, port) if SHARES_OUT else config.bind_socket()
        Multiprocess(config, sockets=[door]).run()


def _serve_alone(config: Config) -> None:
    server = uvicorn.Server(config)
    with suppress(KeyboardInterrupt):
        server.run()
    if not server.started:
        sys.exit(STARTUP_FAILURE)

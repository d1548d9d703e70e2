"""Stand-ins on loopback that speak the contract of what cannot run here: ClamAV's daemon, a store that speaks S3."""

import asyncio
import re
import struct
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit

# The EICAR test file, in two halves so that a scanner of this machine does not take this source away.
EICAR = (r"X5O!P%@AP[4\PZX54(P^)7CC)7}$" + "EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*").encode()


@asynccontextmanager
async def clamd(*, answers: bytes | None = None) -> AsyncIterator[str]:
    """zINSTREAM as clamd answers it; `answers` instead of a verdict. Yields the address for CLAMAV_URL."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        assert await reader.readuntil(b"\0") == b"zINSTREAM\0"
        content = b""
        while size := struct.unpack("!L", await reader.readexactly(4))[0]:
            content += await reader.readexactly(size)
        verdict = b"stream: Eicar-Signature FOUND\0" if EICAR in content else b"stream: OK\0"
        writer.write(verdict if answers is None else answers)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"tcp://127.0.0.1:{server.sockets[0].getsockname()[1]}"


class _Bucket(BaseHTTPRequestHandler):
    """PUT, GET, DeleteObjects and ListObjectsV2 of one bucket, path style; whoever signs nothing is refused."""

    protocol_version = "HTTP/1.1"
    objects: dict[str, bytes]

    def log_message(self, *_: object) -> None:
        """Says nothing on the console."""

    def _answer(self, status: int, body: bytes = b"") -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("ETag", '"0"')
        self.send_header("Last-Modified", "Mon, 23 Nov 2026 10:00:00 GMT")
        self.end_headers()
        self.wfile.write(body)

    def _key(self) -> str:
        return unquote(urlsplit(self.path).path).removeprefix("/front-door/")

    def _is_signed(self) -> bool:
        signed = self.headers.get("authorization", "").startswith("AWS4-HMAC-SHA256 Credential=invented/")
        if not signed:
            self._answer(403)
        return signed

    def do_PUT(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self._is_signed():
            self.objects[self._key()] = body
            self._answer(200)

    def do_GET(self) -> None:
        if not self._is_signed():
            return
        asked = parse_qs(urlsplit(self.path).query)
        if "list-type" in asked:
            self._answer(200, self._listed(asked.get("prefix", [""])[0]))
        elif (found := self.objects.get(self._key())) is None:
            self._answer(404, b"<Error><Code>NoSuchKey</Code></Error>")
        else:
            self._answer(200, found)

    def _listed(self, prefix: str) -> bytes:
        rows = "".join(
            f"<Contents><Key>{key}</Key><LastModified>2026-11-23T10:00:00.000Z</LastModified>"
            f"<ETag>&quot;0&quot;</ETag><Size>{len(content)}</Size></Contents>"
            for key, content in sorted(self.objects.items())
            if key.startswith(prefix)
        )
        return f"<ListBucketResult><IsTruncated>false</IsTruncated>{rows}</ListBucketResult>".encode()

    def do_POST(self) -> None:
        """DeleteObjects; what is not there counts as deleted."""
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        if self._is_signed():
            keys = re.findall("<Key>(.*?)</Key>", body)
            for key in keys:
                self.objects.pop(key, None)
            gone = "".join(f"<Deleted><Key>{key}</Key></Deleted>" for key in keys)
            self._answer(200, f"<DeleteResult>{gone}</DeleteResult>".encode())


@contextmanager
def bucket() -> Iterator[tuple[str, dict[str, bytes]]]:
    """The endpoint of a bucket called `front-door`, and what is in it."""
    objects: dict[str, bytes] = {}
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("_This", (_Bucket,), {"objects": objects}))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", objects
    finally:
        server.shutdown()
        thread.join()
        server.server_close()

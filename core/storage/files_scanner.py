"""ClamAV over the network: its INSTREAM command, as `man clamd` describes it."""

import asyncio
import struct
from typing import Protocol
from urllib.parse import urlsplit

from core.storage.files_words import Scan

_CHUNK = 64 * 1024
_PATIENCE = 30.0
_PORT = 3310
_MOST_REPLY = 4096


class ScannerAway(Exception):
    """The scanner did not answer, or could not look at the file; it says nothing about the file."""


class Scanner(Protocol):
    async def scan(self, content: bytes) -> Scan:
        """CLEAN or INFECTED. Raises ScannerAway."""
        ...


class ClamAV:
    """`url` is tcp://host:3310, or unix:///path for a socket of this machine. ValueError when it is neither."""

    def __init__(self, url: str, patience: float = _PATIENCE) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("tcp", "unix") or not (parts.hostname if parts.scheme == "tcp" else parts.path):
            raise ValueError("CLAMAV_URL must look like tcp://host:3310 or unix:///run/clamav/clamd.ctl")
        self._host, self._port, self._path = parts.hostname, parts.port or _PORT, parts.path
        self._is_unix, self._patience = parts.scheme == "unix", patience

    async def scan(self, content: bytes) -> Scan:
        try:
            async with asyncio.timeout(self._patience):
                reply = await self._ask(content)
        except (OSError, TimeoutError, asyncio.LimitOverrunError) as problem:
            raise ScannerAway(type(problem).__name__) from None
        if reply == "stream: OK":
            return Scan.CLEAN
        if reply.startswith("stream: ") and reply.endswith(" FOUND"):
            return Scan.INFECTED
        # "INSTREAM size limit exceeded. ERROR", a reply cut short: it has not said that the file is clean.
        raise ScannerAway("no verdict")

    async def _ask(self, content: bytes) -> str:
        reader, writer = await self._open()
        try:
            writer.write(b"zINSTREAM\0")
            for start in range(0, len(content), _CHUNK):
                chunk = content[start : start + _CHUNK]
                writer.write(struct.pack("!L", len(chunk)) + chunk)
                await writer.drain()
            writer.write(struct.pack("!L", 0))
            await writer.drain()
            told = await reader.read(_MOST_REPLY)
            while told and not told.endswith(b"\0") and len(told) < _MOST_REPLY:
                more = await reader.read(_MOST_REPLY)
                if not more:
                    break
                told += more
            return told.rstrip(b"\0").decode("utf-8", "replace").strip()
        finally:
            writer.close()

    async def _open(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self._is_unix:
            return await asyncio.open_unix_connection(self._path)
        return await asyncio.open_connection(self._host, self._port)

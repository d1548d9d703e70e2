"""How a recording leaves the house: to be played, whole or in the pieces a player asks for."""

import re
from typing import Any

from litestar import Response

from core.web.bodies import PageRequest

_PIECE = re.compile(r"bytes=(\d{0,12})-(\d{0,12})")


def in_pieces(request: PageRequest, reply: Response[Any], content: bytes) -> Response[Any]:
    """The same reply, or the piece of it that was asked for: Safari plays nothing from a server that cannot cut
    (RFC 9110, section 14). What cannot be understood is answered whole, what lies behind the end with 416."""
    reply.headers["Accept-Ranges"] = "bytes"
    asked = _PIECE.fullmatch(request.headers.get("range", ""))
    if asked is None or not any(asked.groups()):
        return reply
    start, end = _bounds(asked[1], asked[2], len(content))
    if start > end:
        reply.content, reply.status_code = b"", 416
        reply.headers["Content-Range"] = f"bytes */{len(content)}"
        return reply
    reply.content, reply.status_code = content[start : end + 1], 206
    reply.headers["Content-Range"] = f"bytes {start}-{end}/{len(content)}"
    return reply


def _bounds(first: str, last: str, size: int) -> tuple[int, int]:
    """(from, to), both in; the wrong way round when there is no such piece. Without a first: so many from the end."""
    if not first:
        return max(size - int(last), 0), size - 1
    return int(first), min(int(last) if last else size - 1, size - 1)

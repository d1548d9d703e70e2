"""Files as browsers send them, and the way files leave again.

A route that takes files says so with `opt={"upload": most_bytes}`; everywhere else a body with files is refused. What
came with them (the form token, other fields) is read as in any form.
"""

import io
import re
from dataclasses import dataclass, field
from urllib.parse import quote

import multipart
from litestar import Response
from litestar.exceptions import ClientException

from core.storage.files import StoredFile
from core.storage.files_words import ENDINGS
from core.web import bodies
from core.web.bodies import PageRequest

MULTIPART = "multipart/form-data"
# What a form carries besides its files.
FORM_BYTES = 64 * 1024
_MOST_PARTS = 100
_STATE = "frontdoor_uploads"
_ODD = re.compile(r"[^\w\- ().]+")
_LONGEST_NAME = 80


@dataclass(frozen=True, slots=True)
class Upload:
    """One file, as it was sent: the name is the sender's word."""

    name: str
    content: bytes = field(repr=False)


async def read_upload(request: PageRequest, name: str, limit: int) -> Upload | None:
    """The file of one input, at most one byte more than `limit`; None when none was chosen. 400 when it is no form."""
    found = await read_uploads(request, name, limit)
    return found[0] if found else None


async def read_uploads(request: PageRequest, name: str, limit: int) -> list[Upload]:
    """Every file of one input. Of one that is too large there is one byte too many: enough to refuse it."""
    state = request.scope["state"]
    if _STATE not in state:
        state[_STATE] = await _read(request)
    parts: dict[str, list[tuple[str, bytes]]] = state[_STATE]
    return [Upload(named, content[: limit + 1]) for named, content in parts.get(name, []) if named or content]


async def _read(request: PageRequest) -> dict[str, list[tuple[str, bytes]]]:
    """The files by the names of their inputs; the other fields are left where `read_body` finds them."""
    kind, options = multipart.parse_options_header(request.headers.get("content-type", ""))
    if kind != MULTIPART:
        await bodies.read_body(request)
        return {}
    raw = await request.body()
    files: dict[str, list[tuple[str, bytes]]] = {}
    fields: dict[str, list[str]] = {}
    try:
        for part in multipart.MultipartParser(
            io.BytesIO(raw),
            options.get("boundary", ""),
            len(raw),
            strict=True,
            part_limit=_MOST_PARTS,
            # Nothing is put on the disk unsealed: a large part stays in memory too.
            spool_limit=len(raw) + 1,
            memory_limit=len(raw) + 1,
        ):
            if part.filename is None:
                fields.setdefault(part.name, []).append(bodies.printable(part.value))
            else:
                files.setdefault(part.name, []).append((_plain_name(part.filename), part.raw))
    except (multipart.MultipartError, UnicodeError):
        raise ClientException("not readable as a form with files") from None
    bodies.remember(request, fields)
    return files


def _plain_name(sent: str) -> str:
    """The last part of a path, without anything a file system or a header could trip over."""
    name = bodies.printable(sent).replace("\\", "/").rsplit("/", 1)[-1].strip()
    return _ODD.sub("_", name)[-_LONGEST_NAME:]


def download(file: StoredFile, content: bytes) -> Response[bytes]:
    """A file as it leaves: to be kept, never shown inside a page, under a name whose ending is what it is. Sound is
    played by our own page."""
    stem = file.name.rsplit(".", 1)[0] or "file"
    name = stem + ENDINGS.get(file.media_type, "")
    how = "inline" if file.media_type.startswith("audio/") else "attachment"
    ascii_name = name.encode("ascii", "replace").decode().replace("?", "_").replace('"', "_")
    return Response(
        content,
        media_type=file.media_type,
        headers={
            "Content-Disposition": f"{how}; filename=\"{ascii_name}\"; filename*=UTF-8''{quote(name)}",
            "X-Content-Type-Options": "nosniff",
        },
    )

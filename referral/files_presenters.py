"""Files that came with a referral, as lines of a list."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from uuid import UUID

from core.storage.files import StoredFile
from core.storage.files_words import DOCX, HEIC, JPEG, MEGABYTE, PDF, PNG, Scan

_KINDS = {PDF: "PDF", DOCX: "Word document", JPEG: "JPG photo", PNG: "PNG picture", HEIC: "HEIC photo"}
_KILOBYTE = 1024


@dataclass(frozen=True, slots=True)
class FileLine:
    """One file. `warning` is what staff must know before they open it; an infected one cannot be opened."""

    id: UUID
    name: str = field(repr=False)
    kind: str
    size: str
    warning: str = ""
    can_open: bool = True


def lines(files: Iterable[StoredFile]) -> list[FileLine]:
    """The files in the order they came."""
    return [
        FileLine(
            id=one.id,
            name=one.name,
            kind=_KINDS.get(one.media_type, "File"),
            size=size(one.size),
            warning=_WARNINGS.get(one.scan, ""),
            can_open=one.scan is not Scan.INFECTED,
        )
        for one in files
    ]


_WARNINGS = {Scan.NOT_SCANNED: "Not scanned for viruses", Scan.INFECTED: "Virus found: this file is locked"}


def size(count: int) -> str:
    """As phones and computers say it."""
    if count >= MEGABYTE:
        return f"{count / MEGABYTE:.1f} MB"
    return f"{max(1, round(count / _KILOBYTE))} KB"


def room_left(files: Iterable[StoredFile], together: int) -> str:
    """How much more may be sent."""
    return size(max(0, together - sum(one.size for one in files)))

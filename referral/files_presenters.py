"""Files that came with a referral, as lines of a list."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from uuid import UUID

from core.domain.calendar import spoken_date
from core.domain.clock import london_day
from core.storage.files import StoredFile
from core.storage.files_words import DOCX, HEIC, JPEG, MEGABYTE, PDF, PNG, Scan
from referral.files_words import ADDED

_KINDS = {PDF: "PDF", DOCX: "Word document", JPEG: "JPG photo", PNG: "PNG picture", HEIC: "HEIC photo"}
_KILOBYTE = 1024


@dataclass(frozen=True, slots=True)
class FileLine:
    """One file. `warning` is what staff must know before they open it; an infected one cannot be opened. `added` says
    when a file came that was not sent with the form."""

    id: UUID
    name: str = field(repr=False)
    kind: str
    size: str
    warning: str = ""
    can_open: bool = True
    added: str = ""


def lines(files: Iterable[StoredFile]) -> list[FileLine]:
    """The files in the order given."""
    return [
        FileLine(
            id=one.id,
            name=one.name,
            kind=_KINDS.get(one.media_type, "File"),
            size=size(one.size),
            warning=_WARNINGS.get(one.scan, ""),
            can_open=one.scan is not Scan.INFECTED,
            added=spoken_date(london_day(one.stored_at)) if one.purpose == ADDED else "",
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

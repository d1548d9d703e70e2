"""Files people send, in words: what kinds there are, what a scan found, and why one was not taken."""

from enum import StrEnum

from core.domain.errors import FrontDoorError

MEGABYTE = 1024 * 1024
# What a person is told: "10 MB" as phones and computers count it, so that nobody is refused by rounding.
MOST = 10 * MEGABYTE

PDF = "application/pdf"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
JPEG = "image/jpeg"
PNG = "image/png"
HEIC = "image/heic"
PAPERS = frozenset({PDF, DOCX, JPEG, PNG, HEIC})
VOICES = frozenset({"audio/webm", "audio/ogg", "audio/mp4", "audio/wav"})

# What a file of each kind is called when it is fetched; the sender's own ending is not believed.
ENDINGS = {
    PDF: ".pdf",
    DOCX: ".docx",
    JPEG: ".jpg",
    PNG: ".png",
    "audio/webm": ".webm",
    "audio/ogg": ".ogg",
    "audio/mp4": ".m4a",
    "audio/wav": ".wav",
}


class Scan(StrEnum):
    """What the virus scanner said. `not-scanned` ones are scanned as soon as there is a scanner."""

    CLEAN = "clean"
    NOT_SCANNED = "not-scanned"
    INFECTED = "infected"


class Refusal(StrEnum):
    """Why a file was not taken."""

    EMPTY = "empty"
    TOO_BIG = "too-big"
    TOO_MUCH = "too-much"
    TOO_LONG = "too-long"
    WRONG_KIND = "wrong-kind"
    BROKEN = "broken"
    INFECTED = "infected"


_WORDS = {
    Refusal.EMPTY: "The selected file is empty",
    Refusal.TOO_BIG: "The selected file must be smaller than 10 MB",
    Refusal.TOO_MUCH: "Your files are too large together. Remove one, or send a smaller one",
    Refusal.TOO_LONG: "The selected recording is too long. Send a shorter one",
    Refusal.WRONG_KIND: "The selected file must be a PDF, Word document (DOCX), JPG, PNG or HEIC",
    Refusal.BROKEN: "We could not open the selected file. Save it again, or take a photo of it, and try once more",
    Refusal.INFECTED: "The selected file contains a virus. We did not keep it",
}


class FileRefused(FrontDoorError):
    """A file was not taken and nothing of it was kept; `words` are for whoever sent it."""

    def __init__(self, reason: Refusal) -> None:
        super().__init__(reason.value)
        self.reason = reason

    @property
    def words(self) -> str:
        return _WORDS[self.reason]

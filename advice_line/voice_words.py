"""Spoken messages: how they come, how long they may be, and what stands for them on a page."""

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from core.domain.nhs import show_phone

PURPOSE = "advice-voice"
"""What the file port knows recordings by."""

MOST_SECONDS = 180
GRACE = 5
"""Seconds a recorder may be late when it stops by itself."""

MOST_BYTES = 6 * 1024 * 1024
"""Three minutes in the hungriest shape a browser or an exchange makes of them, with room to spare."""

MOST_UNREAD = 3 * 1024 * 1024
"""Where the sound does not say how long it is: three minutes as phones record speech, and no more."""

UNKNOWN = "unknown"

TOO_OLD = "kept-long-enough"
"""Why there is no sound any more, where once there was."""

KINDS = frozenset({"audio/webm", "audio/ogg", "audio/mp4", "audio/wav"})

RECORDER = {"path": "/advice/message/recording", "seconds": MOST_SECONDS, "bytes": MOST_BYTES}
"""What the page tells its recorder."""

_KEPT = re.compile(r"([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}):(\d{1,9}|unknown)")


class CameBy(StrEnum):
    """How a recording reached us."""

    BROWSER = "browser"
    PHONE = "phone"


@dataclass(frozen=True, slots=True)
class Spoken:
    """A recording that was kept before the message that names it. `file_id` is None for one that could not be kept;
    `refused` says why. `seconds` is None when they cannot be read. `provider_id` names a voicemail for good."""

    file_id: UUID | None
    seconds: int | None
    came_by: CameBy = CameBy.BROWSER
    provider_id: str | None = None
    refused: str | None = None


@dataclass(frozen=True, slots=True)
class VoiceView:
    """A recording as the page of a call shows it. Without `has_sound` it came and could not be kept, or `was_deleted`
    when it was old enough."""

    length: str
    length_known: bool
    by_phone: bool
    has_sound: bool
    was_deleted: bool
    number_shown: bool
    written: str
    written_by: UUID | None
    written_at: datetime | None


def as_answer(file_id: UUID, seconds: int | None) -> str:
    """A recording as a journey keeps it among its answers."""
    return f"{file_id}:{UNKNOWN if seconds is None else seconds}"


def from_answer(value: str) -> Spoken:
    """The recording an answer names, and how long it was said to be: a browser sent it. ValueError when it names
    none."""
    if not (found := _KEPT.fullmatch(value)):
        raise ValueError("Record your message again, or type it")
    return Spoken(UUID(found[1]), None if found[2] == UNKNOWN else int(found[2]))


def spoken_words(value: str) -> str:
    """How long the recording is that an answer names; nothing when it names none."""
    try:
        return length_words(from_answer(value).seconds)
    except ValueError:
        return ""


def shown_phone(phone: str) -> str:
    """A number as people read it; words for a voicemail whose caller showed none."""
    return show_phone(phone) if phone else "Number not shown"


def first_words(said: str, has_voice: bool, written: str = "") -> str:
    """What stands for a message in one line, however it was left."""
    spoken = written or ("Spoken message" if has_voice else "")
    return said or spoken


def length_words(seconds: int | None) -> str:
    """How long a recording is, as people say it."""
    if seconds is None:
        return "Length not known"
    minutes, rest = divmod(seconds, 60)
    parts = [f"{n} {word}{'' if n == 1 else 's'}" for n, word in ((minutes, "minute"), (rest, "second")) if n]
    return " ".join(parts) or "less than a second"

"""Where a sitting is held by video. One port: a provider that makes rooms by itself would be one more `VideoLinks`."""

from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Room:
    """What is known of a sitting's room. `pattern` holds `{code}` where the sitting's own secret goes; a `pasted` link
    (Teams, Zoom, Attend Anywhere) stands in its place."""

    pattern: str | None = field(default=None, repr=False)
    code: str = field(default="", repr=False)
    pasted: str | None = field(default=None, repr=False)


class VideoLinks(Protocol):
    """Gives the link of a room; None when there is none. Only who booked is ever shown it."""

    def link(self, room: Room) -> str | None: ...


class WrittenLinks:
    """Built in: links that staff wrote, for one sitting or as a pattern for all of an offer's."""

    def link(self, room: Room) -> str | None:
        """The pasted link, else the pattern with the sitting's secret in it."""
        return room.pasted or (room.pattern.replace("{code}", room.code) if room.pattern else None)


LINKS: VideoLinks = WrittenLinks()


def check_link(typed: str, *, pattern: bool = False) -> str:
    """A link families can open. ValueError with words for whoever typed it."""
    if not typed.startswith("https://") or " " in typed or len(typed) > 300:
        raise ValueError("Enter a link that begins with https://")
    if pattern and "{code}" not in typed:
        raise ValueError("Write {code} where each sitting’s own code goes, so that no two sittings share a room")
    return typed

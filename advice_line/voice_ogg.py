"""How long an Ogg recording is (RFC 3533, RFC 7845): each page says how many samples are played by its end."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from advice_line.voice_pieces import MOST_PIECES, Unreadable, opus_seconds

_PAGE = struct.Struct("<4sBBqIIIB")
_CONTINUES, _NOWHERE, _MORE = 1, -1, 255
_OPUS_RATE = 48_000


@dataclass(slots=True)
class _Stream:
    """One stream of a file: samples a second, the ones that are not played, and how far its pages came."""

    rate: int
    skipped: int = 0
    is_opus: bool = False
    last: int = 0
    played: float = field(default=0.0)

    def seconds(self) -> float:
        return max((self.last - self.skipped) / self.rate, self.played)


def ogg_seconds(content: bytes) -> float | None:
    """By the last page of each stream, or the sound in its packets when that is more. None for other sound than Opus,
    Vorbis and Speex."""
    streams: dict[int, _Stream] = {}
    pieces = 0
    for flags, told, serial, lacing, begins in _pages(content):
        pieces += 1 + len(lacing)
        if pieces > MOST_PIECES:
            raise Unreadable("too many packets")
        if serial not in streams:
            streams[serial] = _begun(content[begins : begins + 40])
        stream = streams[serial]
        if told != _NOWHERE:
            stream.last = max(stream.last, told)
        if stream.is_opus:
            stream.played += _played(content, begins, lacing, continues=bool(flags & _CONTINUES))
    return sum(one.seconds() for one in streams.values()) if streams else None


def _pages(content: bytes) -> Iterator[tuple[int, int, int, bytes, int]]:
    """(flags, samples so far, stream, sizes of the pieces, where they begin) of each page that is there. What lies
    between pages is passed over, as players do."""
    at = content.find(b"OggS")
    while at >= 0 and at + _PAGE.size <= len(content):
        _, _, flags, told, serial, _, _, count = _PAGE.unpack_from(content, at)
        begins = at + _PAGE.size + count
        lacing = content[at + _PAGE.size : begins]
        yield flags, told, serial, lacing, begins
        at = content.find(b"OggS", begins + sum(lacing))


def _begun(head: bytes) -> _Stream:
    """A stream, by its first packet."""
    if head.startswith(b"OpusHead"):
        return _Stream(_OPUS_RATE, skipped=struct.unpack_from("<H", head, 10)[0], is_opus=True)
    if head.startswith(b"\x01vorbis"):
        return _Stream(struct.unpack_from("<I", head, 12)[0])
    if head.startswith(b"Speex   "):
        return _Stream(struct.unpack_from("<I", head, 36)[0])
    raise Unreadable("another kind of sound")


def _played(content: bytes, at: int, lacing: bytes, *, continues: bool) -> float:
    """Seconds of the packets that begin on a page."""
    seconds, inside = 0.0, continues
    for size in lacing:
        packet = content[at : at + min(size, 8)]
        if not inside and not packet.startswith(b"Opus"):
            seconds += opus_seconds(packet)
        inside = size == _MORE
        at += size
    return seconds

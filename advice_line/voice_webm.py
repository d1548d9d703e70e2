"""How long a WebM recording is (RFC 8794, RFC 9559). Browsers write it while they record, so the header knows no length
and the sizes of its parts may be open: what counts is when the last block ends, and how much there is to play."""

import struct

from advice_line.voice_pieces import MOST_PIECES, Unreadable, opus_seconds

_SEGMENT, _INFO, _TRACKS, _TRACK, _CLUSTER, _GROUP = 0x18538067, 0x1549A966, 0x1654AE6B, 0xAE, 0x1F43B675, 0xA0
_ENTERED = {_SEGMENT, _INFO, _TRACKS, _TRACK, _CLUSTER, _GROUP}
_SCALE, _CODEC, _TIME, _SIMPLE, _BLOCK = 0x2AD7B1, 0x86, 0xE7, 0xA3, 0xA1
_LACED = 0x06
_LONGEST_ID, _LONGEST_SIZE, _LONGEST_NUMBER = 4, 8, 8


def webm_seconds(content: bytes) -> float | None:
    """From the first block to the end of the last, or the sound in all blocks when that is more. None without any."""
    walk, at = _Walk(), 0
    for _ in range(MOST_PIECES):
        if at >= len(content):
            return walk.seconds()
        name, at = _number(content, at, _LONGEST_ID, keep_marker=True)
        if at >= len(content):
            return walk.seconds()
        size, begins = _size(content, at)
        if name in _ENTERED:
            # What is in it comes next, whether or not its own size is known.
            at = begins
            continue
        if size is None:
            raise Unreadable("an element without an end")
        at = begins + size
        if at > len(content):
            return walk.seconds()
        walk.meet(name, content[begins : min(at, begins + 64)], size)
    raise Unreadable("too many elements")


class _Walk:
    """What was met on the way."""

    def __init__(self) -> None:
        self.scale, self.codec, self.time = 1_000_000, b"", 0
        self.first: int | None = None
        self.last, self.last_packet, self.played = 0, 0.0, 0.0

    def meet(self, name: int, content: bytes, size: int) -> None:
        """One element; of a long one its beginning."""
        if name in (_SCALE, _TIME):
            if size > _LONGEST_NUMBER:
                raise Unreadable("a number of too many bytes")
            value = int.from_bytes(content)
            self.scale, self.time = (value, self.time) if name == _SCALE else (self.scale, value)
        elif name == _CODEC:
            self.codec = content
        elif name in (_SIMPLE, _BLOCK):
            self._block(content)

    def _block(self, content: bytes) -> None:
        _, at = _number(content, 0, _LONGEST_SIZE)
        after, flags = struct.unpack_from(">hB", content, at)
        if flags & _LACED:
            raise Unreadable("several packets in one block")
        packet = opus_seconds(content[at + 3 :]) if self.codec == b"A_OPUS" else 0.0
        self.played += packet
        when = self.time + after
        self.first = when if self.first is None else min(self.first, when)
        if when >= self.last:
            self.last, self.last_packet = when, packet

    def seconds(self) -> float | None:
        if self.first is None:
            return None
        return max((self.last - self.first) * self.scale / 1_000_000_000 + self.last_packet, self.played)


def _size(content: bytes, at: int) -> tuple[int | None, int]:
    """(bytes, or None for an open end; where they begin)."""
    size, begins = _number(content, at, _LONGEST_SIZE)
    is_open = size == (1 << 7 * (begins - at)) - 1
    return (None if is_open else size), begins


def _number(content: bytes, at: int, longest: int, *, keep_marker: bool = False) -> tuple[int, int]:
    """(a number of variable size, where it ends): the zeros in front of its first bit say of how many bytes it is."""
    size = 9 - content[at].bit_length()
    if size > longest:
        raise Unreadable("no such number")
    value = int.from_bytes(content[at : at + size])
    return (value if keep_marker else value & ((1 << 7 * size) - 1)), at + size

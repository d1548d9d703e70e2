"""How long a recording is, read from the sound itself: a length somebody tells us, a header's included, is their word.

Every format says in its own way when its pieces are played; they are walked once, in steps that only go forward, and
no further than `MOST_PIECES`. What cannot be read has no length, and says so by None.
"""

import struct
from collections.abc import Callable, Mapping

from advice_line.voice_mp4 import mp4_seconds
from advice_line.voice_ogg import ogg_seconds
from advice_line.voice_pieces import MOST_PIECES, Unreadable
from advice_line.voice_webm import webm_seconds

_PCM, _FLOAT, _EXTENSIBLE = 1, 3, 0xFFFE
# What a recorder writes that does not know yet how much there will be.
_OPEN_ENDS = (0, 0xFFFFFFFF)
# The largest a column of the database takes.
_ENDLESS = 2**31 - 1


def length_of(content: bytes, kind: str) -> int | None:
    """Seconds of sound, rounded, one at least; None when they cannot be read. Never raises, and takes time
    in proportion to the size at most."""
    read = _READERS.get(kind)
    try:
        seconds = read(content) if read else None
    except (Unreadable, struct.error, IndexError, ZeroDivisionError, OverflowError):
        return None
    return None if seconds is None or seconds <= 0 else min(max(round(seconds), 1), _ENDLESS)


def _wav_seconds(content: bytes) -> float | None:
    """From the `data` chunk, as far as it is there, at the rate of `fmt `."""
    at, rate = 12, 0.0
    for _ in range(MOST_PIECES):
        name, size = struct.unpack_from("<4sI", content, at)
        at += 8
        if name == b"fmt ":
            rate = _rate(content, at)
        elif name == b"data":
            there = len(content) - at
            return (there if size in _OPEN_ENDS else min(size, there)) / rate
        at += size + size % 2
    raise Unreadable("too many chunks")


def _rate(content: bytes, at: int) -> float:
    """Bytes a second. Of plain samples it follows from how many there are, and what the header says is passed over."""
    shape, channels, samples, told, _, bits = struct.unpack_from("<HHIIHH", content, at)
    plain = shape in (_PCM, _FLOAT, _EXTENSIBLE)
    return channels * samples * bits / 8 if plain else float(told)


_READERS: Mapping[str, Callable[[bytes], float | None]] = {
    "audio/webm": webm_seconds,
    "audio/ogg": ogg_seconds,
    "audio/mp4": mp4_seconds,
    "audio/wav": _wav_seconds,
}

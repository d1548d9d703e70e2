"""How long an MP4 recording is (ISO 14496-12). Safari writes one table of samples at the end, other browsers fragments
with tables of their own; both are added up, and the header's word is only believed when it is more."""

import struct
from dataclasses import dataclass
from itertools import islice

from advice_line.voice_pieces import MOST_PIECES, Unreadable

_ENTERED = {b"moov", b"trak", b"mdia", b"minf", b"stbl", b"mvex", b"moof", b"traf"}
_READ = {b"mvhd", b"tkhd", b"mdhd", b"stts", b"trex", b"tfhd", b"tfdt", b"trun"}
_TO_THE_END, _LONG = 0, 1


@dataclass(slots=True)
class _Track:
    """In ticks, `scale` of them a second: what its tables and its fragments hold, and how long a sample is by default;
    `now` is where the next fragment begins."""

    scale: int = 0
    listed: int = 0
    fragments: int = 0
    default: int = 0
    now: int = 0
    end: int = 0

    def seconds(self) -> float:
        ticks = max(self.listed, self.fragments, self.end)
        return ticks / self.scale if ticks else 0.0


def mp4_seconds(content: bytes) -> float | None:
    """The longest track. None when no sample is told of."""
    walk, at = _Walk(), 0
    for _ in range(MOST_PIECES):
        if at + 8 > len(content):
            return walk.seconds()
        size, name = struct.unpack_from(">I4s", content, at)
        begins = at + 8
        if size == _LONG:
            size, begins = struct.unpack_from(">Q", content, begins)[0], begins + 8
        ends = len(content) if size == _TO_THE_END else at + size
        if ends < begins:
            raise Unreadable("a box that is smaller than its head")
        if name in _READ:
            walk.meet(name, content[begins:ends])
        at = begins if name in _ENTERED else ends
    raise Unreadable("too many boxes")


class _Walk:
    """What was met on the way. Boxes inside boxes come in their order: a table is of the track named last."""

    def __init__(self) -> None:
        self.tracks: dict[int, _Track] = {}
        self.track, self.sample, self.told = _Track(), 0, 0.0

    def meet(self, name: bytes, box: bytes) -> None:
        """One box, without its head."""
        getattr(self, f"_{name.decode()}")(box, box[0], int.from_bytes(box[1:4]))

    def seconds(self) -> float | None:
        longest = max((one.seconds() for one in self.tracks.values()), default=0.0)
        return max(longest, self.told) if longest else None

    def _of(self, number: int) -> None:
        self.track = self.tracks.setdefault(number, _Track())

    def _mvhd(self, box: bytes, version: int, _: int) -> None:
        scale, ticks = struct.unpack_from(">IQ" if version else ">II", box, 20 if version else 12)
        unknown = 2 ** (64 if version else 32) - 1
        self.told = ticks / scale if scale and ticks != unknown else 0.0

    def _tkhd(self, box: bytes, version: int, _: int) -> None:
        self._of(struct.unpack_from(">I", box, 20 if version else 12)[0])

    def _mdhd(self, box: bytes, version: int, _: int) -> None:
        self.track.scale = struct.unpack_from(">I", box, 20 if version else 12)[0]

    def _stts(self, box: bytes, _: int, __: int) -> None:
        rows = (len(box) - 8) // 8
        count = min(struct.unpack_from(">I", box, 4)[0], rows)
        if count > MOST_PIECES:
            raise Unreadable("too many samples")
        table = struct.iter_unpack(">II", box[8 : 8 + 8 * count])
        self.track.listed += sum(samples * each for samples, each in table)

    def _trex(self, box: bytes, _: int, __: int) -> None:
        number, _kind, each = struct.unpack_from(">III", box, 4)
        self._of(number)
        self.track.default = each

    def _tfhd(self, box: bytes, _: int, flags: int) -> None:
        self._of(struct.unpack_from(">I", box, 4)[0])
        self.sample = self.track.default
        if flags & 0x08:
            # Where the samples lie and how they are described come before how long they are.
            before = 8 * bool(flags & 0x01) + 4 * bool(flags & 0x02)
            self.sample = struct.unpack_from(">I", box, 8 + before)[0]

    def _tfdt(self, box: bytes, version: int, _: int) -> None:
        self.track.now = struct.unpack_from(">Q" if version else ">I", box, 4)[0]

    def _trun(self, box: bytes, _: int, flags: int) -> None:
        count = struct.unpack_from(">I", box, 4)[0]
        ticks = count * self.sample
        if flags & 0x100:
            ticks = self._each(box, count, flags)
        self.track.fragments += ticks
        self.track.now += ticks
        self.track.end = max(self.track.end, self.track.now)

    def _each(self, box: bytes, count: int, flags: int) -> int:
        """Samples that say themselves how long they are: the first of one to four numbers each."""
        if count > MOST_PIECES:
            raise Unreadable("too many samples")
        begins = 8 + 4 * bool(flags & 0x01) + 4 * bool(flags & 0x04)
        width = sum(bool(flags & one) for one in (0x100, 0x200, 0x400, 0x800))
        numbers = struct.iter_unpack(">I", box[begins : begins + 4 * width * min(count, len(box) // (4 * width))])
        return sum(ticks for (ticks,) in islice(numbers, 0, None, width))

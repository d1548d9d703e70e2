"""Recordings as browsers and exchanges write them, with nothing in them but their times."""

import struct
from collections.abc import Iterator

TWENTY_MS = bytes([15 << 3]) + b"\0" * 7
"""A packet of Opus that plays for 20 ms."""

OPEN = None


def element(name: int, content: bytes, size: int | None = -1) -> bytes:
    """One part of a WebM file; `OPEN` for a size that was not known when it was written."""
    head = name.to_bytes((name.bit_length() + 7) // 8)
    if size is OPEN:
        return head + b"\x01" + b"\xff" * 7 + content
    return head + (0x10000000 | (len(content) if size == -1 else size or 0)).to_bytes(4) + content


def webm(seconds: float, packet: bytes = TWENTY_MS, *, told: float | None = None, codec: bytes = b"A_OPUS") -> bytes:
    """As MediaRecorder writes it: no duration in front (unless `told`), open ends, a cluster a second."""
    info = element(0x2AD7B1, (1_000_000).to_bytes(3))
    if told is not None:
        info += element(0x4489, struct.pack(">d", told * 1000))
    body = element(0x1549A966, info) + element(0x1654AE6B, element(0xAE, element(0x86, codec)))
    return element(0x1A45DFA3, b"") + element(0x18538067, body + b"".join(_clusters(seconds, packet)), OPEN)


def _clusters(seconds: float, packet: bytes) -> Iterator[bytes]:
    for n in range(round(seconds * 50)):
        if n % 50 == 0:
            yield element(0x1F43B675, element(0xE7, (n * 20).to_bytes(4)), OPEN)
        yield element(0xA3, b"\x81" + struct.pack(">hB", n % 50 * 20, 0x80) + packet)


def ogg(seconds: float, told: float | None = None) -> bytes:
    """Opus in Ogg, fifty packets a page; `told` is what the last page says."""
    skipped, count = 312, round(seconds * 50)
    head = b"OpusHead\x01\x01" + struct.pack("<HIhB", skipped, 48_000, 0, 0)
    pages = [_page(2, 0, [head]), _page(0, 0, [b"OpusTags" + b"\0" * 8])]
    for n in range(0, count, 50):
        packets = [TWENTY_MS] * min(50, count - n)
        pages.append(_page(0, skipped + (n + len(packets)) * 960, packets))
    if told is not None:
        pages.append(_page(4, skipped + round(told * 48_000), []))
    return b"".join(pages)


def _page(flags: int, granule: int, packets: list[bytes]) -> bytes:
    lacing = bytes(len(one) for one in packets)
    head = struct.pack("<4sBBqIIIB", b"OggS", 0, flags, granule, 7, 0, 0, len(lacing))
    return head + lacing + b"".join(packets)


def box(name: bytes, *parts: bytes, flags: int | None = None) -> bytes:
    """One part of an MP4 file; with `flags` for one that has a version."""
    content = b"".join(parts) if flags is None else struct.pack(">I", flags) + b"".join(parts)
    return struct.pack(">I4s", 8 + len(content), name) + content


_FTYP = box(b"ftyp", b"M4A \0\0\0\0")


def _moov(table: bytes, told: float) -> bytes:
    track = box(b"tkhd", struct.pack(">IIII", 0, 0, 1, 0), flags=0)
    media = box(b"mdhd", struct.pack(">IIII", 0, 0, 48_000, 0), flags=0) + box(b"minf", box(b"stbl", table))
    extends = box(b"mvex", box(b"trex", struct.pack(">IIIII", 1, 1, 1024, 0, 0), flags=0))
    header = box(b"mvhd", struct.pack(">IIII", 0, 0, 1000, round(told * 1000)), flags=0)
    return box(b"moov", header, box(b"trak", track, box(b"mdia", media)), extends)


def mp4_at_once(seconds: float, told: float = 0) -> bytes:
    """As older Safari writes it: everything in one table at the end."""
    table = box(b"stts", struct.pack(">III", 1, round(seconds * 48_000 / 1024), 1024), flags=0)
    return _FTYP + box(b"mdat", b"\0" * 100) + _moov(table, told or seconds)


def mp4_in_fragments(seconds: float, *, each_told: bool) -> bytes:
    """As it is written while it is recorded: a fragment a second, and a header that knows nothing."""
    made = [_FTYP, _moov(box(b"stts", struct.pack(">I", 0), flags=0), 0)]
    for n in range(round(seconds)):
        samples, each = 48, 1000
        head = box(b"tfhd", struct.pack(">II", 1, each), flags=0x08)
        when = box(b"tfdt", struct.pack(">I", n * 48_000), flags=0)
        rows = struct.pack(">I", samples) + struct.pack(">II", each, 9) * samples
        run = box(b"trun", rows, flags=0x300) if each_told else box(b"trun", struct.pack(">I", samples), flags=0)
        made.append(box(b"moof", box(b"traf", head, when, run)) + box(b"mdat", b"\0" * 10))
    return b"".join(made)

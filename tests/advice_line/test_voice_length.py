"""How long a recording is stands in its sound: what a header, a browser or an attacker says of it is not believed."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advice_line.voice_length import length_of
from advice_line.voice_pieces import MOST_PIECES, opus_seconds
from advice_line.voice_words import MOST_BYTES
from app.demo.sounds import hum
from core.storage.files_kinds import kind_of
from tests.advice_line.sounds import (
    OPEN,
    TWENTY_MS,
    box,
    element,
    mp4_at_once,
    mp4_in_fragments,
    ogg,
    webm,
)

WEBM, OGG, MP4, WAV = "audio/webm", "audio/ogg", "audio/mp4", "audio/wav"
SOUNDS = {
    "webm": webm(7),
    "webm-other": webm(7, codec=b"A_VORBIS"),
    "ogg": ogg(7),
    "mp4-at-once": mp4_at_once(7),
    "mp4-each": mp4_in_fragments(7, each_told=True),
    "mp4-default": mp4_in_fragments(7, each_told=False),
    "wav": hum(7),
}
ANY = st.sampled_from(sorted(SOUNDS.values()))


def length(content: bytes) -> int | None:
    return length_of(content, kind_of(content) or "")


@pytest.mark.parametrize("name", sorted(SOUNDS))
def test_every_kind_of_recording_says_how_long_it_is(name: str) -> None:
    assert length(SOUNDS[name]) == 7


@given(st.integers(1, 90), st.sampled_from([webm, ogg, mp4_at_once]))
def test_as_long_as_it_was_made(tenths: int, make: object) -> None:
    found = length(make(tenths / 10))  # type: ignore[operator]
    assert found is not None
    assert abs(found - max(1, tenths / 10)) <= 0.6


def test_what_a_header_says_is_not_believed_when_there_is_more() -> None:
    assert length(webm(200, told=3)) == 200
    assert length(ogg(200, told=3)) == 200
    assert length(mp4_at_once(200, told=3)) == 200
    # All packets at one moment: a player plays them one after the other all the same
    squeezed = webm(200).replace(element(0x2AD7B1, (1_000_000).to_bytes(3)), element(0x2AD7B1, (1).to_bytes(3)))
    assert length(squeezed) == 200


@pytest.mark.parametrize("size", [0, 0xFFFFFFFF, 0x7FFFFFFF])
def test_a_wav_that_was_never_closed_is_as_long_as_what_is_there(size: int) -> None:
    sound = bytearray(hum(7))
    sound[40:44] = struct.pack("<I", size)
    assert length(bytes(sound)) == 7
    # Nor does it help to say that a second of plain samples takes more bytes than it does
    sound[28:32] = struct.pack("<I", 8_000_000)
    assert length(bytes(sound)) == 7


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x1aE\xdf\xa3",
        b"RIFF\0\0\0\0WAVE",
        b"OggS",
        webm(0),
        ogg(0)[:40],
        mp4_at_once(0),
        # Nothing of it can be played without the table at the end
        mp4_at_once(7)[:100],
        # Several packets in one block, an element that never ends, sound of another kind
        webm(7).replace(b"\0\0\x80" + TWENTY_MS, b"\0\0\x82" + TWENTY_MS),
        webm(7) + element(0xEC, b"", OPEN),
        ogg(7).replace(b"OpusHead", b"OtherOne"),
        webm(1) + b"\x00" * 100,
        hum(1).replace(b"data", b"none"),
        hum(1).replace(struct.pack("<I", 8000), bytes(4)),
    ],
    ids=range(14),
)
def test_what_does_not_say_has_no_length(content: bytes) -> None:
    assert length(content) is None


def test_a_recording_that_was_cut_off_is_as_long_as_what_came() -> None:
    assert length(webm(7)[: len(webm(7)) // 2]) in (3, 4)
    assert length(ogg(7)[: len(ogg(7)) // 2]) in (3, 4)
    assert length(mp4_in_fragments(8, each_told=True)[: len(mp4_in_fragments(4, each_told=True))]) == 4


@pytest.mark.parametrize("piece", [element(0xEC, b""), b"\xec\x80", box(b"free"), b"\xe7\x80"], ids=range(4))
def test_what_is_made_of_very_many_pieces_is_not_walked_to_its_end(piece: bytes) -> None:
    for head in (element(0x1A45DFA3, b""), box(b"ftyp", b"isom\0\0\0\0")):
        assert length(head + webm(1)[4:] + piece * (MOST_PIECES + 1)) is None
    junk = b"RIFF\0\0\0\0WAVE" + b"junk\0\0\0\0" * (MOST_PIECES + 1)
    assert length(junk[:MOST_BYTES]) is None
    pages = ogg(0)[:74] + (b"OggS" + bytes(22) + b"\xff" + b"\0" * 255) * 1000
    assert length(pages) is None


@given(ANY, st.data())
def test_whatever_is_changed_in_it_it_is_read_or_not_and_nothing_breaks(sound: bytes, data: st.DataObject) -> None:
    changed = bytearray(sound)
    for at, byte in data.draw(st.lists(st.tuples(st.integers(0, 400), st.binary(min_size=1, max_size=8)), max_size=6)):
        changed[at : at + len(byte)] = byte
    found = length(bytes(changed[: data.draw(st.integers(0, len(changed)))]))
    assert found is None or 1 <= found < 2**31


@given(st.sampled_from([b"\x1aE\xdf\xa3", b"OggS", b"RIFF\0\0\0\0WAVE", b"\0\0\0\x10ftypisom\0\0\0\0"]), st.binary())
def test_nor_with_anything_behind_a_right_beginning(head: bytes, rest: bytes) -> None:
    found = length(head + rest)
    assert found is None or found >= 1


@pytest.mark.parametrize(
    ("packet", "seconds"),
    [
        (b"", 0), (bytes([0]), 0.01), (bytes([3 << 3 | 1]), 0.12), (bytes([13 << 3 | 2]), 0.04),
        (bytes([16 << 3]), 0.0025), (bytes([31 << 3 | 3, 5]), 0.1), (bytes([31 << 3 | 3]), 0),
    ],
)  # fmt: skip
def test_a_packet_says_how_long_it_plays(packet: bytes, seconds: float) -> None:
    assert opus_seconds(packet) == pytest.approx(seconds)

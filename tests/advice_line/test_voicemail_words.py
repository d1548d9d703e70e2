"""How a telephony provider proves who it is, and what it may hand over."""

import base64
import json
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advice_line.voicemail_words import WINDOW, is_signed, read, sign
from core.domain.clock import london

SECRET = b"an invented secret of more than thirty-two signs"
NOW = london(2026, 11, 23, 10)
STAMP = str(int(NOW.timestamp()))


@given(st.binary(max_size=200))
def test_what_is_signed_is_believed(body: bytes) -> None:
    assert is_signed(SECRET, STAMP, sign(SECRET, STAMP, body), body, NOW)


@given(st.binary(max_size=50), st.binary(max_size=50))
def test_a_signature_is_of_one_body_only(body: bytes, other: bytes) -> None:
    assert is_signed(SECRET, STAMP, sign(SECRET, STAMP, body), other, NOW) == (body == other)


def test_a_signature_is_of_one_time_and_one_secret_only() -> None:
    true = sign(SECRET, STAMP, b"{}")
    assert not is_signed(SECRET, str(int(STAMP) + 1), true, b"{}", NOW)
    assert not is_signed(b"another secret", STAMP, true, b"{}", NOW)
    # The full stop keeps digits from wandering between time and body.
    assert not is_signed(SECRET, STAMP[:-1], sign(SECRET, STAMP, b"5"), STAMP[-1:].encode() + b".5", NOW)


@pytest.mark.parametrize(("late", "believed"), [(WINDOW, True), (WINDOW + timedelta(seconds=1), False)])
def test_what_was_signed_long_ago_or_ahead_is_not_believed(late: timedelta, believed: bool) -> None:
    true = sign(SECRET, STAMP, b"{}")
    assert is_signed(SECRET, STAMP, true, b"{}", NOW + late) is believed
    assert is_signed(SECRET, STAMP, true, b"{}", NOW - late) is believed


@pytest.mark.parametrize("stamp", ["", "now", "-1", "1e9", "９９９", "9" * 13])
def test_a_time_that_is_none_is_refused(stamp: str) -> None:
    assert not is_signed(SECRET, stamp, sign(SECRET, stamp, b"{}"), b"{}", NOW)


def told(**changed: Any) -> bytes:
    plain = {"id": "CA-1", "from": "+447700900123", "seconds": 4, "recording": base64.b64encode(b"RIFF").decode()}
    return json.dumps(plain | changed).encode()


def test_a_voicemail_is_read() -> None:
    voicemail = read(told())
    assert (voicemail.id, voicemail.number, voicemail.seconds) == ("CA-1", "+447700900123", 4)
    assert voicemail.recording == b"RIFF"
    assert voicemail.draft_id == read(told(seconds=9)).draft_id != read(told(id="CA-2")).draft_id


def test_a_withheld_number_and_an_empty_recording_are_voicemail_all_the_same() -> None:
    voicemail = read(told(**{"from": None, "recording": None, "seconds": None}))
    assert (voicemail.number, voicemail.recording, voicemail.seconds) == ("", b"", 0)


@pytest.mark.parametrize(
    "body",
    [
        b"", b"[]", b"{", b"\xff", b"null", told(id=""), told(id=5), told(id="x" * 121), told(id="a b"),
        told(seconds="4"), told(seconds=-1), told(seconds=True), told(**{"from": 447700900123}),
        told(recording="not base64!"), told(recording=5),
    ],
)  # fmt: skip
def test_what_is_no_voicemail_is_refused(body: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - each says what cannot be read
        read(body)

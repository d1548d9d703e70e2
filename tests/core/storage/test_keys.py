"""A stolen dump tells nothing: what is sealed opens only with our keys and only in its own place."""

import os
import stat
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.storage.keys import Undecipherable, load_keyring, make_keys_file, new_keyring

KEYS = new_keyring()


@given(st.text())
def test_what_is_sealed_can_be_opened_and_looks_different_every_time(plain: str) -> None:
    one, other = KEYS.seal(plain, "child.name"), KEYS.seal(plain, "child.name")
    assert KEYS.open(one, "child.name") == KEYS.open(other, "child.name") == plain
    assert one != other
    # In front of what is hidden stands the id of the key, which anyone may read.
    hidden = one[1 + len(KEYS.current) :]
    assert len(plain) < 4 or plain.encode() not in hidden


def test_a_value_moved_to_another_column_does_not_open() -> None:
    with pytest.raises(Undecipherable):
        KEYS.open(KEYS.seal("Ada", "child.name"), "child.school")


@pytest.mark.parametrize("place", range(0, 30, 5))
def test_a_changed_value_does_not_open(place: int) -> None:
    sealed = bytearray(KEYS.seal("Ada Invented", "child.name"))
    sealed[place] ^= 1
    with pytest.raises(Undecipherable):
        KEYS.open(bytes(sealed), "child.name")


def test_an_older_key_still_opens_what_it_sealed_and_the_new_one_writes() -> None:
    sealed = KEYS.seal("Ada", "p")
    rotated = replace(KEYS, data={**KEYS.data, "k002": os.urandom(32)}, current="k002")
    assert rotated.open(sealed, "p") == "Ada"
    assert rotated.seal("Ada", "p")[1:5] == b"k002"
    with pytest.raises(Undecipherable):
        KEYS.open(rotated.seal("Ada", "p"), "p")


def test_fingerprints_find_equal_values_of_one_kind_only() -> None:
    assert KEYS.fingerprint("phone", "1") == KEYS.fingerprint("phone", "1")
    assert KEYS.fingerprint("phone", "1") != KEYS.fingerprint("nhs-number", "1")
    assert KEYS.fingerprint("phone", "1") != new_keyring().fingerprint("phone", "1")


def test_the_keys_file_is_for_its_owner_only_and_is_never_replaced(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "keys.json"
    make_keys_file(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    keys = load_keyring(path)
    with pytest.raises(FileExistsError):
        make_keys_file(path)
    assert load_keyring(path) == keys
    assert [each.name for each in path.parent.iterdir()] == ["keys.json"]

"""Encryption keys: what hides personal data in the database, and what finds it again without showing it.

One *data key* encrypts (AES-256-GCM); older ones still decrypt, each named by a key id in front of the
ciphertext. One *look-up key* makes keyed hashes (HMAC-SHA256), so that an NHS number can be searched for but not
read off a stolen dump. The file that holds them is written once, mode 0600, never inside the repository.
"""

import base64
import hashlib
import hmac
import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_FORMAT = b"\x01"
_KEY_ID = 4
_NONCE = 12


class Undecipherable(Exception):
    """The bytes were not written with a key we hold, or were changed since."""


@dataclass(frozen=True)
class Keyring:
    """`data` maps a four-sign key id to 32 bytes; `current` names the one that writes; `lookup` is 32 bytes."""

    data: Mapping[str, bytes]
    current: str
    lookup: bytes

    def seal(self, plain: str, place: str) -> bytes:
        """Encrypts text for one place, a `table.column`; it cannot be read back from any other place."""
        nonce = secrets.token_bytes(_NONCE)
        hidden = AESGCM(self.data[self.current]).encrypt(nonce, plain.encode(), place.encode())
        return _FORMAT + self.current.encode() + nonce + hidden

    def open(self, sealed: bytes, place: str) -> str:
        """The text `seal` hid. Raises Undecipherable."""
        key_id, nonce = sealed[1 : 1 + _KEY_ID], sealed[1 + _KEY_ID : 1 + _KEY_ID + _NONCE]
        key = self.data.get(key_id.decode("ascii", "replace"))
        if sealed[:1] != _FORMAT or key is None:
            raise Undecipherable("written with a key this service does not hold")
        try:
            return AESGCM(key).decrypt(nonce, sealed[1 + _KEY_ID + _NONCE :], place.encode()).decode()
        except InvalidTag:
            raise Undecipherable("changed since it was written, or moved to another column") from None

    def fingerprint(self, kind: str, value: str) -> bytes:
        """A keyed hash to find a value by: 32 bytes, different for each `kind` ("nhs-number", "phone", …)."""
        return hmac.digest(self.lookup, f"{kind}\0{value}".encode(), hashlib.sha256)


def new_keyring() -> Keyring:
    return Keyring(data={"k001": secrets.token_bytes(32)}, current="k001", lookup=secrets.token_bytes(32))


def make_keys_file(path: Path) -> None:
    """Writes fresh keys, whole or not at all. FileExistsError when there are keys already: they are never replaced."""
    path.parent.mkdir(parents=True, exist_ok=True)
    keys = new_keyring()
    told = {
        "current": keys.current,
        "data": {k: _text(v) for k, v in keys.data.items()},
        "lookup": _text(keys.lookup),
    }
    draft = path.with_name(f"{path.name}.{os.getpid()}.new")
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
        json.dump(told, file)
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, path)
    finally:
        draft.unlink()


def load_keyring(path: Path) -> Keyring:
    """Reads the file `make_keys_file` wrote. FileNotFoundError names the path when it is missing."""
    told = json.loads(path.read_text(encoding="ascii"))
    data = {key_id: base64.b64decode(key) for key_id, key in told["data"].items()}
    return Keyring(data=data, current=told["current"], lookup=base64.b64decode(told["lookup"]))


def _text(key: bytes) -> str:
    return base64.b64encode(key).decode()

"""Encryption keys: what hides personal data in the database, and what finds it again without showing it.

One *data key* encrypts (AES-256-GCM); older ones still decrypt, each named by a key id in front of the
ciphertext. One *look-up key* makes keyed hashes (HMAC-SHA256), so that an NHS number can be searched for but not
read off a stolen dump. The file that holds them has mode 0600 and is never inside the repository. Data keys are added
and taken away while the service runs (`frontdoor keys`); every process notices by itself.
"""

import base64
import hashlib
import hmac
import json
import logging
import os
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

log = logging.getLogger("frontdoor.keys")

_FORMAT = b"\x01"
_KEY_ID = 4
_NONCE = 12
_LOOK_EVERY = 1.0


class Undecipherable(Exception):
    """The bytes were not written with a key we hold, or were changed since."""


@dataclass(frozen=True)
class Keyring:
    """`data` maps a four-sign key id to 32 bytes; `current` names the one that writes; `lookup` is 32 bytes."""

    data: Mapping[str, bytes] = field(repr=False)
    current: str
    lookup: bytes = field(repr=False)

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


def key_id_of(sealed: bytes) -> str:
    """The id of the key a value was sealed with."""
    return sealed[1 : 1 + _KEY_ID].decode("ascii", "replace")


def new_keyring() -> Keyring:
    return Keyring(data={"k001": secrets.token_bytes(32)}, current="k001", lookup=secrets.token_bytes(32))


def make_keys_file(path: Path) -> None:
    """Writes fresh keys, whole or not at all. FileExistsError when there are keys already: they are never replaced."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = _draft(path, new_keyring())
    try:
        os.link(draft, path)
    finally:
        draft.unlink()


def replace_keys_file(path: Path, ring: Keyring) -> None:
    """Puts these keys in place of those in the file, whole or not at all. For `frontdoor keys`, which never drops a key
    that is needed."""
    held = path.stat()
    draft = _draft(path, ring)
    if os.geteuid() == 0:
        os.chown(draft, held.st_uid, held.st_gid)
    draft.replace(path)


def _draft(path: Path, ring: Keyring) -> Path:
    draft = path.with_name(f"{path.name}.{os.getpid()}.new")
    draft.unlink(missing_ok=True)
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
        file.write(spell_keyring(ring))
        file.flush()
        os.fsync(file.fileno())
    return draft


def spell_keyring(ring: Keyring) -> str:
    """The keys as they stand in a file or in the setting KEYS."""
    data = {key_id: _text(key) for key_id, key in ring.data.items()}
    return json.dumps({"current": ring.current, "data": data, "lookup": _text(ring.lookup)})


def load_keyring(path: Path) -> Keyring:
    """Reads the file `make_keys_file` wrote. FileNotFoundError names the path when it is missing."""
    return parse_keyring(path.read_text(encoding="ascii"))


def parse_keyring(text: str) -> Keyring:
    """The keys that `spell_keyring` wrote. ValueError, without a word of what was given, when they cannot be read."""
    try:
        told = json.loads(text)
        data = {key_id: base64.b64decode(key) for key_id, key in told["data"].items()}
        ring = Keyring(data=data, current=told["current"], lookup=base64.b64decode(told["lookup"]))
    except (ValueError, KeyError, TypeError, AttributeError):
        raise ValueError("the keys cannot be read: they are not what `frontdoor keys make` writes") from None
    if ring.current not in data or any(len(key) != 32 for key in (*data.values(), ring.lookup)):
        raise ValueError("the keys are not whole: the current one is missing, or one is not 32 bytes")
    if any(len(key_id.encode()) != _KEY_ID for key_id in data):
        raise ValueError("the id of a key must have four signs")
    return ring


class KeysFile:
    """The keys of a file that may change while the service runs.

    It is looked at (one `stat`) at most once a second, and at once when a value names a key that is not held. A file
    that cannot be read, or holds another look-up key, is not taken over: the keys known so far stay.
    """

    def __init__(self, path: Path) -> None:
        """Raises what `load_keyring` raises."""
        self._path = path
        self._seen, self._ring = _mark(path), load_keyring(path)
        self._looked = time.monotonic()

    @property
    def lookup(self) -> bytes:
        """The one key that never changes."""
        return self._ring.lookup

    def ring(self) -> Keyring:
        """The keys as of at most a second ago."""
        if time.monotonic() - self._looked > _LOOK_EVERY:
            self.look_again()
        return self._ring

    def look_again(self) -> None:
        """Reads the file if it is another than the one read last."""
        self._looked = time.monotonic()
        try:
            if (mark := _mark(self._path)) == self._seen:
                return
            ring = load_keyring(self._path)
        except (OSError, ValueError) as problem:
            log.error("keys file cannot be read; the keys known so far stay", extra={"error": type(problem).__name__})
            return
        if ring.lookup != self._ring.lookup:
            log.error("keys file holds another look-up key; the keys known so far stay")
            return
        self._seen, self._ring = mark, ring
        log.info("keys read again", extra={"holds": sorted(ring.data), "writes_with": ring.current})


def _mark(path: Path) -> tuple[int, int, int]:
    """Another one for another file: it is always replaced whole."""
    told = path.stat()
    return told.st_ino, told.st_mtime_ns, told.st_size


def _text(key: bytes) -> str:
    return base64.b64encode(key).decode()

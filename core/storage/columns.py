"""Column types: enums stored as their words, and text that only the service can read."""

import json
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.types import TypeDecorator

from core.storage.keys import Keyring, KeysFile, key_id_of


class _Vault:
    """The keys of this process. A column type is made at import, long before the keys are read."""

    keyring: Keyring | KeysFile | None = None


def use_keys(keyring: Keyring | KeysFile) -> None:
    """Gives this process the keys, for good or from a file that may change; called once by the wiring, before the first
    query."""
    _Vault.keyring = keyring


def keys() -> Keyring:
    """The keys of this process, from a file as it was at most a second ago. RuntimeError when the wiring has not set
    them."""
    if _Vault.keyring is None:
        raise RuntimeError("no encryption keys: the wiring must call use_keys first")
    return _Vault.keyring.ring() if isinstance(_Vault.keyring, KeysFile) else _Vault.keyring


def latest_keys() -> Keyring:
    """The same, from a file as it is now."""
    if isinstance(_Vault.keyring, KeysFile):
        _Vault.keyring.look_again()
    return keys()


def open_sealed(sealed: bytes, place: str) -> str:
    """The text behind a sealed value; a key that was added a moment ago is looked for. Raises Undecipherable."""
    ring = keys()
    if key_id_of(sealed) not in ring.data:
        ring = latest_keys()
    return ring.open(sealed, place)


class EncryptedText(TypeDecorator[str]):
    """Text stored as AES-GCM ciphertext bound to its place (`table.column`); None stays NULL."""

    impl = sa.LargeBinary
    cache_ok = True

    def __init__(self, place: str) -> None:
        super().__init__()
        self.place = place

    def process_bind_param(self, value: str | None, dialect: Any) -> bytes | None:
        return None if value is None else keys().seal(value, self.place)

    def process_result_value(self, value: bytes | None, dialect: Any) -> str | None:
        return None if value is None else open_sealed(value, self.place)


class EncryptedJSON(TypeDecorator[Any]):
    """JSON stored as AES-GCM ciphertext. Changes inside a value are not noticed: assign a new one."""

    impl = sa.LargeBinary
    cache_ok = True

    def __init__(self, place: str) -> None:
        super().__init__()
        self.place = place

    def process_bind_param(self, value: Any, dialect: Any) -> bytes | None:
        return None if value is None else keys().seal(json.dumps(value, separators=(",", ":")), self.place)

    def process_result_value(self, value: bytes | None, dialect: Any) -> Any:
        return None if value is None else json.loads(open_sealed(value, self.place))


def text_enum(words: type[StrEnum], name: str) -> sa.Enum:
    """An enum stored as its values with a CHECK constraint called `name`; a native type is hard to change."""
    return sa.Enum(
        words,
        name=name,
        native_enum=False,
        create_constraint=True,
        length=40,
        values_callable=lambda kinds: [kind.value for kind in kinds],
    )

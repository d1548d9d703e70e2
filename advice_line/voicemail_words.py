"""A voicemail as a telephony provider hands it over, and how it proves who it is."""

import base64
import binascii
import hashlib
import hmac
import json
import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

WINDOW = timedelta(minutes=5)
TIMESTAMP, SIGNATURE = "x-voicemail-timestamp", "x-voicemail-signature"
MOST_BODY = 9 * 1024 * 1024
"""The largest recording in base64, with room for the rest."""

_ID = re.compile(r"[A-Za-z0-9_.:@-]{1,120}")
_SECONDS = re.compile(r"\d{1,12}")
_OURS = UUID("6f1d3a52-5b0e-5c39-9a5d-6d0a0c7f5b11")


@dataclass(frozen=True, slots=True)
class Voicemail:
    """`number` is as the exchange showed it, empty when it was withheld; `recording` may be empty, too: somebody rang
    and said nothing that was recorded."""

    id: str
    number: str = field(repr=False)
    seconds: int
    recording: bytes = field(repr=False)

    @property
    def draft_id(self) -> UUID:
        """What its recording belongs to until there is a message: the same for the same voicemail."""
        return uuid5(_OURS, self.id)


def sign(secret: bytes, timestamp: str, body: bytes) -> str:
    """The signature of a body sent at this time (seconds since 1970)."""
    return "v1=" + hmac.digest(secret, timestamp.encode() + b"." + body, hashlib.sha256).hex()


def is_signed(secret: bytes, timestamp: str, signature: str, body: bytes, now: datetime) -> bool:
    """True when somebody who knows the secret said this within the last minutes."""
    if not _SECONDS.fullmatch(timestamp):
        return False
    age = abs(int(now.timestamp()) - int(timestamp))
    true = hmac.compare_digest(sign(secret, timestamp, body).encode(), signature.encode())
    return true and age <= WINDOW.total_seconds()


def read(body: bytes) -> Voicemail:
    """`{"id": …, "from": …, "seconds": …, "recording": base64}`. ValueError says what cannot be read."""
    told = json.loads(body)
    if not isinstance(told, dict):
        raise ValueError("not an object")
    return Voicemail(_id(told.get("id")), _number(told.get("from")), _seconds(told.get("seconds")), _sound(told))


def _id(value: Any) -> str:
    if not isinstance(value, str) or not _ID.fullmatch(value):
        raise ValueError("id: up to 120 letters, digits and _ . : @ -")
    return value


def _number(value: Any) -> str:
    if value is not None and not isinstance(value, str):
        raise ValueError("from: a phone number, or nothing")
    return (value or "").strip()


def _seconds(value: Any) -> int:
    if value is None:
        return 0
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 86_400:
        raise ValueError("seconds: a number")
    return round(value)


def _sound(told: dict[str, Any]) -> bytes:
    value = told.get("recording")
    if value is None:
        return b""
    if not isinstance(value, str):
        raise ValueError("recording: base64")
    try:
        return base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("recording: base64") from None

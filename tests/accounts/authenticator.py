"""A passkey in software: what a phone or key does, so that tests can also do what no browser would."""

import hashlib
import json
import secrets
import struct
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from webauthn.helpers import bytes_to_base64url

_PRESENT, _VERIFIED, _ATTESTED = 0x01, 0x04, 0x40


class Authenticator:
    """One key pair. `verified` is whether its owner showed a finger, a face or a PIN."""

    def __init__(self, address: str, *, verified: bool = True) -> None:
        self.address, self.verified = address, verified
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.id = secrets.token_bytes(16)
        self.count = 0

    def make(self, options: str) -> str:
        """The answer to `navigator.credentials.create`."""
        asked = json.loads(options)
        attested = bytes(16) + struct.pack(">H", len(self.id)) + self.id + self._public()
        data = self._data(asked["rp"]["id"], _ATTESTED) + attested
        told = self._told("webauthn.create", asked["challenge"])
        whole = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        return self._answer({"clientDataJSON": told, "attestationObject": whole})

    def show(self, options: str, *, origin: str = "") -> str:
        """The answer to `navigator.credentials.get`."""
        asked = json.loads(options)
        self.count += 1
        data = self._data(asked["rpId"], 0)
        told = self._told("webauthn.get", asked["challenge"], origin)
        signed = self.key.sign(data + hashlib.sha256(told).digest(), ec.ECDSA(hashes.SHA256()))
        return self._answer({"clientDataJSON": told, "authenticatorData": data, "signature": signed})

    def _data(self, host: str, more: int) -> bytes:
        flags = _PRESENT | more | (_VERIFIED if self.verified else 0)
        return hashlib.sha256(host.encode()).digest() + bytes([flags]) + struct.pack(">I", self.count)

    def _public(self) -> bytes:
        numbers = self.key.public_key().public_numbers()
        x, y = numbers.x.to_bytes(32, "big"), numbers.y.to_bytes(32, "big")
        return cbor2.dumps({1: 2, 3: -7, -1: 1, -2: x, -3: y})

    def _told(self, kind: str, challenge: str, origin: str = "") -> bytes:
        return json.dumps({"type": kind, "challenge": challenge, "origin": origin or self.address}).encode()

    def _answer(self, response: dict[str, bytes]) -> str:
        told: dict[str, Any] = {
            "id": bytes_to_base64url(self.id),
            "rawId": bytes_to_base64url(self.id),
            "type": "public-key",
            "response": {name: bytes_to_base64url(value) for name, value in response.items()},
        }
        return json.dumps(told)

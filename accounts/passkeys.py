"""Passkeys (WebAuthn level 2): a key pair on the colleague's device, bound to our address, so it cannot be phished.

A challenge says for itself when and for whom it was made, sealed with the secret of the house, so a page that is only
looked at writes nothing; what a challenge was answered with is taken once.
"""

import hashlib
import hmac
import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import webauthn
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, delete, select, update
from webauthn.helpers import base64url_to_bytes
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from accounts.models import Passkey, SpentChallenge, StaffAccount
from accounts.words import Factor, Notice, SignInChanged, StaffView
from core.domain.errors import NotFound
from core.domain.identity import Actor
from core.domain.ids import new_id
from core.storage import audit, outbox
from core.storage.columns import keys
from core.storage.session import Session

GOOD_FOR = timedelta(minutes=5)
MOST_PASSKEYS = 10
_NONCE, _TIME, _SEAL = 16, 8, 32
_VERIFIED = UserVerificationRequirement.REQUIRED


@dataclass(frozen=True)
class Site:
    """Who asks for a passkey: our address, its host, and the secret that seals challenges; `visitor` ties a challenge
    to the browser it was made for."""

    address: str
    name: str
    secret: bytes
    visitor: str

    @property
    def host(self) -> str:
        return urlsplit(self.address).hostname or ""

    @property
    def has_passkeys(self) -> bool:
        """Browsers make passkeys for names, not for numbers, and over TLS only, but for this machine."""
        named = not self.host.replace(".", "").replace(":", "").isdigit() and ":" not in self.host
        return named and (self.address.lower().startswith("https://") or self.host == "localhost")

    def challenge(self, purpose: str, now: datetime) -> bytes:
        """A new challenge for one purpose of one browser."""
        body = secrets.token_bytes(_NONCE) + int(now.timestamp()).to_bytes(_TIME, "big")
        return body + self._seal(body, purpose)

    def check(self, challenge: bytes, purpose: str, now: datetime) -> bool:
        """Whether it is ours, for this purpose and browser, and not too old."""
        body, seal = challenge[: _NONCE + _TIME], challenge[_NONCE + _TIME :]
        age = now.timestamp() - int.from_bytes(body[_NONCE:], "big")
        ours = hmac.compare_digest(seal, self._seal(body, purpose))
        return len(challenge) == _NONCE + _TIME + _SEAL and ours and -60 <= age <= GOOD_FOR.total_seconds()

    def _seal(self, body: bytes, purpose: str) -> bytes:
        bound = b"passkey\0" + body + f"\0{purpose}\0{self.visitor}".encode()
        return hmac.digest(self.secret, bound, hashlib.sha256)


class Refused(Exception):
    """The passkey's answer cannot be taken."""


async def options_to_add(session: Session, site: Site, staff: StaffView, now: datetime) -> str:
    """What the browser is told to make a new passkey, as JSON."""
    known = await session.exec(select(Passkey.credential_id).where(Passkey.staff_id == staff.id))
    options = webauthn.generate_registration_options(
        rp_id=site.host,
        rp_name=site.name,
        user_id=staff.id.bytes,
        user_name=staff.email,
        user_display_name=staff.name,
        challenge=site.challenge(f"add:{staff.id}", now),
        exclude_credentials=[PublicKeyCredentialDescriptor(id=one) for one in known],
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.PREFERRED, user_verification=_VERIFIED
        ),
    )
    return webauthn.options_to_json(options)


async def options_to_show(session: Session, site: Site, staff_id: UUID | None, now: datetime) -> str:
    """What the browser is told to show a passkey: one of this colleague's, or, when nobody has said who they are yet,
    any for our address."""
    known: list[bytes] = []
    if staff_id:
        known = list(await session.exec(select(Passkey.credential_id).where(Passkey.staff_id == staff_id)))
    options = webauthn.generate_authentication_options(
        rp_id=site.host,
        challenge=site.challenge(_showing(staff_id), now),
        allow_credentials=[PublicKeyCredentialDescriptor(id=one) for one in known] or None,
        user_verification=_VERIFIED,
    )
    return webauthn.options_to_json(options)


async def add_passkey(session: Session, site: Site, actor: Actor, answer: str, name: str, now: datetime) -> UUID:
    """Keeps the public key of a new passkey. Refused when the answer is not one to our question."""
    staff_id = actor.id
    if staff_id is None:
        raise Refused("nobody")
    challenge = await _spend(session, site, answer, f"add:{staff_id}", now)
    with _refusing():
        made = webauthn.verify_registration_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=site.host,
            expected_origin=site.address,
            require_user_verification=True,
        )
    await session.get_one(StaffAccount, staff_id, with_for_update=True)
    if len(await passkeys_of(session, staff_id)) >= MOST_PASSKEYS:
        raise Refused("too many")
    passkey = Passkey(
        staff_id=staff_id,
        credential_id=made.credential_id,
        public_key=made.credential_public_key,
        sign_count=made.sign_count,
        name=name,
        added_at=now,
    )
    session.add(passkey)
    await session.flush()
    audit.record(session, actor, "staff.factor-added", "staff", staff_id, now, factor=Factor.PASSKEY)
    await outbox.tell(session, SignInChanged(staff_id, Notice.FACTOR_ADDED, new_id()), now)
    return passkey.id


async def show_passkey(session: Session, site: Site, staff_id: UUID | None, answer: str, now: datetime) -> UUID:
    """Who has shown a passkey, with a finger, a face or a PIN on their own device. Refused in every other case."""
    challenge = await _spend(session, site, answer, _showing(staff_id), now)
    found = select(Passkey).where(Passkey.credential_id == _credential_id(answer)).with_for_update()
    passkey = (await session.exec(found)).one_or_none()
    if passkey is None or (staff_id and passkey.staff_id != staff_id):
        raise Refused("unknown passkey")
    with _refusing():
        shown = webauthn.verify_authentication_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=site.host,
            expected_origin=site.address,
            credential_public_key=passkey.public_key,
            credential_current_sign_count=passkey.sign_count,
            require_user_verification=True,
        )
    passkey.sign_count, passkey.used_at = shown.new_sign_count, now
    return passkey.staff_id


async def passkeys_of(session: Session, staff_id: UUID) -> list[Passkey]:
    """A colleague's passkeys, oldest first."""
    found = select(Passkey).where(Passkey.staff_id == staff_id).order_by(col(Passkey.id))
    return list(await session.exec(found))


async def passkey_of(session: Session, actor: Actor, passkey_id: UUID) -> Passkey:
    """One of one's own. NotFound for anybody else's."""
    found = select(Passkey).where(Passkey.id == passkey_id, Passkey.staff_id == actor.id)
    if passkey := (await session.exec(found)).one_or_none():
        return passkey
    raise NotFound("no such passkey")


async def rename_passkey(session: Session, actor: Actor, passkey_id: UUID, name: str, now: datetime) -> None:
    """Only one's own. NotFound for anybody else's."""
    mine = col(Passkey.id) == passkey_id, col(Passkey.staff_id) == actor.id
    renamed = update(Passkey).where(*mine).values(name=name).returning(col(Passkey.id))
    if (await session.exec(renamed.execution_options(synchronize_session=False))).one_or_none() is None:
        raise NotFound("no such passkey")
    audit.record(session, actor, "staff.passkey-renamed", "passkey", passkey_id, now)


async def remove_passkey(session: Session, actor: Actor, passkey_id: UUID, now: datetime) -> None:
    """Only one's own. NotFound for anybody else's."""
    mine = col(Passkey.id) == passkey_id, col(Passkey.staff_id) == actor.id
    gone = (await session.exec(delete(Passkey).where(*mine).returning(col(Passkey.staff_id)))).scalar_one_or_none()
    if gone is None:
        raise NotFound("no such passkey")
    audit.record(session, actor, "staff.factor-removed", "staff", gone, now, factor=Factor.PASSKEY)
    await outbox.tell(session, SignInChanged(gone, Notice.FACTOR_REMOVED, new_id()), now)


@contextmanager
def _refusing() -> Iterator[None]:
    """Whatever the library stumbles over in what a browser sent is a refusal, not a fault of ours."""
    try:
        yield
    except Exception as wrong:  # noqa: BLE001 - parsers of CBOR and keys raise what they like
        raise Refused(type(wrong).__name__) from None


def _showing(staff_id: UUID | None) -> str:
    return f"show:{staff_id or 'anyone'}"


async def _spend(session: Session, site: Site, answer: str, purpose: str, now: datetime) -> bytes:
    """The challenge this answers, which no other answer can use again."""
    challenge = _challenge_in(answer)
    if not site.check(challenge, purpose, now):
        raise Refused("not our challenge")
    row = {"fingerprint": keys().fingerprint("passkey-challenge", challenge.hex()), "spent_at": now}
    spent = insert(SpentChallenge).values(row).on_conflict_do_nothing().returning(col(SpentChallenge.fingerprint))
    if (await session.exec(spent)).one_or_none() is None:
        raise Refused("answered before")
    return challenge


def _challenge_in(answer: str) -> bytes:
    try:
        told = _json(base64url_to_bytes(_json(answer)["response"]["clientDataJSON"]))
        return base64url_to_bytes(told["challenge"])
    except (ValueError, KeyError, TypeError, AttributeError):
        raise Refused("unreadable") from None


def _credential_id(answer: str) -> bytes:
    try:
        return base64url_to_bytes(_json(answer)["rawId"])
    except (ValueError, KeyError, TypeError, AttributeError):
        raise Refused("unreadable") from None


def _json(text: str | bytes) -> Any:
    try:
        return json.loads(text)
    except RecursionError:
        raise ValueError("too deep") from None

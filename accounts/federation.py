"""Talks to the provider that signs staff in. The only part of the service that opens connections to it.

What it publishes is asked for once an hour. Its keys are asked for again when a token names one we do not know, but not
more often than every few seconds, whoever sends such tokens.
"""

import asyncio
import json
import logging
import time
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, TypeVar

import httpx
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
from authlib.oauth2.rfc7523 import private_key_jwt_sign
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from joserfc.jwk import ECKey, KeySet, RSAKey

from accounts import federation_rules as rules
from accounts.federation_words import Attempt, Known, Metadata, Notice, Provider, Refused, Tokens, Why

log = logging.getLogger("frontdoor.federation")

_HOUR = 3600.0
_ASK_AGAIN_AFTER = 10.0
_MOST_BYTES = 256 * 1024
_TIMEOUT = httpx.Timeout(5.0, connect=3.0)
# Seconds for one answer as a whole, however slowly it drips.
_AT_MOST = 10.0
_ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
Read = TypeVar("Read")


class Federation:
    """The provider of this service, and what we remember of it. `key_age` is what its keys may be old, in seconds, when
    a token names an unknown one."""

    def __init__(self, provider: Provider, *, key_age: float = _ASK_AGAIN_AFTER) -> None:
        self.provider = provider
        self._key_age = key_age
        self._private_key = private_key_of(provider) if provider.private_key else None
        self._metadata: tuple[float, Metadata] | None = None
        self._keys: tuple[float, KeySet] | None = None
        self._one_at_a_time = asyncio.Lock()

    @property
    def name(self) -> str:
        """What the provider is called on pages."""
        return self.provider.name

    @property
    def our_keys(self) -> dict[str, Any]:
        """Our public key as a JWKS, for the provider to check what we sign."""
        return {"keys": [self._private_key.as_dict(private=False, use="sig")]} if self._private_key else {"keys": []}

    async def way_in(self, attempt: Attempt) -> str:
        """The address that begins this attempt at the provider. Refused (AWAY) when it does not answer."""
        provider, metadata = self.provider, await self.metadata()
        max_age = timedelta(0) if attempt.fresh else provider.max_age
        address: str = prepare_grant_uri(
            metadata.authorization_endpoint,
            client_id=provider.client_id,
            response_type="code",
            redirect_uri=provider.back,
            scope=provider.scope,
            state=attempt.state,
            nonce=attempt.nonce,
            code_challenge=create_s256_code_challenge(attempt.verifier),
            code_challenge_method="S256",
            acr_values=" ".join(provider.acr) or None,
            max_age=None if max_age is None else str(int(max_age.total_seconds())),
            prompt="login" if attempt.fresh else None,
        )
        return address

    async def who_came_back(
        self, attempt: Attempt, code: str, issuer: str | None, now: datetime
    ) -> tuple[Known, Tokens]:
        """Redeems the code and tells whom the provider vouches for. Refused says why it is not believed."""
        metadata = await self.metadata()
        if not rules.answer_is_ours(self.provider, metadata, issuer):
            raise Refused(Why.NOT_TRUE, "answered by another issuer")
        tokens = await self._redeem(metadata, attempt, code, now)

        def read(keys: KeySet) -> dict[str, Any]:
            return rules.read_id_token(self.provider, tokens, keys, now, attempt)

        claims = await self._with_keys(read)
        more: Mapping[str, Any] = {}
        if not claims.get("email") and metadata.userinfo_endpoint:
            more = await self._ask(metadata.userinfo_endpoint, bearer=tokens.access_token)
        return rules.known_person(self.provider, claims, more), tokens

    async def notice(self, logout_token: str, now: datetime) -> Notice:
        """What a logout token says, when it is true. Refused otherwise."""
        return await self._with_keys(lambda keys: rules.read_notice(self.provider, logout_token, keys, now))

    async def way_out(self, id_token: str) -> str | None:
        """Where a person signs out of the provider as well; None when it offers no such place or does not answer."""
        try:
            metadata = await self.metadata()
        except Refused:
            return None
        if not metadata.end_session_endpoint:
            return None
        told = {
            "client_id": self.provider.client_id,
            "post_logout_redirect_uri": self.provider.after_sign_out,
            "id_token_hint": id_token,
        }
        return str(httpx.URL(metadata.end_session_endpoint).copy_merge_params({k: v for k, v in told.items() if v}))

    async def metadata(self) -> Metadata:
        """What the provider publishes about itself, at most an hour old. Refused (AWAY) when it does not answer."""
        if self._metadata is None or time.monotonic() - self._metadata[0] > _HOUR:
            told = await self._ask(f"{self.provider.issuer.rstrip('/')}/.well-known/openid-configuration")
            self._metadata = time.monotonic(), rules.metadata_of(told, self.provider.issuer)
        return self._metadata[1]

    async def _with_keys(self, read: Callable[[KeySet], Read]) -> Read:
        """Reads a signed token, asking for the provider's keys again if it names one that is new to us."""
        try:
            return read(await self._current_keys(_HOUR))
        except rules.UnknownKey:
            pass
        try:
            return read(await self._current_keys(self._key_age))
        except rules.UnknownKey:
            raise Refused(Why.NOT_TRUE, "signed with an unknown key") from None

    async def _current_keys(self, at_most: float) -> KeySet:
        async with self._one_at_a_time:
            if self._keys is None or time.monotonic() - self._keys[0] > at_most:
                told = await self._ask((await self.metadata()).jwks_uri)
                self._keys = time.monotonic(), rules.public_keys(told)
            return self._keys[1]

    async def _redeem(self, metadata: Metadata, attempt: Attempt, code: str, now: datetime) -> Tokens:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.provider.back,
            "code_verifier": attempt.verifier,
            "client_id": self.provider.client_id,
            **self._proof(metadata, now),
        }
        told = await self._ask(metadata.token_endpoint, form=form)
        id_token, access_token = told.get("id_token"), told.get("access_token", "")
        if not isinstance(id_token, str) or not isinstance(access_token, str):
            raise Refused(Why.NOT_TRUE, "no ID token")
        return Tokens(id_token, access_token)

    def _proof(self, metadata: Metadata, now: datetime) -> dict[str, str]:
        """What shows the provider that it is us: a signature of a minute's life, else the secret."""
        if self._private_key is None:
            return {"client_secret": self.provider.secret} if self.provider.secret else {}
        signed = private_key_jwt_sign(
            self._private_key,
            client_id=self.provider.client_id,
            token_endpoint=metadata.token_endpoint,
            alg=self.provider.algorithm,
            header={"kid": self._private_key.kid, "typ": "JWT"},
            issued_at=int(now.timestamp()),
            expires_in=60,
        )
        return {"client_assertion_type": _ASSERTION, "client_assertion": signed}

    async def _ask(self, where: str, *, form: dict[str, str] | None = None, bearer: str = "") -> dict[str, Any]:
        """A JSON object from the provider. It may be slow, large or gone, but not for longer than a page can wait."""
        headers = {"Accept": "application/json"} | ({"Authorization": f"Bearer {bearer}"} if bearer else {})
        method = "GET" if form is None else "POST"
        try:
            async with (
                asyncio.timeout(_AT_MOST),
                httpx.AsyncClient(timeout=_TIMEOUT, follow_redirects=False) as client,
                client.stream(method, where, data=form, headers=headers) as reply,
            ):
                return _object(reply.status_code, await _bounded(reply), may_refuse=form is not None)
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError, OSError) as silence:
            # The kind of fault only: its message may hold an address with a code in it.
            log.warning("provider does not answer", extra={"error": type(silence).__name__})
            raise Refused(Why.AWAY, "the provider does not answer") from None


def private_key_of(provider: Provider) -> RSAKey | ECKey:
    """Our key, from PEM. ValueError when it cannot be read."""
    kind = ECKey if provider.algorithm.startswith("ES") else RSAKey
    named: Any = {"kid": provider.key_id} if provider.key_id else None
    key = kind.import_key(provider.private_key, named)
    if not key.is_private:
        raise ValueError("not a private key")
    key.ensure_kid()
    return key


async def _bounded(reply: httpx.Response) -> bytes:
    body = b""
    async for part in reply.aiter_bytes():
        body += part
        if len(body) > _MOST_BYTES:
            raise Refused(Why.AWAY, "the provider says too much")
    return body


def _object(status: int, body: bytes, *, may_refuse: bool) -> dict[str, Any]:
    if may_refuse and status in (400, 401, 403):
        # The code was used, is not for us, or was not begun by this verifier.
        raise Refused(Why.LOST, f"the provider refused ({status})")
    if status != 200:
        raise Refused(Why.AWAY, f"the provider answered {status}")
    try:
        told = json.loads(body)
    except ValueError:
        told = None
    if not isinstance(told, dict):
        raise Refused(Why.AWAY, "the provider's answer cannot be read")
    return told


__all__ = ["Federation", "private_key_of"]

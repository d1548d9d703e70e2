"""What makes a token of the provider true. Pure: keys and the time are given.

Only signatures with a public key are taken: neither `none`, nor a symmetric algorithm under which the provider's public
key would be the secret. Sources: OpenID Connect Core 3.1.3.7, Back-Channel Logout 2.6, RFC 8725, RFC 9207.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, cast

from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import ExpiredTokenError, InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet

from accounts.federation_words import (
    FRESH,
    LEEWAY,
    NOTICE_LASTS,
    Attempt,
    Known,
    Metadata,
    Notice,
    Provider,
    Refused,
    Tokens,
    Why,
)

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")
_LOGOUT = "http://schemas.openid.net/event/backchannel-logout"
_LOOPBACK = ("http://127.0.0.1:", "http://localhost:", "http://[::1]:")
_LONGEST_TOKEN = 20_000


class UnknownKey(Exception):
    """Signed with a key we have not seen: the provider may have changed its keys since we last asked."""


def metadata_of(told: Mapping[str, Any], issuer: str) -> Metadata:
    """What the discovery document says. Refused when it is about someone else or leads out of TLS."""
    if told.get("issuer") != issuer:
        raise Refused(Why.AWAY, "the discovery document is of another issuer")
    names = ("authorization_endpoint", "token_endpoint", "jwks_uri", "userinfo_endpoint", "end_session_endpoint")
    found = {name: told[name] for name in names if isinstance(told.get(name), str) and told[name]}
    if not set(names[:3]) <= set(found):
        raise Refused(Why.AWAY, "the discovery document lacks an endpoint")
    if not all(is_safe_address(where) for where in found.values()):
        raise Refused(Why.AWAY, "an endpoint is not reached over TLS")
    return Metadata(**found, names_itself=told.get("authorization_response_iss_parameter_supported") is True)


def is_safe_address(where: str) -> bool:
    """Over TLS, or on this machine (development and tests)."""
    return where.startswith(("https://", *_LOOPBACK))


def public_keys(told: Mapping[str, Any]) -> KeySet:
    """The keys of a JWKS that may sign: symmetric ones and those for encryption are passed over."""
    offered = told.get("keys")
    usable = [
        key
        for key in (offered if isinstance(offered, list) else [])
        if isinstance(key, dict) and key.get("kty") in ("RSA", "EC") and key.get("use", "sig") == "sig"
    ]
    try:
        return KeySet.import_key_set(cast(Any, {"keys": usable}))
    except (JoseError, ValueError, TypeError, KeyError):
        raise Refused(Why.AWAY, "the provider's keys cannot be read") from None


def answer_is_ours(provider: Provider, metadata: Metadata, issuer: str | None) -> bool:
    """Whether the answer came from the provider we asked (mix-up, RFC 9207)."""
    return issuer == provider.issuer if issuer or metadata.names_itself else True


def read_id_token(provider: Provider, tokens: Tokens, keys: KeySet, now: datetime, attempt: Attempt) -> dict[str, Any]:
    """The claims of a true ID token made for this attempt. Raises Refused, or UnknownKey."""
    header, claims = _opened(tokens.id_token, keys)
    max_age = FRESH if attempt.fresh else provider.max_age
    if max_age and not isinstance(claims.get("auth_time"), int | float):
        raise Refused(Why.TOO_WEAK, "no auth_time")
    params = {
        "nonce": attempt.nonce,
        "client_id": provider.client_id,
        "access_token": tokens.access_token,
        "max_age": max_age and int(max_age.total_seconds()),
    }
    checked = CodeIDToken(claims, header, options=_what_must_hold(provider, attempt), params=params)
    try:
        checked.validate(now=int(now.timestamp()), leeway=int(LEEWAY.total_seconds()))
    except ExpiredTokenError:
        raise Refused(Why.LOST, "the ID token has expired") from None
    except (JoseError, ValueError, TypeError) as problem:
        raise Refused(Why.NOT_TRUE, f"ID token: {_in_short(problem)}") from None
    if "events" in claims or not _is_text(claims["sub"]):
        raise Refused(Why.NOT_TRUE, "not an ID token")
    _check_strength(provider, claims)
    if max_age and now.timestamp() - claims["auth_time"] > (max_age + LEEWAY).total_seconds():
        raise Refused(Why.TOO_WEAK, "auth_time")
    return claims


def _what_must_hold(provider: Provider, attempt: Attempt) -> dict[str, Any]:
    return {
        "iss": {"essential": True, "value": provider.issuer},
        "sub": {"essential": True},
        "aud": {"essential": True, "value": provider.client_id},
        "exp": {"essential": True},
        "iat": {"essential": True},
        "nonce": {"essential": True, "value": attempt.nonce},
    }


def _check_strength(provider: Provider, claims: Mapping[str, Any]) -> None:
    if provider.acr and claims.get("acr") not in provider.acr:
        raise Refused(Why.TOO_WEAK, "acr")
    amr = claims.get("amr")
    shown = {one for one in amr if isinstance(one, str)} if isinstance(amr, list) else set()
    if provider.amr and shown.isdisjoint(provider.amr):
        raise Refused(Why.TOO_WEAK, "amr")


def known_person(provider: Provider, claims: Mapping[str, Any], more: Mapping[str, Any]) -> Known:
    """Whom these claims are about; `more` is what the userinfo endpoint adds. Refused when that is somebody else."""
    if more and more.get("sub") != claims["sub"]:
        raise Refused(Why.NOT_TRUE, "userinfo is about somebody else")
    told = claims if claims.get("email") else more
    # Entra ID tells addresses that anybody may have typed in; `xms_edov` says that the domain's owner was checked.
    is_certain = provider.trusts_email or told.get("email_verified") is True or told.get("xms_edov") in (True, 1, "1")
    return Known(
        subject=claims["sub"],
        email=_text_or_nothing(told.get("email")) if is_certain else "",
        session=_text_or_nothing(claims.get("sid")),
    )


def read_notice(provider: Provider, token: str, keys: KeySet, now: datetime) -> Notice:
    """Whose sign-in a logout token ends. Raises Refused, or UnknownKey. Whether it was seen before is not asked."""
    header, claims = _opened(token, keys)
    if str(header.get("typ", "JWT")).lower() not in ("jwt", "logout+jwt"):
        raise Refused(Why.NOT_TRUE, "not a logout token")
    if claims.get("iss") != provider.issuer or not _is_for(claims.get("aud"), provider.client_id):
        raise Refused(Why.NOT_TRUE, "made by or for somebody else")
    events = claims.get("events")
    if not isinstance(events, dict) or not isinstance(events.get(_LOGOUT), dict) or "nonce" in claims:
        raise Refused(Why.NOT_TRUE, "not a logout token")
    _check_times(claims, now)
    who = {name: claims[name] for name in ("sub", "sid") if name in claims}
    if not who or not all(_is_text(value) for value in (*who.values(), claims.get("jti"))):
        raise Refused(Why.NOT_TRUE, "names nobody")
    return Notice(id=claims["jti"], subject=who.get("sub", ""), session=who.get("sid", ""))


def _check_times(claims: Mapping[str, Any], now: datetime) -> None:
    made, ends, at = claims.get("iat"), claims.get("exp"), now.timestamp()
    leeway = LEEWAY.total_seconds()
    if not _is_number(made) or not at - (NOTICE_LASTS.total_seconds() + leeway) <= float(made or 0) <= at + leeway:
        raise Refused(Why.NOT_TRUE, "not made just now")
    if "exp" in claims and (not _is_number(ends) or float(ends or 0) < at - leeway):
        raise Refused(Why.NOT_TRUE, "expired")


def _opened(token: str, keys: KeySet) -> tuple[dict[str, Any], dict[str, Any]]:
    """Header and claims of a token signed by one of the keys."""
    if len(token) > _LONGEST_TOKEN:
        raise Refused(Why.NOT_TRUE, "too long")
    try:
        opened = jwt.decode(token, keys, algorithms=ALGORITHMS)
    except InvalidKeyIdError:
        raise UnknownKey from None
    except (JoseError, ValueError, TypeError, KeyError, AssertionError) as problem:
        raise Refused(Why.NOT_TRUE, f"signature: {type(problem).__name__}") from None
    return dict(opened.header), opened.claims


def _is_for(audience: object, client_id: str) -> bool:
    return client_id in audience if isinstance(audience, list) else audience == client_id


def _is_text(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= 1000


def _text_or_nothing(value: object) -> str:
    return value if isinstance(value, str) and _is_text(value) else ""


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _in_short(problem: Exception) -> str:
    """The kind of a fault and the name of the claim, never its value."""
    claim = getattr(problem, "claim", "")
    return f"{type(problem).__name__} {claim}".strip()

"""An OpenID Connect provider on loopback, made of Authlib's own server: authorization code with PKCE,
`private_key_jwt`, userinfo, keys that change, back-channel logout. It is honest until a test gives it a `twist`."""

import os
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from types import SimpleNamespace
from typing import Any

import flask
import werkzeug.serving
from authlib.integrations.flask_oauth2 import AuthorizationServer
from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749 import AuthorizationCodeMixin, ClientMixin
from authlib.oauth2.rfc6749.grants import AuthorizationCodeGrant
from authlib.oauth2.rfc7523 import JWTBearerClientAssertion
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oauth2.rfc9207 import IssuerParameter
from authlib.oidc.core.grants import OpenIDCode
from joserfc import jws, jwt
from joserfc.jwk import KeySet, RSAKey

CLIENT = "front-door"
LOGOUT = "http://schemas.openid.net/event/backchannel-logout"
Twist = Callable[[dict[str, Any], dict[str, Any]], str | None]


@lru_cache(maxsize=1)
def _first_key() -> RSAKey:
    # Made once: finding primes takes longer than a whole sign-in.
    return RSAKey.generate_key(2048, auto_kid=True)


@dataclass
class Client(ClientMixin):
    """The one client it knows: us."""

    back: str
    client_id: str = CLIENT
    secret: str = ""

    def get_client_id(self) -> str:
        return self.client_id

    def get_default_redirect_uri(self) -> str:
        return self.back

    def get_allowed_scope(self, scope: str) -> str:
        return scope

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        return redirect_uri == self.back

    def check_client_secret(self, client_secret: str) -> bool:
        return bool(self.secret) and secrets.compare_digest(client_secret, self.secret)

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return method == ("client_secret_post" if self.secret else "private_key_jwt")

    def check_response_type(self, response_type: str) -> bool:
        return response_type == "code"

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type == "authorization_code"


@dataclass
class Code(AuthorizationCodeMixin):
    """A code that was given out, and what it is bound to."""

    subject: str
    redirect_uri: str
    scope: str
    nonce: str | None
    code_challenge: str | None
    code_challenge_method: str | None

    def get_redirect_uri(self) -> str:
        return self.redirect_uri

    def get_scope(self) -> str:
        return self.scope

    def get_nonce(self) -> str | None:
        return self.nonce

    def get_auth_time(self) -> int:
        return int(time.time())

    def get_acr(self) -> str | None:
        return None

    def get_amr(self) -> list[str] | None:
        return None


@dataclass
class Provider:
    """`signs_in` is who sits at it; `people` are the claims of each; `asked` what reached its token endpoint.

    `twist(header, claims)` may change both in place before they are signed, or return a token of its own.
    """

    issuer: str = ""
    keys: list[RSAKey] = field(default_factory=lambda: [_first_key()])
    people: dict[str, dict[str, Any]] = field(default_factory=dict)
    signs_in: str = ""
    client_keys: Any = None
    codes: dict[str, Code] = field(default_factory=dict)
    access: dict[str, str] = field(default_factory=dict)
    asked: list[dict[str, str]] = field(default_factory=list)
    used_jti: set[str] = field(default_factory=set)
    userinfo: dict[str, Any] | None = None
    twist: Twist | None = None

    def sign(self, claims: dict[str, Any], header: dict[str, Any] | None = None) -> str:
        """A token signed with the newest key."""
        key = self.keys[-1]
        return jwt.encode({"alg": "RS256", "kid": key.kid, **(header or {})}, claims, key, algorithms=["RS256"])

    def change_keys(self) -> None:
        """From now on a new key signs, and only that is published."""
        self.keys = [RSAKey.generate_key(2048, auto_kid=True)]

    def logout_token(self, **changes: Any) -> str:
        """Says that whoever sits at it has signed out; None takes a claim away."""
        now = int(time.time())
        claims = {"iss": self.issuer, "aud": CLIENT, "iat": now, "exp": now + 120, "jti": secrets.token_hex(8)}
        claims |= {"events": {LOGOUT: {}}, "sub": self.signs_in} | changes
        return self.sign({name: value for name, value in claims.items() if value is not None}, {"typ": "logout+jwt"})

    def issue(self, token: str) -> str:
        """The ID token Authlib made, with everything about the person in it, twisted if a test wants that."""
        opened = jws.extract_compact(token.encode())
        header, claims = dict(opened.headers()), dict(flask.json.loads(opened.payload))
        header["kid"] = self.keys[-1].kid
        twisted = self.twist(header, claims) if self.twist else None
        return twisted or self.sign(claims, header)


class Grant(AuthorizationCodeGrant):
    """Codes, kept by the provider of the server."""

    TOKEN_ENDPOINT_AUTH_METHODS = ("private_key_jwt", "client_secret_post")

    def save_authorization_code(self, code: str, request: Any) -> None:
        told = request.payload.data
        self.server.provider.codes[code] = Code(
            subject=request.user.sub,
            redirect_uri=request.payload.redirect_uri,
            scope=request.payload.scope,
            nonce=told.get("nonce"),
            code_challenge=told.get("code_challenge"),
            code_challenge_method=told.get("code_challenge_method"),
        )

    def query_authorization_code(self, code: str, client: Any) -> Code | None:
        found: Code | None = self.server.provider.codes.get(code)
        return found

    def delete_authorization_code(self, authorization_code: Code) -> None:
        codes = self.server.provider.codes
        for code in [code for code, kept in codes.items() if kept is authorization_code]:
            del codes[code]

    def authenticate_user(self, authorization_code: Code) -> Any:
        return SimpleNamespace(sub=authorization_code.subject)


class Connect(OpenIDCode):
    """ID tokens, for codes asked for with a nonce."""

    def __init__(self, provider: Provider) -> None:
        super().__init__(require_nonce=True)
        self.provider = provider

    def exists_nonce(self, nonce: str, request: Any) -> bool:
        return any(code.nonce == nonce for code in self.provider.codes.values())

    def resolve_client_private_key(self, client: Any) -> Any:
        return self.provider.keys[-1]

    def get_client_claims(self, client: Any) -> dict[str, Any]:
        return {"iss": self.provider.issuer, "aud": CLIENT}

    def generate_user_info(self, user: Any, scope: str) -> dict[str, Any]:
        return {"sub": user.sub, **self.provider.people.get(user.sub, {})}

    def encode_id_token(self, token: Any, request: Any) -> str:
        return self.provider.issue(super().encode_id_token(token, request))


class Signed(JWTBearerClientAssertion):
    """The client shows who it is by a signature, each of which is taken once."""

    CLIENT_AUTH_METHOD = "private_key_jwt"

    def __init__(self, provider: Provider) -> None:
        super().__init__()
        self.provider = provider

    def get_audiences(self) -> list[str]:
        return [f"{self.provider.issuer}/token"]

    def validate_jti(self, claims: Any, jti: str) -> bool:
        known = jti in self.provider.used_jti
        self.provider.used_jti.add(jti)
        return not known

    def resolve_client_public_key(self, client: Any) -> Any:
        return self.provider.client_keys


class Named(IssuerParameter):
    """Says in its answers who it is."""

    def __init__(self, provider: Provider) -> None:
        self.provider = provider

    def get_issuer(self) -> str:
        return self.provider.issuer


class Desk:
    """Its pages."""

    def __init__(self, provider: Provider, client: Client) -> None:
        self.provider, self.app = provider, flask.Flask("provider")
        self.server = AuthorizationServer(self.app, lambda name: client if name == CLIENT else None, self.save)
        self.server.provider = provider
        self.server.register_client_auth_method("private_key_jwt", Signed(provider))
        self.server.register_grant(Grant, [Connect(provider), CodeChallenge(required=True)])
        self.server.register_extension(Named(provider))
        self.app.add_url_rule("/.well-known/openid-configuration", view_func=self.discovery)
        for page in (self.jwks, self.authorize, self.userinfo):
            self.app.add_url_rule(f"/{page.__name__}", view_func=page)
        self.app.add_url_rule("/token", view_func=self.token, methods=["POST"])

    def save(self, token: dict[str, Any], request: Any) -> None:
        self.provider.access[token["access_token"]] = request.user.sub

    def discovery(self) -> Any:
        places = {"authorization": "authorize", "token": "token", "userinfo": "userinfo", "end_session": "end"}
        return {
            "issuer": self.provider.issuer,
            "jwks_uri": f"{self.provider.issuer}/jwks",
            "authorization_response_iss_parameter_supported": True,
            **{f"{name}_endpoint": f"{self.provider.issuer}/{place}" for name, place in places.items()},
        }

    def jwks(self) -> Any:
        return KeySet(list(self.provider.keys)).as_dict(private=False)

    def authorize(self) -> Any:
        person = SimpleNamespace(sub=self.provider.signs_in)
        try:
            asked = self.server.get_consent_grant(end_user=person)
        except OAuth2Error as error:
            return self.server.handle_error_response(self.server.create_oauth2_request(None), error)
        return self.server.create_authorization_response(grant_user=person, grant=asked)

    def token(self) -> Any:
        self.provider.asked.append(flask.request.form.to_dict())
        return self.server.create_token_response()

    def userinfo(self) -> Any:
        bearer = flask.request.headers.get("Authorization", "").removeprefix("Bearer ")
        subject = self.provider.access.get(bearer)
        if subject is None:
            return {}, 401
        return self.provider.userinfo or {"sub": subject, **self.provider.people.get(subject, {})}


@contextmanager
def running_provider(back: str, client_keys: Any, secret: str = "") -> Iterator[Provider]:
    """On a free port of loopback until the block ends. `back` is our address for codes, `client_keys` our key; with a
    `secret` it takes that and nothing else."""
    os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"
    provider = Provider(client_keys=client_keys)
    server = werkzeug.serving.make_server(
        "127.0.0.1", 0, Desk(provider, Client(back, secret=secret)).app, threaded=True
    )
    provider.issuer = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        thread.join(5)
        server.server_close()
        del os.environ["AUTHLIB_INSECURE_TRANSPORT"]

"""The nouns of signing in through another organisation (NHS CIS2, Entra ID): OpenID Connect."""

from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from uuid import UUID

# An attempt to sign in must come back within this time; the standard advises at most ten minutes for a code.
ATTEMPT_LASTS = timedelta(minutes=10)
# How far the clocks of two organisations may be apart.
LEEWAY = timedelta(seconds=30)
# A message that somebody signed out is believed for this long after it was written.
NOTICE_LASTS = timedelta(minutes=2)
# Whoever shows again who they are must have done so at the provider this lately, not by a sign-in of this morning.
FRESH = timedelta(minutes=5)


@dataclass(frozen=True)
class Provider:
    """Who signs our staff in, as the operator set it. `name` is what the button says; `issuer` is compared letter by
    letter. `acr` and `amr`: at least one of each that is named must be in the ID token. `max_age`: how long ago a
    person may have shown who they are. `trusts_email`: every address it tells has been checked by it, even where it
    does not say so. `private_key` is PEM; without it the `secret` proves who we are."""

    name: str
    issuer: str
    client_id: str
    address: str
    scope: str = "openid profile email"
    acr: tuple[str, ...] = ()
    amr: tuple[str, ...] = ()
    max_age: timedelta | None = None
    trusts_email: bool = False
    secret: str = field(default="", repr=False)
    private_key: str = field(default="", repr=False)
    key_id: str = ""
    algorithm: str = "RS256"

    @property
    def back(self) -> str:
        """Where the provider sends people back to; registered with it."""
        return f"{self.address}/oidc/back"

    @property
    def after_sign_out(self) -> str:
        """Where people arrive once they signed out there too; registered with it."""
        return f"{self.address}/staff/sign-in?signed-out=1"


@dataclass(frozen=True, slots=True)
class Metadata:
    """What the provider publishes about itself; only what we use."""

    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str = ""
    end_session_endpoint: str = ""
    names_itself: bool = False


@dataclass(frozen=True, slots=True)
class Attempt:
    """One sign-in on its way: what only this browser's own attempt can be answered with. `fresh`: the person must show
    the provider again who they are."""

    state: str = field(repr=False)
    nonce: str = field(repr=False)
    verifier: str = field(repr=False)
    wanted: str = "/staff"
    fresh: bool = False


@dataclass(frozen=True, slots=True)
class Tokens:
    """What a code was redeemed for."""

    id_token: str = field(repr=False)
    access_token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Known:
    """Whom the provider vouches for. `email` only when it is certain that it is theirs."""

    subject: str = field(repr=False)
    email: str = field(default="", repr=False)
    session: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Notice:
    """The provider says that a person, or one session of theirs, has ended."""

    id: str
    subject: str = field(default="", repr=False)
    session: str = field(default="", repr=False)


class Why(StrEnum):
    """Why a sign-in through the provider did not work; each has words on the page."""

    CANCELLED = "cancelled"
    LOST = "lost"
    NOT_TRUE = "not-true"
    TOO_WEAK = "too-weak"
    NO_ACCOUNT = "no-account"
    CLOSED = "closed"
    AWAY = "away"


class Refused(Exception):
    """This sign-in or notice is not accepted. The message is for the log and holds no token, name or address."""

    def __init__(self, why: Why, words: str = "", staff_id: UUID | None = None) -> None:
        super().__init__(words or why.value)
        self.why = why
        self.staff_id = staff_id

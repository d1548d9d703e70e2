"""The nouns of staff accounts."""

from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID

from core.domain.facts import Fact
from core.domain.identity import Discipline, Right, Role


@dataclass(frozen=True, slots=True)
class StaffView:
    """A member of staff as other rooms see one. `languages` are ISO 639-1 codes beside English ("pl"); `areas` are
    the ids of the profile; no area means every area. Name and e-mail stay out of `repr`."""

    id: UUID
    name: str = field(repr=False)
    email: str = field(repr=False)
    roles: frozenset[Role]
    disciplines: frozenset[Discipline]
    languages: frozenset[str]
    areas: frozenset[str]
    active: bool


@dataclass(frozen=True, slots=True)
class Need:
    """Something that waits for whoever looks: `label` is a line of the home page ("Messages to call back")."""

    label: str
    count: int
    href: str
    urgent: bool = False


@dataclass(frozen=True, slots=True)
class Card:
    """A part of the service on the staff home page, for whoever has the `right`."""

    title: str
    words: str
    href: str
    right: Right


@dataclass(frozen=True, slots=True)
class Secret:
    """What a password is checked against: an account's argon2 hash; neither when nobody who may sign in has the
    e-mail address."""

    staff_id: UUID | None = None
    hashed: str | None = field(default=None, repr=False)


class Standing(StrEnum):
    """Where an account stands."""

    ACTIVE = "active"
    INVITED = "invited"
    CLOSED = "closed"


class Factor(StrEnum):
    """What was shown beside the password, or in its place."""

    NONE = "none"
    APP = "authenticator app"
    RECOVERY_CODE = "recovery code"
    PASSKEY = "passkey"
    FEDERATED = "another organisation"


class LinkKind(StrEnum):
    """What a link in an e-mail to a colleague opens."""

    INVITATION = "invitation"
    NEW_PASSWORD = "new-password"  # noqa: S105 - the name of a kind, not a secret


class Notice(StrEnum):
    """What has changed about how a colleague signs in; they are told by e-mail, in case it was not them."""

    PASSWORD_CHANGED = "password-changed"  # noqa: S105 - the name of a notice, not a secret
    FACTOR_ADDED = "factor-added"
    FACTOR_REMOVED = "factor-removed"
    FACTOR_RESET = "factor-reset"
    RECOVERY_CODE_USED = "recovery-code-used"


@dataclass(frozen=True, slots=True)
class Seen:
    """From where somebody signs in, as coarse as helps them to recognise it: "Chrome on Windows", "203.0.113.x"."""

    device: str = field(default="", repr=False)
    place: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Factors:
    """What a member of staff has set up beside the password."""

    app: bool = False
    passkeys: int = 0
    codes_left: int = 0

    @property
    def any(self) -> bool:
        """Recovery codes alone are no second factor: they stand in for one."""
        return self.app or self.passkeys > 0


@dataclass(frozen=True, slots=True)
class Profiled:
    """What an administrator decides about a colleague."""

    roles: frozenset[Role]
    disciplines: frozenset[Discipline] = frozenset()
    languages: frozenset[str] = frozenset()
    areas: frozenset[str] = frozenset()


@dataclass(frozen=True)
class StaffInvited(Fact):
    """A colleague was invited; the link waits, encrypted, in its row."""

    link_id: UUID


@dataclass(frozen=True)
class NewPasswordAsked(Fact):
    """Somebody typed an e-mail address and asked for a new password; whether it is known is looked up later."""

    ask_id: UUID


@dataclass(frozen=True)
class NewPasswordLinkMade(Fact):
    """A colleague may choose a new password; the link waits, encrypted, in its row."""

    link_id: UUID


@dataclass(frozen=True)
class SignInChanged(Fact):
    """How a colleague signs in has changed; `notice` is a `Notice`."""

    staff_id: UUID
    notice: str
    change_id: UUID


@dataclass(frozen=True)
class StaffLeft(Fact):
    """A colleague has left; their work is to be handed over."""

    staff_id: UUID

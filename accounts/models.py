"""Tables of staff and of their sessions."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field, SQLModel

from accounts.words import Factor, LinkKind
from core.domain.identity import Discipline, Role
from core.storage.base import Row, instant, optional_instant
from core.storage.columns import EncryptedText, text_enum


def _only(column: str, words: type[Role] | type[Discipline]) -> sa.CheckConstraint:
    known = ", ".join(f"'{word.value}'" for word in words)
    return sa.CheckConstraint(f"{column} <@ array[{known}]::text[]", name=f"{column}_known")


class StaffAccount(Row, table=True):
    """A member of staff: invited (not active, `joined_at` empty), then active, then gone (`left_at`). Never deleted:
    the audit trail names it. Without a password (invited, or known from elsewhere) the hash is empty, fits nothing."""

    __tablename__ = "staff_account"
    __table_args__ = (
        sa.UniqueConstraint("email_fingerprint"),
        _only("roles", Role),
        _only("disciplines", Discipline),
        sa.CheckConstraint("cardinality(roles) > 0", name="has_a_role"),
        sa.CheckConstraint("not active or left_at is null", name="active_until_left"),
    )

    name: str = Field(sa_type=EncryptedText("staff_account.name"))
    email: str = Field(sa_type=EncryptedText("staff_account.email"))
    email_fingerprint: bytes
    password_hash: str = Field(max_length=200)
    roles: list[str] = Field(default_factory=list, sa_type=ARRAY(sa.Text))
    disciplines: list[str] = Field(default_factory=list, sa_type=ARRAY(sa.Text))
    languages: list[str] = Field(default_factory=list, sa_type=ARRAY(sa.Text))
    areas: list[str] = Field(default_factory=list, sa_type=ARRAY(sa.Text))
    active: bool = True
    added_at: datetime = instant()
    joined_at: datetime | None = optional_instant()
    left_at: datetime | None = optional_instant()


class StaffSession(Row, table=True):
    """One sign-in. Only ever moves forward: `seen_at` while it lives, `ended_at` once. `proved_at` is when its holder
    last showed who they are, by `factor`."""

    __tablename__ = "staff_session"
    __table_args__ = (
        sa.UniqueConstraint("token_fingerprint"),
        sa.Index("ix_staff_session_open", "staff_id", postgresql_where=sa.text("ended_at is null")),
        sa.CheckConstraint("seen_at >= started_at", name="seen_after_start"),
    )

    token_fingerprint: bytes
    staff_id: UUID = Field(foreign_key="staff_account.id")
    started_at: datetime = instant()
    seen_at: datetime = instant()
    ended_at: datetime | None = optional_instant()
    proved_at: datetime = instant(sa_column_kwargs={"server_default": sa.func.now()})
    factor: str = Field(default=Factor.NONE, max_length=40, sa_column_kwargs={"server_default": Factor.NONE.value})
    device: str | None = Field(default=None, sa_type=EncryptedText("staff_session.device"))
    place: str | None = Field(default=None, sa_type=EncryptedText("staff_session.place"))


class HalfSignIn(Row, table=True):
    """The password was right, the second factor is still to come: opens nothing. Ends once, within minutes."""

    __tablename__ = "staff_half_sign_in"
    __table_args__ = (sa.UniqueConstraint("token_fingerprint"),)

    token_fingerprint: bytes
    staff_id: UUID = Field(foreign_key="staff_account.id")
    began_at: datetime = instant()
    ended_at: datetime | None = optional_instant()


class KnownDevice(Row, table=True):
    """A browser this colleague has signed in with: strangers' wrong tries do not slow it down."""

    __tablename__ = "staff_known_device"
    __table_args__ = (sa.UniqueConstraint("token_fingerprint"), sa.Index(None, "staff_id"))

    token_fingerprint: bytes
    staff_id: UUID = Field(foreign_key="staff_account.id")
    used_at: datetime = instant()


class SignInTries(SQLModel, table=True):
    """Tries in a row that were not followed by a right one. `subject` is a keyed hash of an e-mail address (of an
    account or of nobody) and, where there is one, of the known device."""

    __tablename__ = "staff_sign_in_tries"
    __table_args__ = (sa.Index(None, "last_at"),)

    subject: bytes = Field(primary_key=True)
    failed: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    last_at: datetime = instant()
    wait_until: datetime | None = optional_instant()


class AuthenticatorApp(Row, table=True):
    """The secret shared with a colleague's authenticator app. `last_step` is the 30-second step of the last code that
    was taken: no code is taken twice."""

    __tablename__ = "staff_authenticator"
    __table_args__ = (
        sa.Index(
            "uq_staff_authenticator_live", "staff_id", unique=True, postgresql_where=sa.text("confirmed_at is not null")
        ),
        sa.Index(
            "uq_staff_authenticator_new", "staff_id", unique=True, postgresql_where=sa.text("confirmed_at is null")
        ),
    )

    staff_id: UUID = Field(foreign_key="staff_account.id")
    secret: str = Field(sa_type=EncryptedText("staff_authenticator.secret"))
    made_at: datetime = instant()
    confirmed_at: datetime | None = optional_instant()
    last_step: int = Field(default=0, sa_type=sa.BigInteger, sa_column_kwargs={"server_default": "0"})


class RecoveryCode(Row, table=True):
    """A code for the day the phone is lost, known only as a keyed hash."""

    __tablename__ = "staff_recovery_code"
    __table_args__ = (sa.UniqueConstraint("staff_id", "code_fingerprint"),)

    staff_id: UUID = Field(foreign_key="staff_account.id")
    code_fingerprint: bytes
    made_at: datetime = instant()
    used_at: datetime | None = optional_instant()


class Passkey(Row, table=True):
    """A public key of a colleague's device. `sign_count` only grows where the device counts at all."""

    __tablename__ = "staff_passkey"
    __table_args__ = (sa.UniqueConstraint("credential_id"), sa.Index(None, "staff_id"))

    staff_id: UUID = Field(foreign_key="staff_account.id")
    credential_id: bytes
    public_key: bytes
    sign_count: int = Field(default=0, sa_type=sa.BigInteger, sa_column_kwargs={"server_default": "0"})
    name: str = Field(sa_type=EncryptedText("staff_passkey.name"))
    added_at: datetime = instant()
    used_at: datetime | None = optional_instant()


class SpentChallenge(SQLModel, table=True):
    """A challenge a passkey has answered: the same answer is not taken again."""

    __tablename__ = "staff_spent_challenge"
    __table_args__ = (sa.Index(None, "spent_at"),)

    fingerprint: bytes = Field(primary_key=True)
    spent_at: datetime = instant()


class StaffLink(Row, table=True):
    """A link in an e-mail to a colleague: opens once, for a while. The secret is kept, encrypted, for the letter that
    carries it, and forgotten when the link has ended."""

    __tablename__ = "staff_link"
    __table_args__ = (sa.UniqueConstraint("token_fingerprint"), sa.Index(None, "staff_id"))

    kind: LinkKind = Field(sa_type=text_enum(LinkKind, "link_kind"))
    staff_id: UUID = Field(foreign_key="staff_account.id")
    token_fingerprint: bytes
    token: str | None = Field(default=None, sa_type=EncryptedText("staff_link.token"))
    made_at: datetime = instant()
    made_by: UUID | None = None
    expires_at: datetime = instant()
    ended_at: datetime | None = optional_instant()


class PasswordAsk(Row, table=True):
    """Somebody asked for a new password for this e-mail address, which may be nobody's: written the same either way."""

    __tablename__ = "staff_password_ask"

    email_fingerprint: bytes
    asked_at: datetime = instant()
    done_at: datetime | None = optional_instant()

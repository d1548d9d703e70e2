"""Tables of referrals. What tells who a child is, and what people wrote, is encrypted; keyed hashes find it again."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field

from core.domain.identity import Discipline
from core.storage.base import Row, instant, optional_instant
from core.storage.columns import EncryptedJSON, EncryptedText, text_enum
from referral.words import Asked, ConsentChannel, ConsentKind, FlagKind, ReferrerKind, RequestState, Urgency


def _hidden(column: str, **options: Any) -> Any:
    return Field(sa_type=EncryptedText(column), **options)


def _found_by(column: str) -> sa.Index:
    return sa.Index(f"ix_referral_{column}", column, postgresql_where=sa.text(f"{column} is not null"))


class Referral(Row, table=True):
    """What was sent about one child. `pressing` is its place in the queue, copied from its open requests in the same
    transaction (0 urgent, 1 soon, 2 routine); empty once every request is decided. `asked_until` is copied likewise
    (`queue_marks`), the first day that an answer is due. `child_born` is ISO.
    `owner_id` is the colleague who has the case, `came_back_at` when one who had it left. `duplicate_of` is the id of
    the referral that goes on instead, and no foreign key: each is kept and deleted by itself."""

    __tablename__ = "referral"
    __table_args__ = (
        sa.UniqueConstraint("reference", name="uq_referral_reference"),
        sa.UniqueConstraint("draft_id", name="uq_referral_draft"),
        sa.CheckConstraint("pressing between 0 and 2", name="pressing_known"),
        sa.CheckConstraint("(nhs_number is null) = (nhs_number_key is null)", name="nhs_number_whole"),
        sa.CheckConstraint("(email is null) = (email_key is null)", name="email_whole"),
        sa.Index(
            "ix_referral_queue", "pressing", "received_at", "id", postgresql_where=sa.text("pressing is not null")
        ),
        sa.CheckConstraint("(owner_id is null) = (owned_since is null)", name="owned_since_then"),
        sa.CheckConstraint("duplicate_of <> id", name="not_its_own_duplicate"),
        sa.Index(
            "ix_referral_queue_owner",
            *("owner_id", "pressing", "received_at", "id"),
            postgresql_where=sa.text("pressing is not null and owner_id is not null"),
        ),
        sa.Index("ix_referral_asked_until", "asked_until", "id", postgresql_where=sa.text("asked_until is not null")),
        sa.Index("ix_referral_no_born_key", "id", postgresql_where=sa.text("born_key is null")),
        _found_by("born_key"),
        _found_by("nhs_number_key"),
        _found_by("surname_born_key"),
        _found_by("phone_key"),
        _found_by("email_key"),
    )

    reference: str = Field(max_length=9)
    draft_id: UUID
    referrer: ReferrerKind = Field(sa_type=text_enum(ReferrerKind, "referrer_known"))
    questions_version: str = Field(max_length=20)
    answers: dict[str, Any] = Field(default_factory=dict, sa_type=EncryptedJSON("referral.answers"))
    child_first: str = _hidden("referral.child_first")
    child_last: str = _hidden("referral.child_last")
    child_born: str = _hidden("referral.child_born")
    nhs_number: str | None = _hidden("referral.nhs_number", default=None)
    address: str = _hidden("referral.address")
    postcode: str = _hidden("referral.postcode")
    phone: str = _hidden("referral.phone")
    email: str | None = _hidden("referral.email", default=None)
    nhs_number_key: bytes | None = None
    surname_born_key: bytes
    phone_key: bytes
    email_key: bytes | None = None
    # Empty in rows from before it was kept, until `referral.find-by-birth` has been there.
    born_key: bytes | None = None
    area_ids: list[str] = Field(default_factory=list, sa_type=ARRAY(sa.String(40)))
    pressing: int | None = Field(default=None, sa_type=sa.SmallInteger)
    asked_until: date | None = None
    owner_id: UUID | None = Field(default=None, foreign_key="staff_account.id")
    owned_since: datetime | None = optional_instant()
    came_back_at: datetime | None = optional_instant()
    duplicate_of: UUID | None = None
    received_at: datetime = instant()


class ReferralRequest(Row, table=True):
    """One discipline's part of a referral, with its own clock and outcome. `version` grows with every change, so that
    a page shown before is noticed. `area_id` is the team that has it; `note` is for the family."""

    __tablename__ = "referral_request"
    __table_args__ = (
        sa.UniqueConstraint("referral_id", "discipline", name="uq_referral_request_discipline"),
        sa.CheckConstraint("version >= 1", name="version_grows"),
        sa.CheckConstraint("state <> 'accepted' or area_id is not null", name="accepted_by_a_team"),
        # A referral's id sorts by the time it was received.
        sa.Index("ix_referral_request_state", "state", "discipline", "referral_id"),
        sa.Index(
            "ix_referral_request_team",
            *("state", "discipline", "area_id", "referral_id"),
            postgresql_where=sa.text("area_id is not null"),
        ),
    )

    referral_id: UUID = Field(foreign_key="referral.id")
    discipline: Discipline = Field(sa_type=text_enum(Discipline, "discipline_known"))
    state: RequestState = Field(default=RequestState.RECEIVED, sa_type=text_enum(RequestState, "state_known"))
    urgency: Urgency = Field(sa_type=text_enum(Urgency, "urgency_known"))
    target_on: date
    area_id: str | None = Field(default=None, max_length=40)
    note: str | None = _hidden("referral_request.note", default=None)
    version: int = Field(default=1)


class RequestEvent(Row, table=True):
    """A step of a request: from which state to which, when, by whom and why. Only ever added to."""

    __tablename__ = "request_event"
    __table_args__ = (sa.Index("ix_request_event_request", "request_id", "id"),)

    request_id: UUID = Field(foreign_key="referral_request.id")
    before: RequestState | None = Field(default=None, sa_type=text_enum(RequestState, "before_known"))
    after: RequestState = Field(sa_type=text_enum(RequestState, "after_known"))
    at: datetime = instant()
    by: str = Field(max_length=80)
    why: str | None = _hidden("request_event.why", default=None)


class ReferralFlag(Row, table=True):
    """Something a clinician must look at. It stands until it is cleared, and stays on record then."""

    __tablename__ = "referral_flag"
    __table_args__ = (
        sa.UniqueConstraint("referral_id", "kind", name="uq_referral_flag_kind"),
        sa.CheckConstraint("(cleared_at is null) = (cleared_by is null)", name="cleared_by_someone"),
    )

    referral_id: UUID = Field(foreign_key="referral.id")
    kind: FlagKind = Field(sa_type=text_enum(FlagKind, "kind_known"))
    raised_at: datetime = instant()
    cleared_at: datetime | None = optional_instant()
    cleared_by: str | None = Field(default=None, max_length=80)
    note: str | None = _hidden("referral_flag.note", default=None)


class ReferralConsent(Row, table=True):
    """What somebody was asked, in which words and how, and what they said. `by_name` is theirs."""

    __tablename__ = "referral_consent"
    __table_args__ = (sa.UniqueConstraint("referral_id", "kind", "at", name="uq_referral_consent_kind"),)

    referral_id: UUID = Field(foreign_key="referral.id")
    kind: ConsentKind = Field(sa_type=text_enum(ConsentKind, "kind_known"))
    given: bool
    wording: str = Field(max_length=500)
    by: ReferrerKind = Field(sa_type=text_enum(ReferrerKind, "by_known"))
    by_name: str = _hidden("referral_consent.by_name")
    channel: ConsentChannel = Field(sa_type=text_enum(ConsentChannel, "channel_known"))
    at: datetime = instant()
    withdrawn_at: datetime | None = optional_instant()


class InformationRequest(Row, table=True):
    """Something a clinician needs to know. It ends with the answer, or without one when it is no longer needed."""

    __tablename__ = "information_request"
    __table_args__ = (
        sa.CheckConstraint("answer is null or ended_at is not null", name="answered_then"),
        sa.Index(
            "uq_information_request_open", "request_id", unique=True, postgresql_where=sa.text("ended_at is null")
        ),
        sa.Index("ix_information_request_request", "request_id", "id"),
    )

    request_id: UUID = Field(foreign_key="referral_request.id")
    what: str = _hidden("information_request.what")
    asked_of: Asked = Field(sa_type=text_enum(Asked, "asked_of_known"))
    due_on: date
    asked_at: datetime = instant()
    asked_by: str = Field(max_length=80)
    ended_at: datetime | None = optional_instant()
    answer: str | None = _hidden("information_request.answer", default=None)
    chases: int = Field(default=0, sa_type=sa.SmallInteger, sa_column_kwargs={"server_default": "0"})
    chased_at: datetime | None = optional_instant()

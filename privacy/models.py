"""Tables of information governance. Runs and certificates hold ids and counts, never whom a record was about."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlmodel import Field

from core.storage.base import Row, instant, optional_instant
from core.storage.columns import EncryptedJSON, EncryptedText, text_enum
from core.storage.marks import RecordMark
from privacy.words import (
    ComplaintState,
    Happened,
    Outcome,
    RequestKind,
    RequestState,
    Rule,
    RunState,
    Upheld,
)


def _hidden(column: str, **options: Any) -> Any:
    return Field(sa_type=EncryptedText(column), **options)


def _keys() -> Any:
    return Field(default_factory=list, sa_type=ARRAY(sa.LargeBinary))


class RetentionRun(Row, table=True):
    """One look at everything, what was approved, and what was done. `at_keeper` and `at_record` are how far the look
    has come; `policy` is the schedule it went by. The certificate is written once and sealed by its hash."""

    __tablename__ = "retention_run"
    __table_args__ = (
        sa.CheckConstraint("(approved_at is null) = (approved_by is null)", name="approved_by_someone"),
        sa.CheckConstraint("(state in ('approved', 'done')) = (approved_at is not null)", name="approved_first"),
        sa.CheckConstraint("(state = 'done') = (certificate is not null)", name="done_is_certified"),
        sa.CheckConstraint("(certificate is null) = (certificate_hash is null)", name="certificate_sealed"),
        # Two runs at once would count each other's records.
        sa.Index(
            "uq_retention_run_open",
            sa.text("(true)"),
            unique=True,
            postgresql_where=sa.text("state in ('looking', 'ready', 'approved')"),
        ),
    )

    state: RunState = Field(default=RunState.LOOKING, sa_type=text_enum(RunState, "state_known"))
    policy: dict[str, Any] = Field(default_factory=dict, sa_type=JSONB)
    asked_at: datetime = instant()
    asked_by: str = Field(max_length=80)
    looked: int = 0
    at_keeper: int = 0
    at_record: UUID | None = None
    ready_at: datetime | None = optional_instant()
    approved_at: datetime | None = optional_instant()
    approved_by: str | None = Field(default=None, max_length=80)
    done_at: datetime | None = optional_instant()
    certificate: dict[str, Any] | None = Field(default=None, sa_type=JSONB(none_as_null=True))
    certificate_hash: str | None = Field(default=None, max_length=64)


class RetentionItem(Row, table=True):
    """One record that a run would delete, and what became of it. `rows` counts what went, by table."""

    __tablename__ = "retention_item"
    __table_args__ = (
        sa.UniqueConstraint("run_id", "kind", "record_id", name="uq_retention_item_record"),
        sa.CheckConstraint("(outcome is null) = (ended_at is null)", name="ended_whole"),
        sa.Index("ix_retention_item_left", "run_id", "id", postgresql_where=sa.text("outcome is null")),
    )

    run_id: UUID = Field(foreign_key="retention_run.id")
    kind: str = Field(max_length=40)
    record_id: UUID
    rule: Rule = Field(sa_type=text_enum(Rule, "rule_known"))
    outcome: Outcome | None = Field(default=None, sa_type=text_enum(Outcome, "outcome_known"))
    ended_at: datetime | None = optional_instant()
    rows: dict[str, int] = Field(default_factory=dict, sa_type=JSONB)


class RetentionHold(Row, table=True):
    """Nothing this covers is deleted until it ends: an inquiry, a claim. Both lists empty: it covers everything."""

    __tablename__ = "retention_hold"
    __table_args__ = (
        sa.CheckConstraint("(ended_at is null) = (ended_by is null)", name="ended_by_someone"),
        sa.Index("ix_retention_hold_live", "id", postgresql_where=sa.text("ended_at is null")),
    )

    nhs_keys: list[bytes] = _keys()
    named_keys: list[bytes] = _keys()
    child: dict[str, Any] | None = Field(default=None, sa_type=EncryptedJSON("retention_hold.child"))
    why: str = _hidden("retention_hold.why")
    until: date | None = None
    placed_at: datetime = instant()
    placed_by: str = Field(max_length=80)
    ended_at: datetime | None = optional_instant()
    ended_by: str | None = Field(default=None, max_length=80)


class RightsRequest(Row, table=True):
    """Somebody asks for a copy, a correction or a restriction. `child` and `asker` are as told; `records` are the
    (kind, id) a person found to be about this child."""

    __tablename__ = "rights_request"
    __table_args__ = (
        sa.UniqueConstraint("reference", name="uq_rights_request_reference"),
        sa.CheckConstraint("(state = 'open') = (ended_at is null)", name="ended_whole"),
        sa.CheckConstraint("(extended_at is null) = (extended_why is null)", name="extended_for_a_reason"),
        sa.Index("ix_rights_request_open", "due_on", postgresql_where=sa.text("state = 'open'")),
        sa.Index("ix_rights_request_named", "named_key", postgresql_where=sa.text("named_key is not null")),
        sa.Index("ix_rights_request_nhs", "nhs_key", postgresql_where=sa.text("nhs_key is not null")),
    )

    reference: str = Field(max_length=9)
    kind: RequestKind = Field(sa_type=text_enum(RequestKind, "kind_known"))
    state: RequestState = Field(default=RequestState.OPEN, sa_type=text_enum(RequestState, "state_known"))
    child: dict[str, Any] = Field(sa_type=EncryptedJSON("rights_request.child"))
    nhs_key: bytes | None = None
    named_key: bytes | None = None
    asker: dict[str, Any] = Field(sa_type=EncryptedJSON("rights_request.asker"))
    asked: str = _hidden("rights_request.asked")
    received_on: date
    due_on: date
    extended_at: datetime | None = optional_instant()
    extended_why: str | None = _hidden("rights_request.extended_why", default=None)
    records: list[list[str]] = Field(default_factory=list, sa_type=JSONB)
    decision: str | None = _hidden("rights_request.decision", default=None)
    ended_at: datetime | None = optional_instant()


class AccessCopy(Row, table=True):
    """Everything about one child, as it was when the copy was prepared. `left_out` are the numbers of the pieces that
    are not given. Emptied when it expires; that it was given stays."""

    __tablename__ = "access_copy"
    __table_args__ = (
        sa.UniqueConstraint("request_id", name="uq_access_copy_request"),
        sa.CheckConstraint("(released_at is null) = (released_by is null)", name="released_by_someone"),
        sa.Index("ix_access_copy_expires", "expires_at", postgresql_where=sa.text("content is not null")),
    )

    request_id: UUID = Field(foreign_key="rights_request.id")
    content: list[dict[str, Any]] | None = Field(default=None, sa_type=EncryptedJSON("access_copy.content"))
    left_out: list[int] = Field(default_factory=list, sa_type=JSONB)
    prepared_at: datetime = instant()
    released_at: datetime | None = optional_instant()
    released_by: str | None = Field(default=None, max_length=80)
    expires_at: datetime = instant()


class Complaint(Row, table=True):
    """A complaint about how we handle personal data (Data Protection Act 2018, section 164A)."""

    __tablename__ = "privacy_complaint"
    __table_args__ = (
        sa.UniqueConstraint("reference", name="uq_privacy_complaint_reference"),
        sa.UniqueConstraint("draft_id", name="uq_privacy_complaint_draft"),
        sa.CheckConstraint("(state = 'received') = (acknowledged_at is null)", name="acknowledged_whole"),
        sa.CheckConstraint("(state = 'closed') = (closed_at is not null)", name="closed_whole"),
        sa.CheckConstraint("(closed_at is null) = (upheld is null)", name="closed_with_an_outcome"),
        sa.Index("ix_privacy_complaint_open", "acknowledge_by", postgresql_where=sa.text("state <> 'closed'")),
    )

    reference: str = Field(max_length=9)
    draft_id: UUID | None = None
    state: ComplaintState = Field(default=ComplaintState.RECEIVED, sa_type=text_enum(ComplaintState, "state_known"))
    by: dict[str, Any] = Field(sa_type=EncryptedJSON("privacy_complaint.by"))
    words: str = _hidden("privacy_complaint.words")
    received_at: datetime = instant()
    acknowledge_by: date
    acknowledged_at: datetime | None = optional_instant()
    upheld: Upheld | None = Field(default=None, sa_type=text_enum(Upheld, "upheld_known"))
    outcome: str | None = _hidden("privacy_complaint.outcome", default=None)
    closed_at: datetime | None = optional_instant()


class PrivacyEvent(Row, table=True):
    """The history of a request or a complaint: who did what, when and why. Only ever added to."""

    __tablename__ = "privacy_event"
    __table_args__ = (
        sa.CheckConstraint("num_nonnulls(request_id, complaint_id) = 1", name="of_one_thing"),
        sa.Index("ix_privacy_event_request", "request_id", "id"),
        sa.Index("ix_privacy_event_complaint", "complaint_id", "id"),
    )

    request_id: UUID | None = Field(default=None, foreign_key="rights_request.id")
    complaint_id: UUID | None = Field(default=None, foreign_key="privacy_complaint.id")
    happened: Happened = Field(sa_type=text_enum(Happened, "happened_known"))
    at: datetime = instant()
    by: str = Field(max_length=80)
    why: str | None = _hidden("privacy_event.why", default=None)


__all__ = [
    "AccessCopy",
    "Complaint",
    "PrivacyEvent",
    "RecordMark",
    "RetentionHold",
    "RetentionItem",
    "RetentionRun",
    "RightsRequest",
]

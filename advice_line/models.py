"""Tables of the advice line. What holds of every row is held by the database, named so that an error can be read."""

from datetime import date, datetime, time
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlmodel import Field, SQLModel

from advice_line.words import Caller, Happened, Known, Outcome, Reason, Solver, State, Topic, Urgency
from core.domain.identity import Discipline
from core.domain.ids import new_id
from core.storage.base import Row, instant, optional_instant
from core.storage.columns import EncryptedJSON, EncryptedText, text_enum

_STAFF = "staff_account.id"
_OPEN = sa.text("closed_at is null")


def _words() -> Any:
    return Field(default_factory=list, sa_type=ARRAY(sa.Text))


class AdviceMessage(Row, table=True):
    """A message and how far it has come. `caller` holds name, phone (E.164; empty for a voicemail that showed none),
    email, and the role of a professional; `child` first, last and born. `said` is empty when it was only spoken.

    While it is open: nobody calls before `call_from`; whatever comes next is overdue after `next_action_at`; `due_at`
    is the promise made when it was left, or when the family said more that made it urgent (`raised_at`). `revision`
    grows with every change, so that a run never overwrites one. `calling_until` is liveness: it is compared with the
    database's clock, never with service time. A `pinned` one was given to its owner by hand: no run takes it from them
    while they are here."""

    __tablename__ = "advice_message"
    __table_args__ = (
        sa.UniqueConstraint("reference", name="uq_advice_message_reference"),
        sa.UniqueConstraint("draft_id", name="uq_advice_message_draft"),
        # Rule 2 of the house: every message is called back.
        sa.CheckConstraint("num_nonnulls(closed_at, owner_id, exception_reason) > 0", name="open_is_somebodys"),
        sa.CheckConstraint("num_nonnulls(closed_at, next_action_at) > 0", name="open_has_a_next_action"),
        sa.CheckConstraint("(closed_at is not null) = (state in ('closed', 'withdrawn'))", name="closed_whole"),
        sa.CheckConstraint("closed_at is null or exception_reason is null", name="closed_is_no_exception"),
        sa.CheckConstraint("(calling_by is null) = (calling_until is null)", name="calling_whole"),
        sa.CheckConstraint("language is not null or interpreter_ok", name="english_needs_no_interpreter"),
        sa.Index(
            "ix_advice_message_mine",
            "owner_id",
            sa.text("(urgency <> 'urgent')"),
            "next_action_at",
            postgresql_where=_OPEN,
        ),
        # What is for later today, and what a run shares out.
        sa.Index("ix_advice_message_call_from", "call_from", postgresql_where=_OPEN),
        sa.Index("ix_advice_message_open", "due_at", "id", postgresql_where=_OPEN),
        # The day's list: urgent ones first, then what is due first.
        sa.Index("ix_advice_message_list", sa.text("(urgency <> 'urgent')"), "next_action_at", postgresql_where=_OPEN),
        sa.Index(
            "ix_advice_message_exceptions",
            "due_at",
            "id",
            postgresql_where=sa.text("closed_at is null and exception_reason is not null"),
        ),
        # What is late; and all that the board counts, so that it reads no message for it.
        sa.Index(
            "ix_advice_message_late",
            "next_action_at",
            postgresql_include=["call_from", "owner_id", "discipline", "areas", "state", "urgency"],
            postgresql_where=_OPEN,
        ),
        sa.Index("ix_advice_message_calling", "calling_by", postgresql_where=sa.text("calling_by is not null")),
        sa.Index("ix_advice_message_due_on", "due_on", "discipline"),
        sa.Index("ix_advice_message_phone", "phone_key", "received_at"),
        sa.Index(
            "ix_advice_message_child", "child_key", "received_at", postgresql_where=sa.text("child_key is not null")
        ),
    )

    reference: str = Field(max_length=9)
    draft_id: UUID
    caller_kind: Caller = Field(sa_type=text_enum(Caller, "caller_known"))
    caller: dict[str, Any] = Field(sa_type=EncryptedJSON("advice_message.caller"))
    phone_key: bytes
    child: dict[str, Any] | None = Field(default=None, sa_type=EncryptedJSON("advice_message.child"))
    child_key: bytes | None = None
    said: str = Field(sa_type=EncryptedText("advice_message.said"))
    not_times: str | None = Field(default=None, sa_type=EncryptedText("advice_message.not_times"))
    known: Known | None = Field(default=None, sa_type=text_enum(Known, "child_known"))
    call_needs: str | None = Field(default=None, sa_type=EncryptedText("advice_message.call_needs"))
    not_told: str | None = Field(default=None, sa_type=EncryptedText("advice_message.not_told"))
    discipline: Discipline | None = Field(default=None, sa_type=text_enum(Discipline, "discipline_known"))
    topic: Topic = Field(sa_type=text_enum(Topic, "topic_known"))
    signs: list[str] = _words()
    urgency: Urgency = Field(sa_type=text_enum(Urgency, "urgency_known"))
    needs: list[str] = _words()
    areas: list[str] = _words()
    good_times: list[str] = _words()
    language: str | None = Field(default=None, max_length=8)
    interpreter_ok: bool = True
    safe_to_leave_message: bool = False

    received_at: datetime = instant()
    clock_start: datetime = instant()
    due_on: date
    due_at: datetime = instant()
    calendar_version: str = Field(max_length=12)
    raised_at: datetime | None = optional_instant()

    state: State = Field(default=State.NEW, sa_type=text_enum(State, "state_known"))
    owner_id: UUID | None = Field(default=None, foreign_key=_STAFF)
    exception_reason: Reason | None = Field(default=None, sa_type=text_enum(Reason, "reason_known"))
    run_id: UUID | None = Field(default=None, foreign_key="advice_run.id")
    call_from: datetime = instant()
    next_action_at: datetime | None = optional_instant()
    first_called_at: datetime | None = optional_instant()
    closed_at: datetime | None = optional_instant()
    calling_by: UUID | None = Field(default=None, foreign_key=_STAFF)
    calling_until: datetime | None = optional_instant()
    revision: int = Field(default=1, sa_column_kwargs={"server_default": "1"})
    pinned: bool = Field(default=False, sa_column_kwargs={"server_default": sa.false()})


class AdviceLink(SQLModel, table=True):
    """A way to the family's own page: the fingerprint of its secret. Each message we send carries its own secret."""

    __tablename__ = "advice_link"
    __table_args__ = (sa.Index("ix_advice_link_message", "message_id"),)

    fingerprint: bytes = Field(primary_key=True)
    message_id: UUID = Field(foreign_key="advice_message.id")
    made_at: datetime = instant()


class AdviceCall(Row, table=True):
    """What came of ringing a family, or of looking at a message again without ringing. Only ever added to. The id is
    made with the form, so that sending the form twice records one call."""

    __tablename__ = "advice_call"
    __table_args__ = (
        sa.CheckConstraint("outcome <> 'reached' or notes is not null", name="reached_has_notes"),
        sa.Index("ix_advice_call_message", "message_id", "at"),
        sa.Index("ix_advice_call_staff", "staff_id", "at"),
        # How many calls some days took, and each person's of today.
        sa.Index("ix_advice_call_at", "at", "staff_id", postgresql_where=sa.text("outcome <> 'reviewed'")),
    )

    message_id: UUID = Field(foreign_key="advice_message.id")
    staff_id: UUID = Field(foreign_key=_STAFF)
    at: datetime = instant()
    outcome: Outcome = Field(sa_type=text_enum(Outcome, "outcome_known"))
    notes: str | None = Field(default=None, sa_type=EncryptedText("advice_call.notes"))
    state_after: State = Field(sa_type=text_enum(State, "state_after_known"))
    again_on: date | None = None


class AdviceEvent(Row, table=True):
    """The history of a message: who did what, when. Only ever added to; holds no words of any person."""

    __tablename__ = "advice_event"
    __table_args__ = (sa.Index("ix_advice_event_message", "message_id", "at"),)

    message_id: UUID = Field(foreign_key="advice_message.id")
    at: datetime = instant()
    by: str = Field(max_length=80)
    happened: Happened = Field(sa_type=text_enum(Happened, "happened_known"))
    staff_id: UUID | None = Field(default=None, foreign_key=_STAFF)
    reason: Reason | None = Field(default=None, sa_type=text_enum(Reason, "reason_known"))
    run_id: UUID | None = Field(default=None, foreign_key="advice_run.id")


class AdviceDuty(Row, table=True):
    """A session of duty that repeats every week, or every second one counted from the week of its first day;
    `valid_until` is its last day. `revision` grows with every change, so that a page shown earlier can not undo it."""

    __tablename__ = "advice_duty"
    __table_args__ = (
        sa.CheckConstraint("weekday between 0 and 6", name="weekday_known"),
        sa.CheckConstraint("starts < ends", name="starts_before_it_ends"),
        sa.CheckConstraint("slots between 1 and 100", name="slots_sensible"),
        sa.CheckConstraint("valid_until is null or valid_from <= valid_until", name="valid_whole"),
        sa.CheckConstraint("every in (1, 2)", name="every_known"),
        sa.Index("ix_advice_duty_weekday", "weekday", "staff_id"),
    )

    staff_id: UUID = Field(foreign_key=_STAFF)
    weekday: int = Field(sa_type=sa.SmallInteger)
    starts: time
    ends: time
    slots: int = Field(sa_type=sa.SmallInteger)
    disciplines: list[str] = _words()
    competences: list[str] = _words()
    valid_from: date
    valid_until: date | None = None
    every: int = Field(default=1, sa_type=sa.SmallInteger, sa_column_kwargs={"server_default": "1"})
    revision: int = Field(default=1, sa_column_kwargs={"server_default": "1"})


class AdviceAbsence(Row, table=True):
    """One person away from duty on one day, from `starts` to `ends` when it is not the whole day. The days that were
    entered together share an `entry_id`."""

    __tablename__ = "advice_absence"
    __table_args__ = (
        sa.UniqueConstraint("day", "staff_id", name="uq_advice_absence_day"),
        sa.CheckConstraint("(starts is null) = (ends is null)", name="part_whole"),
        sa.CheckConstraint("starts is null or starts < ends", name="starts_before_it_ends"),
        sa.Index("ix_advice_absence_entry", "entry_id"),
    )

    staff_id: UUID = Field(foreign_key=_STAFF)
    day: date
    starts: time | None = None
    ends: time | None = None
    entry_id: UUID = Field(default_factory=new_id, sa_column_kwargs={"server_default": sa.text("gen_random_uuid()")})
    entered_at: datetime = instant()
    entered_by: str = Field(max_length=80)


class AdviceRun(Row, table=True):
    """One sharing-out of a day's calls. `version` counts the runs of a day, so that two that read the same rows can
    not both be stored; `cause` is why it ran, so that none runs twice. `objective` is in eighths of a unit."""

    __tablename__ = "advice_run"
    __table_args__ = (
        sa.UniqueConstraint("day", "scope", "version", name="uq_advice_run_version"),
        sa.UniqueConstraint("day", "scope", "cause", name="uq_advice_run_cause"),
        sa.CheckConstraint("version > 0", name="version_counts"),
    )

    day: date
    scope: str = Field(max_length=40)
    version: int
    cause: str = Field(max_length=80)
    solver: Solver = Field(sa_type=text_enum(Solver, "solver_known"))
    ran_at: datetime = instant()
    placed: int
    left_out: int
    objective: int = Field(sa_type=sa.BigInteger)


class AdviceAssignment(SQLModel, table=True):
    """Where one run put one message, and why: to somebody, or left out for a reason."""

    __tablename__ = "advice_assignment"
    __table_args__ = (
        sa.CheckConstraint("num_nonnulls(staff_id, reason) = 1", name="placed_or_left_out"),
        sa.Index("ix_advice_assignment_message", "message_id", "run_id"),
    )

    run_id: UUID = Field(primary_key=True, foreign_key="advice_run.id")
    message_id: UUID = Field(primary_key=True, foreign_key="advice_message.id")
    staff_id: UUID | None = Field(default=None, foreign_key=_STAFF)
    reason: Reason | None = Field(default=None, sa_type=text_enum(Reason, "reason_known"))
    cost: int = Field(sa_type=sa.BigInteger)
    parts: dict[str, Any] = Field(default_factory=dict, sa_type=JSONB)

"""Tables of running clinics: who is away, who came, and whom a person has to phone."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field

from booking.clinic_words import Attendance, CallReason, Outcome, SettledBy, SittingHappened
from core.storage.base import Row, instant, optional_instant
from core.storage.columns import EncryptedText, text_enum


def _hidden(column: str, **options: Any) -> Any:
    return Field(sa_type=EncryptedText(column), **options)


class ClinicAbsence(Row, table=True):
    """Days on which a host holds no sittings. Why is between them and their manager."""

    __tablename__ = "clinic_absence"
    __table_args__ = (
        sa.CheckConstraint("first_day <= last_day", name="first_before_last"),
        sa.Index("ix_clinic_absence_host", "host_id", "last_day"),
    )

    host_id: UUID = Field(foreign_key="staff_account.id")
    first_day: date
    last_day: date
    why: str | None = _hidden("clinic_absence.why", default=None)
    made_at: datetime = instant()
    made_by: str = Field(max_length=80)


class SittingEvent(Row, table=True):
    """What happened to a sitting, by whom and why. Only ever added to."""

    __tablename__ = "sitting_event"
    __table_args__ = (sa.Index("ix_sitting_event_sitting", "sitting_id", "id"),)

    sitting_id: UUID = Field(foreign_key="sitting.id")
    happened: SittingHappened = Field(sa_type=text_enum(SittingHappened, "happened_known"))
    at: datetime = instant()
    by: str = Field(max_length=80)
    places: int | None = Field(default=None, sa_type=sa.SmallInteger)
    why: str | None = _hidden("sitting_event.why", default=None)


class AttendanceEntry(Row, table=True):
    """Whether somebody came and what came of it. Only ever added to: the last one counts."""

    __tablename__ = "attendance_entry"
    __table_args__ = (
        sa.Index("ix_attendance_entry_booking", "booking_id", "id"),
        sa.CheckConstraint("outcome is null or attendance in ('came', 'late')", name="outcome_of_a_visit"),
    )

    booking_id: UUID = Field(foreign_key="booking.id")
    attendance: Attendance = Field(sa_type=text_enum(Attendance, "attendance_known"))
    outcome: Outcome | None = Field(default=None, sa_type=text_enum(Outcome, "outcome_known"))
    note: str | None = _hidden("attendance_entry.note", default=None)
    at: datetime = instant()
    by: str = Field(max_length=80)


class ToPhone(Row, table=True):
    """Somebody a person has to phone, until `settled_at`. With a `message_id` only if that message does not arrive."""

    __tablename__ = "to_phone"
    __table_args__ = (
        sa.CheckConstraint("(settled_at is null) = (settled_how is null)", name="settled_whole"),
        sa.Index("ix_to_phone_open", "at", "id", postgresql_where=sa.text("settled_at is null")),
        sa.Index("ix_to_phone_booking", "booking_id"),
        sa.Index(
            "uq_to_phone_open",
            "booking_id",
            "reason",
            unique=True,
            postgresql_where=sa.text("settled_at is null"),
        ),
    )

    booking_id: UUID = Field(foreign_key="booking.id")
    reason: CallReason = Field(sa_type=text_enum(CallReason, "reason_known"))
    message_id: UUID | None = None
    at: datetime = instant()
    by: str = Field(max_length=80)
    settled_at: datetime | None = optional_instant()
    settled_how: SettledBy | None = Field(default=None, sa_type=text_enum(SettledBy, "settled_known"))
    settled_by: str | None = Field(default=None, max_length=80)

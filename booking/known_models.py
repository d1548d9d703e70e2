"""For which family a member of staff books in a browser. What is known of it is a draft; here are only ids."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field

from core.storage.base import Row, instant


class KnownBooking(Row, table=True):
    """One family being booked for in the browser of `owner`, by the one colleague who began it, until `until`; the
    answers are the draft `about` it. With a `booking_id` it is done and stays with the booking; one that came to
    nothing is deleted."""

    __tablename__ = "booking_known"
    __table_args__ = (
        sa.UniqueConstraint("booking_id", name="uq_booking_known_booking"),
        sa.Index("uq_booking_known_owner", "owner", unique=True, postgresql_where=sa.text("booking_id is null")),
        sa.Index("ix_booking_known_until", "until", postgresql_where=sa.text("booking_id is null")),
    )

    owner: bytes
    staff_id: UUID = Field(foreign_key="staff_account.id")
    subject_id: UUID
    occasion_id: UUID
    reference: str = Field(max_length=20)
    way_back: str = Field(max_length=200)
    texts: bool
    begun_at: datetime = instant()
    until: datetime = instant()
    booking_id: UUID | None = Field(default=None, foreign_key="booking.id")

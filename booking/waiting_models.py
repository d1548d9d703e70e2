"""Tables of the waiting list, and the secret links families hold."""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from booking.waiting_words import LinkKind, TurnState, WaitingState
from booking.words import OfferKind
from core.domain.identity import Discipline
from core.storage.base import Row, instant, optional_instant
from core.storage.columns import EncryptedJSON, text_enum


class Waiting(Row, table=True):
    """Somebody on a waiting list, with all that a booking needs in `who`, so that one tap accepts. `person` is a keyed
    hash of the child, or of the contact where no child is asked for: each waits once for an offer. `days` and `parts`
    are bits (`waiting_rules`). The order is `joined_at`, and nothing changes it."""

    __tablename__ = "waiting"
    __table_args__ = (
        sa.UniqueConstraint("draft_id", name="uq_waiting_draft"),
        sa.CheckConstraint("days between 1 and 127 and parts between 1 and 7", name="wishes_for_something"),
        sa.CheckConstraint("(state in ('waiting', 'offered')) = (ended_at is null)", name="ended_whole"),
        sa.Index(
            "uq_waiting_person",
            "offer_id",
            "person",
            unique=True,
            postgresql_where=sa.text("state in ('waiting', 'offered')"),
        ),
        sa.Index("ix_waiting_line", "offer_id", "joined_at", "id", postgresql_where=sa.text("state = 'waiting'")),
        sa.Index(
            "ix_waiting_wider",
            "kind",
            "discipline",
            "joined_at",
            "id",
            postgresql_where=sa.text("state = 'waiting' and wider"),
        ),
    )

    offer_id: UUID = Field(foreign_key="offer.id")
    kind: OfferKind = Field(sa_type=text_enum(OfferKind, "kind_known"))
    discipline: Discipline | None = Field(default=None, sa_type=text_enum(Discipline, "discipline_known"))
    wider: bool = False
    days: int = Field(sa_type=sa.SmallInteger)
    parts: int = Field(sa_type=sa.SmallInteger)
    state: WaitingState = Field(default=WaitingState.WAITING, sa_type=text_enum(WaitingState, "state_known"))
    draft_id: UUID
    person: bytes
    child_key: bytes | None = None
    who: dict[str, Any] = Field(sa_type=EncryptedJSON("waiting.who"))
    missed: int = Field(default=0, sa_type=sa.SmallInteger)
    joined_at: datetime = instant()
    ended_at: datetime | None = optional_instant()


class Turn(Row, table=True):
    """One place kept for one family that waited. While it is open the place's `held_by` is this row; `until` repeats
    the place's `held_until`. Nobody is told of one sitting twice, and nobody has two turns at once."""

    __tablename__ = "waiting_turn"
    __table_args__ = (
        sa.UniqueConstraint("waiting_id", "sitting_id", name="uq_waiting_turn_told_once"),
        sa.CheckConstraint("(state = 'open') = (ended_at is null)", name="ended_whole"),
        sa.CheckConstraint("(state = 'taken') = (booking_id is not null)", name="taken_whole"),
        sa.Index("uq_waiting_turn_open", "waiting_id", unique=True, postgresql_where=sa.text("state = 'open'")),
        sa.Index("ix_waiting_turn_until", "until", "id", postgresql_where=sa.text("state = 'open'")),
    )

    waiting_id: UUID = Field(foreign_key="waiting.id")
    place_id: UUID = Field(foreign_key="place.id")
    sitting_id: UUID = Field(foreign_key="sitting.id")
    state: TurnState = Field(default=TurnState.OPEN, sa_type=text_enum(TurnState, "state_known"))
    booking_id: UUID | None = Field(default=None, foreign_key="booking.id")
    made_at: datetime = instant()
    until: datetime = instant()
    ended_at: datetime | None = optional_instant()


class FamilyLink(SQLModel, table=True):
    """A secret link we sent, known only by its keyed hash. Messages written later bring a link of their own, so no
    secret has to be kept to write it again."""

    __tablename__ = "family_link"
    __table_args__ = (sa.Index("ix_family_link_subject", "subject_id", "kind"),)

    key: bytes = Field(primary_key=True)
    kind: LinkKind = Field(sa_type=text_enum(LinkKind, "kind_known"))
    subject_id: UUID
    made_at: datetime = instant()
    ended_at: datetime | None = optional_instant()

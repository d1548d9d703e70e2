"""Tables of the rota beside duty and absence: swaps between colleagues, its history, and who follows it."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from advice_line.rota_words import RotaAct, SwapState
from core.storage.base import Row, instant, optional_instant
from core.storage.columns import text_enum

_STAFF = "staff_account.id"
_LIVE = sa.text("state in ('asked', 'agreed')")


class AdviceSwap(Row, table=True):
    """One colleague asks another to hold all their sessions of a day, perhaps for a day in return. It counts once it
    is agreed; nobody gives a day away twice."""

    __tablename__ = "advice_swap"
    __table_args__ = (
        sa.CheckConstraint("giver_id <> taker_id", name="two_people"),
        sa.CheckConstraint("(state = 'asked') = (answered_at is null)", name="answered_whole"),
        sa.Index(
            "uq_advice_swap_day",
            "giver_id",
            "day",
            unique=True,
            postgresql_where=sa.text("state in ('asked', 'agreed')"),
        ),
        sa.Index("ix_advice_swap_taker", "taker_id", "day"),
        sa.Index("ix_advice_swap_day", "day", postgresql_where=sa.text("state = 'agreed'")),
        sa.Index("ix_advice_swap_back", "back_day", postgresql_where=sa.text("state = 'agreed'")),
    )

    giver_id: UUID = Field(foreign_key=_STAFF)
    taker_id: UUID = Field(foreign_key=_STAFF)
    day: date
    back_day: date | None = None
    state: SwapState = Field(default=SwapState.ASKED, sa_type=text_enum(SwapState, "state_known"))
    asked_at: datetime = instant()
    answered_at: datetime | None = optional_instant()
    answered_by: str | None = Field(default=None, max_length=80)


class AdviceRotaChange(Row, table=True):
    """What was done to the rota, by whom, and how to undo it: `rows` are {table, id, before, after}. Only `undone_at`
    and `undone_by` are ever written later. Holds no words of any person."""

    __tablename__ = "advice_rota_change"
    __table_args__ = (
        sa.CheckConstraint("(undone_at is null) = (undone_by is null)", name="undone_whole"),
        sa.Index("ix_advice_rota_change_at", "at"),
        sa.Index("ix_advice_rota_change_staff", "staff_id", "at"),
    )

    at: datetime = instant()
    by: str = Field(max_length=80)
    act: RotaAct = Field(sa_type=text_enum(RotaAct, "act_known"))
    staff_id: UUID = Field(foreign_key=_STAFF)
    first_day: date
    last_day: date | None = None
    rows: list[dict[str, Any]] = Field(default_factory=list, sa_type=JSONB)
    undone_at: datetime | None = optional_instant()
    undone_by: str | None = Field(default=None, max_length=80)


class AdviceDutyFeed(Row, table=True):
    """The address at which somebody's calendar reads their duties: the fingerprint of its secret. One a person."""

    __tablename__ = "advice_duty_feed"
    __table_args__ = (
        sa.UniqueConstraint("staff_id", name="uq_advice_duty_feed_staff"),
        sa.UniqueConstraint("key", name="uq_advice_duty_feed_key"),
    )

    staff_id: UUID = Field(foreign_key=_STAFF)
    key: bytes
    made_at: datetime = instant()

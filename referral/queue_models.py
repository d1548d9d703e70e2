"""The tables that the lists of triage are read from."""

from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from core.domain.identity import Discipline
from core.storage.base import instant
from core.storage.columns import text_enum

_WHERE = ("discipline", "area", "state")
_ORDER = ("pressing", "received_at", "referral_id")


def _list(name: str, condition: str, *order: str) -> sa.Index:
    where = sa.text(condition) if condition else None
    return sa.Index(f"ix_queue_place{name}", *_WHERE, *(order or _ORDER), postgresql_where=where)


class QueuePlace(SQLModel, table=True):
    """Where one open request stands: a row for each team it may be for, and one for `queue_words.EVERY` area. It is a
    copy (`queue_marks`), narrow and in the order of the lists, so that whatever somebody filters by, however rare, a
    page is read from the beginning of a few stretches of an index. `pressing` and `asked_until` are the referral's;
    `is_nobodys` says that no colleague has the case."""

    __tablename__ = "queue_place"
    __table_args__ = (
        _list("", ""),
        _list("_flagged", "flagged"),
        _list("_asked", "asked_until is not null"),
        _list("_nobodys", "is_nobodys"),
        _list("_overdue", "asked_until is not null", "asked_until", "referral_id"),
        # In the order of referrals, so that one that waits for several therapies is counted once without sorting.
        sa.Index(
            "ix_queue_place_undecided",
            *("area", "referral_id", "pressing", "discipline"),
            postgresql_where=sa.text("state in ('received', 'in-triage')"),
        ),
        sa.Index("ix_queue_place_age", "discipline", "area", "received_at"),
        sa.CheckConstraint("state in ('received', 'in-triage', 'waiting-for-information')", name="open"),
    )

    referral_id: UUID = Field(foreign_key="referral.id", primary_key=True)
    discipline: Discipline = Field(sa_type=text_enum(Discipline, "discipline_known"), primary_key=True)
    area: str = Field(max_length=40, primary_key=True)
    state: str = Field(max_length=40)
    pressing: int = Field(sa_type=sa.SmallInteger)
    received_at: datetime = instant()
    flagged: bool
    asked_until: date | None = None
    is_nobodys: bool


class DecidedPlace(SQLModel, table=True):
    """Where one decided request stands that no index of requests finds, a copy as `QueuePlace` is. With an empty
    `whose`: what no team has, for each team it may have been for. With somebody's list (`queue_rules.list_name`): what
    whoever reads that list may see although the request stands on another. A request of one therapy that a team has,
    as nearly all that are accepted, has no row."""

    __tablename__ = "decided_place"
    __table_args__ = (
        sa.Index("ix_decided_place_list", "state", "discipline", "area", "whose", "referral_id"),
        sa.CheckConstraint("state not in ('received', 'in-triage', 'waiting-for-information')", name="decided"),
    )

    referral_id: UUID = Field(foreign_key="referral.id", primary_key=True)
    discipline: Discipline = Field(sa_type=text_enum(Discipline, "discipline_known"), primary_key=True)
    area: str = Field(max_length=40, primary_key=True)
    whose: str = Field(max_length=60, primary_key=True)
    state: str = Field(max_length=40)

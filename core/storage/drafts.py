"""Answers given so far on a journey: kept in PostgreSQL from the first page on, encrypted, for who gave them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field, SQLModel, col, select

from core.domain.ids import new_id
from core.storage.base import instant, optional_instant
from core.storage.columns import EncryptedJSON
from core.storage.session import Session

_NOTHING = UUID(int=0)


class Draft(SQLModel, table=True):
    """One journey under way. `about` tells two apart (a held place); `sent_subject` is what it became when sent and
    `sent_token` the secret of the family's link to it. Answers are emptied then: the subject has them. `unfinished` is
    what stands half filled in on pages that were left: by page, as it was typed."""

    __tablename__ = "draft"
    __table_args__ = (
        sa.Index(
            "uq_draft_open",
            "owner",
            "journey",
            "about",
            unique=True,
            postgresql_where=sa.text("sent_at is null"),
        ),
        sa.Index("ix_draft_sent", "owner", "journey", "sent_at"),
        sa.CheckConstraint("(sent_at is null) = (sent_subject is null)", name="sent_whole"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    owner: bytes
    journey: str = Field(max_length=40)
    version: str = Field(max_length=20)
    about: UUID = _NOTHING
    answers: dict[str, Any] = Field(default_factory=dict, sa_type=EncryptedJSON("draft.answers"))
    unfinished: dict[str, Any] | None = Field(default=None, sa_type=EncryptedJSON("draft.unfinished"))
    started_at: datetime = instant()
    saved_at: datetime = instant()
    sent_at: datetime | None = optional_instant()
    sent_subject: UUID | None = None
    sent_token: str | None = Field(default=None, sa_type=EncryptedJSON("draft.sent_token"))


# Built once: every page of every journey asks these.
_OF_VISITOR = select(Draft).where(
    Draft.owner == sa.bindparam("owner"),
    Draft.journey == sa.bindparam("journey"),
    Draft.about == sa.bindparam("about"),
)
_OPEN = _OF_VISITOR.where(col(Draft.sent_at).is_(None))
_OPEN_LOCKED = _OPEN.with_for_update()
_LAST_SENT = _OF_VISITOR.where(col(Draft.sent_at).is_not(None)).order_by(col(Draft.sent_at).desc()).limit(1)
_TO_SEND = select(Draft).where(Draft.id == sa.bindparam("id"), Draft.owner == sa.bindparam("owner")).with_for_update()


async def open_draft(
    session: Session, owner: bytes, journey: str, about: UUID = _NOTHING, *, lock: bool = False
) -> Draft | None:
    """The draft this visitor is filling in, if there is one; `lock` keeps others from changing it meanwhile."""
    given = {"owner": owner, "journey": journey, "about": about}
    return (await session.exec(_OPEN_LOCKED if lock else _OPEN, params=given)).one_or_none()


async def start_draft(
    session: Session, owner: bytes, journey: str, version: str, now: datetime, about: UUID = _NOTHING
) -> Draft:
    """The visitor's open draft, locked; made when there is none. Two tabs starting at once share one."""
    for _ in range(2):
        if draft := await open_draft(session, owner, journey, about, lock=True):
            return draft
        try:
            async with session.begin_nested():
                session.add(
                    draft := Draft(
                        owner=owner,
                        journey=journey,
                        version=version,
                        about=about,
                        started_at=now,
                        saved_at=now,
                    )
                )
            return draft
        except sa.exc.IntegrityError:
            continue
    raise RuntimeError("a draft was started and sent between two looks")


def save_answers(draft: Draft, answers: Mapping[str, Any], version: str, now: datetime) -> None:
    """Replaces the answers; a new dict, since changes inside one are not noticed."""
    draft.answers, draft.version, draft.saved_at = dict(answers), version, now


def keep_unfinished(draft: Draft, page: str, typed: Mapping[str, Any] | None, now: datetime) -> None:
    """Keeps a page as it was left, unchecked; None when there is nothing unfinished on it any more."""
    others = {key: value for key, value in (draft.unfinished or {}).items() if key != page}
    kept = {**others, page: dict(typed)} if typed is not None else others
    if kept != (draft.unfinished or {}):
        draft.unfinished, draft.saved_at = kept or None, now


async def draft_to_send(session: Session, owner: bytes, draft_id: UUID) -> Draft | None:
    """The visitor's draft of this id, sent or not, locked: the second of two presses waits for the first."""
    return (await session.exec(_TO_SEND, params={"id": draft_id, "owner": owner})).one_or_none()


def mark_sent(draft: Draft, subject: UUID, token: str, now: datetime) -> None:
    """The draft became `subject`; `token` is the secret of the family's own link to it."""
    draft.sent_at, draft.sent_subject, draft.sent_token, draft.answers = now, subject, token, {}
    draft.unfinished = None


async def last_sent(session: Session, owner: bytes, journey: str, about: UUID = _NOTHING) -> Draft | None:
    """What this visitor sent last on this journey, for its confirmation page."""
    given = {"owner": owner, "journey": journey, "about": about}
    return (await session.exec(_LAST_SENT, params=given)).one_or_none()

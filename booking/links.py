"""Secret links to a booking, a calendar feed, a place on the waiting list, an offer. Only their fingerprints are kept;
what is written to a family later brings a new link, which opens the same."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from booking.waiting_models import FamilyLink
from booking.waiting_words import LinkKind
from core.domain.ids import new_token
from core.storage.columns import keys
from core.storage.session import Session


def link_key(token: str) -> bytes:
    """How the database knows a family's link."""
    return keys().fingerprint("booking-link", token)


async def new_link(session: Session, kind: LinkKind, subject_id: UUID, now: datetime) -> str:
    """One more link to this; the secret is returned and never kept."""
    token = new_token()
    session.add(FamilyLink(key=link_key(token), kind=kind, subject_id=subject_id, made_at=now))
    await session.flush()
    return token


async def subject_of(session: Session, kind: LinkKind, token: str) -> UUID | None:
    """What a link opens; None when we never gave it out, or it was ended."""
    found = select(FamilyLink.subject_id).where(
        FamilyLink.key == link_key(token), FamilyLink.kind == kind, col(FamilyLink.ended_at).is_(None)
    )
    return (await session.exec(found)).one_or_none()


async def end_links(session: Session, kind: LinkKind, subject_id: UUID, now: datetime) -> None:
    """No link of this kind opens it any more."""
    live = sa.update(FamilyLink).where(
        col(FamilyLink.subject_id) == subject_id, col(FamilyLink.kind) == kind, col(FamilyLink.ended_at).is_(None)
    )
    await session.exec(live.values(ended_at=now))

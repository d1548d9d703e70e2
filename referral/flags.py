"""Flags that come to stand after a referral was received."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlmodel import select

from core.storage.session import Session
from referral.models import ReferralFlag
from referral.words import FlagKind


async def stand(session: Session, referral_id: UUID, kinds: Collection[FlagKind], now: datetime) -> list[FlagKind]:
    """These flags stand, again where somebody had cleared them: something new was said. Those that did not before are
    returned. The referral is locked."""
    rows = (await session.exec(select(ReferralFlag).where(ReferralFlag.referral_id == referral_id))).all()
    known = {row.kind: row for row in rows}
    raised = [kind for kind in sorted(kinds) if kind not in known or known[kind].cleared_at]
    for kind in raised:
        if row := known.get(kind):
            row.raised_at, row.cleared_at, row.cleared_by = now, None, None
        else:
            session.add(ReferralFlag(referral_id=referral_id, kind=kind, raised_at=now))
    await session.flush()
    return raised

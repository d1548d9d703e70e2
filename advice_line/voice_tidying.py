"""Recordings nobody's message names, and recordings that are old enough: their sound goes."""

from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from advice_line.voice_models import AdviceVoice
from advice_line.voice_words import PURPOSE, TOO_OLD
from core.storage.drafts import Draft
from core.storage.files import StoredFile, drop_abandoned, drop_file
from core.storage.jobs import Workbench
from core.storage.session import Session

ABANDONED = timedelta(days=7)
"""How long a family may come back to what it began, and a provider may try again."""


async def tidy(session: Session, bench: Workbench) -> None:
    """Drops recordings that were begun and never sent. A draft that is still there keeps its own."""
    now = bench.clock.now()
    is_sent = sa.exists().where(col(AdviceVoice.file_id) == col(StoredFile.id))
    is_under_way = sa.exists().where(col(Draft.id) == col(StoredFile.about_id), col(Draft.sent_at).is_(None))
    await drop_abandoned(session, PURPOSE, now - ABANDONED, sa.or_(is_sent, is_under_way), now)


async def forget_sound(session: Session, voice_ids: Collection[UUID], now: datetime) -> int:
    """The sound of these recordings goes; what was written down of it stays with the message. How many there were."""
    found = select(AdviceVoice).where(col(AdviceVoice.id).in_(voice_ids), col(AdviceVoice.file_id).is_not(None))
    count = 0
    for voice in await session.exec(found.with_for_update()):
        if voice.file_id:
            await drop_file(session, voice.file_id, now)
            voice.file_id, voice.refused, count = None, TOO_OLD, count + 1
    await session.flush()
    return count

"""Files a family adds on the page of its referral. Each showing of that form has a bag: what is chosen is kept in it,
also while something else on the page is wrong, and handed to the referral in the transaction that keeps the words."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID, uuid5

import sqlalchemy as sa
from sqlmodel import col

from core.storage.files import StoredFile, drop_abandoned, drop_file, files_about, hand_over
from core.storage.files_words import FileRefused, Refusal
from core.storage.jobs import Job, Workbench
from core.storage.session import Session
from referral.files_words import ADDED, TOGETHER
from referral.models import Referral

TIDY = "referral.tidy-files"
ABANDONED = timedelta(days=1)


def bag_of(referral_id: UUID, once: UUID) -> UUID:
    """What files are about until the form of this showing is sent; nobody else's files can be reached by naming one."""
    return uuid5(referral_id, once.hex)


async def in_bag(session: Session, referral_id: UUID, once: UUID) -> Sequence[StoredFile]:
    """Chosen and not sent yet, oldest first."""
    return await files_about(session, ADDED, bag_of(referral_id, once))


async def added(session: Session, referral_id: UUID) -> Sequence[StoredFile]:
    """What families have sent later, oldest first."""
    return await files_about(session, ADDED, referral_id)


async def take_back(session: Session, referral_id: UUID, once: UUID, file_id: UUID, now: datetime) -> None:
    """A file that was chosen and not sent yet. Harmless twice."""
    if any(one.id == file_id for one in await in_bag(session, referral_id, once)):
        await drop_file(session, file_id, now)


async def fits(session: Session, referral_id: UUID, once: UUID) -> bool:
    """Whether the referral has room for what was chosen; it stays so only while the referral is locked."""
    there = [*await added(session, referral_id), *await in_bag(session, referral_id, once)]
    return sum(one.size for one in there) <= TOGETHER


async def hand_to_referral(
    session: Session, referral_id: UUID, once: UUID, now: datetime, *, again: bool = False
) -> int:
    """What was chosen is the referral's now; how many there were. A file that was sent twice with one press stays one,
    and when the same page is sent `again`, one that came with it before. FileRefused when another page took the room
    meanwhile. The caller has locked the referral."""
    there, new = {_looks(one) for one in await added(session, referral_id)} if again else set(), 0
    for one in await in_bag(session, referral_id, once):
        if _looks(one) in there:
            await drop_file(session, one.id, now)
        else:
            there.add(_looks(one))
            new += 1
    await session.flush()
    if not await fits(session, referral_id, once):
        raise FileRefused(Refusal.TOO_MUCH)
    await hand_over(session, ADDED, bag_of(referral_id, once), referral_id)
    return new


def _looks(file: StoredFile) -> tuple[str, int, str]:
    return file.name, file.size, file.media_type


async def tidy(session: Session, bench: Workbench) -> None:
    """Files that were chosen and never sent go after a day."""
    now = bench.clock.now()
    is_referrals = sa.exists().where(col(Referral.id) == col(StoredFile.about_id))
    await drop_abandoned(session, ADDED, now - ABANDONED, is_referrals, now)


JOBS = {TIDY: Job(tidy)}

"""On the way in: wrong tries, browsers we know, and the half-way house between password and second factor."""

from datetime import datetime, timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, delete, select, update

from accounts.models import (
    HalfSignIn,
    KnownDevice,
    PasswordAsk,
    SignInTries,
    SpentChallenge,
    StaffAccount,
    StaffLink,
    StaffSession,
)
from accounts.slowing import FORGOTTEN_AFTER, wait_after
from core.domain.errors import TooManyTries
from core.domain.ids import new_token
from core.storage.columns import keys
from core.storage.session import Session

HALF_WAY = timedelta(minutes=10)
DEVICE_KNOWN_FOR = timedelta(days=90)
ENDED_KEPT_FOR = timedelta(days=30)
_HALF, _DEVICE, _TRIES = "staff-half-sign-in", "staff-device", "staff-tries"


async def count_try(session: Session, who: str, device: UUID | None, now: datetime) -> bytes:
    """Counts one try before it is checked, so that many at once are counted too; returns what `forgive` takes.

    `who` is the e-mail address as it was typed, or a staff id. TooManyTries while there is a wait."""
    subject = keys().fingerprint(_TRIES, f"{who.lower()}\0{device or ''}")
    first = insert(SignInTries).values(subject=subject, failed=0, last_at=now).on_conflict_do_nothing()
    await session.exec(first)
    tries = await session.get_one(SignInTries, subject, with_for_update=True, populate_existing=True)
    if tries.wait_until and tries.wait_until > now:
        raise TooManyTries(tries.wait_until - now)
    if now - tries.last_at > FORGOTTEN_AFTER:
        tries.failed = 0
    tries.failed, tries.last_at = tries.failed + 1, now
    tries.wait_until = now + wait_after(tries.failed)
    return subject


async def forgive(session: Session, subject: bytes) -> None:
    """A right try: the wrong ones before it are forgotten."""
    await session.exec(delete(SignInTries).where(col(SignInTries.subject) == subject))


async def known_device(
    session: Session, token: str, now: datetime, *, email_fingerprint: bytes | None = None, staff_id: UUID | None = None
) -> UUID | None:
    """The device with this token, when this colleague has signed in with it lately."""
    whose = StaffAccount.id == staff_id if staff_id else StaffAccount.email_fingerprint == email_fingerprint
    found = (
        select(KnownDevice.id)
        .join(StaffAccount, col(StaffAccount.id) == KnownDevice.staff_id)
        .where(
            KnownDevice.token_fingerprint == keys().fingerprint(_DEVICE, token),
            whose,
            KnownDevice.used_at > now - DEVICE_KNOWN_FOR,
        )
    )
    return (await session.exec(found)).one_or_none()


async def remember_device(session: Session, staff_id: UUID, token: str, now: datetime) -> str:
    """The token of the device somebody has just signed in with: the one it showed when it is theirs, else a new one."""
    used = (
        update(KnownDevice)
        .where(
            col(KnownDevice.token_fingerprint) == keys().fingerprint(_DEVICE, token),
            col(KnownDevice.staff_id) == staff_id,
        )
        .values(used_at=now)
        .returning(col(KnownDevice.id))
        .execution_options(synchronize_session=False)
    )
    if (await session.exec(used)).one_or_none():
        return token
    token = new_token()
    session.add(KnownDevice(token_fingerprint=keys().fingerprint(_DEVICE, token), staff_id=staff_id, used_at=now))
    return token


async def forget_devices(session: Session, staff_id: UUID) -> None:
    """No browser of this colleague is known any more."""
    await session.exec(delete(KnownDevice).where(col(KnownDevice.staff_id) == staff_id))


async def begin_half(session: Session, staff_id: UUID, now: datetime) -> str:
    """The password was right; returns the token of what is not yet a session."""
    token = new_token()
    session.add(HalfSignIn(token_fingerprint=keys().fingerprint(_HALF, token), staff_id=staff_id, began_at=now))
    await session.flush()
    return token


async def half_holder(session: Session, token: str, now: datetime) -> UUID | None:
    """Who has shown the password and may show the second factor; None after ten minutes, or when it has ended."""
    found = (
        select(HalfSignIn.staff_id)
        .join(StaffAccount, col(StaffAccount.id) == HalfSignIn.staff_id)
        .where(
            HalfSignIn.token_fingerprint == keys().fingerprint(_HALF, token),
            col(HalfSignIn.ended_at).is_(None),
            HalfSignIn.began_at > now - HALF_WAY,
            col(StaffAccount.active),
        )
    )
    return (await session.exec(found)).one_or_none()


async def end_half(session: Session, token: str, now: datetime) -> bool:
    """Ends it; False when it had ended, so that only one of two requests at once goes on."""
    ended = (
        update(HalfSignIn)
        .where(
            col(HalfSignIn.token_fingerprint) == keys().fingerprint(_HALF, token), col(HalfSignIn.ended_at).is_(None)
        )
        .values(ended_at=now)
        .returning(col(HalfSignIn.id))
        .execution_options(synchronize_session=False)
    )
    return (await session.exec(ended)).one_or_none() is not None


async def end_halves(session: Session, staff_id: UUID, now: datetime) -> None:
    """Nobody who is half-way in as this colleague gets further."""
    await session.exec(
        update(HalfSignIn)
        .where(col(HalfSignIn.staff_id) == staff_id, col(HalfSignIn.ended_at).is_(None))
        .values(ended_at=now)
        .execution_options(synchronize_session=False)
    )


async def sweep(session: Session, now: datetime) -> None:
    """Forgets what no longer says anything: old tries, devices, challenges, half sign-ins and questions, and sessions
    and links that can open nothing any more. The audit trail keeps who signed in."""
    day_ago, month_ago = now - FORGOTTEN_AFTER, now - ENDED_KEPT_FOR
    for old in (
        sa.delete(SignInTries).where(col(SignInTries.last_at) < day_ago),
        sa.delete(SpentChallenge).where(col(SpentChallenge.spent_at) < day_ago),
        sa.delete(HalfSignIn).where(col(HalfSignIn.began_at) < day_ago),
        sa.delete(PasswordAsk).where(col(PasswordAsk.asked_at) < day_ago),
        sa.delete(KnownDevice).where(col(KnownDevice.used_at) < now - DEVICE_KNOWN_FOR),
        # Nobody's session lives for a month, ended or not; what it told a provider goes with it.
        sa.delete(StaffSession).where(col(StaffSession.started_at) < month_ago),
        sa.delete(StaffLink).where(col(StaffLink.expires_at) < month_ago),
    ):
        await session.exec(old)

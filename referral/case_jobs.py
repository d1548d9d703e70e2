"""What workers do for cases: remind who was asked, free what a leaver had, find children by the day they were born."""

from uuid import UUID

from sqlmodel import col, select

from core.domain.identity import system
from core.storage.columns import keys
from core.storage.jobs import Job, Workbench
from core.storage.session import Session
from core.storage.tasks import plan
from referral import case_service, claims
from referral.models import Referral

_SERVICE = system("referral")
_MOST, _BATCH = 200, 500
FIND_BY_BIRTH = "referral.find-by-birth"


async def remind_asked(session: Session, bench: Workbench) -> None:
    """Everybody who was asked, whose last day is near or past, is reminded once by itself. After that the list of
    overdue answers is a person's work."""
    now = bench.clock.now()
    for referral_id, information_id in await case_service.due_for_a_reminder(session, now, _MOST):
        await case_service.chase(session, _SERVICE, referral_id, information_id, 0, now)


async def cover_leaver(session: Session, bench: Workbench, *, staff_id: str) -> None:
    """The cases of a colleague who has left are nobody's again, and say so."""
    await claims.colleague_left(session, _SERVICE, UUID(staff_id), bench.clock.now())


async def find_by_birth(session: Session, bench: Workbench) -> None:
    """Referrals from before the hash of the date of birth was kept get theirs, some at a time until none is left."""
    old = select(Referral).where(col(Referral.born_key).is_(None)).order_by(col(Referral.id)).limit(_BATCH)
    rows = (await session.exec(old.with_for_update(skip_locked=True))).all()
    for row in rows:
        row.born_key = keys().fingerprint("dob", row.child_born)
    await session.flush()
    if len(rows) == _BATCH:
        await plan(session, FIND_BY_BIRTH, key=f"find-by-birth:{rows[-1].id}", run_at=bench.clock.now())


JOBS = {
    "referral.remind-asked": Job(remind_asked),
    "referral.cover-leaver": Job(cover_leaver),
    FIND_BY_BIRTH: Job(find_by_birth),
}

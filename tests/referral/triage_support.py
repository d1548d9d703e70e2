"""Invented colleagues with accounts, for what a case keeps about who did what."""

from datetime import datetime
from uuid import UUID

from sqlmodel import select

from accounts.api import actor_of, add_staff, staff_views
from core.domain.identity import Actor, Discipline, Role
from core.storage.session import Database, Session
from referral.models import Referral, ReferralFlag, ReferralRequest
from referral.queue_models import QueuePlace

TRIAGE = "/staff/triage"


async def colleague(
    session: Session, name: str, now: datetime, *roles: Role, disciplines: tuple[Discipline, ...] = ()
) -> Actor:
    """Somebody with an account, as they act."""
    staff_id = await add_staff(
        session,
        name=name,
        email=f"{name.split(maxsplit=1)[0].lower()}.invented@example.org",
        password="correct horse battery staple",
        roles=set(roles or (Role.TRIAGE,)),
        disciplines=set(disciplines),
        now=now,
    )
    return actor_of((await staff_views(session, {staff_id}))[staff_id])


async def colleagues(db: Database, now: datetime, *names: str) -> list[Actor]:
    """Triage staff."""
    async with db.transaction() as session:
        return [await colleague(session, name, now) for name in names]


async def referral_row(db: Database, referral_id: UUID) -> Referral:
    async with db.transaction() as session:
        return (await session.exec(select(Referral).where(Referral.id == referral_id))).one()


async def flag_of(db: Database, referral_id: UUID) -> ReferralFlag:
    async with db.transaction() as session:
        return (await session.exec(select(ReferralFlag).where(ReferralFlag.referral_id == referral_id))).one()


async def request_rows(db: Database, referral_id: UUID) -> list[ReferralRequest]:
    async with db.transaction() as session:
        found = select(ReferralRequest).where(ReferralRequest.referral_id == referral_id)
        return list((await session.exec(found)).all())


async def places(db: Database, referral_id: UUID) -> list[QueuePlace]:
    """Where it stands on the lists."""
    async with db.transaction() as session:
        found = select(QueuePlace).where(QueuePlace.referral_id == referral_id)
        return list((await session.exec(found.execution_options(populate_existing=True))).all())

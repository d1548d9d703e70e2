"""How one request of a referral takes a step: locked with its siblings, from the version somebody saw, on record."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlmodel import col, select

from core.domain.errors import NotFound, Stale
from core.domain.identity import Actor, ActorKind, Discipline, system
from core.storage import audit
from core.storage.session import Session
from referral import rules
from referral.models import InformationRequest, Referral, ReferralFlag, ReferralRequest, RequestEvent
from referral.words import FlagKind, RequestState, RequestStep

_SERVICE = system("referral")


async def locked(session: Session, referral_id: UUID) -> tuple[Referral, Sequence[ReferralRequest]]:
    """The referral, so that nobody else changes any part of it meanwhile, and its requests as they are now."""
    mine = select(Referral).where(Referral.id == referral_id).with_for_update()
    referral = (await session.exec(mine.execution_options(populate_existing=True))).one_or_none()
    if referral is None:
        raise NotFound("no such referral")
    theirs = select(ReferralRequest).where(ReferralRequest.referral_id == referral_id).order_by(col(ReferralRequest.id))
    return referral, (await session.exec(theirs.execution_options(populate_existing=True))).all()


def current(requests: Sequence[ReferralRequest], discipline: Discipline, version: int | None = None) -> ReferralRequest:
    """The request of this discipline. Stale when it changed since `version`; a family has none."""
    request = next((one for one in requests if one.discipline is discipline), None)
    if request is None:
        raise NotFound("not asked of this discipline")
    if version is not None and request.version != version:
        raise Stale("changed since the page was shown")
    return request


def begin(session: Session, actor: Actor, request: ReferralRequest, now: datetime) -> None:
    """Whoever decides has begun to read."""
    if request.state is RequestState.RECEIVED:
        step(session, actor, request, RequestStep.START_TRIAGE, now)


def step(
    session: Session, actor: Actor, request: ReferralRequest, taken: RequestStep, now: datetime, why: str | None = None
) -> None:
    """NotPossible where the table has no such step."""
    before = request.state
    request.state = rules.after(before, taken)
    request.version += 1
    session.add(
        RequestEvent(
            request_id=request.id, before=before, after=request.state, at=now, by=actor.audit_name, why=why or None
        )
    )


async def end_enquiry(session: Session, request_id: UUID, now: datetime) -> None:
    """What was asked is no longer needed."""
    awaited = select(InformationRequest).where(
        InformationRequest.request_id == request_id, col(InformationRequest.ended_at).is_(None)
    )
    for asked in await session.exec(awaited):
        asked.ended_at = now


async def standing_flags(session: Session, referral_id: UUID) -> list[FlagKind]:
    """The flags nobody has cleared."""
    standing = select(ReferralFlag.kind).where(
        ReferralFlag.referral_id == referral_id, col(ReferralFlag.cleared_at).is_(None)
    )
    return [FlagKind(kind) for kind in await session.exec(standing)]


def record(session: Session, actor: Actor, act: str, referral_id: UUID, now: datetime, **detail: object) -> None:
    """What was done, on the audit trail."""
    audit.record(session, actor, f"referral.{act}", "referral", referral_id, now, **detail)


def actor_named(audit_name: str | None) -> Actor:
    """Who decided, as the record names them; the service itself for what nobody did."""
    kind, _, staff_id = (audit_name or "").partition(":")
    return Actor(ActorKind.STAFF, UUID(staff_id)) if kind == ActorKind.STAFF else _SERVICE

"""What is asked about referrals. What staff ask names who asks: a therapist sees the referrals to their disciplines."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy.orm import defer
from sqlmodel import col, select

from core.domain.identity import Actor, Right
from core.storage.session import Session
from referral.models import (
    InformationRequest,
    Referral,
    ReferralConsent,
    ReferralFlag,
    ReferralRequest,
    RequestEvent,
)
from referral.queue_reach import seen_by
from referral.views import (
    Case,
    EventView,
    FlagView,
    InformationView,
    RequestView,
    StatusView,
)
from referral.words import Child, Consent


def _without_answers() -> Any:
    # Long, encrypted, and not on any list.
    return defer(col(Referral.answers))  # type: ignore[arg-type]


def as_request(row: ReferralRequest, wanted: InformationView | None = None) -> RequestView:
    return RequestView(
        id=row.id,
        discipline=row.discipline,
        state=row.state,
        urgency=row.urgency,
        target_on=row.target_on,
        version=row.version,
        area_id=row.area_id,
        note=row.note,
        wanted=wanted,
    )


def as_information(row: InformationRequest) -> InformationView:
    return InformationView(
        id=row.id,
        request_id=row.request_id,
        what=row.what,
        of=row.asked_of,
        due_on=row.due_on,
        asked_at=row.asked_at,
        ended_at=row.ended_at,
        answer=row.answer,
        chases=row.chases,
        chased_at=row.chased_at,
    )


async def id_by_reference(session: Session, actor: Actor, reference: str) -> UUID | None:
    """The referral with this reference, if this member of staff may see it or may ask to in an emergency."""
    found = select(Referral.id).where(Referral.reference == reference)
    if not actor.may(Right.BREAK_GLASS):
        found = found.where(seen_by(actor, Referral.id))
    return (await session.exec(found)).one_or_none()


async def id_for_family(session: Session, reference: str, born: str) -> UUID | None:
    """The referral with this reference of a child born on this day (ISO); None whichever of the two is wrong."""
    found = select(Referral).where(Referral.reference == reference).options(_without_answers())
    row = (await session.exec(found)).one_or_none()
    return row.id if row and row.child_born == born else None


async def status(session: Session, referral_id: UUID) -> StatusView | None:
    """Where a referral stands; whoever shows it has made sure that it may be seen."""
    found = select(Referral).where(Referral.id == referral_id).options(_without_answers())
    row = (await session.exec(found)).one_or_none()
    if row is None:
        return None
    requests, information = await _parts(session, row.id)
    return as_status(row, requests, information)


async def case(session: Session, referral_id: UUID) -> Case | None:
    """Everything about one referral; whoever shows it has asked `open_referral`. A constant number of queries."""
    found = select(Referral).where(Referral.id == referral_id)
    row = (await session.exec(found)).one_or_none()
    if row is None:
        return None
    requests, information = await _parts(session, row.id)
    disciplines = {request.id: request.discipline for request in requests}
    events = select(RequestEvent).where(col(RequestEvent.request_id).in_(disciplines)).order_by(col(RequestEvent.id))
    flags = select(ReferralFlag).where(ReferralFlag.referral_id == row.id).order_by(col(ReferralFlag.id))
    consents = select(ReferralConsent).where(ReferralConsent.referral_id == row.id).order_by(col(ReferralConsent.id))
    return Case(
        status=as_status(row, requests, information),
        child=as_child(row),
        area_ids=tuple(row.area_ids),
        version=row.questions_version,
        answers=dict(row.answers),
        flags=tuple(
            FlagView(one.id, one.kind, one.cleared_at, one.cleared_by, one.note or "")
            for one in await session.exec(flags)
        ),
        consents=tuple(Consent(one.kind, one.given, one.wording, one.by_name) for one in await session.exec(consents)),
        events=tuple(
            EventView(disciplines[one.request_id], one.before, one.after, one.at, one.by, one.why)
            for one in await session.exec(events)
        ),
        information=tuple(as_information(one) for one in information),
    )


async def _parts(session: Session, referral_id: UUID) -> tuple[Sequence[ReferralRequest], Sequence[InformationRequest]]:
    theirs = select(ReferralRequest).where(ReferralRequest.referral_id == referral_id)
    requests = (await session.exec(theirs.order_by(col(ReferralRequest.id)))).all()
    asked = select(InformationRequest).where(col(InformationRequest.request_id).in_([one.id for one in requests]))
    return requests, (await session.exec(asked.order_by(col(InformationRequest.id)))).all()


def as_status(
    row: Referral, requests: Iterable[ReferralRequest], information: Iterable[InformationRequest]
) -> StatusView:
    awaited = {one.request_id: as_information(one) for one in information if one.ended_at is None}
    views = tuple(as_request(request, awaited.get(request.id)) for request in requests)
    return StatusView(row.id, row.reference, row.referrer, row.received_at, views)


def as_child(row: Referral) -> Child:
    return Child(
        first=row.child_first,
        last=row.child_last,
        born=date.fromisoformat(row.child_born),
        nhs_number=row.nhs_number,
        address=row.address,
        postcode=row.postcode,
    )

"""What people do with referrals. Each function is one act: rules, rows, audit entry, fact; the caller commits."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlmodel import col, select

from core.domain.clock import london_day
from core.domain.errors import NotFound, NotPossible, Stale
from core.domain.identity import Actor, Discipline
from core.domain.ids import new_reference
from core.domain.names import surname_and_birth
from core.domain.nhs import outcode
from core.domain.profile import Profile
from core.storage import audit, outbox
from core.storage.columns import keys
from core.storage.session import Session
from referral import guarding, queue_marks, rules
from referral.models import (
    InformationRequest,
    Referral,
    ReferralConsent,
    ReferralFlag,
    ReferralRequest,
    RequestEvent,
)
from referral.words import (
    Acceptance,
    Enquiry,
    InformationAsked,
    InformationGiven,
    NewReferral,
    ReferralReceived,
    RequestAccepted,
    RequestState,
    RequestStep,
)


async def receive(
    session: Session, actor: Actor, new: NewReferral, draft_id: UUID, profile: Profile, now: datetime
) -> Referral:
    """Stores a referral with one request for each therapy asked for, its flags and its consents."""
    referral = _row(new, draft_id, profile, now)
    requests = _requests(referral, new, profile, now)
    referral.pressing = rules.place_in_queue((request.state, request.urgency) for request in requests)
    session.add(referral)
    await session.flush()
    session.add_all(requests)
    await session.flush()
    session.add_all(_event(actor, request, None, now) for request in requests)
    flags = sorted(rules.flags_of(new, profile.referral.rules))
    referral.open_for, referral.flagged = sorted(request.discipline for request in requests), bool(flags)
    session.add_all(ReferralFlag(referral_id=referral.id, kind=kind, raised_at=now) for kind in flags)
    session.add_all(_consents(referral, new, now))
    _record(session, actor, "received", referral.id, now, disciplines=sorted(new.asked), flags=flags)
    await outbox.tell(session, ReferralReceived(referral.id), now)
    return referral


def _row(new: NewReferral, draft_id: UUID, profile: Profile, now: datetime) -> Referral:
    child, find = new.child, keys().fingerprint
    return Referral(
        reference=new_reference(),
        draft_id=draft_id,
        referrer=new.referrer,
        questions_version=new.version,
        answers=new.answers,
        child_first=child.first,
        child_last=child.last,
        child_born=child.born.isoformat(),
        nhs_number=child.nhs_number,
        address=child.address,
        postcode=child.postcode,
        phone=new.phone,
        email=new.email,
        nhs_number_key=find("nhs-number", child.nhs_number) if child.nhs_number else None,
        surname_born_key=find("surname-dob", surname_and_birth(child.last, child.born)),
        born_key=find("dob", child.born.isoformat()),
        phone_key=find("phone", new.phone),
        email_key=find("email", new.email.casefold()) if new.email else None,
        guarded=guarding.kept(new.guarded),
        guarded_keys=guarding.keys_of_ways(new.guarded),
        area_ids=[area.id for area in profile.areas_of(outcode(child.postcode))],
        received_at=now,
    )


def _requests(referral: Referral, new: NewReferral, profile: Profile, now: datetime) -> list[ReferralRequest]:
    urgency = rules.urgency_of(new.signs, frozenset().union(*new.asked.values()))
    target_on = rules.target_on(london_day(now), urgency, profile.referral.target_days)
    return [
        ReferralRequest(referral_id=referral.id, discipline=discipline, urgency=urgency, target_on=target_on)
        for discipline in new.asked
    ]


def _consents(referral: Referral, new: NewReferral, now: datetime) -> list[ReferralConsent]:
    return [
        ReferralConsent(
            referral_id=referral.id,
            kind=consent.kind,
            given=consent.given,
            wording=consent.wording,
            by=new.referrer,
            by_name=consent.by,
            channel=consent.channel,
            at=now,
        )
        for consent in new.consents
    ]


async def accept(
    session: Session,
    actor: Actor,
    referral_id: UUID,
    discipline: Discipline,
    version: int,
    accepted: Acceptance,
    profile: Profile,
    now: datetime,
) -> None:
    """One discipline takes the child on. Stale when somebody changed the request since `version`; Invalid when the
    urgency would be lowered while flags stand; NotPossible when it is decided already."""
    referral, requests = await _locked(session, referral_id)
    request = _current(requests, discipline, version)
    rules.check_urgency(accepted.urgency, request.urgency, await _standing_flags(session, referral_id))
    _begin(session, actor, request, now)
    lowered = rules.is_lower(accepted.urgency, request.urgency)
    request.urgency, request.area_id, request.note = accepted.urgency, accepted.area_id, accepted.note or None
    received_on = london_day(referral.received_at)
    request.target_on = rules.target_on(received_on, accepted.urgency, profile.referral.target_days)
    _step(session, actor, request, RequestStep.ACCEPT, now)
    await _end_enquiry(session, request.id, now)
    await queue_marks.remark(session, referral)
    told = {"discipline": discipline, "urgency": accepted.urgency, "lowered": lowered}
    _record(session, actor, "accepted", referral_id, now, **told)
    await outbox.tell(session, RequestAccepted(referral_id, request.id), now)


async def ask(
    session: Session,
    actor: Actor,
    referral_id: UUID,
    discipline: Discipline,
    version: int,
    enquiry: Enquiry,
    now: datetime,
) -> UUID:
    """Asks for what is missing; the clock keeps running. Stale and NotPossible as for `accept`."""
    referral, requests = await _locked(session, referral_id)
    request = _current(requests, discipline, version)
    _begin(session, actor, request, now)
    _step(session, actor, request, RequestStep.ASK, now, why=enquiry.what)
    asked = InformationRequest(
        request_id=request.id,
        what=enquiry.what,
        asked_of=enquiry.of,
        due_on=enquiry.due_on,
        asked_at=now,
        asked_by=actor.audit_name,
    )
    session.add(asked)
    await queue_marks.remark(session, referral)
    _record(session, actor, "information-asked", referral_id, now, discipline=discipline, asked_of=enquiry.of)
    await outbox.tell(session, InformationAsked(referral_id, request.id, asked.id), now)
    return asked.id


async def give_information(
    session: Session, actor: Actor, referral_id: UUID, information_id: UUID, answer: str, now: datetime
) -> None:
    """Stores the answer and puts the request back into triage. The same answer sent twice is one; NotPossible when
    something else was answered, or it is no longer needed."""
    referral, requests = await _locked(session, referral_id)
    asked = await session.get(InformationRequest, information_id, populate_existing=True)
    request = next((one for one in requests if asked and one.id == asked.request_id), None)
    if asked is None or request is None:
        raise NotFound("nothing of this kind was asked about this referral")
    if asked.ended_at is not None:
        if asked.answer == answer:
            return
        raise NotPossible("answered or no longer needed")
    asked.answer, asked.ended_at = answer, now
    _step(session, actor, request, RequestStep.HEAR, now)
    await queue_marks.remark(session, referral)
    _record(session, actor, "information-given", referral_id, now, discipline=request.discipline)
    await outbox.tell(session, InformationGiven(referral_id, request.id, asked.id), now)


async def _locked(session: Session, referral_id: UUID) -> tuple[Referral, Sequence[ReferralRequest]]:
    """The referral, so that nobody else changes any part of it meanwhile, and its requests as they are now."""
    mine = select(Referral).where(Referral.id == referral_id).with_for_update()
    referral = (await session.exec(mine.execution_options(populate_existing=True))).one_or_none()
    if referral is None:
        raise NotFound("no such referral")
    theirs = select(ReferralRequest).where(ReferralRequest.referral_id == referral_id).order_by(col(ReferralRequest.id))
    return referral, (await session.exec(theirs.execution_options(populate_existing=True))).all()


def _current(requests: Sequence[ReferralRequest], discipline: Discipline, version: int) -> ReferralRequest:
    request = next((one for one in requests if one.discipline is discipline), None)
    if request is None:
        raise NotFound("not asked of this discipline")
    if request.version != version:
        raise Stale("changed since the page was shown")
    return request


def _begin(session: Session, actor: Actor, request: ReferralRequest, now: datetime) -> None:
    if request.state is RequestState.RECEIVED:
        _step(session, actor, request, RequestStep.START_TRIAGE, now)


def _step(
    session: Session, actor: Actor, request: ReferralRequest, step: RequestStep, now: datetime, why: str | None = None
) -> None:
    before = request.state
    request.state = rules.after(before, step)
    request.version += 1
    session.add(_event(actor, request, before, now, why))


def _event(
    actor: Actor, request: ReferralRequest, before: RequestState | None, now: datetime, why: str | None = None
) -> RequestEvent:
    return RequestEvent(request_id=request.id, before=before, after=request.state, at=now, by=actor.audit_name, why=why)


async def _end_enquiry(session: Session, request_id: UUID, now: datetime) -> None:
    awaited = select(InformationRequest).where(
        InformationRequest.request_id == request_id, col(InformationRequest.ended_at).is_(None)
    )
    for asked in await session.exec(awaited):
        asked.ended_at = now


async def _standing_flags(session: Session, referral_id: UUID) -> int:
    standing = select(ReferralFlag.id).where(
        ReferralFlag.referral_id == referral_id, col(ReferralFlag.cleared_at).is_(None)
    )
    return len((await session.exec(standing)).all())


def _record(session: Session, actor: Actor, act: str, referral_id: UUID, now: datetime, **detail: object) -> None:
    audit.record(session, actor, f"referral.{act}", "referral", referral_id, now, **detail)

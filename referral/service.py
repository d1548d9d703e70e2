"""What people do with referrals. Each function is one act: rules, rows, audit entry, fact; the caller commits."""

from datetime import datetime
from uuid import UUID

from core.domain.clock import london_day
from core.domain.errors import NotFound, NotPossible
from core.domain.identity import Actor, Discipline
from core.domain.ids import new_reference
from core.domain.names import surname_and_birth
from core.domain.nhs import outcode
from core.domain.profile import Profile
from core.storage import audit, outbox
from core.storage.columns import keys
from core.storage.session import Session
from referral import files_added, guarding, moves, outcome_service, queue_marks, rules
from referral.models import (
    InformationRequest,
    Referral,
    ReferralConsent,
    ReferralFlag,
    ReferralRequest,
    RequestEvent,
)
from referral.outcome_words import Outcome
from referral.words import (
    Acceptance,
    InformationGiven,
    NewReferral,
    ReferralReceived,
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
    session.add_all(
        RequestEvent(request_id=request.id, after=request.state, at=now, by=actor.audit_name) for request in requests
    )
    flags = sorted(rules.flags_of(new, profile.referral.rules))
    queue_marks.mark_new(session, referral, requests, flagged=bool(flags))
    session.add_all(ReferralFlag(referral_id=referral.id, kind=kind, raised_at=now) for kind in flags)
    session.add_all(_consents(referral, new, now))
    session.add_all(guarding.rows_of(referral, new.guarded))
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
        area_ids=[area.id for area in profile.areas_of(outcode(child.postcode))],
        received_at=now,
    )


def _requests(referral: Referral, new: NewReferral, profile: Profile, now: datetime) -> list[ReferralRequest]:
    urgency, today = rules.urgency_of(new.signs, frozenset().union(*new.asked.values())), london_day(now)
    return [
        ReferralRequest(
            referral_id=referral.id,
            discipline=discipline,
            urgency=urgency,
            target_on=rules.target_on(today, urgency, profile.referral.target_days_of(discipline)),
        )
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
    """One discipline takes the child on, as `outcome_service.decide` does it."""
    outcome = Outcome(RequestStep.ACCEPT, accepted.urgency, accepted.area_id, words=accepted.note)
    await outcome_service.decide(session, actor, referral_id, discipline, version, outcome, profile, now)


ask = outcome_service.ask


async def give_information(
    session: Session,
    actor: Actor,
    referral_id: UUID,
    information_id: UUID,
    answer: str,
    now: datetime,
    once: UUID | None = None,
) -> None:
    """Stores the answer, with the files chosen in this showing of the form, and puts the request back into triage. The
    same answer sent twice is one, and a file that came along only then is kept; NotPossible when something else was
    answered, or it is no longer needed. Raises what `files_added.hand_to_referral` does."""
    referral, requests = await moves.locked(session, referral_id)
    asked = await session.get(InformationRequest, information_id, populate_existing=True)
    request = next((one for one in requests if asked and one.id == asked.request_id), None)
    if asked is None or request is None:
        raise NotFound("nothing of this kind was asked about this referral")
    if asked.ended_at is not None and asked.answer != answer:
        raise NotPossible("answered or no longer needed")
    again = asked.ended_at is not None
    files = await files_added.hand_to_referral(session, referral_id, once, now, again=again) if once else 0
    if again:
        if files:
            _record(session, actor, "information-added", referral_id, now, files=files)
        return
    asked.answer, asked.ended_at = answer, now
    moves.step(session, actor, request, RequestStep.HEAR, now)
    await queue_marks.remark(session, referral)
    _record(session, actor, "information-given", referral_id, now, discipline=request.discipline, files=files)
    await outbox.tell(session, InformationGiven(referral_id, request.id, asked.id), now)


def _record(session: Session, actor: Actor, act: str, referral_id: UUID, now: datetime, **detail: object) -> None:
    audit.record(session, actor, f"referral.{act}", "referral", referral_id, now, **detail)

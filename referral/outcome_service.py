"""What is decided about one therapy of a referral. Each decision is one act: rules, rows, audit entry, fact, letters;
the caller commits. Two who decide at once wait for each other, and the second is told that the page is old."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlmodel import col, select

from core.domain.clock import london_day
from core.domain.errors import Invalid
from core.domain.identity import Actor, Discipline
from core.domain.profile import Profile
from core.storage import outbox
from core.storage.session import Session
from referral import flags, letters_service, moves, outcome_rules, queue_marks, rules
from referral.models import InformationRequest, Referral, ReferralRequest
from referral.outcome_models import RequestOutcome
from referral.outcome_words import (
    Outcome,
    RequestBooked,
    RequestDischarged,
    RequestGivenBack,
    RequestJoined,
    RequestListed,
    RequestNotAccepted,
    RequestRedirected,
    RequestReopened,
    RequestSeen,
    RequestSignposted,
    RequestWithdrawn,
)
from referral.words import Enquiry, InformationAsked, RequestAccepted, RequestState, RequestStep, Urgency

_FACTS: Mapping[RequestStep, type] = {
    RequestStep.ACCEPT: RequestAccepted,
    RequestStep.SIGNPOST: RequestSignposted,
    RequestStep.REDIRECT: RequestRedirected,
    RequestStep.NOT_ACCEPT: RequestNotAccepted,
    RequestStep.MARK_DUPLICATE: RequestJoined,
    RequestStep.WITHDRAW: RequestWithdrawn,
    RequestStep.REOPEN: RequestReopened,
    RequestStep.COME_BACK: RequestReopened,
    RequestStep.PUT_ON_LIST: RequestListed,
    RequestStep.BOOK: RequestBooked,
    RequestStep.GIVE_BACK: RequestGivenBack,
    RequestStep.SEE: RequestSeen,
    RequestStep.DISCHARGE: RequestDischarged,
}
# How the audit trail calls each; "referral." goes before.
_ACTS: Mapping[RequestStep, str] = {
    RequestStep.ACCEPT: "accepted",
    RequestStep.SIGNPOST: "signposted",
    RequestStep.REDIRECT: "redirected",
    RequestStep.NOT_ACCEPT: "not-accepted",
    RequestStep.MARK_DUPLICATE: "joined",
    RequestStep.WITHDRAW: "withdrawn",
    RequestStep.REOPEN: "reopened",
    RequestStep.COME_BACK: "came-back",
    RequestStep.PUT_ON_LIST: "listed-to-wait",
    RequestStep.BOOK: "booked",
    RequestStep.GIVE_BACK: "given-back",
    RequestStep.SEE: "child-seen",
    RequestStep.DISCHARGE: "discharged",
}
_OPENS_AGAIN = (RequestStep.REOPEN, RequestStep.COME_BACK)


async def decide(
    session: Session,
    actor: Actor,
    referral_id: UUID,
    discipline: Discipline,
    version: int | None,
    outcome: Outcome,
    profile: Profile,
    now: datetime,
) -> UUID:
    """Takes one step with one therapy, and drafts the letters about it. Stale when somebody changed the request since
    `version` (a family has none); NotPossible where the table has no such step; Invalid when a rule wants more."""
    other_id = await _other(session, outcome)
    both = await _locked(session, referral_id, other_id)
    referral, requests = both[referral_id]
    request = moves.current(requests, discipline, version)
    if outcome.step is not RequestStep.WITHDRAW:
        moves.begin(session, actor, request, now)
    rules.after(request.state, outcome.step)
    await _effects(session, actor, both, referral, request, outcome, other_id, profile, now)
    moves.step(session, actor, request, outcome.step, now, outcome.why)
    row = _row(actor, request, outcome, other_id, now)
    session.add(row)
    await session.flush()
    await moves.end_enquiry(session, request.id, now)
    for locked, _ in both.values():
        await queue_marks.remark(session, locked)
    told: dict[str, object] = {"discipline": discipline, "outcome": str(row.id)}
    if outcome.urgency:
        told |= {"urgency": request.urgency}
    moves.record(session, actor, _ACTS[outcome.step], referral_id, now, **told)
    await outbox.tell(session, _FACTS[outcome.step](referral_id, request.id), now)
    await _write(session, actor, referral, request, row, outcome, profile, now)
    return row.id


async def ask(
    session: Session,
    actor: Actor,
    referral_id: UUID,
    discipline: Discipline,
    version: int,
    enquiry: Enquiry,
    now: datetime,
) -> UUID:
    """Asks for what is missing; the clock keeps running. Stale and NotPossible as for `decide`."""
    referral, requests = await moves.locked(session, referral_id)
    request = moves.current(requests, discipline, version)
    moves.begin(session, actor, request, now)
    moves.step(session, actor, request, RequestStep.ASK, now, enquiry.what)
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
    moves.record(session, actor, "information-asked", referral_id, now, discipline=discipline, asked_of=enquiry.of)
    await outbox.tell(session, InformationAsked(referral_id, request.id, asked.id), now)
    return asked.id


_Locked = dict[UUID, tuple[Referral, Sequence[ReferralRequest]]]


async def _locked(session: Session, referral_id: UUID, other_id: UUID | None) -> _Locked:
    """Both referrals in one order, so that two who join two of them the other way round wait instead of blocking."""
    ids = sorted({referral_id, other_id} - {None}, key=str)
    return {one: await moves.locked(session, one) for one in ids if one}


async def _other(session: Session, outcome: Outcome) -> UUID | None:
    if outcome.step is not RequestStep.MARK_DUPLICATE:
        return None
    found = (await session.exec(select(Referral.id).where(Referral.reference == outcome.other))).one_or_none()
    if found is None:
        raise Invalid({"other": "No referral has this reference. Check it and try again"})
    return found


async def _effects(
    session: Session,
    actor: Actor,
    both: _Locked,
    referral: Referral,
    request: ReferralRequest,
    outcome: Outcome,
    other_id: UUID | None,
    profile: Profile,
    now: datetime,
) -> None:
    """What a step changes beside the state."""
    if outcome.step is RequestStep.ACCEPT:
        await _accept(session, referral, request, outcome, profile)
    elif outcome.step is RequestStep.MARK_DUPLICATE and other_id:
        await _join(session, actor, both, request, other_id, profile, now)
        referral.duplicate_of = other_id
    elif outcome.step in _OPENS_AGAIN and request.state is RequestState.DUPLICATE:
        referral.duplicate_of = None


async def _accept(
    session: Session, referral: Referral, request: ReferralRequest, outcome: Outcome, profile: Profile
) -> None:
    chosen = outcome.urgency or request.urgency
    rules.check_urgency(chosen, request.urgency, len(await moves.standing_flags(session, referral.id)))
    request.urgency, request.area_id, request.note = chosen, outcome.area_id, outcome.words or None
    _aim(referral, request, profile)


async def _join(
    session: Session,
    actor: Actor,
    both: _Locked,
    request: ReferralRequest,
    other_id: UUID,
    profile: Profile,
    now: datetime,
) -> None:
    """The referral that goes on is as pressing as the more pressing of the two, and has the flags of both."""
    mine, theirs = both[request.referral_id][0], both[other_id]
    other, same = theirs[0], next((one for one in theirs[1] if one.discipline is request.discipline), None)
    goes_on = same is not None and outcome_rules.goes_on(same.state)
    outcome_rules.check_other(other_id == request.referral_id, mine.child_born == other.child_born, goes_on)
    if same is None:
        return
    await flags.stand(session, other_id, await moves.standing_flags(session, mine.id), now)
    raise_to(other, same, request.urgency, profile)
    moves.record(session, actor, "joined-by", other_id, now, discipline=request.discipline, urgency=same.urgency)


def raise_to(referral: Referral, request: ReferralRequest, urgency: Urgency, profile: Profile) -> None:
    """At least as pressing as this, with the target that follows: never less."""
    higher = outcome_rules.higher(urgency, request.urgency)
    if higher is not request.urgency and outcome_rules.goes_on(request.state):
        request.urgency = higher
        request.version += 1
        _aim(referral, request, profile)


def _aim(referral: Referral, request: ReferralRequest, profile: Profile) -> None:
    received_on = london_day(referral.received_at)
    days = profile.referral.target_days_of(request.discipline)
    request.target_on = rules.target_on(received_on, request.urgency, days)


def _row(
    actor: Actor, request: ReferralRequest, outcome: Outcome, other_id: UUID | None, now: datetime
) -> RequestOutcome:
    return RequestOutcome(
        request_id=request.id,
        step=outcome.step,
        at=now,
        by=actor.audit_name,
        pathway=outcome.pathway,
        comes_next=outcome.comes_next,
        why_not=outcome.why_not,
        place=outcome.place or None,
        words=outcome.words or None,
        todo=outcome.todo or None,
        duplicate_of=other_id,
        booked_for=outcome.booked_for,
    )


async def _write(
    session: Session,
    actor: Actor,
    referral: Referral,
    request: ReferralRequest,
    row: RequestOutcome,
    outcome: Outcome,
    profile: Profile,
    now: datetime,
) -> None:
    """Drafts not sent yet are overtaken. That something is open again is told only to those who had heard otherwise."""
    had_left = await letters_service.drop(session, request.id, now)
    kind = outcome_rules.LETTERS.get(outcome.step, "")
    if kind == "reopened" and actor.is_staff and not had_left:
        return
    if kind:
        await letters_service.draft(session, actor, referral, request, row, outcome, kind, profile, now)


async def last_outcomes(session: Session, request_ids: Sequence[UUID]) -> dict[UUID, RequestOutcome]:
    """What was decided last about each of these requests."""
    found = select(RequestOutcome).where(col(RequestOutcome.request_id).in_(request_ids))
    rows = (await session.exec(found.order_by(col(RequestOutcome.id)))).all()
    return {row.request_id: row for row in rows}

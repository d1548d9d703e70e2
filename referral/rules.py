"""Decisions about referrals. Pure: days are given. A rule may raise urgency and flag; it never lowers, refuses or
diagnoses: a clinician decides."""

from collections.abc import Collection, Iterable, Mapping
from datetime import date, timedelta

from core.domain.errors import Invalid, NotPossible
from core.domain.identity import Actor, Discipline, Reason, Role
from core.domain.nhs import age_on, is_mobile
from core.domain.profile import ReferralRule
from referral import red_flags
from referral.words import (
    PROFESSIONALS,
    Agreement,
    FlagKind,
    NewReferral,
    ReferrerKind,
    RequestState,
    RequestStep,
    Responsibility,
    Sign,
    Urgency,
)

EATING, AFTER_OPERATION = "eating-and-drinking", "after-an-operation"
CONSENTS_ALONE_FROM = 16

# Place on the queue: the smallest is seen first.
PRESSING: Mapping[Urgency, int] = {Urgency.URGENT: 0, Urgency.SOON: 1, Urgency.ROUTINE: 2}

# The criteria of real services (annex §1.4).
RAISES: Mapping[Sign, Urgency] = {
    Sign.CHOKING: Urgency.URGENT,
    Sign.WEIGHT: Urgency.URGENT,
    Sign.LOST_SKILLS: Urgency.URGENT,
    Sign.UNSAFE_MOVING: Urgency.URGENT,
    Sign.FROM_HOSPITAL: Urgency.URGENT,
    Sign.LIFE_LIMITING: Urgency.URGENT,
    Sign.NEW_STAMMER: Urgency.SOON,
    Sign.BABY: Urgency.SOON,
    Sign.UNSAFE_SWALLOW: Urgency.URGENT,
    Sign.BRACHIAL_PLEXUS: Urgency.URGENT,
    Sign.EARLY_MOVEMENT: Urgency.URGENT,
    Sign.LATE_WALKING: Urgency.SOON,
    Sign.SAFETY: Urgency.SOON,
}
PATHWAY_RAISES: Mapping[str, Urgency] = {EATING: Urgency.SOON, AFTER_OPERATION: Urgency.URGENT}

_DECIDED = {
    RequestStep.ACCEPT: RequestState.ACCEPTED,
    RequestStep.SIGNPOST: RequestState.SIGNPOSTED,
    RequestStep.REDIRECT: RequestState.REDIRECTED,
    RequestStep.NOT_ACCEPT: RequestState.NOT_ACCEPTED,
    RequestStep.MARK_DUPLICATE: RequestState.DUPLICATE,
}
OPEN = frozenset({RequestState.RECEIVED, RequestState.IN_TRIAGE, RequestState.WAITING_FOR_INFORMATION})
# Those that wait for somebody to decide, and not for an answer.
UNDECIDED = OPEN - {RequestState.WAITING_FOR_INFORMATION}
_UNDER_WAY = (RequestState.ACCEPTED, RequestState.WAITING, RequestState.BOOKED)
_MENDABLE = (*_DECIDED.values(), RequestState.WITHDRAWN, RequestState.WAITING)

STEPS: Mapping[tuple[RequestState, RequestStep], RequestState] = {
    (RequestState.RECEIVED, RequestStep.START_TRIAGE): RequestState.IN_TRIAGE,
    (RequestState.IN_TRIAGE, RequestStep.ASK): RequestState.WAITING_FOR_INFORMATION,
    (RequestState.WAITING_FOR_INFORMATION, RequestStep.HEAR): RequestState.IN_TRIAGE,
    **{(RequestState.IN_TRIAGE, step): to for step, to in _DECIDED.items()},
    **{(RequestState.WAITING_FOR_INFORMATION, step): to for step, to in _DECIDED.items()},
    **{(state, RequestStep.WITHDRAW): RequestState.WITHDRAWN for state in (*OPEN, *_UNDER_WAY)},
    # A mistaken outcome is reopened by staff, with a reason; a family takes its own withdrawal back.
    **{(state, RequestStep.REOPEN): RequestState.IN_TRIAGE for state in _MENDABLE},
    (RequestState.WITHDRAWN, RequestStep.COME_BACK): RequestState.RECEIVED,
    (RequestState.DISCHARGED, RequestStep.REOPEN): RequestState.SEEN,
    (RequestState.ACCEPTED, RequestStep.PUT_ON_LIST): RequestState.WAITING,
    (RequestState.WAITING, RequestStep.BOOK): RequestState.BOOKED,
    (RequestState.BOOKED, RequestStep.GIVE_BACK): RequestState.WAITING,
    (RequestState.BOOKED, RequestStep.SEE): RequestState.SEEN,
    (RequestState.SEEN, RequestStep.BOOK): RequestState.BOOKED,
    (RequestState.SEEN, RequestStep.DISCHARGE): RequestState.DISCHARGED,
}


def after(state: RequestState, step: RequestStep) -> RequestState:
    """The state a step leads to. NotPossible from a state that does not allow it."""
    following = STEPS.get((state, step))
    if following is None:
        raise NotPossible(f"{step} from {state}")
    return following


def is_open(state: RequestState) -> bool:
    """True until somebody has decided."""
    return state in OPEN


def place_in_queue(requests: Iterable[tuple[RequestState, Urgency]]) -> int | None:
    """How pressing a referral is: that of its most urgent open request; None once all are decided."""
    return min((PRESSING[urgency] for state, urgency in requests if is_open(state)), default=None)


def urgency_of(signs: Collection[Sign], pathways: Collection[str]) -> Urgency:
    """The highest urgency any answer asks for. It holds for every discipline of the referral, so that asking for one
    more can never make another wait longer."""
    raised = [RAISES[sign] for sign in signs] + [PATHWAY_RAISES[name] for name in pathways if name in PATHWAY_RAISES]
    return min(raised, key=PRESSING.__getitem__, default=Urgency.ROUTINE)


def is_lower(chosen: Urgency, than: Urgency) -> bool:
    return PRESSING[chosen] > PRESSING[than]


def check_urgency(chosen: Urgency, stands: Urgency, open_flags: int) -> None:
    """Invalid when a clinician lowers what a rule raised while its flags have not been cleared."""
    if open_flags and is_lower(chosen, stands):
        raise Invalid({"urgency": "Clear the flags at the top of the page before you choose a lower urgency"})


def closed_to(
    rules: Iterable[ReferralRule], referrer: ReferrerKind, asked: Mapping[Discipline, Collection[str]]
) -> tuple[ReferralRule, ...]:
    """The rules that send this referrer another way for what they ask. They are told so, and may still go on."""
    return tuple(
        rule
        for rule in rules
        if rule.discipline in asked
        and referrer not in rule.open_to
        and (rule.pathway == "any" or rule.pathway in asked[rule.discipline])
    )


def flags_of(new: NewReferral, rules: Iterable[ReferralRule]) -> frozenset[FlagKind]:
    """What a clinician must look at."""
    flags = {FlagKind(sign.value) for sign in new.signs} | red_flags.flags_in(new.answers)
    if any(AFTER_OPERATION in pathways for pathways in new.asked.values()):
        flags.add(FlagKind.AFTER_OPERATION)
    if new.responsibility in (Responsibility.NO, Responsibility.UNSURE):
        flags.add(FlagKind.RESPONSIBILITY)
    if closed_to(rules, new.referrer, new.asked):
        flags.add(FlagKind.PATHWAY)
    return frozenset(flags)


def target_on(received_on: date, urgency: Urgency, target_days: Mapping[str, int]) -> date:
    """The last day of the target; the clock starts on the day of receipt and never pauses (annex §0, trap 1)."""
    return received_on + timedelta(days=target_days[urgency])


def may_refer_alone(born: date, today: date) -> bool:
    """True from 16 on; younger, somebody with parental responsibility or a clinician comes first (annex §1.5)."""
    return age_on(born, today) >= CONSENTS_ALONE_FROM


def may_text(phone: str, *, safe: bool) -> bool:
    """True when a text can arrive and nobody else will read it."""
    return safe and is_mobile(phone)


def may_write_to_family(referrer: ReferrerKind, agreement: Agreement | None) -> bool:
    """False when a professional referred without the family's agreement: a person decides who is told what."""
    return referrer not in PROFESSIONALS or agreement is Agreement.YES


def may_send_letter(referrer: ReferrerKind, *, safe: bool, chose_it: bool, may_tell_parents: bool) -> bool:
    """A letter comes to a house where others live. A young person who referred themselves and has not let us talk with
    their parents gets one only when they chose letters."""
    is_private = referrer is ReferrerKind.YOUNG_PERSON and not may_tell_parents
    return safe and (chose_it or not is_private)


def reason_to_see(actor: Actor, asked: Iterable[tuple[Discipline, Collection[str]]]) -> Reason | None:
    """Why this person may read a referral that asks these disciplines in these teams; None is no reason.

    Triage and managers read every referral, a therapist what was asked of their discipline and team."""
    if actor.has(Role.TRIAGE):
        return Reason.MY_TRIAGE
    if actor.has(Role.MANAGER):
        return Reason.MY_SERVICE
    theirs = actor.has(Role.THERAPIST) and any(actor.works_in(discipline, areas) for discipline, areas in asked)
    return Reason.MY_CASE if theirs else None

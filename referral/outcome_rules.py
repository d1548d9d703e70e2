"""What may be decided, and what follows from it. Pure. Nothing here refuses a child: a clinician decides."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

from core.domain.errors import Invalid
from referral import rules
from referral.words import ConsentKind, FlagKind, ReferrerKind, RequestState, RequestStep, Urgency

# A decision can be taken back before anybody was told; a letter somebody sends, for a moment.
LETTERS_REST = timedelta(hours=2)
UNDO_WITHIN = timedelta(minutes=10)
COME_BACK_WITHIN = timedelta(days=28)

DECISIONS = (
    RequestStep.ACCEPT,
    RequestStep.ASK,
    RequestStep.SIGNPOST,
    RequestStep.REDIRECT,
    RequestStep.NOT_ACCEPT,
    RequestStep.MARK_DUPLICATE,
    RequestStep.WITHDRAW,
    RequestStep.REOPEN,
)
CARE = (
    RequestStep.PUT_ON_LIST,
    RequestStep.BOOK,
    RequestStep.GIVE_BACK,
    RequestStep.SEE,
    RequestStep.DISCHARGE,
)
# Everybody concerned is written to once about each of these.
LETTERS: Mapping[RequestStep, str] = {
    RequestStep.ACCEPT: "accepted",
    RequestStep.SIGNPOST: "signposted",
    RequestStep.REDIRECT: "redirected",
    RequestStep.NOT_ACCEPT: "not-accepted",
    RequestStep.MARK_DUPLICATE: "joined",
    RequestStep.WITHDRAW: "withdrawn",
    RequestStep.REOPEN: "reopened",
    RequestStep.COME_BACK: "reopened",
    RequestStep.DISCHARGE: "discharged",
}


_LOOKED_AFTER = frozenset({RequestState.ACCEPTED, RequestState.WAITING, RequestState.BOOKED, RequestState.SEEN})
_DELICATE = frozenset(
    {FlagKind.SAFEGUARDING, FlagKind.NOT_TELL, FlagKind.DISAGREEMENT, FlagKind.COURT_ORDER, FlagKind.RESPONSIBILITY}
)


def possible(state: RequestState) -> tuple[RequestStep, ...]:
    """What staff can do with a request in this state, in the order of the page. Whoever decides has begun to read."""
    read = RequestState.IN_TRIAGE if state is RequestState.RECEIVED else state
    return tuple(step for step in (*DECISIONS, *CARE) if (read, step) in rules.STEPS)


def may_withdraw(state: RequestState) -> bool:
    return (state, RequestStep.WITHDRAW) in rules.STEPS


def may_come_back(state: RequestState, by: str, since: datetime, now: datetime) -> bool:
    """A family takes its own withdrawal back within 28 days; what staff decided, staff reopen."""
    return state is RequestState.WITHDRAWN and by == "public" and now - since <= COME_BACK_WITHIN


def check_other(is_same: bool, born_alike: bool, goes_on: bool) -> None:
    """Invalid unless the referral named is another one, of a child born on the same day, in which somebody looks after
    what this one asks for: otherwise nobody would."""
    if is_same:
        raise Invalid({"other": "This is the reference of the referral you are reading. Enter the other one"})
    if not born_alike:
        raise Invalid({"other": "That referral is about a child with another date of birth"})
    if not goes_on:
        raise Invalid({"other": "That referral does not ask for this therapy, or is closed"})


def goes_on(state: RequestState) -> bool:
    """Whether a child is looked after in this state, so that a duplicate may lead here."""
    return rules.is_open(state) or state in _LOOKED_AFTER


def higher(one: Urgency, other: Urgency) -> Urgency:
    """The more pressing of two: joining two referrals lowers neither."""
    return min(one, other, key=rules.PRESSING.__getitem__)


def may_tell_referrer(referrer: ReferrerKind, consents: Mapping[ConsentKind, bool]) -> bool:
    """Whether whoever referred may be told what was decided: a school by the family's consent about the school, others
    by that about professionals. What was never asked hinders nobody: they referred with the family's agreement."""
    asked = ConsentKind.SCHOOL if referrer is ReferrerKind.EDUCATION else ConsentKind.PROFESSIONALS
    return consents.get(asked, True)


def needs_a_look(flags: Collection[FlagKind], *, is_guarded: bool) -> bool:
    """Whether letters wait until somebody has read them: where people disagree or must not be told, words written for
    one can hurt another."""
    return is_guarded or not _DELICATE.isdisjoint(flags)


def may_close_by_themselves(flags: Collection[FlagKind]) -> bool:
    """Whether a family's withdrawal holds at once. With anything a clinician has not looked at, one calls first."""
    return not flags


def leaves_at(now: datetime, *, by_family: bool, look_first: bool) -> datetime | None:
    """When letters about it leave, if nobody sends them before; None: only when somebody does. A family's own act is
    answered at once."""
    if by_family:
        return now
    return None if look_first else now + LETTERS_REST

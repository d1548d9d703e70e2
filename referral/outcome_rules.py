"""What may be decided, and what follows from it. Pure. Nothing here refuses a child: a clinician decides."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from core.domain.errors import Invalid
from referral import rules
from referral.outcome_words import Outcome
from referral.words import RequestState, RequestStep

# A decision can be taken back before anybody was told.
LETTERS_REST = timedelta(hours=2)
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


def possible(state: RequestState) -> tuple[RequestStep, ...]:
    """What staff can do with a request in this state, in the order of the page. Whoever decides has begun to read."""
    read = RequestState.IN_TRIAGE if state is RequestState.RECEIVED else state
    return tuple(step for step in (*DECISIONS, *CARE) if (read, step) in rules.STEPS)


def may_withdraw(state: RequestState) -> bool:
    return (state, RequestStep.WITHDRAW) in rules.STEPS


def may_come_back(state: RequestState, by: str, since: datetime, now: datetime) -> bool:
    """A family takes its own withdrawal back within 28 days; what staff decided, staff reopen."""
    return state is RequestState.WITHDRAWN and by == "public" and now - since <= COME_BACK_WITHIN


def check_other(born: str, other_born: str, *, is_same: bool) -> None:
    """Invalid unless the referral named as the same is another one, of a child born on the same day."""
    if is_same:
        raise Invalid({"other": "This is the reference of the referral you are reading. Enter the other one"})
    if born != other_born:
        raise Invalid({"other": "That referral is about a child with another date of birth"})


def leaves_at(outcome: Outcome, now: datetime, *, by_family: bool) -> datetime:
    """When letters about it leave, if nobody sends them before. A family's own act is answered at once."""
    return now if by_family else now + LETTERS_REST

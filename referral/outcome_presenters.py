"""Decisions, letters and additions in words, for staff."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from accounts.api import StaffView
from core.domain.calendar import spoken_date, spoken_instant
from core.domain.identity import Discipline
from core.domain.profile import Profile
from referral import questions as ask
from referral.outcome_forms import COMES_NEXT, STEPS, WHY_NOT
from referral.outcome_queries import Told
from referral.outcome_rules import possible
from referral.outcome_words import SLUGS, AdditionView, LetterState, LetterTo, LetterView, NotTold, OutcomeView
from referral.presenters import Tag, capital, tag, who
from referral.views import Case, RequestView
from referral.words import RequestStep

TO: Mapping[LetterTo, str] = {LetterTo.FAMILY: "the family", LetterTo.REFERRER: "whoever referred"}
WHY_NOT_TOLD: Mapping[NotTold, str] = {
    NotTold.RESTRICTED: "Not sent: what we keep about this child may only be stored. Ask information governance.",
    NotTold.FAMILY_NOT_ASKED: "Not sent: the family has not agreed to the referral, or does not know of it. Call the "
    "referrer first.",
    NotTold.BARRED: "Not sent: this is somebody who must not be contacted or told. Read the flags.",
    NotTold.NO_SAFE_WAY: "Not sent: there is no safe way to write to them. Call, and read the contacts first.",
    NotTold.NO_CONSENT: "Not sent: the family does not agree that we tell them.",
    NotTold.LOOK_FIRST: "Waits for you: somebody must not be told, or people disagree. Read it, then send.",
    NotTold.STOPPED: "Stopped: it waits until somebody sends it.",
    NotTold.IN_PERSON: "Not sent: they were told in person.",
    NotTold.OVERTAKEN: "Never sent: something else was decided.",
}
_LETTER_TAGS: Mapping[LetterState, tuple[str, str]] = {
    LetterState.DRAFT: ("Draft", "blue"),
    LetterState.SENT: ("Sent", "green"),
    LetterState.KEPT: ("Not sent", "orange"),
    LetterState.DROPPED: ("Dropped", "grey"),
}


@dataclass(frozen=True, slots=True)
class LetterLine:
    """A letter on a case page."""

    to: str
    tag: Tag
    note: str
    href: str


@dataclass(frozen=True, slots=True)
class Side:
    """One therapy of a case: what was decided, the letters about it, and what can be decided now (words, what it
    means, address)."""

    therapy: str
    tag: Tag
    rows: list[tuple[str, str]] = field(repr=False)
    letters: list[LetterLine]
    steps: list[tuple[str, str, str]]


@dataclass(frozen=True, slots=True)
class AdditionLine:
    when: str
    text: str = field(repr=False)
    read: str
    action: str


def sides(
    case: Case, told: Told, names: Mapping[UUID, StaffView], profile: Profile, *, may_decide: bool
) -> dict[Discipline, Side]:
    """Each therapy of a case."""
    return {
        request.discipline: side(case, request, told, names, profile, may_decide=may_decide)
        for request in case.status.requests
    }


def side(
    case: Case,
    request: RequestView,
    told: Told,
    names: Mapping[UUID, StaffView],
    profile: Profile,
    *,
    may_decide: bool,
) -> Side:
    base = f"/staff/triage/{case.status.id}"
    last = told.last(request.id)
    steps = [
        (*STEPS[step], f"{base}/outcome/{request.discipline}/{SLUGS[step]}")
        for step in (possible(request.state) if may_decide else ())
    ]
    return Side(
        therapy=capital(profile.disciplines[request.discipline].name),
        tag=tag(request.state),
        rows=outcome_rows(last, request, told, names, profile) if last else [],
        letters=[letter_line(one, base) for one in told.letters_about(request.id)],
        steps=steps,
    )


def outcome_rows(
    outcome: OutcomeView, request: RequestView, told: Told, names: Mapping[UUID, StaffView], profile: Profile
) -> list[tuple[str, str]]:
    """What was decided last, as it was decided."""
    area = profile.area(request.area_id) if request.area_id and outcome.step is RequestStep.ACCEPT else None
    rows = [
        ("Decided", DONE[outcome.step]),
        ("When", spoken_instant(outcome.at)),
        ("By", who(outcome.by, names)),
        ("Pathway", _pathway(request.discipline, outcome.pathway)),
        ("Team", area.name if area else ""),
        ("First seen", COMES_NEXT[outcome.comes_next] if outcome.comes_next else ""),
        ("Reason", WHY_NOT[outcome.why_not] if outcome.why_not else ""),
        ("Where", outcome.place),
        ("Goes on as", _other(outcome, told)),
        ("Appointment", spoken_date(outcome.booked_for) if outcome.booked_for else ""),
        ("Words for the family", outcome.words),
        ("What they can do", outcome.todo),
    ]
    return [(name, value) for name, value in rows if value]


def _other(outcome: OutcomeView, told: Told) -> str:
    return told.others.get(outcome.duplicate_of, "A referral that was deleted") if outcome.duplicate_of else ""


DONE: Mapping[RequestStep, str] = {
    RequestStep.ACCEPT: "Accepted",
    RequestStep.SIGNPOST: "Signposted",
    RequestStep.REDIRECT: "Redirected",
    RequestStep.NOT_ACCEPT: "Not accepted",
    RequestStep.MARK_DUPLICATE: "Duplicate",
    RequestStep.WITHDRAW: "Withdrawn",
    RequestStep.REOPEN: "Reopened",
    RequestStep.COME_BACK: "The family came back",
    RequestStep.PUT_ON_LIST: "Put on the waiting list",
    RequestStep.BOOK: "Appointment noted",
    RequestStep.GIVE_BACK: "Appointment given back",
    RequestStep.SEE: "Seen",
    RequestStep.DISCHARGE: "Discharged",
}


def _pathway(discipline: Discipline, value: str) -> str:
    return ask.every_question()[f"{discipline}_areas"].label_of(value) if value else ""


def letter_line(letter: LetterView, base: str) -> LetterLine:
    return LetterLine(
        to=TO[letter.recipient], tag=letter_tag(letter), note=letter_note(letter), href=f"{base}/letters/{letter.id}"
    )


def letter_tag(letter: LetterView) -> Tag:
    words, colour = _LETTER_TAGS[letter.state]
    return {"text": words, "classes": f"nhsuk-tag--{colour}"}


def letter_note(letter: LetterView) -> str:
    """When it leaves or left, or why it does not."""
    if letter.why:
        return WHY_NOT_TOLD[letter.why]
    if letter.leaves_at:
        return f"Leaves by itself {spoken_instant(letter.leaves_at)}."
    return f"Left {spoken_instant(letter.ended_at)}." if letter.ended_at else ""


def additions(told: Told, names: Mapping[UUID, StaffView], referral_id: UUID) -> list[AdditionLine]:
    """What the family told us without being asked; what nobody has read first."""
    lines = sorted(told.additions, key=lambda one: (one.read_at is not None, -_seconds(one.at)))
    return [_addition(one, names, referral_id) for one in lines]


def _addition(one: AdditionView, names: Mapping[UUID, StaffView], referral_id: UUID) -> AdditionLine:
    read = f"Read {spoken_instant(one.read_at)} by {who(one.read_by or '', names)}" if one.read_at else ""
    action = "" if one.read_at else f"/staff/triage/{referral_id}/additions/{one.id}/read"
    return AdditionLine(spoken_instant(one.at), one.text, read, action)


def _seconds(at: datetime) -> float:
    return at.timestamp()

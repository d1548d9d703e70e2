"""Where a referral stands, in plain words for whoever referred: what is so, what was said, what is next and by when."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from core.domain.calendar import spoken_date
from core.domain.clock import london_day
from core.domain.identity import Discipline
from core.domain.profile import Profile
from referral.letters_text import FIRST_SEEN, WHY_NOT
from referral.outcome_queries import Told
from referral.outcome_rules import COME_BACK_WITHIN, may_come_back, may_withdraw
from referral.outcome_words import LetterState, LetterTo, OutcomeView
from referral.presenters import Tag, capital, tag
from referral.views import InformationView, RequestView, StatusView
from referral.words import PROFESSIONALS, Asked, ReferrerKind, RequestState, RequestStep

NOW: Mapping[RequestState, str] = {
    RequestState.RECEIVED: "We have the referral. A therapist will read it.",
    RequestState.IN_TRIAGE: "A therapist is reading the referral.",
    RequestState.WAITING_FOR_INFORMATION: "We need to know more before we can decide.",
    RequestState.ACCEPTED: "We have accepted the referral.",
    RequestState.SIGNPOSTED: "Other help fits better right now.",
    RequestState.REDIRECTED: "We have sent the referral to another NHS service.",
    RequestState.NOT_ACCEPTED: "We have not accepted the referral.",
    RequestState.DUPLICATE: "We had a referral for the same help already. That one goes on.",
    RequestState.WITHDRAWN: "This referral was withdrawn.",
    RequestState.WAITING: "You are on our waiting list.",
    RequestState.BOOKED: "There is an appointment.",
    RequestState.SEEN: "A therapist has seen {whom}.",
    RequestState.DISCHARGED: "Our work together has finished.",
}
_DECIDING = "You do not need to do anything now. If we accept the referral, we aim to see {whom} by {target}."
_AGAIN = "If you are still worried, or things get worse, call us or refer again. You can do so at any time."
NEXT: Mapping[RequestState, str] = {
    RequestState.RECEIVED: _DECIDING,
    RequestState.IN_TRIAGE: _DECIDING,
    RequestState.WAITING_FOR_INFORMATION: "When we know more, a therapist will decide. {answer_by}",
    RequestState.ACCEPTED: "You do not need to do anything now. We will contact you. We aim to see {whom} by {target}.",
    RequestState.SIGNPOSTED: "Try this help first. " + _AGAIN,
    RequestState.REDIRECTED: "They will get in touch with you. If you hear nothing for 4 weeks, call us.",
    RequestState.NOT_ACCEPTED: "You have a right to talk about this with us. Call us and ask to speak with the "
    "therapist who read the referral. You can ask us to look at it again, or make a complaint. " + _AGAIN,
    RequestState.DUPLICATE: "You do not need to do anything. We will contact you about the other referral.",
    RequestState.WITHDRAWN: "We will do nothing more about it. You can refer again at any time.",
    RequestState.WAITING: "You do not need to do anything now. We aim to see {whom} by {target}.",
    RequestState.BOOKED: "If you cannot come, call us.",
    RequestState.SEEN: "The therapist will tell you what comes next. If you are not sure, call us.",
    RequestState.DISCHARGED: _AGAIN,
}
_ASKED = {
    Asked.FAMILY: "We asked you.",
    Asked.REFERRER: "We asked whoever made the referral.",
    Asked.SCHOOL: "We asked the nursery, school or college. You do not need to do anything.",
    Asked.OTHER: "We asked another professional. You do not need to do anything.",
}


@dataclass(frozen=True, slots=True)
class Part:
    """One therapy of a referral. `answer` is where they can answer what was asked, `said` what was decided, `letters`
    what was sent to the family (when, words), `come_back` where a withdrawal is taken back, until `until`."""

    therapy: str
    tag: Tag
    now: str
    next: str
    note: str
    asked: str
    wanted: InformationView | None
    due: str
    answer: str
    team: str
    phone: str
    said: list[tuple[str, str]] = field(default_factory=list)
    letters: list[tuple[str, str]] = field(default_factory=list)
    come_back: str = ""
    until: str = ""


def parts(status: StatusView, profile: Profile, told: Told | None = None, now: datetime | None = None) -> list[Part]:
    """Each therapy with where it stands, what is next, and whom to ask; with what was decided, when that is given."""
    return [_part(status, request, profile, told, now) for request in status.requests]


def _part(status: StatusView, request: RequestView, profile: Profile, told: Told | None, now: datetime | None) -> Part:
    area = profile.area(request.area_id) if request.area_id else None
    wanted, last = request.wanted, told.last(request.id) if told else None
    back = _comes_back(request, last, now)
    filled = _filled(status, request)
    return Part(
        therapy=capital(profile.disciplines[request.discipline].name),
        tag=tag(request.state),
        now=NOW[request.state].format(**filled),
        next=NEXT[request.state].format(**filled),
        note="" if last else request.note or "",
        asked=_whom_we_asked(wanted.of, status.referrer) if wanted else "",
        wanted=wanted,
        due=spoken_date(wanted.due_on) if wanted else "",
        answer=f"/referral-status/view/{status.id}/information/{wanted.id}" if wanted and _may_answer(wanted) else "",
        team=area.name if area else "",
        phone=area.phone if area else profile.phone,
        said=_said(last, filled["whom"]) if last else [],
        letters=_letters(request, told) if told else [],
        come_back=f"/referral-status/view/{status.id}/come-back/{request.discipline}" if back else "",
        until=spoken_date(back) if back else "",
    )


def _filled(status: StatusView, request: RequestView) -> dict[str, str]:
    wanted = request.wanted
    answer_by = f"Please answer by {spoken_date(wanted.due_on)}." if wanted and _may_answer(wanted) else ""
    whom = "you" if status.referrer is ReferrerKind.YOUNG_PERSON else "the child"
    return {"whom": whom, "target": spoken_date(request.target_on), "answer_by": answer_by}


def _said(last: OutcomeView, whom: str) -> list[tuple[str, str]]:
    rows = [
        ("Why", WHY_NOT[last.why_not].format(whom=whom) if last.why_not else ""),
        ("First seen", FIRST_SEEN[last.comes_next] if last.comes_next else ""),
        ("Where", last.place),
        ("When", spoken_date(last.booked_for) if last.booked_for else ""),
        ("What we want to say", last.words if last.step is not RequestStep.REOPEN else ""),
        ("What you can do", last.todo),
    ]
    return [(name, capital(value)) for name, value in rows if value]


def _letters(request: RequestView, told: Told) -> list[tuple[str, str]]:
    return [
        (spoken_date(london_day(letter.ended_at)), letter.text)
        for letter in told.letters_about(request.id)
        if letter.recipient is LetterTo.FAMILY and letter.state is LetterState.SENT and letter.ended_at
    ]


def _comes_back(request: RequestView, last: OutcomeView | None, now: datetime | None) -> date | None:
    """The last day on which the family can take its own withdrawal back."""
    if last is None or now is None or not may_come_back(request.state, last.by, last.at, now):
        return None
    return london_day(last.at + COME_BACK_WITHIN - timedelta(seconds=1))


def _may_answer(wanted: InformationView) -> bool:
    return wanted.of in (Asked.FAMILY, Asked.REFERRER)


def _whom_we_asked(of: Asked, referrer: ReferrerKind) -> str:
    return "We asked the family." if of is Asked.FAMILY and referrer in PROFESSIONALS else _ASKED[of]


def withdrawable(status: StatusView, profile: Profile) -> dict[Discipline, str]:
    """The therapies that can be withdrawn, as they are called."""
    return {
        request.discipline: capital(profile.disciplines[request.discipline].name)
        for request in status.requests
        if may_withdraw(request.state)
    }

"""What triage can decide about each request, as a page shows it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from core.domain.calendar import spoken_date
from core.domain.identity import Discipline
from core.domain.profile import Profile
from core.web import journey as walk
from core.web.forms import Form
from core.web.questions import Question
from referral import forms, letters, rules
from referral.presenters import Tag, capital, tag, urgency_tag
from referral.views import Case, InformationView, RequestView


@dataclass(frozen=True, slots=True)
class Decision:
    """A form with its questions: `accept` and `ask` are shown beneath the two answers of `step`."""

    form: Form
    step: Question
    accept: tuple[Question, ...]
    ask: tuple[Question, ...]
    action: str


@dataclass(frozen=True, slots=True)
class RequestCard:
    """One therapy's part of a case. `enquiries` are what was asked and answered; `decision` is None when there is
    nothing to decide, or nothing this person may."""

    discipline: Discipline
    therapy: str
    tag: Tag
    urgency: Tag
    target: str
    team: str
    note: str
    version: int
    enquiries: list[tuple[InformationView, str]]
    decision: Decision | None


def requests(
    case: Case, profile: Profile, today: date, typed: Mapping[Discipline, Form], *, may_decide: bool
) -> list[RequestCard]:
    """Each request of a case. `typed` holds what was typed and could not be stored."""
    return [_card(case, request, profile, today, typed, may_decide) for request in case.status.requests]


def _card(
    case: Case,
    request: RequestView,
    profile: Profile,
    today: date,
    typed: Mapping[Discipline, Form],
    may_decide: bool,
) -> RequestCard:
    area = profile.area(request.area_id) if request.area_id else None
    open_to_decide = may_decide and rules.is_open(request.state)
    return RequestCard(
        discipline=request.discipline,
        therapy=capital(profile.disciplines[request.discipline].name),
        tag=tag(request.state),
        urgency=urgency_tag(request.urgency),
        target=spoken_date(request.target_on),
        team=area.name if area else "",
        note=request.note or "",
        version=request.version,
        enquiries=[(one, spoken_date(one.due_on)) for one in case.information if one.request_id == request.id],
        decision=_decision(case, request, profile, today, typed) if open_to_decide else None,
    )


def _decision(
    case: Case, request: RequestView, profile: Profile, today: date, typed: Mapping[Discipline, Form]
) -> Decision:
    discipline = request.discipline
    # While an answer is awaited there is nothing more to ask.
    questions = forms.decision_questions(discipline, profile.areas, today)
    due_on = today + timedelta(days=profile.referral.more_information_days)
    area_id = case.area_ids[0] if len(case.area_ids) == 1 else ""
    blank = forms.blank_decision(questions, discipline, request.urgency, area_id, due_on)
    return Decision(
        form=typed.get(discipline, blank),
        step=questions[0],
        accept=questions[1:4],
        ask=() if request.wanted else questions[4:],
        action=f"/staff/triage/{case.status.id}/decide/{discipline}",
    )


def typed_rows(form: Form) -> list[tuple[str, str]]:
    """What was typed, for whoever must compare it with what somebody else saved first."""
    answers = form.answers or {}
    return [
        (question.row_name, walk.in_words(question, answers[question.id]))
        for question in form.questions
        if question.id in answers
    ]


def must_call(case: Case) -> bool:
    """True when the family may not be written to."""
    return letters.reach(case.status.referrer, case.answers) is None

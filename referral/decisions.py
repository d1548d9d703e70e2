"""Each therapy of a case, as a page shows it."""

from dataclasses import dataclass

from core.domain.calendar import spoken_date
from core.domain.identity import Discipline
from core.domain.profile import Profile
from core.web import journey as walk
from core.web.forms import Form
from referral import letters
from referral.presenters import Tag, capital, tag, urgency_tag
from referral.views import Case, InformationView, RequestView


@dataclass(frozen=True, slots=True)
class RequestCard:
    """One therapy's part of a case. `enquiries` are what was asked and answered. (What is decided: `outcome_case`.)"""

    discipline: Discipline
    therapy: str
    tag: Tag
    urgency: Tag
    target: str
    team: str
    note: str
    version: int
    enquiries: list[tuple[InformationView, str]]


def requests(case: Case, profile: Profile) -> list[RequestCard]:
    """Each request of a case."""
    return [_card(case, request, profile) for request in case.status.requests]


def _card(case: Case, request: RequestView, profile: Profile) -> RequestCard:
    area = profile.area(request.area_id) if request.area_id else None
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
    )


def typed_rows(form: Form) -> list[tuple[str, str]]:
    """What was typed, for whoever must compare it with what somebody else saved first. Of a form with mistakes: what
    can be read all the same."""
    answers = form.answers
    if answers is None:
        typed = {name: value for name, value in form.typed.items() if value and name not in form.errors}
        return [(one.row_name, one.label_of(str(typed[one.id]))) for one in form.questions if one.id in typed]
    return [
        (question.row_name, walk.in_words(question, answers[question.id]))
        for question in form.questions
        if question.id in answers
    ]


def must_call(case: Case) -> bool:
    """True when the family may not be written to."""
    return letters.reach(case.status.referrer, case.answers) is None

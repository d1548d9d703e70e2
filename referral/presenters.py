"""Referrals in words: for families, and for the staff who triage them."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from accounts.api import StaffView
from core.domain.calendar import spoken_instant
from core.domain.nhs import age_on, show_nhs_number
from core.domain.profile import Profile
from core.web import journey as walk
from core.web.journey import Journey
from core.web.questions import Answers, Kind
from referral import forms
from referral.queue_rules import days_waiting
from referral.views import Case, EventView
from referral.words import FlagKind, RequestState, Urgency

Tag = dict[str, str]

_TAGS: Mapping[RequestState, tuple[str, str]] = {
    RequestState.RECEIVED: ("Received", "blue"),
    RequestState.IN_TRIAGE: ("Being read", "blue"),
    RequestState.WAITING_FOR_INFORMATION: ("Information needed", "orange"),
    RequestState.ACCEPTED: ("Accepted", "green"),
    RequestState.SIGNPOSTED: ("Other help", "purple"),
    RequestState.REDIRECTED: ("Sent to another service", "purple"),
    RequestState.NOT_ACCEPTED: ("Not accepted", "grey"),
    RequestState.DUPLICATE: ("Joined with another referral", "grey"),
    RequestState.WITHDRAWN: ("Withdrawn", "grey"),
    RequestState.WAITING: ("On the waiting list", "green"),
    RequestState.BOOKED: ("Appointment booked", "green"),
    RequestState.SEEN: ("Seen", "green"),
    RequestState.DISCHARGED: ("Finished", "grey"),
}
_URGENCY_COLOUR = {Urgency.URGENT: "red", Urgency.SOON: "orange", Urgency.ROUTINE: "grey"}

FLAGS: Mapping[FlagKind, str] = {
    FlagKind.CHOKING: "Coughs or chokes when eating or drinking",
    FlagKind.WEIGHT: "Losing weight, or not gaining",
    FlagKind.LOST_SKILLS: "Has lost skills",
    FlagKind.UNSAFE_MOVING: "Cannot be moved safely at home",
    FlagKind.FROM_HOSPITAL: "From hospital, or operation, in the last 6 weeks",
    FlagKind.LIFE_LIMITING: "Life-limiting illness",
    FlagKind.NEW_STAMMER: "New stammer with distress",
    FlagKind.BABY: "Baby: head turned to one side, or born before 30 weeks",
    FlagKind.UNSAFE_SWALLOW: "May swallow unsafely: voice, breath, colour or chest infections",
    FlagKind.BRACHIAL_PLEXUS: "Arm hurt at birth (brachial plexus)",
    FlagKind.EARLY_MOVEMENT: "Under 18 months: uses one hand or side much more",
    FlagKind.LATE_WALKING: "Not walking at 18 months or older",
    FlagKind.SAFETY: "The child’s safety: read what they wrote and answered",
    FlagKind.NOT_TELL: "Somebody must not be contacted or told",
    FlagKind.LOOKED_AFTER: "Looked after by a local authority: check who may agree",
    FlagKind.DISAGREEMENT: "Somebody with parental responsibility may disagree",
    FlagKind.COURT_ORDER: "There is a court order",
    FlagKind.VISIT_RISK: "Risk to staff who visit alone",
    FlagKind.AFTER_OPERATION: "Physiotherapy after an operation",
    FlagKind.SAFEGUARDING: "Safeguarding: the family has not been told. Call the referrer before anyone contacts them",
    FlagKind.RESPONSIBILITY: "Parental responsibility is not confirmed",
    FlagKind.PATHWAY: "Not the usual referrer for what is asked",
}


# How the sections of the form are called for those who read it.
_SECTIONS = {
    "Before you start": "What is asked for",
    "About you": "Who refers",
    "The child or young person": "Language and needs",
}
# Shown at the top of a case, or as its consents.
_TOLD_ELSEWHERE = frozenset(
    {"child_first", "child_last", "child_born", "knows_nhs_number", "nhs_number", "address", "town", "postcode"}
    | {"agreed", "agree", "share_school", "tell_parents", "updates"}
)


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the letter: short answers in `rows`, what people wrote in `passages`; `silent` names what was asked and
    not answered."""

    title: str
    rows: list[tuple[str, str]]
    passages: list[tuple[str, str]]
    silent: list[str]


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the history."""

    when: str
    who: str
    what: str
    why: str


def tag(state: RequestState) -> Tag:
    words, colour = _TAGS[state]
    return {"text": words, "classes": f"nhsuk-tag--{colour}"}


def urgency_tag(urgency: Urgency) -> Tag:
    return {"text": forms.URGENCY[urgency], "classes": f"nhsuk-tag--{_URGENCY_COLOUR[urgency]}"}


def capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def ago(received_at: datetime, now: datetime) -> str:
    days = days_waiting(received_at, now)
    return "today" if days == 0 else "yesterday" if days == 1 else f"{days} days ago"


def age(born: date, today: date) -> str:
    """Years, or months in the first two years.

    >>> age(date(2025, 11, 30), date(2026, 11, 23))
    '11 months'"""
    years = age_on(born, today)
    if years >= 2:
        return f"{years} years"
    months = (today.year - born.year) * 12 + today.month - born.month - (today.day < born.day)
    return "1 month" if months == 1 else f"{months} months"


def child_rows(case: Case, profile: Profile, today: date) -> list[tuple[str, str]]:
    child = case.child
    return [
        ("Born", f"{child.born.day} {child.born:%B %Y} ({age(child.born, today)})"),
        ("NHS number", show_nhs_number(child.nhs_number) if child.nhs_number else "Not given"),
        ("Address", child.address),
        ("Area", areas_in_words(case.area_ids, profile)),
    ]


def areas_in_words(area_ids: Collection[str], profile: Profile) -> str:
    """The teams a postcode leads to."""
    return " or ".join(area.name for area in profile.areas if area.id in area_ids) or "Outside our areas"


def letter(journey: Journey, answers: Answers) -> list[Section]:
    """What was written, most telling first: from the worries on to the end, then who is who."""
    sections: dict[str, Section] = {}
    for step in walk.path(journey, answers):
        asked = [one for one in step.questions if one.when(answers) and one.id not in _TOLD_ELSEWHERE]
        title = _SECTIONS.get(step.section, step.section)
        section = sections.setdefault(title, Section(title, [], [], []))
        for question in asked:
            if not answers.get(question.id):
                section.silent.append(question.row_name)
                continue
            told = walk.in_words(question, answers[question.id])
            lines = section.passages if question.kind is Kind.LONG_TEXT else section.rows
            lines.append((question.row_name, told))
    found = [section for section in sections.values() if section.rows or section.passages or section.silent]
    first = next((n for n, section in enumerate(found) if section.passages), 0)
    return found[first:] + found[:first]


def history(events: Iterable[EventView], staff: Mapping[UUID, StaffView], profile: Profile) -> list[Line]:
    """What happened, newest first."""
    return [
        Line(
            when=spoken_instant(event.at),
            who=who(event.by, staff),
            what=f"{profile.disciplines[event.discipline].short}: {_TAGS[event.after][0].lower()}",
            why=event.why or "",
        )
        for event in reversed(list(events))
    ]


def staff_id(by: str) -> UUID | None:
    """The member of staff an audit name names."""
    kind, _, key = by.partition(":")
    return UUID(key) if kind == "staff" else None


def who(by: str, staff: Mapping[UUID, StaffView]) -> str:
    key = staff_id(by)
    if key is None:
        return "The service" if by.startswith("system") else "Sent through the website"
    return staff[key].name if key in staff else "A former colleague"


def choices(known: Mapping[str, str], chosen: str, everything: str) -> list[dict[str, Any]]:
    """Items of a select that begins with all of them."""
    items: list[dict[str, Any]] = [{"value": "", "text": everything}]
    return items + [{"value": value, "text": words, "selected": value == chosen} for value, words in known.items()]

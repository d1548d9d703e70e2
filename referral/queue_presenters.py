"""The queue in words."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from accounts.api import StaffView
from core.domain.calendar import spoken_date
from core.domain.clock import london_day
from core.domain.identity import Discipline
from core.domain.profile import Profile
from referral import presenters, queue_forms, rules
from referral.presenters import FLAGS, Tag, capital, choices, tag, urgency_tag
from referral.queue_find import ENOUGH
from referral.queue_rules import band_of, days_waiting, is_late
from referral.queue_words import BANDS, OUTSIDE, View
from referral.views import Awaited, QueueLine, RequestView, Wanted
from referral.words import Asked, RequestState

VIEWS: Mapping[View, str] = {
    View.ALL: "All open",
    View.MINE: "Mine",
    View.NOBODYS: "Nobody’s",
    View.FLAGGED: "With flags",
    View.ASKED: "Waiting for information",
    View.OVERDUE: "Answer overdue",
}
_LISTED: Mapping[View, str] = {
    View.ALL: "Open referrals, most urgent first and then the longest wait",
    View.MINE: "Open referrals that you have",
    View.NOBODYS: "Open referrals that nobody has",
    View.FLAGGED: "Open referrals with flags to look at",
    View.ASKED: "Open referrals where we wait for information",
    View.OVERDUE: "Referrals where an answer is overdue, the longest overdue first",
}
WHOM = {
    Asked.FAMILY: "the family",
    Asked.REFERRER: "whoever referred",
    Asked.SCHOOL: "the school",
    Asked.OTHER: "someone else",
}
LATE: Tag = {"text": "Past target", "classes": "nhsuk-tag--red"}


@dataclass(frozen=True, slots=True)
class Part:
    """One therapy of a referral on the queue. `target` is empty once it is decided."""

    therapy: str
    tag: Tag
    target: str
    is_late: bool


@dataclass(frozen=True, slots=True)
class Row:
    """A referral on the queue. `waits` says what we wait to hear."""

    id: UUID
    reference: str
    initials: str
    name: str
    urgency: Tag | None
    flags: list[str]
    parts: list[Part]
    days: int
    band: str
    areas: str
    owner: str
    came_back: bool
    waits: list[str]


@dataclass(frozen=True, slots=True)
class Count:
    """How much there is of something, counted up to a limit."""

    name: str
    count: str
    href: str = ""
    here: bool = False


def row(
    line: QueueLine, profile: Profile, now: datetime, staff: Mapping[UUID, StaffView], me: UUID | None = None
) -> Row:
    by_place = {place: urgency for urgency, place in rules.PRESSING.items()}
    days, today = days_waiting(line.received_at, now), london_day(now)
    return Row(
        id=line.id,
        reference=line.reference,
        initials=f"{line.first[:1]}{line.last[:1]}".upper(),
        name=f"{line.first} {line.last}",
        urgency=None if line.pressing is None else urgency_tag(by_place[line.pressing]),
        flags=[FLAGS[kind] for kind in line.flags],
        parts=[_part(one, profile, today) for one in line.requests],
        days=days,
        band=band_of(days).words,
        areas=presenters.areas_in_words(line.area_ids, profile),
        owner=owner(line.owner_id, staff, me),
        came_back=line.came_back_at is not None,
        waits=[waits(one, today) for one in line.awaited],
    )


def owner(owner_id: UUID | None, staff: Mapping[UUID, StaffView], me: UUID | None) -> str:
    if owner_id is None:
        return "Nobody"
    if owner_id == me:
        return "You"
    return staff[owner_id].name if owner_id in staff else "A former colleague"


def waits(awaited: Awaited, today: date) -> str:
    """What we wait to hear, and how long already."""
    late = (today - awaited.due_on).days
    told = f"We asked {WHOM[awaited.of]}. Last day {spoken_date(awaited.due_on)}"
    told += f", {late} {'day' if late == 1 else 'days'} overdue" if late > 0 else ""
    if awaited.chased_at:
        times = "Reminded" if awaited.chases == 1 else f"Reminded {awaited.chases} times, last"
        told += f". {times} {spoken_date(london_day(awaited.chased_at))}"
    return f"{told}."


def _part(request: RequestView, profile: Profile, today: date) -> Part:
    is_open = rules.is_open(request.state)
    return Part(
        therapy=profile.disciplines[request.discipline].short,
        tag=tag(request.state),
        target=spoken_date(request.target_on) if is_open else "",
        is_late=is_open and is_late(request.target_on, today),
    )


def views(path: str, wanted: Wanted, counted: Mapping[View, int]) -> list[Count]:
    """The ways to look at the queue. `counted` is empty while it is filtered."""
    return [
        Count(
            name,
            up_to(counted[view]) if view in counted else "",
            queue_forms.address(path, wanted, view=view, state=None),
            view is wanted.view and not wanted.state,
        )
        for view, name in VIEWS.items()
    ]


def bands(counted: Iterable[int]) -> list[Count]:
    return [Count(band.words, up_to(count)) for band, count in zip(BANDS, counted, strict=True)]


def up_to(count: int) -> str:
    return f"{ENOUGH} or more" if count >= ENOUGH else str(count)


def listed(wanted: Wanted) -> str:
    """What the list holds."""
    return "Referrals that match" if is_filtered(wanted) else _LISTED[wanted.view]


def is_filtered(wanted: Wanted) -> bool:
    return bool(wanted.discipline or wanted.state or wanted.area)


def discipline_choices(profile: Profile, chosen: Discipline | None) -> list[dict[str, Any]]:
    known = {discipline.value: capital(words.name) for discipline, words in profile.disciplines.items()}
    return choices(known, chosen or "", "All therapies")


def area_choices(profile: Profile, chosen: str) -> list[dict[str, Any]]:
    known = {area.id: area.name for area in profile.areas} | {OUTSIDE: "Outside our areas"}
    return choices(known, chosen, "All areas")


def state_choices(chosen: RequestState | None) -> list[dict[str, Any]]:
    known = {state.value: tag(state)["text"] for state in RequestState}
    return choices(known, chosen or "", "Everything that is open")

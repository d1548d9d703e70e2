"""A case in words: its flags, how long each therapy has waited, who has it, and what happened."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from accounts.api import StaffView
from core.domain.calendar import spoken_date, spoken_instant, spoken_time
from core.domain.clock import london_day
from core.domain.identity import Actor
from core.domain.profile import Profile
from core.web.forms import Form
from referral import case_forms, presenters, rules
from referral.case_views import Desk, Standing
from referral.claims_words import Claim, ClaimView
from referral.presenters import FLAGS, Line, who
from referral.queue_presenters import WHOM
from referral.queue_rules import band_of, days_waiting, is_late
from referral.views import Case, FlagView, InformationView, RequestView
from referral.words import Asked

_CLAIMS: Mapping[Claim, str] = {
    Claim.TAKEN: "{to} took the case",
    Claim.ASSIGNED: "Given to {to}",
    Claim.HANDED_OVER: "Handed over to {to}",
    Claim.GIVEN_BACK: "Put back in the queue",
    Claim.LEFT: "Back in the queue: {of} left",
}


@dataclass(frozen=True, slots=True)
class Flag:
    """A flag to look at. `form` is what was typed about it."""

    id: UUID
    words: str
    form: Form
    action: str


@dataclass(frozen=True, slots=True)
class Wait:
    """How long one therapy has waited, and until when it should be over."""

    therapy: str
    days: int
    band: str
    target: str
    is_late: bool
    is_open: bool


@dataclass(frozen=True, slots=True)
class Chase:
    """Something we wait to hear, and how to ask again. `sends` is False where a colleague has to call."""

    action: str
    seen: int
    words: str
    sends: bool


@dataclass(frozen=True, slots=True)
class Owner:
    """Who has the case. `had` is what a form says of it."""

    name: str
    since: str
    is_me: bool
    had: str
    came_back: str


@dataclass(frozen=True, slots=True)
class Note:
    when: str
    who: str
    text: str = field(repr=False)


def flags(case: Case, path: str, typed: Mapping[UUID, Form]) -> list[Flag]:
    """Those that stand."""
    return [
        Flag(
            id=flag.id,
            words=FLAGS[flag.kind],
            form=typed.get(flag.id) or Form.blank((case_forms.why(flag.id),)),
            action=f"{path}/flags/{flag.id}",
        )
        for flag in case.flags
        if flag.cleared_at is None
    ]


def cleared(case: Case, staff: Mapping[UUID, StaffView]) -> list[tuple[str, Note]]:
    """Those somebody has looked at, with their words."""
    return [
        (FLAGS[flag.kind], Note(spoken_instant(flag.cleared_at), who(flag.cleared_by or "", staff), flag.note))
        for flag in case.flags
        if flag.cleared_at is not None
    ]


def waits(case: Case, profile: Profile, now: datetime) -> list[Wait]:
    """The clock of each therapy: it began when the referral was received, and never pauses."""
    days = days_waiting(case.status.received_at, now)
    return [_wait(request, days, profile, now) for request in case.status.requests]


def _wait(request: RequestView, days: int, profile: Profile, now: datetime) -> Wait:
    is_open = rules.is_open(request.state)
    return Wait(
        therapy=presenters.capital(profile.disciplines[request.discipline].name),
        days=days,
        band=band_of(days).words,
        target=spoken_date(request.target_on),
        is_late=is_open and is_late(request.target_on, london_day(now)),
        is_open=is_open,
    )


def chases(information: Iterable[InformationView], path: str) -> dict[UUID, Chase]:
    """By enquiry: how to ask again, for what nobody has answered."""
    return {
        one.id: Chase(
            action=f"{path}/chase/{one.id}",
            seen=one.chases,
            words=_chased(one),
            sends=one.of in (Asked.FAMILY, Asked.REFERRER),
        )
        for one in information
        if one.ended_at is None
    }


def _chased(one: InformationView) -> str:
    if not one.chased_at:
        return f"We asked {WHOM[one.of]}. Nobody has reminded them yet."
    times = "once" if one.chases == 1 else f"{one.chases} times"
    return f"We asked {WHOM[one.of]}, and reminded them {times}, last {spoken_instant(one.chased_at)}."


def owner(standing: Standing, staff: Mapping[UUID, StaffView], actor: Actor) -> Owner:
    key = standing.owner_id
    return Owner(
        name=_name(key, staff) if key else "",
        since=spoken_instant(standing.owned_since) if standing.owned_since else "",
        is_me=key is not None and key == actor.id,
        had=str(key or ""),
        came_back=spoken_instant(standing.came_back_at) if standing.came_back_at else "",
    )


def _name(key: UUID | None, staff: Mapping[UUID, StaffView]) -> str:
    return staff[key].name if key and key in staff else "A former colleague"


def notes(desk: Desk, staff: Mapping[UUID, StaffView]) -> list[Note]:
    """Newest first."""
    return [Note(spoken_instant(one.at), who(one.by, staff), one.text) for one in reversed(desk.notes)]


def history(case: Case, desk: Desk, staff: Mapping[UUID, StaffView], profile: Profile) -> list[Line]:
    """What happened, newest first: steps, changes of hands, flags cleared, reminders."""
    found: list[tuple[datetime, Line]] = [
        (event.at, line)
        for event, line in zip(reversed(case.events), presenters.history(case.events, staff, profile), strict=True)
    ]
    found += [(one.at, _changed_hands(one, staff)) for one in desk.claims]
    found += [(flag.cleared_at, _cleared(flag, staff)) for flag in case.flags if flag.cleared_at]
    found += [(one.chased_at, _reminded(one)) for one in case.information if one.chased_at]
    return [line for _, line in sorted(found, key=lambda pair: pair[0], reverse=True)]


def _changed_hands(one: ClaimView, staff: Mapping[UUID, StaffView]) -> Line:
    words = _CLAIMS[one.kind].format(to=_name(one.to_id, staff), of=_name(one.from_id, staff))
    return Line(spoken_instant(one.at), who(one.by, staff), words, one.note)


def _cleared(flag: FlagView, staff: Mapping[UUID, StaffView]) -> Line:
    assert flag.cleared_at  # noqa: S101 - only cleared flags come here
    what = f"Flag cleared: {FLAGS[flag.kind]}"
    return Line(spoken_instant(flag.cleared_at), who(flag.cleared_by or "", staff), what, flag.note)


def _reminded(one: InformationView) -> Line:
    assert one.chased_at  # noqa: S101 - only what was chased comes here
    return Line(spoken_instant(one.chased_at), "The service", f"Reminder {one.chases} to {WHOM[one.of]}", "")


def readers(desk: Desk, staff: Mapping[UUID, StaffView]) -> list[str]:
    """Who else has the case on the screen."""
    return [f"{_name(one.staff_id, staff)} (since {spoken_time(one.opened_at)})" for one in desk.readers]


def shown(desk: Desk) -> str:
    """Who has the case and who reads it, to tell whether that changed."""
    return "-".join([str(desk.standing.owner_id or "nobody"), *sorted(str(one.staff_id) for one in desk.readers)])


def cleared_by(by: str, at: datetime, note: str, staff: Mapping[UUID, StaffView]) -> tuple[str, str]:
    """What somebody said who was first."""
    return f"{who(by, staff)}, {spoken_instant(at)}", note


def staff_ids(case: Case | None, desk: Desk) -> set[UUID]:
    """Every colleague the page names."""
    named = [event.by for event in case.events] + [flag.cleared_by or "" for flag in case.flags] if case else []
    named += [one.by for one in desk.claims] + [one.by for one in desk.notes]
    ids = {found for by in named if (found := presenters.staff_id(by))}
    ids |= {key for one in desk.claims for key in (one.from_id, one.to_id) if key}
    ids |= {one.staff_id for one in desk.readers}
    return ids | ({desk.standing.owner_id} if desk.standing.owner_id else set())

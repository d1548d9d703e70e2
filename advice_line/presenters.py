"""Messages as people read them: families on their page, therapists on their list."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from accounts.api import StaffView
from advice_line.models import AdviceCall, AdviceMessage
from advice_line.queries import Line
from advice_line.questions import KNOWN, LANGUAGES, SIGNS, TOPIC, language_name
from advice_line.record_words import WhatNext
from advice_line.rules import parts_of, short_day
from advice_line.snippet_words import Text
from advice_line.words import Caller, OnDuty, Outcome, Part, Reason, Solver, State, Urgency, Why
from core.domain.calendar import spoken_time, spoken_wall_time
from core.domain.clock import london_day
from core.domain.identity import Discipline
from core.domain.profile import Profile

Tag = dict[str, str]
_FAR = 5

REASONS: Mapping[Reason, str] = {
    Reason.WAITING_FOR_RUN: "Waits for the morning, when calls are given out",
    Reason.OWNER_AWAY: "Their therapist is away",
    Reason.NOBODY_ON_DUTY: "Nobody is on duty today",
    Reason.NO_DISCIPLINE: "Nobody of this therapy is on duty today",
    Reason.NO_LANGUAGE: "Nobody on duty speaks this language, and the family wants no interpreter",
    Reason.NO_COMPETENCE: "Nobody on duty today may advise about what this call is about",
    Reason.NO_SLOTS: "All call slots of those who could call are taken today",
    Reason.WRONG_NUMBER: "Wrong number: find another way to reach the family",
    Reason.REVIEW: "Not reached after several tries: decide what to do",
}
_DECIDE: Mapping[Reason, str] = {Reason.WRONG_NUMBER: "Wrong number", Reason.REVIEW: "Not reached"}
OUTCOMES: Mapping[Outcome, str] = {
    Outcome.REACHED: "Spoke with them",
    Outcome.NO_ANSWER: "No answer",
    Outcome.WRONG_NUMBER: "Wrong number",
    Outcome.ASKED_LATER: "Asked us to call another time",
    Outcome.INTERPRETER: "An interpreter is needed",
    Outcome.REVIEWED: "Closed after a review",
}
CALLERS: Mapping[Caller, str] = {
    Caller.PARENT: "Parent or carer",
    Caller.YOUNG_PERSON: "Young person",
    Caller.PROFESSIONAL: "Professional",
    Caller.UNKNOWN: "Not known: left by phone",
}
PARTS: Mapping[Part, str] = {Part.MORNING: "morning", Part.LUNCH: "lunchtime", Part.AFTERNOON: "afternoon"}


def name_of(staff_id: UUID | None, names: Mapping[UUID, StaffView]) -> str:
    """A colleague's name; nothing for nobody."""
    return names[staff_id].name if staff_id and staff_id in names else ""


def child_name(message: AdviceMessage) -> str:
    return f"{message.child['first']} {message.child['last']}" if message.child else ""


def therapy(message: AdviceMessage, profile: Profile) -> str:
    """The short name of the therapy that was asked for."""
    return profile.disciplines[message.discipline].short if message.discipline else "Not sure"


def tags(line: Line, now: datetime) -> list[Tag]:
    """What stands out about a message, the most pressing first."""
    message, found = line.message, list[Tag]()
    if message.urgency is Urgency.URGENT:
        found.append({"text": "Urgent", "classes": "nhsuk-tag--red"})
    if message.next_action_at and message.next_action_at < now and not message.closed_at:
        found.append({"text": "Overdue", "classes": "nhsuk-tag--orange"})
    if decide := _DECIDE.get(message.exception_reason) if message.exception_reason else None:
        found.append({"text": decide, "classes": "nhsuk-tag--pink"})
    if line.tries:
        found.append({"text": f"{line.tries} {'try' if line.tries == 1 else 'tries'}", "classes": "nhsuk-tag--yellow"})
    if message.language:
        found.append({"text": language_name(message.language), "classes": "nhsuk-tag--purple"})
    return found


def due_words(message: AdviceMessage, now: datetime) -> str:
    """By when the next call is to be made, as a therapist plans the day."""
    if message.closed_at:
        return "Closed"
    by = message.next_action_at or message.due_at
    start = f", not before {spoken_time(message.call_from)}" if message.call_from > now else ""
    return f"{near_day(london_day(by), london_day(now))}{start}"


def near_day(day: date, today: date) -> str:
    """Today, tomorrow, or the day's name."""
    return {0: "Today", 1: "Tomorrow", -1: "Yesterday"}.get((day - today).days, short_day(day))


def times_words(message: AdviceMessage) -> str:
    """When a call is welcome."""
    good = ", ".join(PARTS[part] for part in Part if part in parts_of(message.good_times))
    return (good or "any time").capitalize()


def why_words(message: AdviceMessage, why: Why | None) -> str:
    """Why a message is where it is: the reason nobody has it, or what spoke for who has it."""
    if message.exception_reason:
        return REASONS[message.exception_reason]
    if why is None:
        return "given by hand" if message.pinned else ""
    return explained(why)


def explained(why: Why) -> str:
    """What spoke for a pair, and against it."""
    said = [words for words in (_continuity(why), *_fit(why), _load(why), _lately(why)) if words]
    if why.solver is Solver.GREEDY:
        said.append("shared out by the simple rule: the exact solver is not installed")
    return "; ".join(said)


def _continuity(why: Why) -> str:
    met = why.parts.get("met")
    if not met:
        return "kept from an earlier run" if why.parts.get("kept") else ""
    day = date.fromisoformat(met)
    return f"continuity: spoke with them on {day.day} {day:%B}"


def _fit(why: Why) -> list[str]:
    said = []
    if language := why.parts.get("speaks"):
        said.append(f"speaks {language_name(language)}")
    if language := why.parts.get("interpreter"):
        said.append(f"needs an interpreter for {language_name(language)}")
    said += [f"knows about {_spoken(one)}" for one in why.parts.get("knows", ())]
    said += [f"no special knowledge of {_spoken(one)}" for one in why.parts.get("lacks", ())]
    if why.parts.get("area"):
        said.append("same area")
    if why.parts.get("time") is False:
        said.append("not on duty at their good time")
    return said


def _spoken(competence: str) -> str:
    return competence.replace("-", " ")


def _load(why: Why) -> str:
    calls = why.parts.get("calls")
    return f"{calls[0]} of {calls[1]} calls" if calls else ""


def _lately(why: Why) -> str:
    """Said when it is far enough from the others to have weighed."""
    own, team = why.parts.get("lately") or (0, 0)
    return f"{own}% of their call time used in 4 weeks (everybody: {team}%)" if abs(own - team) >= _FAR else ""


@dataclass(frozen=True, slots=True)
class Contact:
    """An earlier call, at the side of a message."""

    when: str
    by: str
    outcome: str
    notes: str
    reference: str
    given: tuple[str, ...]


def contact(call: AdviceCall, reference: str, names: Mapping[UUID, StaffView], given: Sequence[Text]) -> Contact:
    day = london_day(call.at)
    when = f"{day.day} {day:%B %Y} at {spoken_time(call.at)}"
    return Contact(
        when=when,
        by=name_of(call.staff_id, names),
        outcome=OUTCOMES[call.outcome],
        notes=call.notes or "",
        reference=reference,
        given=tuple(text.title for text in given),
    )


def known_of_child(message: AdviceMessage) -> dict[str, str]:
    """What a message says of a child, as a referral asks for it; nothing where no child was named."""
    child, phone = message.child, message.caller["phone"]
    if not child:
        return {}
    told = {"child_first": child["first"], "child_last": child["last"], "child_born": child["born"], "phone": phone}
    return {name: value for name, value in told.items() if value}


def message_rows(message: AdviceMessage, profile: Profile) -> list[tuple[str, str]]:
    """What is known about a message, (name, words) in the order a caller needs it."""
    child = message.child or {}
    born = date.fromisoformat(child["born"]) if child else None
    asked = [
        ("Do not tell", message.not_told or ""),
        ("Who", who_words(message)),
        ("Child", child_name(message) or "Not given"),
        ("Known to us", KNOWN.label_of(message.known) if message.known else ""),
        ("Date of birth", f"{born.day} {born:%B %Y}" if born else ""),
        ("Therapy", therapy(message, profile)),
        ("About", TOPIC.label_of(message.topic)),
        ("Happening now", "\n".join(SIGNS.label_of(sign) for sign in message.signs)),
        ("Good times", times_words(message)),
        ("Not at", message.not_times or ""),
        ("Language", _language(message)),
        ("To make the call work", message.call_needs or ""),
        ("Safe to leave a message or text", "Yes" if message.safe_to_leave_message else "No"),
        ("Email", message.caller["email"] or ""),
    ]
    return [(name, words) for name, words in asked if words]


def who_words(message: AdviceMessage) -> str:
    """Who left it, with the work of a professional."""
    role = message.caller.get("role")
    return f"{CALLERS[message.caller_kind]}: {role}" if role else CALLERS[message.caller_kind]


def _language(message: AdviceMessage) -> str:
    if not message.language:
        return "English"
    how = "an interpreter is all right" if message.interpreter_ok else "no interpreter wanted"
    return f"{LANGUAGES.get(message.language, 'Another language')}; {how}"


def duty_words(duty: OnDuty) -> str:
    """The hours of a person's duty."""
    return ", ".join(f"{spoken_wall_time(starts)} to {spoken_wall_time(ends)}" for starts, ends, _ in duty.sessions)


def following_words(
    state: State, what_next: WhatNext | None, discipline: Discipline | None, next_at: datetime | None, profile: Profile
) -> str:
    """What becomes of a message after a call was recorded, for whoever recorded it."""
    if state in (State.CLOSED, State.WITHDRAWN):
        return "The message is closed."
    if state is State.REVIEW:
        return "A person decides what becomes of the message. It stands among those nobody has."
    when = short_day(london_day(next_at)) if next_at else "a day to come"
    if what_next is WhatNext.PASSED_ON:
        name = profile.disciplines[discipline].name if discipline else "another therapy"
        return f"The message went to {name}. The call is due on {when}."
    return f"The next call is due on {when}."

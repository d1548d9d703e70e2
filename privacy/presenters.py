"""Runs, requests and complaints in words, with their clocks."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from accounts.api import StaffView
from core.domain.calendar import spoken_date, spoken_instant
from core.domain.keeping import Whose
from core.domain.profile import RetentionPolicy
from core.storage.keeping import Kept
from privacy.copies import title_of
from privacy.models import AccessCopy, Complaint, PrivacyEvent, RetentionHold, RetentionRun, RightsRequest
from privacy.words import (
    ComplaintState,
    Counted,
    Happened,
    RequestKind,
    RequestState,
    Rule,
    RunState,
    Upheld,
)

Tag = dict[str, str]

RULES: Mapping[Rule, str] = {
    Rule.BIRTHDAY: "child’s record: kept until the {child_until_age}th birthday",
    Rule.BIRTHDAY_WHEN_17: "child’s record, 17 when treatment ended: until the {child_until_age_when_17}th birthday",
    Rule.ADULT: "record of somebody 18 or older when treatment ended: kept for {adult_years} years",
    Rule.NOT_ACCEPTED: "referral we did not accept: kept for {not_accepted_years} years",
    Rule.ENQUIRY: "message that names no child: kept for {enquiry_years} years",
    Rule.GROUP_SESSION: "booking of a session for everybody: kept for {group_session_days} days",
    Rule.DRAFT: "form that was not sent: kept for {draft_days} days",
    Rule.RECORDING: "recording: kept for {recording_days} days",
    Rule.RIGHTS_REQUEST: "request about information: kept for {rights_request_years} years",
    Rule.COMPLAINT: "complaint about information: kept for {complaint_years} years",
}
_RUN: Mapping[RunState, tuple[str, str]] = {
    RunState.LOOKING: ("Looking", "blue"),
    RunState.READY: ("To approve", "yellow"),
    RunState.APPROVED: ("Deleting", "orange"),
    RunState.DONE: ("Done", "green"),
    RunState.DROPPED: ("Dropped", "grey"),
}
KINDS: Mapping[RequestKind, str] = {
    RequestKind.ACCESS: "Copy of the record",
    RequestKind.CORRECTION: "Correction",
    RequestKind.RESTRICTION: "Restriction",
}
_HAPPENED: Mapping[Happened, str] = {
    Happened.RECEIVED: "Received",
    Happened.EXTENDED: "Extended by two months",
    Happened.CHOSEN: "Records chosen",
    Happened.PREPARED: "Copy prepared",
    Happened.RELEASED: "Copy released",
    Happened.DOWNLOADED: "Copy downloaded",
    Happened.NOTED: "Note put on a record",
    Happened.RESTRICTED: "Use restricted",
    Happened.LIFTED: "Restriction lifted",
    Happened.DONE: "Answered",
    Happened.REFUSED: "Refused",
    Happened.ACKNOWLEDGED: "Acknowledged",
    Happened.CLOSED: "Closed",
}
_UPHELD = {Upheld.YES: "They were right", Upheld.PARTLY: "Right in part", Upheld.NO: "Not upheld"}
_OUTCOMES = {"deleted": "deleted", "held": "kept: a hold", "changed": "kept: changed meanwhile", "gone": "gone already"}


def tag(words: str, colour: str) -> Tag:
    return {"text": words, "classes": f"nhsuk-tag--{colour}"}


def rule_words(rule: str, policy: Mapping[str, Any]) -> str:
    """Why a record may go, with this run's own numbers."""
    return RULES[Rule(rule)].format(**{**RetentionPolicy().model_dump(), **policy})


def schedule(policy: RetentionPolicy) -> list[str]:
    """The whole of the schedule, for the page."""
    return [words.format(**policy.model_dump()) for words in RULES.values()]


def run_line(run: RetentionRun) -> dict[str, Any]:
    return {
        "id": run.id,
        "asked": spoken_instant(run.asked_at),
        "tag": tag(*_RUN[run.state]),
        "state": run.state,
        "looked": run.looked,
    }


def counted_lines(lines: Sequence[Counted], policy: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            "kind": title_of(line.kind),
            "rule": rule_words(line.rule, policy),
            "found": line.found,
            "outcomes": ", ".join(f"{count} {_OUTCOMES[name]}" for name, count in line.outcomes.items()),
        }
        for line in lines
    ]


def certificate_lines(certificate: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            "kind": title_of(line["kind"]),
            "rule": rule_words(line["rule"], certificate["schedule"]),
            "approved": line["approved"],
            "deleted": line.get("deleted", 0),
            "kept": line["approved"] - line.get("deleted", 0) - line.get("gone", 0),
            "gone": line.get("gone", 0),
        }
        for line in certificate["lines"]
    ]


def hold_line(hold: RetentionHold, today: date, names: Mapping[UUID, StaffView]) -> dict[str, Any]:
    child = hold.child or {}
    return {
        "id": hold.id,
        "covers": child_words(child) if hold.child else "Everything",
        "why": hold.why,
        "until": spoken_date(hold.until) if hold.until else "No end yet",
        "is_over": hold.until is not None and hold.until < today,
        "placed": f"{spoken_instant(hold.placed_at)}, {who(hold.placed_by, names)}",
    }


def child_words(child: Mapping[str, str]) -> str:
    """A child as somebody typed it: a name, a birthday, a number, whatever there is."""
    name = " ".join(filter(None, [child.get("first"), child.get("last")]))
    born = f"born {spoken_date(date.fromisoformat(child['born']))}" if child.get("born") else ""
    number = f"NHS number {child['nhs_number']}" if child.get("nhs_number") else ""
    return ", ".join(filter(None, [name, born, number]))


def due_tag(due_on: date, today: date) -> Tag:
    """How long there is left."""
    left = (due_on - today).days
    if left < 0:
        return tag(f"{-left} day{'s' if left < -1 else ''} overdue", "red")
    return tag(f"{left} day{'' if left == 1 else 's'} left", "yellow" if left <= 7 else "blue")


def request_line(request: RightsRequest, today: date) -> dict[str, Any]:
    ended = {RequestState.DONE: tag("Answered", "green"), RequestState.REFUSED: tag("Refused", "grey")}
    return {
        "id": request.id,
        "reference": request.reference,
        "kind": KINDS[request.kind],
        "due": spoken_date(request.due_on),
        "tag": ended.get(request.state) or due_tag(request.due_on, today),
    }


def found_line(kept: Kept, chosen: bool) -> dict[str, Any]:
    """A record that may be the child's: enough to tell twins apart, no more."""
    words = ", ".join(filter(None, [title_of(kept.kind), kept.reference, kept.first]))
    return {"value": str(kept.id), "text": words, "checked": chosen}


def copy_lines(copy: AccessCopy) -> list[dict[str, Any]]:
    """The pieces of a copy by part, each with its number."""
    parts: dict[str, list[dict[str, Any]]] = {}
    for number, piece in enumerate(copy.content or []):
        line = piece | {
            "number": number,
            "out": number in copy.left_out,
            "is_childs": piece["whose"] == Whose.CHILD,
        }
        parts.setdefault(title_of(piece["section"]), []).append(line)
    return [{"title": title, "lines": lines} for title, lines in parts.items()]


def complaint_line(complaint: Complaint, today: date) -> dict[str, Any]:
    tags = {
        ComplaintState.RECEIVED: due_tag(complaint.acknowledge_by, today),
        ComplaintState.ACKNOWLEDGED: tag("To answer", "yellow"),
        ComplaintState.CLOSED: tag("Closed", "green"),
    }
    return {
        "id": complaint.id,
        "reference": complaint.reference,
        "received": spoken_instant(complaint.received_at),
        "by": spoken_date(complaint.acknowledge_by),
        "tag": tags[complaint.state],
        "state": complaint.state,
        "upheld": _UPHELD[complaint.upheld] if complaint.upheld else "",
    }


def history(events: Sequence[PrivacyEvent], names: Mapping[UUID, StaffView]) -> list[dict[str, str]]:
    return [
        {
            "what": _HAPPENED[event.happened],
            "when": spoken_instant(event.at),
            "who": who(event.by, names),
            "why": event.why or "",
        }
        for event in events
    ]


def who(audit_name: str, names: Mapping[UUID, StaffView]) -> str:
    """An audit name as people read it."""
    staff_id = staff_in(audit_name)
    if staff_id is None:
        return "From the website" if audit_name == "public" else "The service"
    return names[staff_id].name if staff_id in names else "A colleague"


def staff_in(audit_name: str) -> UUID | None:
    """The colleague an audit name stands for."""
    return UUID(audit_name.removeprefix("staff:")) if audit_name.startswith("staff:") else None

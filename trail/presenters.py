"""Entries in words, and as a file for a spreadsheet."""

import csv
import io
from collections.abc import Iterable, Mapping
from datetime import UTC
from uuid import UUID

from accounts.api import StaffView
from trail.words import Entry, Line

WHAT: Mapping[str, str] = {
    "referral.seen": "Read a referral",
    "referral.listed": "Saw the name on a list",
    "referral.received": "Sent a referral",
    "referral.accepted": "Accepted a referral",
    "referral.information-asked": "Asked for information",
    "referral.information-given": "Gave information",
    "referral.file-read": "Fetched a file of a referral",
    "referral.letter-read": "Read a letter about a referral",
    "referral.flag-cleared": "Cleared a flag",
    "advice.left": "Left a message",
    "advice.viewed": "Read a message",
    "advice.calling": "Said they were calling",
    "advice.called": "Recorded a call",
    "advice.reviewed": "Closed a message after a review",
    "advice.withdrawn": "Withdrew a message",
    "booking.seen": "Saw a booking on a list",
    "message.read": "Read what we sent",
    "message.listed": "Saw the list of what we sent",
    "message.wishes-seen": "Saw how they want to be written to",
    "staff.signed-in": "Signed in",
    "staff.signed-out": "Signed out",
    "staff.sign-in-refused": "Could not sign in",
    "staff.added": "Account was added",
    "staff.marked-as-family": "Was marked as family of a child",
    "staff.family-mark-ended": "Is no longer marked as family",
    "record.opened-in-emergency": "Opened a record in an emergency",
    "record.emergency-looked-at": "Looked at an emergency",
    "audit.searched": "Searched the audit trail",
    "audit.exported": "Exported the audit trail",
}
RECORDS: Mapping[str, str] = {
    "referral": "Referral",
    "advice-message": "Advice message",
    "booking": "Booking",
    "message": "Message sent",
    "messages": "Messages about a record",
    "staff": "Staff account",
    "audit": "Audit trail",
}
HEADINGS = ("When (UTC)", "Who", "Who (id)", "What", "Action", "Record", "Record (id)", "Why", "More", "Entry")
# A spreadsheet would run what begins like this (OWASP, CSV injection).
_RUNS = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%")


def line(entry: Entry, names: Mapping[UUID, StaffView], typed: Mapping[UUID, str]) -> Line:
    """One entry for a person to read."""
    return Line(
        at=entry.at,
        who=who(entry.actor, names),
        what=WHAT.get(entry.action, _plain(entry.action)),
        record=RECORDS.get(entry.subject, _plain(entry.subject)),
        record_id=entry.subject_id,
        why=why(entry, typed),
        more=more(entry),
    )


def who(actor: str, names: Mapping[UUID, StaffView]) -> str:
    """The name of a colleague, or what else acted."""
    kind, _, told = actor.partition(":")
    if kind == "public":
        return "Family or public"
    if kind == "system":
        return f"The service ({told})"
    staff_id = staff_of(actor)
    return names[staff_id].name if staff_id and staff_id in names else "A colleague we do not know"


def staff_of(actor: str) -> UUID | None:
    """Which colleague acted; None when it was none."""
    kind, _, told = actor.partition(":")
    try:
        return UUID(told) if kind == "staff" else None
    except ValueError:
        return None


def opening_of(entry: Entry) -> UUID | None:
    """The emergency an entry is about."""
    try:
        return UUID(str(entry.detail["opening"])) if "opening" in entry.detail else None
    except ValueError:
        return None


def why(entry: Entry, typed: Mapping[UUID, str]) -> str:
    """The reason as its rule names it, or as somebody typed it."""
    opening = opening_of(entry)
    return typed.get(opening, "") if opening else str(entry.detail.get("why", ""))


def more(entry: Entry) -> str:
    """What else the entry keeps."""
    rest = {name: value for name, value in sorted(entry.detail.items()) if name not in ("why", "opening")}
    return "; ".join(f"{_plain(name)}: {_told(value)}" for name, value in rest.items())


def as_csv(entries: Iterable[Entry], names: Mapping[UUID, StaffView], typed: Mapping[UUID, str]) -> bytes:
    """The same for a spreadsheet, which is kept from running any cell."""
    out = io.StringIO()
    writer = csv.writer(out, quoting=csv.QUOTE_ALL)
    writer.writerow(HEADINGS)
    for entry in entries:
        told = line(entry, names, typed)
        at = entry.at.astimezone(UTC).isoformat(timespec="seconds")
        ids = (entry.actor, entry.action, str(entry.subject_id), str(entry.id))
        row = (at, told.who, ids[0], told.what, ids[1], told.record, ids[2], told.why, told.more, ids[3])
        writer.writerow([harmless(cell) for cell in row])
    return ("\ufeff" + out.getvalue()).encode()


def harmless(cell: str) -> str:
    """A cell no spreadsheet takes for a formula."""
    return f"'{cell}" if cell.lstrip(" ").startswith(_RUNS) else cell


def _plain(word: str) -> str:
    told = word.replace("-", " ").replace("_", " ").replace(".", ": ")
    return told[:1].upper() + told[1:]


def _told(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)

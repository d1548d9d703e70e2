"""What is sealed and in which form, and when sealing is late."""

import json
from datetime import UTC, timedelta

from trail.words import Entry

# Sealed every minute; this much later something is wrong.
LATE_AFTER = timedelta(minutes=10)
GENESIS = bytes(32)

VIEWS = frozenset(
    {
        "referral.seen", "referral.listed", "advice.viewed", "booking.seen", "message.read",
        "message.listed", "message.wishes-seen", "referral.file-read", "referral.letter-read",
        "audit.searched", "audit.exported", "record.opened-in-emergency",
    }
)  # fmt: skip


def sealed_text(entry: Entry, position: int, before: bytes) -> str:
    """What the seal of one link covers: the whole entry, its place, and the seal before it. A promise: a change here
    breaks every chain there is."""
    told = [
        position,
        before.hex(),
        str(entry.id),
        entry.at.astimezone(UTC).isoformat(timespec="microseconds"),
        entry.actor,
        entry.action,
        entry.subject,
        str(entry.subject_id),
        entry.detail,
    ]
    return json.dumps(told, sort_keys=True, separators=(",", ":"), ensure_ascii=True)


def is_late(waited: timedelta) -> bool:
    """True when an entry has waited too long for its seal."""
    return waited > LATE_AFTER

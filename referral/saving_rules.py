"""How long a link back to a begun referral works, and what it leads to."""

from datetime import datetime, timedelta
from enum import StrEnum

KEPT_FOR = timedelta(days=28)


class Leads(StrEnum):
    """What is behind a link."""

    ON = "on"
    SENT = "sent"
    NOWHERE = "nowhere"


def leads(ends_at: datetime | None, sent_at: datetime | None, now: datetime) -> Leads:
    """`ends_at` is None for a link nobody was given. What was sent stays sent for as long as the link works."""
    if ends_at is None or now >= ends_at:
        return Leads.NOWHERE
    return Leads.SENT if sent_at else Leads.ON

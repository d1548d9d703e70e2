"""The front door of monitoring: the round of checks, for `frontdoor audit check`."""

from datetime import datetime

from core.storage.session import Session
from monitoring.checks import CHECKS
from monitoring.service import run_round
from monitoring.words import Finding


async def run_checks(session: Session, now: datetime) -> list[Finding]:
    """Checks every promise and keeps the result; an empty count of `broken` everywhere means all is well."""
    return await run_round(session, CHECKS, now)

"""The auditor's round."""

from datetime import timedelta

from core.storage.jobs import Job, Workbench
from core.storage.session import Session
from core.storage.tasks import plan
from monitoring.checks import CHECKS
from monitoring.rules import all_hold
from monitoring.service import run_round

AUDIT = "monitoring.audit"
_AGAIN = timedelta(seconds=30)


async def audit_round(session: Session, bench: Workbench) -> None:
    """Checks rules 1 to 4; `/health/ready` and a metric turn red when one is broken, and it looks again sooner."""
    now = bench.clock.now()
    if not all_hold(await run_round(session, CHECKS, now)):
        await plan(session, AUDIT, key=f"audit-again:{now:%Y-%m-%dT%H:%M}", run_at=now + _AGAIN)


JOBS = {AUDIT: Job(audit_round)}

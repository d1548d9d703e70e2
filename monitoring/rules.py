"""When a finding is an alarm."""

from datetime import datetime, timedelta

from monitoring.words import Finding, QueueFigures

# Every wake-up may be lost, and the sweep comes every 30 seconds: two minutes mean that nobody is working.
LATE_AFTER = timedelta(minutes=2)
SILENT_AFTER = timedelta(minutes=12)


def queue_findings(figures: QueueFigures) -> list[Finding]:
    """What the queue says about itself. Dead tasks are for a person to look at: no reason to take the service down."""
    is_late = figures.oldest_due_seconds > LATE_AFTER.total_seconds()
    return [Finding("queue: due work waits longer than two minutes", figures.due if is_late else 0)]


def is_silent(last_round: datetime | None, now: datetime) -> bool:
    """True when the auditor has missed two rounds: nobody works, or its round hangs."""
    return last_round is not None and now - last_round > SILENT_AFTER


def all_hold(findings: list[Finding]) -> bool:
    return all(finding.broken == 0 for finding in findings)

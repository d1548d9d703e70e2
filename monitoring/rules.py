"""When a finding is an alarm."""

from datetime import timedelta

from monitoring.words import Finding, QueueFigures

# Every wake-up may be lost, and the sweep comes every 30 seconds: two minutes mean that nobody is working.
LATE_AFTER = timedelta(minutes=2)


def queue_findings(figures: QueueFigures) -> list[Finding]:
    """What the queue says about itself. Dead tasks are for a person to look at: no reason to take the service down."""
    is_late = figures.oldest_due_seconds > LATE_AFTER.total_seconds()
    return [Finding("queue: due work waits longer than two minutes", figures.due if is_late else 0)]


def all_hold(findings: list[Finding]) -> bool:
    return all(finding.broken == 0 for finding in findings)

"""Figures for machines."""

from prometheus_client import CollectorRegistry, Gauge, generate_latest

from monitoring.words import Finding, Health, QueueFigures


def metrics_text(health: Health, figures: QueueFigures | None, findings: list[Finding]) -> bytes:
    """The text format Prometheus reads; counts only, nothing about any person."""
    registry = CollectorRegistry()
    part = Gauge("frontdoor_part_is_well", "1 when a part of the service is well", ["part"], registry=registry)
    for name, is_well in health.parts.items():
        part.labels(part=name.value).set(is_well)
    broken = Gauge("frontdoor_promise_broken", "Things that break a promise; 0 is well", ["promise"], registry=registry)
    for finding in findings:
        broken.labels(promise=finding.name).set(finding.broken)
    if figures:
        tasks = Gauge("frontdoor_tasks", "Tasks by state", ["state"], registry=registry)
        for state, count in (("due", figures.due), ("waiting", figures.waiting), ("dead", figures.dead)):
            tasks.labels(state=state).set(count)
        oldest = Gauge("frontdoor_oldest_due_task_seconds", "How long due work has waited", registry=registry)
        oldest.set(figures.oldest_due_seconds)
    return generate_latest(registry)

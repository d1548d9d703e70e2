"""Probes for machines."""

from typing import Any, ClassVar

import sqlalchemy as sa
from litestar import Controller, Response, get
from sqlalchemy.exc import SQLAlchemyError

from core.web.bodies import PageRequest
from core.web.guards import anyone
from core.web.house import House, InHouse
from monitoring import queries, rules
from monitoring.presenters import metrics_text
from monitoring.words import Finding, Health, Part, QueueFigures

_REVISION = sa.text("select version_num from alembic_version")


class Probes(Controller):
    """Live: the process answers. Ready: everything a family needs is there. They tell nothing about any person."""

    include_in_schema = False
    guards: ClassVar = [anyone]  # type: ignore[misc]

    @get("/health/live")
    async def live(self) -> dict[str, str]:
        return {"status": "live"}

    @get("/health/ready")
    async def ready(self, request: PageRequest, house: InHouse) -> Response[dict[str, Any]]:
        """200 when all is well, else 503 with the parts that are not."""
        health, _, findings = await look(request, house)
        told: dict[str, Any] = {part.value: is_well for part, is_well in health.parts.items()}
        if broken := [finding.name for finding in findings if finding.broken]:
            told["broken"] = broken
        return Response(told, status_code=200 if health.is_ready else 503)

    @get("/metrics")
    async def metrics(self, request: PageRequest, house: InHouse) -> Response[bytes]:
        """For Prometheus; the proxy keeps it inside."""
        health, figures, findings = await look(request, house)
        return Response(metrics_text(health, figures, findings), media_type="text/plain; version=0.0.4")


async def look(request: PageRequest, house: House) -> tuple[Health, QueueFigures | None, list[Finding]]:
    """The state of every part, now."""
    parts = dict.fromkeys(Part, False)
    figures, findings = None, list[Finding]()
    parts[Part.REDIS] = await house.limits.is_shared()
    try:
        async with house.db.transaction() as session:
            revision = await (await session.connection()).scalar(_REVISION)
            parts[Part.DATABASE] = True
            parts[Part.MIGRATIONS] = revision == request.app.state.revision
            parts[Part.WORKER] = await queries.worker_was_seen(session)
            figures = await queries.queue_figures(session, house.clock.now())
            findings = await queries.latest_findings(session)
            silent = rules.is_silent(await queries.last_round(session), house.clock.now())
            parts[Part.AUDITOR] = rules.all_hold(findings) and not silent
    except (SQLAlchemyError, OSError, TimeoutError):
        pass
    return Health(parts), figures, findings


HANDLERS = [Probes]

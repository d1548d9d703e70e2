"""What the service could not do by itself, for a person to look at."""

from typing import ClassVar
from uuid import UUID

from litestar import Controller, get, post
from litestar.params import FromPath

from core.domain.identity import Right
from core.web.bodies import PageRequest
from core.web.guards import staff
from core.web.house import InHouse
from core.web.replies import Page, page, see
from monitoring import queries, service


class Exceptions(Controller):
    """Broken promises first, then work that was given up."""

    path = "/staff/exceptions"
    include_in_schema = False
    guards: ClassVar = [staff(Right.SEE_EXCEPTIONS)]  # type: ignore[misc]

    @get("/")
    async def show(self, request: PageRequest, house: InHouse) -> Page:
        async with house.db.transaction() as session:
            findings = await queries.latest_findings(session)
            tasks = await queries.dead_tasks(session)
        broken = [finding for finding in findings if finding.broken]
        return page(request, house, "monitoring/exceptions.html", broken=broken, checked=len(findings), tasks=tasks)

    @post("/{task_id:uuid}/again", status_code=200)
    async def again(self, request: PageRequest, house: InHouse, task_id: FromPath[UUID]) -> Page:
        """Another set of tries for a task that was given up."""
        async with house.db.transaction() as session:
            await service.try_again(session, request.user, task_id, house.clock.now())
        return see(request, "/staff/exceptions")


HANDLERS = [Exceptions]

"""What the service has said, for staff: the list, and each message word for word."""

from typing import Any, ClassVar
from urllib.parse import urlencode
from uuid import UUID

from litestar import Controller, get
from litestar.params import FromPath

from core.domain.errors import NotFound
from core.domain.identity import Actor, Right
from core.web.bodies import PageRequest
from core.web.guards import staff
from core.web.house import InHouse
from core.web.replies import Page, page
from notifications import presenters, queries, service
from notifications.queries import Chosen
from notifications.words import DeliveryState

LIST = "/staff/messages"


class MessagePages(Controller):
    """In the demo this is the only place where messages arrive."""

    include_in_schema = False
    # The exact words hold a family's own link, about any child: managers only, until each room says who may see what.
    guards: ClassVar = [staff(Right.RUN_MESSAGES)]  # type: ignore[misc]

    @get(LIST)
    async def messages(self, request: PageRequest, house: InHouse) -> Page:
        """Newest first. Addresses are masked and words unread: opening one is on the audit trail."""
        chosen = _chosen(request)
        async with house.db.transaction() as session:
            known = await queries.purposes(session)
            found, more = await queries.newest(session, chosen)
        older = _address(chosen, found[-1].id) if more else ""
        lines = [presenters.line_of(message) for message in found]
        return page(
            request,
            house,
            "notifications/list.html",
            lines=lines,
            older=older,
            newest=_address(chosen, None) if chosen.before else "",
            **_filters(chosen, known),
        )

    @get(LIST + "/{message_id:uuid}")
    async def message(self, request: PageRequest, house: InHouse, message_id: FromPath[UUID]) -> Page:
        """One message with its exact words; that it was read goes on the audit trail."""
        actor: Actor = request.scope["user"]
        async with house.db.transaction() as session:
            found = await service.read_message(session, actor, message_id, house.clock.now())
        return page(
            request,
            house,
            "notifications/message.html",
            message=presenters.whole_of(found),
            tag=presenters.tag_of(found.state),
        )


def _chosen(request: PageRequest) -> Chosen:
    """What the address asks for; a filter that does not exist filters nothing."""
    wanted = request.query_params
    state = wanted.get("state", "")
    return Chosen(
        purpose=wanted.get("purpose", ""),
        state=DeliveryState(state) if state in set(DeliveryState) else None,
        before=_uuid(wanted["before"]) if wanted.get("before") else None,
    )


def _uuid(typed: str) -> UUID:
    try:
        return UUID(typed)
    except ValueError:
        raise NotFound("no such page of the list") from None


def _filters(chosen: Chosen, known: list[str]) -> dict[str, Any]:
    purposes = {purpose: presenters.purpose_words(purpose) for purpose in known}
    states = {state.value: words for state, (words, _) in presenters.STATE.items()}
    return {
        "purposes": presenters.choices(purposes, chosen.purpose),
        "states": presenters.choices(states, chosen.state or ""),
        "is_filtered": bool(chosen.purpose or chosen.state),
    }


def _address(chosen: Chosen, before: UUID | None) -> str:
    wanted = {"purpose": chosen.purpose, "state": chosen.state or "", "before": before or ""}
    told = urlencode({name: value for name, value in wanted.items() if value})
    return f"{LIST}?{told}" if told else LIST


HANDLERS = [MessagePages]

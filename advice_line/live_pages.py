"""The list of calls follows by itself: a stream that says when to read it again."""

from collections.abc import AsyncIterator
from typing import ClassVar

from litestar import Controller, get
from litestar.response import Stream

from advice_line.record_case import LIST
from advice_line.words import LIST_TOPIC
from core.domain.identity import Right
from core.web.bodies import PageRequest
from core.web.guards import staff
from core.web.live import STREAM, Live


class CallbacksLive(Controller):
    """Says that something changed, never what: the page asks for the list again, and its guard answers."""

    path = f"{LIST}/live"
    include_in_schema = False
    guards: ClassVar = [staff(Right.SEE_CALLS)]  # type: ignore[misc]

    @get("/")
    async def changes(self, request: PageRequest) -> Stream:
        """Server-sent events; 503 while nobody could tell what changes, and the page looks by itself."""
        live: Live = request.app.state.live
        listener = await live.open(LIST_TOPIC)

        async def events() -> AsyncIterator[str]:
            async for event in live.events(listener):
                yield event

        # Proxies would keep back what comes in small parts.
        return Stream(events(), media_type=STREAM, headers={"X-Accel-Buffering": "no"})


HANDLERS = [CallbacksLive]

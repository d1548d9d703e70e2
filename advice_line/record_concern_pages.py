"""A worry about a child's safety comes before everything else: what to do now, whom to tell, and what was done."""

from typing import Any, ClassVar
from uuid import UUID

from litestar import Controller, get, post
from litestar.params import FromPath

from accounts.api import Opened, staff_views
from advice_line import access, calls, presenters, queries, record_concerns
from advice_line.models import AdviceMessage
from advice_line.record_case import LIST, call_id_of
from advice_line.record_forms import CONCERN, WORRIED
from advice_line.record_models import AdviceConcern
from core.domain.errors import NotAllowed, NotFound
from core.domain.identity import Right
from core.storage.session import Session
from core.web.bodies import PageRequest, read_body, read_form
from core.web.csrf import FIELD
from core.web.forms import Form
from core.web.guards import staff
from core.web.house import House, InHouse
from core.web.replies import Page, page, see

CONCERNS = f"{LIST}/concerns"


async def interruption(request: PageRequest, house: House, message_id: UUID, call_id: UUID, form: Form) -> Page | None:
    """The page that comes between when a worry was said and nothing is written about it; None when all is written.
    The worry itself is kept at once, whatever becomes of the form."""
    told, actor, now = await read_form(request, house, (CONCERN,)), request.user, house.clock.now()
    async with house.db.transaction() as session:
        raised = await record_concerns.of_call(session, call_id)
        if raised is None and WORRIED not in form.ticked("worried"):
            return None
        concern_id = await record_concerns.raise_concern(session, actor, message_id, call_id, now)
        concern, message, opened = await _opened(session, request, house, concern_id)
        if message.id != message_id:
            raise NotFound("no such call")
        if told.answers:
            await record_concerns.write_down(session, actor, concern.id, str(told.answers["concern"]), now)
        if concern.done:
            return None
    sent_back = CONCERN.id in await read_body(request)
    return await _page(
        request,
        house,
        concern,
        message,
        opened,
        told if sent_back else Form.blank((CONCERN,)),
        action=f"{LIST}/{message_id}/outcome",
        kept=await _kept(request),
    )


async def _kept(request: PageRequest) -> list[tuple[str, str]]:
    """What was typed about the call, to be sent along."""
    body = await read_body(request)
    return [(name, one) for name, sent in body.items() for one in sent if name not in (FIELD, CONCERN.id)]


async def _opened(
    session: Session, request: PageRequest, house: House, concern_id: UUID
) -> tuple[AdviceConcern, AdviceMessage, Opened]:
    """The worry and what it is about, for whoever may see that. NotFound."""
    concern = await session.get(AdviceConcern, concern_id, populate_existing=True)
    message = await queries.message(session, concern.message_id) if concern else None
    if concern is None or message is None:
        raise NotFound("no such concern")
    return concern, message, await access.open_message(session, request.user, message, house.clock.now())


async def _page(
    request: PageRequest,
    house: House,
    concern: AdviceConcern,
    message: AdviceMessage,
    opened: Opened,
    form: Form,
    *,
    action: str,
    kept: list[tuple[str, str]],
) -> Page:
    async with house.db.transaction() as session:
        names = await staff_views(session, {one for one in (concern.raised_by, concern.seen_by) if one})
    return page(
        request,
        house,
        "advice_line/concern.html",
        status=422 if form.errors else 200,
        form=form,
        concern=concern,
        message=message,
        opened=opened,
        raised_by=presenters.name_of(concern.raised_by, names),
        seen_by=presenters.name_of(concern.seen_by, names),
        action=action,
        kept=kept,
        may_look=request.user.may(Right.MOVE_CALLS),
    )


class Worried(Controller):
    """Saying so while the call still lasts."""

    path = f"{LIST}/{{message_id:uuid}}/worried"
    include_in_schema = False
    guards: ClassVar = [staff(Right.MAKE_CALLS)]  # type: ignore[misc]

    @post("/", status_code=200)
    async def worried(self, request: PageRequest, house: InHouse, message_id: FromPath[UUID]) -> Page:
        """Kept at once; the next page says what to do."""
        call_id, now = await call_id_of(request), house.clock.now()
        async with house.db.transaction() as session:
            message = await queries.message(session, message_id)
            if message is None:
                raise NotFound("no such message")
            await calls.check_may_act(session, request.user, message, now)
            concern = await record_concerns.raise_concern(session, request.user, message_id, call_id, now)
        return see(request, f"{CONCERNS}/{concern}")


class Concerns(Controller):
    """Every worry until a manager has looked at what was done."""

    path = CONCERNS
    include_in_schema = False
    guards: ClassVar = [staff(Right.MAKE_CALLS)]  # type: ignore[misc]

    @get("/")
    async def every_one(self, request: PageRequest, house: InHouse) -> Page:
        """Managers see all that nobody has looked at; everybody else what they raised themselves and left unwritten."""
        async with house.db.transaction() as session:
            rows = await record_concerns.unseen(session)
            if not request.user.may(Right.MOVE_CALLS):
                rows = [(one, ref) for one, ref in rows if one.raised_by == request.user.id and one.done is None]
            names = await staff_views(session, {one.raised_by for one, _ in rows})
        told = [(one, ref, presenters.name_of(one.raised_by, names)) for one, ref in rows]
        return page(request, house, "advice_line/concerns.html", concerns=told)

    @get("/{concern_id:uuid}")
    async def show(self, request: PageRequest, house: InHouse, concern_id: FromPath[UUID]) -> Page:
        """What to do now, and what was done."""
        return await self._show(request, house, concern_id, Form.blank((CONCERN,)))

    @post("/{concern_id:uuid}", status_code=200)
    async def write(self, request: PageRequest, house: InHouse, concern_id: FromPath[UUID]) -> Page:
        """Keeps what was done."""
        form = await read_form(request, house, (CONCERN,))
        if form.answers is None:
            return await self._show(request, house, concern_id, form)
        async with house.db.transaction() as session:
            concern, message, _ = await _opened(session, request, house, concern_id)
            if request.user.id != concern.raised_by and not request.user.may(Right.MOVE_CALLS):
                raise NotAllowed("somebody else's worry")
            done = str(form.answers["concern"])
            await record_concerns.write_down(session, request.user, concern_id, done, house.clock.now())
        return see(request, f"{LIST}/{message.id}")

    @post("/{concern_id:uuid}/seen", status_code=200, guards=[staff(Right.MOVE_CALLS)])
    async def seen(self, request: PageRequest, house: InHouse, concern_id: FromPath[UUID]) -> Page:
        """A manager has looked at it."""
        async with house.db.transaction() as session:
            await _opened(session, request, house, concern_id)
            await record_concerns.mark_seen(session, request.user, concern_id, house.clock.now())
        return see(request, CONCERNS)

    async def _show(self, request: PageRequest, house: House, concern_id: UUID, form: Form) -> Page:
        async with house.db.transaction() as session:
            concern, message, opened = await _opened(session, request, house, concern_id)
        where: dict[str, Any] = {"action": f"{CONCERNS}/{concern_id}", "kept": []}
        return await _page(request, house, concern, message, opened, form, **where)


HANDLERS = [Worried, Concerns]

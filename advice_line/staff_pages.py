"""The call-back desk: what to call today, one message at a time, and who is on duty."""

from datetime import UTC, datetime
from typing import Any, ClassVar
from urllib.parse import urlencode
from uuid import UUID

from litestar import Controller, get, post
from litestar.params import FromPath

from accounts.api import staff_views
from advice_line import calls, changes, presenters, queries
from advice_line.calls import BeingCalled
from advice_line.forms import WHY_CLOSE, as_asked, call_questions, notes_from, with_notes_checked
from advice_line.keeping import keeper
from advice_line.queries import Cursor, Line
from advice_line.service import Desk
from advice_line.words import State
from core.domain.clock import london_day
from core.domain.errors import NotFound, NotPossible
from core.domain.identity import Actor, Right
from core.domain.ids import new_id
from core.storage.session import Session
from core.web.bodies import PageRequest, first, read_body, read_form
from core.web.forms import Form
from core.web.guards import staff
from core.web.house import House, InHouse
from core.web.replies import Page, is_htmx, page, see

LIST = "/staff/callbacks"


_MARK = "%Y-%m-%dT%H:%M:%SZ"


class CallbackList(Controller):
    """Today's calls: mine first; for managers also what is nobody's, and everybody else's."""

    include_in_schema = False
    guards: ClassVar = [staff(Right.SEE_CALLS)]  # type: ignore[misc]

    @get(LIST)
    async def show(self, request: PageRequest, house: InHouse) -> Page:
        """The whole page, or for htmx only the lists, which it asks for every 15 seconds."""
        actor: Actor = request.scope["user"]
        async with house.db.transaction() as session:
            context = await _lists(session, house, actor, _cursor(request))
        template = "advice_line/lists.html" if is_htmx(request) else "advice_line/callbacks.html"
        after = request.query_params.get("after", "")
        here = f"{LIST}?{urlencode({'after': after})}" if after else LIST
        return page(request, house, template, notice=list(request.query_params), here=here, **context)

    @post(f"{LIST}/run", status_code=200, guards=[staff(Right.MOVE_CALLS)])
    async def run(self, request: PageRequest, house: InHouse) -> Page:
        """Shares today's calls out again, in a moment."""
        async with house.db.transaction() as session:
            await changes.ask_for_run(session, request.scope["user"], house.clock.now())
        return see(request, f"{LIST}?asked=1")


class CallbackCase(Controller):
    """One message: who has the phone, what was said before, and what came of the call."""

    path = f"{LIST}/{{message_id:uuid}}"
    include_in_schema = False
    guards: ClassVar = [staff(Right.SEE_CALLS)]  # type: ignore[misc]

    @get("/")
    async def show(self, request: PageRequest, house: InHouse, message_id: FromPath[UUID]) -> Page:
        """The message, with its reading on the audit trail."""
        return await _case(request, house, message_id)

    @post("/calling", status_code=200, guards=[staff(Right.MAKE_CALLS)])
    async def calling(self, request: PageRequest, house: InHouse, message_id: FromPath[UUID]) -> Page:
        """ "I am calling now": for a while nobody else rings this family."""
        try:
            async with house.db.transaction() as session:
                await calls.start_calling(session, request.scope["user"], _desk(house), message_id)
        except BeingCalled as other:
            return await _someone_else(request, house, message_id, other)
        return see(request, f"{LIST}/{message_id}")

    @post("/stop", status_code=200, guards=[staff(Right.MAKE_CALLS)])
    async def stop(self, request: PageRequest, house: InHouse, message_id: FromPath[UUID]) -> Page:
        """Not calling after all."""
        async with house.db.transaction() as session:
            await calls.stop_calling(session, request.scope["user"], message_id)
        return see(request, f"{LIST}/{message_id}")

    @post("/outcome", status_code=200, guards=[staff(Right.MAKE_CALLS)])
    async def outcome(self, request: PageRequest, house: InHouse, message_id: FromPath[UUID]) -> Page:
        """What came of the call. Nothing typed is lost when it cannot be kept."""
        form = with_notes_checked(await read_form(request, house, _questions(house)))
        if form.answers is None:
            return await _case(request, house, message_id, form=form, status=422)
        call_id, notes = await _call_id(request), notes_from(form.answers)
        try:
            async with house.db.transaction() as session:
                await calls.record_call(session, request.scope["user"], _desk(house), message_id, call_id, notes)
        except BeingCalled as other:
            return await _someone_else(request, house, message_id, other)
        except NotPossible:
            form = form.refuse("outcome", "A colleague has closed this message meanwhile. Copy your notes to them")
            return await _case(request, house, message_id, form=form, status=409)
        return see(request, f"{LIST}?recorded=1")

    @post("/close", status_code=200, guards=[staff(Right.MAKE_CALLS)])
    async def close(self, request: PageRequest, house: InHouse, message_id: FromPath[UUID]) -> Page:
        """Nothing more can be done for a family that could not be reached."""
        form = await read_form(request, house, (WHY_CLOSE,))
        if form.answers is None:
            return await _case(request, house, message_id, review=form, status=422)
        why, now = str(form.answers["why"]), house.clock.now()
        async with house.db.transaction() as session:
            await calls.close_after_review(
                session, request.scope["user"], message_id, await _call_id(request), why, now
            )
        return see(request, f"{LIST}?recorded=1")


async def _lists(session: Session, house: House, actor: Actor, after: Cursor | None) -> dict[str, Any]:
    """The lists this person may see; the same number of queries however long they are."""
    now, is_manager = house.clock.now(), actor.may(Right.CHANGE_ROTA)
    mine = await queries.my_calls(session, actor, now)
    nobodys = await queries.exceptions(session) if is_manager else []
    others = await queries.others_calls(session, actor, now, after) if is_manager else []
    names = await staff_views(session, queries.names_in([*mine, *nobodys, *others]))
    profile = house.profile
    return {
        "mine": presenters.call_lines(mine, names, profile, now),
        "nobodys": presenters.call_lines(nobodys, names, profile, now),
        "others": presenters.call_lines(others, names, profile, now),
        "more": _next_page(others),
        "is_manager": is_manager,
    }


async def _case(
    request: PageRequest,
    house: House,
    message_id: UUID,
    *,
    form: Form | None = None,
    review: Form | None = None,
    status: int = 200,
) -> Page:
    actor, now = request.scope["user"], house.clock.now()
    async with house.db.transaction() as session:
        line, opened = await calls.open_message(session, actor, message_id, now)
        about = await _around(session, house, line, now)
    return page(
        request,
        house,
        "advice_line/case.html",
        status=status,
        opened=opened,
        is_mine=line.calling_by == actor.id,
        form=form or (review if review and review.errors else Form.blank(_questions(house))),
        call_form=form or Form.blank(_questions(house)),
        asked=as_asked(_questions(house)),
        review_form=review or Form.blank((WHY_CLOSE,)),
        may_close=line.message.state is State.REVIEW,
        call_id=await _call_id(request),
        base=f"{LIST}/{message_id}",
        **about,
    )


async def _around(session: Session, house: House, line: Line, now: datetime) -> dict[str, Any]:
    """The message in words, and what was said to this family before."""
    message = line.message
    found = await queries.contacts(session, message)
    names = await staff_views(session, queries.names_in([line]) | {call.staff_id for call, _ in found})
    return {
        "message": message,
        "marks": await keeper.marks(session, message.id),
        "rows": presenters.message_rows(message, house.profile),
        "tags": presenters.tags(line, now),
        "due": presenters.due_words(message, now),
        "why": presenters.why_words(message, line.why),
        "owner": presenters.name_of(message.owner_id, names),
        "calling": presenters.name_of(line.calling_by, names),
        "contacts": [presenters.contact(call, reference, names) for call, reference in found],
        "others": await queries.other_messages(session, message),
    }


async def _someone_else(request: PageRequest, house: House, message_id: UUID, other: BeingCalled) -> Page:
    """The page for whoever came second."""
    async with house.db.transaction() as session:
        names = await staff_views(session, {other.staff_id})
    name = presenters.name_of(other.staff_id, names)
    body = await read_body(request)
    return page(
        request,
        house,
        "advice_line/someone_else.html",
        status=409,
        name=name,
        notes=first(body, "notes"),
        case=f"{LIST}/{message_id}",
    )


def _questions(house: House) -> Any:
    return call_questions(house.profile.calendar, london_day(house.clock.now()))


async def _call_id(request: PageRequest) -> UUID:
    """The id the form was made with; a new one for a new form."""
    sent = first(await read_body(request), "call") if request.method == "POST" else ""
    return _uuid(sent) if sent else new_id()


def _desk(house: House) -> Desk:
    return Desk(house.profile, house.address, house.clock.now())


def _cursor(request: PageRequest) -> Cursor | None:
    """Where the list of others' calls goes on."""
    place = request.query_params.get("after", "")
    if not place:
        return None
    due, _, message_id = place.partition("_")
    try:
        return Cursor(datetime.strptime(due, _MARK).replace(tzinfo=UTC), UUID(message_id))
    except ValueError:
        raise NotFound("no such page of the list") from None


def _next_page(lines: list[Line]) -> str:
    if len(lines) < queries.MOST:
        return ""
    last = lines[-1].message
    return f"{last.due_at.astimezone(UTC).strftime(_MARK)}_{last.id}"


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise NotFound("not an id of ours") from None


HANDLERS = [CallbackList, CallbackCase]

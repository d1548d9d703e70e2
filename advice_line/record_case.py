"""The page of one call: the message in words, what was said before, and the form to record what came of it."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from accounts.api import StaffView, staff_views, therapists
from advice_line import calls, presenters, queries, record_forms, record_queries, snippet_queries, voice_queries
from advice_line.keeping import keeper
from advice_line.models import AdviceMessage
from advice_line.queries import Line
from advice_line.record_booking import booked_lines
from advice_line.record_forms import CallForm
from advice_line.service import Desk
from advice_line.words import Happened, State
from core.domain.clock import london_day
from core.domain.errors import NotFound
from core.domain.identity import Actor
from core.domain.ids import new_id
from core.storage.closed_days import with_closed_days
from core.storage.session import Session
from core.web.bodies import PageRequest, first, read_body
from core.web.forms import Form
from core.web.house import House
from core.web.replies import Page, page

LIST = "/staff/callbacks"

HAPPENED: Mapping[Happened, str] = {
    Happened.CALLED: "a colleague recorded a call",
    Happened.TAKEN_BACK: "a colleague took back what they had recorded",
    Happened.PASSED_ON: "it was passed to another therapy",
    Happened.NUMBER_CORRECTED: "the family gave us another number",
    Happened.ADDED_TO: "the family added to it",
    Happened.CONCERN: "a colleague said that they are worried about a child",
    Happened.BOOKED: "a colleague booked a clinic or session for this family",
}


async def call_form(session: Session, house: House, message: AdviceMessage, ticked: list[str]) -> CallForm:
    """The form of this message. Texts that were `ticked` on a page opened earlier stay, in the words they had then."""
    texts = await snippet_queries.for_discipline(session, message.discipline)
    known = {(one.id, one.version) for one in texts}
    older = await snippet_queries.at_versions(session, record_forms.ticked_texts(ticked) - known)
    return CallForm(
        message=message,
        profile=await with_closed_days(session, house.profile),
        today=london_day(house.clock.now()),
        texts=(*texts, *older),
        colleagues=await therapists(session),
    )


async def form_of(session: Session, request: PageRequest, house: House, message_id: UUID) -> CallForm:
    """The form that was sent. Raises what opening the message does."""
    message = await queries.message(session, message_id)
    if message is None:
        raise NotFound("no such message")
    await calls.check_may_act(session, request.user, message, house.clock.now())
    return await call_form(session, house, message, (await read_body(request)).get("texts", []))


async def case_page(
    request: PageRequest,
    house: House,
    message_id: UUID,
    *,
    form: Form | None = None,
    review: Form | None = None,
    again: UUID | None = None,
    status: int = 200,
) -> Page:
    """The page; with what was typed, when it could not be kept, or (`again`) when it was taken back."""
    actor, now = request.user, house.clock.now()
    async with house.db.transaction() as session:
        line, opened = await calls.open_message(session, actor, message_id, now)
        about = await _around(session, house, actor, line)
        asked = await call_form(session, house, line.message, form.ticked("texts") if form else [])
        typed = await record_queries.taken_back(session, actor, message_id, again) if again else None
    back = record_forms.filled_in(asked.questions, typed.typed) if typed and typed.typed else None
    call = form or back or Form.blank(asked.questions)
    return page(
        request,
        house,
        "advice_line/case.html",
        status=status,
        opened=opened,
        form=form or (review if review and review.errors else Form.blank(asked.questions)),
        call_form=call,
        asked=record_forms.as_asked(asked.questions),
        review_form=review or Form.blank((record_forms.WHY_CLOSE,)),
        taken_back=back is not None,
        call_id=await call_id_of(request),
        base=f"{LIST}/{message_id}",
        **about,
    )


async def _around(session: Session, house: House, actor: Actor, line: Line) -> dict[str, Any]:
    """The message in words, and what was said to this family before. The same number of queries for every message."""
    message, now = line.message, house.clock.now()
    found = await queries.contacts(session, message)
    given = await snippet_queries.given_in(session, [call.id for call, _ in found])
    names = await staff_views(session, queries.names_in([line]) | {call.staff_id for call, _ in found})
    beside = await voice_queries.for_case(session, message)
    linked = {other.id for other in beside["linked"]}
    return (
        beside
        | {
            "message": message,
            "is_mine": line.calling_by == actor.id,
            "marks": await keeper.marks(session, message.id),
            "rows": presenters.message_rows(message, house.profile),
            "tags": presenters.tags(line, now),
            "due": presenters.due_words(message, now),
            "why": presenters.why_words(message, line.why),
            "may_close": message.state is State.REVIEW,
            "seen": len(await record_queries.done_by_others(session, actor, message.id)),
            "booked": await booked_lines(session, actor, message.id, now),
            "contacts": [presenters.contact(call, ref, names, given.get(call.id, [])) for call, ref in found],
            "others": [one for one in await queries.other_messages(session, message) if one.id not in linked],
        }
        | _people(line, names)
    )


def _people(line: Line, names: Mapping[UUID, StaffView]) -> dict[str, str]:
    return {
        "owner": presenters.name_of(line.message.owner_id, names),
        "calling": presenters.name_of(line.calling_by, names),
    }


async def call_id_of(request: PageRequest) -> UUID:
    """The id the form was made with; a new one for a new form."""
    sent = first(await read_body(request), "call") if request.method == "POST" else ""
    return read_id(sent) if sent else new_id()


def read_id(text: str) -> UUID:
    """An id from a form or an address. NotFound when it is none."""
    try:
        return UUID(text)
    except ValueError:
        raise NotFound("not an id of ours") from None


def desk_of(house: House) -> Desk:
    return Desk(house.profile, house.address, house.clock.now())

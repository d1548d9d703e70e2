"""What the service has said, for staff: the list, what is about one case, each message word for word, and resending."""

from typing import Any, ClassVar
from urllib.parse import urlencode
from uuid import UUID

from litestar import Controller, get, post
from litestar.params import FromPath

from core.domain.errors import NotFound
from core.domain.identity import Actor, Right
from core.web.bodies import PageRequest, first, read_body, read_form
from core.web.forms import Form
from core.web.guards import staff
from core.web.house import House, InHouse
from core.web.replies import Page, page, see
from notifications import delivery, desk, forms, presenters, queries, service, wording
from notifications.barred import may_reach
from notifications.queries import Chosen
from notifications.reading import actor_of, check_may_read
from notifications.staff_names import names_of
from notifications.wishes import wishes_of
from notifications.words import DeliveryState, MessageView, Wishes

LIST = "/staff/messages"


class MessagePages(Controller):
    """In the demo this is the only place where messages arrive."""

    include_in_schema = False
    # Everything ever said, with families' own links, about any child.
    guards: ClassVar = [staff(Right.RUN_MESSAGES)]  # type: ignore[misc]

    @get(LIST)
    async def messages(self, request: PageRequest, house: InHouse) -> Page:
        """Newest first. Addresses are masked and words unread: opening one is on the audit trail."""
        chosen = _chosen(request)
        async with house.db.transaction() as session:
            known = await queries.purposes(session)
            found, more = await queries.newest(session, chosen)
            waiting = await queries.count_undelivered(session)
        older = _address(chosen, found[-1].id) if more else ""
        lines = [presenters.line_of(message) for message in found]
        return page(
            request,
            house,
            "notifications/list.html",
            lines=lines,
            waiting=waiting,
            older=older,
            newest=_address(chosen, None) if chosen.before else "",
            **_filters(chosen, known),
        )

    @post(LIST + "/{message_id:uuid}/again", status_code=200)
    async def again(self, request: PageRequest, house: InHouse, message_id: FromPath[UUID]) -> Page:
        """The same words once more, with a reason."""
        form = await read_form(request, house, (forms.WHY_AGAIN,))
        if form.answers is None:
            return await _one(request, house, message_id, form)
        typed = first(await read_body(request), "turn")[:4]
        turn = int(typed) if typed.isdecimal() else 1
        why, now = str(form.answers["why"]), house.clock.now()
        async with house.db.transaction() as session:
            new = await desk.send_again(session, actor_of(request), message_id, turn, why, now)
        return see(request, f"{LIST}/{new}")


class CasePages(Controller):
    """Messages about one record, for those who may see it: managers, and whoever the record's own room says."""

    include_in_schema = False
    guards: ClassVar = [staff(Right.RUN_MESSAGES, Right.READ_MESSAGES)]  # type: ignore[misc]

    @get(LIST + "/{message_id:uuid}")
    async def message(self, request: PageRequest, house: InHouse, message_id: FromPath[UUID]) -> Page:
        """One message with its exact words; that it was read goes on the audit trail."""
        return await _one(request, house, message_id, Form.blank((forms.WHY_AGAIN,)))

    @get(LIST + "/about/{subject_id:uuid}")
    async def about(self, request: PageRequest, house: InHouse, subject_id: FromPath[UUID]) -> Page:
        """Everything said about one record, oldest first, and who must not be told: that it was seen is on record."""
        async with house.db.transaction() as session:
            await check_may_read(request, house, session, subject_id)
            found = await queries.lines_about(session, subject_id)
            guard = await queries.guard_on_all(session, subject_id)
            if found:
                service.note_list_seen(session, actor_of(request), subject_id, house.clock.now())
        lines = [presenters.line_of(message) for message in found]
        return page(request, house, "notifications/about.html", lines=lines, guard=guard)


async def _one(request: PageRequest, house: House, message_id: UUID, form: Form) -> Page:
    async with house.db.transaction() as session:
        await check_may_read(request, house, session, (await queries.message(session, message_id)).subject_id)
        found = await service.read_message(session, actor_of(request), message_id, house.clock.now())
        steps = await queries.steps_of(session, message_id)
        later = await queries.following(session, message_id)
        way = (await queries.ways_of(session, message_id))[0]
        wishes, guard = await wishes_of(session, way), await queries.guard_on(session, message_id)
        names = await names_of(session, [found.said_by, *[step.actor for step in steps]])
    return page(
        request,
        house,
        "notifications/message.html",
        status=422 if form.errors else 200,
        message=presenters.whole_of(found, steps, names, with_keys=house.demo),
        guard=guard,
        wishes=presenters.wishes_words(wishes),
        why_not=presenters.why_not_sent(steps),
        tag=presenters.tag_of(found.state, is_held=found.is_held),
        view=found,
        direction=wording.direction(found.language),
        later=[{"id": one.id, "words": presenters.follows_words(one)} for one in later],
        form=form,
        turn=len(later) + 1,
        may_run=actor_of(request).may(Right.RUN_MESSAGES),
        may_send_again=_may_send_again(actor_of(request), found, wishes) and may_reach(way, guard),
    )


def _may_send_again(actor: Actor, found: MessageView, wishes: Wishes | None) -> bool:
    is_on_its_way = delivery.may_be_taken_up(found.state) and not found.needs_person
    return actor.may(Right.RUN_MESSAGES) and not is_on_its_way and not (wishes and wishes.never)


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


HANDLERS = [MessagePages, CasePages]

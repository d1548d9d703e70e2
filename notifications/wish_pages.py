"""How a family wants to be written to, noted by staff from a message that went to them."""

from typing import ClassVar
from uuid import UUID

from litestar import Controller, get, post
from litestar.params import FromPath

from core.domain.identity import Right
from core.web.bodies import PageRequest, read_form
from core.web.forms import Form
from core.web.guards import staff
from core.web.house import House, InHouse
from core.web.questions import Answers
from core.web.replies import Page, page, see
from notifications import forms, presenters, queries, rules, service
from notifications.reading import actor_of, check_may_read
from notifications.wishes import drop_unwanted, set_wishes, wishes_of
from notifications.words import Wishes

MESSAGES = "/staff/messages"


class WishPages(Controller):
    """For managers, and for whoever may see the record that the message is about."""

    path = MESSAGES + "/{message_id:uuid}/wishes"
    include_in_schema = False
    guards: ClassVar = [staff(Right.RUN_MESSAGES, Right.READ_MESSAGES)]  # type: ignore[misc]

    @get("/")
    async def ask(self, request: PageRequest, house: InHouse, message_id: FromPath[UUID]) -> Page:
        """What is known already is filled in."""
        return await _ask(request, house, message_id)

    @post("/", status_code=200)
    async def note(self, request: PageRequest, house: InHouse, message_id: FromPath[UUID]) -> Page:
        """Counts for every address the message knows, from the next message on. What waits for somebody who must not
        be contacted is not sent."""
        form = await read_form(request, house, forms.WISHES)
        if form.answers is None:
            return await _ask(request, house, message_id, form)
        wishes, actor, now = _wishes(form.answers), actor_of(request), house.clock.now()
        async with house.db.transaction() as session:
            found = await queries.message(session, message_id)
            await check_may_read(request, house, session, found.subject_id)
            ways = await queries.ways_of(session, message_id)
            await set_wishes(session, actor, ways, wishes, now)
            if wishes.never:
                await drop_unwanted(session, actor, ways, now)
        return see(request, f"{MESSAGES}/{message_id}")


async def _ask(request: PageRequest, house: House, message_id: UUID, form: Form | None = None) -> Page:
    async with house.db.transaction() as session:
        found = await queries.message(session, message_id)
        await check_may_read(request, house, session, found.subject_id)
        ways = await queries.ways_of(session, message_id)
        known = await wishes_of(session, ways[0]) or Wishes(language=found.language)
        guard = await queries.guard_on(session, message_id)
        service.note_wishes_seen(session, actor_of(request), found, house.clock.now())
    return page(
        request,
        house,
        "notifications/wishes.html",
        status=422 if form else 200,
        form=form or Form.blank(forms.WISHES, _answers(known)),
        id=message_id,
        guard=guard,
        ways=[f"{presenters.CHANNEL[way.channel]}: {rules.masked(way.channel, way.address)}" for way in ways],
    )


def _wishes(answers: Answers) -> Wishes:
    asked = answers.get("wishes", [])
    return Wishes(str(answers["language"]), **{name: name in asked for name in forms.WISH_WORDS})


def _answers(known: Wishes) -> Answers:
    return {"language": known.language, "wishes": [name for name in forms.WISH_WORDS if getattr(known, name)]}


HANDLERS = [WishPages]

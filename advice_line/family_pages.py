"""The public side: what the advice line is, leaving a message, and the family's own page to follow it."""

from dataclasses import replace
from typing import Any, ClassVar
from uuid import UUID

from litestar import Controller, get, post
from litestar.params import FromPath

from advice_line import queries, service, snippet_queries, voice_files
from advice_line.family_words import caller_words, promise_words, status
from advice_line.forms import journey_for, left_from
from advice_line.models import AdviceMessage
from advice_line.questions import ADDITION, NEW_SIGNS, PHONE
from advice_line.service import Desk, link_key, phone_key
from advice_line.voice_queries import additions_to
from advice_line.voice_service import add_to
from advice_line.voice_words import RECORDER, spoken_words
from advice_line.words import Sign
from core.domain.errors import NotFound
from core.storage.drafts import Draft
from core.storage.session import Session
from core.web import family as door
from core.web.bodies import PageRequest, read_form
from core.web.family import Door
from core.web.forms import Form
from core.web.guards import anyone, family
from core.web.house import House, InHouse
from core.web.journey import Journey
from core.web.journey_pages import JourneyPages, Sent
from core.web.questions import Answers, Kind, Question
from core.web.replies import Page, page, see

_ROOM = "advice"
_BORN = Question(
    "born",
    Kind.DATE_OF_BIRTH,
    "The child’s date of birth",
    hint="For example, 15 3 2019",
    missing="Enter the child’s date of birth",
)
_NUMBER = replace(PHONE, label="The phone number you gave us", hint="")
_NEW_NUMBER = replace(PHONE, label="New phone number", hint="")
_MORE = (ADDITION, NEW_SIGNS)
_WRONG = "That is not what we have. Check it and try again"


class AdviceStart(Controller):
    """What the line is for, and what it is not."""

    include_in_schema = False
    guards: ClassVar = [anyone]  # type: ignore[misc]

    @get("/advice")
    async def start(self, request: PageRequest, house: InHouse) -> Page:
        """Before the first question."""
        first = journey_for(house.profile).steps[0].slug
        return page(request, house, "advice_line/start.html", begin=f"/advice/message/{first}")

    @get("/advice/message")
    async def begin(self, request: PageRequest) -> Page:
        """Where the journey hangs from."""
        return see(request, "/advice")


class AdviceJourney(JourneyPages):
    """Leaving a message."""

    path = "/advice/message"
    asked_on = "advice_line/step.html"
    checked_on = "advice_line/check.html"

    def journey(self, house: House) -> Journey:
        return journey_for(house.profile)

    async def send(self, session: Session, house: House, draft: Draft, answers: Answers) -> Sent:
        """The message becomes real."""
        desk = _desk(house)
        left = left_from(answers)
        message, token = await service.leave_message(session, desk, left, draft_id=draft.id)
        if left.voice:
            await voice_files.give_to(session, draft.id, message.id, left.voice, desk.now)
        return Sent(message.id, token)

    async def aside(self, session: Session, request: PageRequest, house: House) -> dict[str, Any]:
        """What the recorder and the check page need."""
        return {"recorder": RECORDER, "spoken_words": spoken_words}

    async def sent_page(self, request: PageRequest, house: House, draft: Draft) -> Page:
        """The promise with its day; whoever sent it may follow it without being asked anything."""
        async with house.db.transaction() as session:
            message = draft.sent_subject and await queries.message(session, draft.sent_subject)
        if not message:
            raise NotFound("no such message")
        token = draft.sent_token or ""
        reply = page(
            request,
            house,
            "advice_line/sent.html",
            message=message,
            promise=promise_words(message, house.profile),
            caller=caller_words(message, house.profile),
            follow=f"/advice/{token}",
        )
        return door.let_in(request, house, reply, Door(_ROOM, link_key(token)))


class AdviceFollow(Controller):
    """The family's own page, behind a link nobody can guess and something only they know."""

    path = "/advice/{token:str}"
    include_in_schema = False
    guards: ClassVar = [family]  # type: ignore[misc]

    @get("/")
    async def show(self, request: PageRequest, house: InHouse, token: FromPath[str]) -> Page:
        """How the message stands."""
        return await self._show(request, house, token)

    @post("/", status_code=200)
    async def knock(self, request: PageRequest, house: InHouse, token: FromPath[str]) -> Page:
        """Looks at the answer at the door."""
        message = await self._message(house, token)
        way_in = Door(_ROOM, link_key(token))
        await door.knock(request, house, way_in)
        question = _asked_at_door(message)
        form = await read_form(request, house, (question,))
        if form.answers is None:
            return _ask(request, house, token, question, form)
        if not _is_known(message, str(form.answers[question.id])):
            return _ask(request, house, token, question, form.refuse(question.id, _WRONG))
        await door.forgive(house, way_in)
        return door.let_in(request, house, see(request, f"/advice/{token}"), way_in)

    @post("/phone", status_code=200)
    async def correct(self, request: PageRequest, house: InHouse, token: FromPath[str]) -> Page:
        """Another number to ring."""
        message_id = await self._message_inside(request, house, token)
        if message_id is None:
            return see(request, f"/advice/{token}")
        form = await read_form(request, house, (_NEW_NUMBER,))
        if form.answers is None:
            return await self._show(request, house, token, form)
        async with house.db.transaction() as session:
            await service.correct_number(session, _desk(house), message_id, str(form.answers["phone"]))
        return see(request, f"/advice/{token}?number=1")

    @post("/add", status_code=200)
    async def add(self, request: PageRequest, house: InHouse, token: FromPath[str]) -> Page:
        """More to say about it."""
        message_id = await self._message_inside(request, house, token)
        if message_id is None:
            return see(request, f"/advice/{token}")
        form = await read_form(request, house, _MORE)
        if form.answers is None:
            return await self._show(request, house, token, form)
        signs = frozenset(map(Sign, form.answers.get("signs", ())))
        async with house.db.transaction() as session:
            await add_to(session, _desk(house), message_id, str(form.answers["more"]), signs)
        return see(request, f"/advice/{token}?added=1")

    @post("/withdraw", status_code=200)
    async def withdraw(self, request: PageRequest, house: InHouse, token: FromPath[str]) -> Page:
        """No call is needed any more."""
        message_id = await self._message_inside(request, house, token)
        if message_id is not None:
            async with house.db.transaction() as session:
                await service.withdraw(session, message_id, house.clock.now())
        return see(request, f"/advice/{token}")

    async def _show(self, request: PageRequest, house: House, token: str, form: Form | None = None) -> Page:
        message = await self._message(house, token)
        if not door.is_open(request, house, Door(_ROOM, link_key(token))):
            return _ask(request, house, token, _asked_at_door(message))
        async with house.db.transaction() as session:
            calls = await queries.calls_of(session, message.id)
            additions = await additions_to(session, message.id)
            given = await snippet_queries.given_about(session, message.id)
        return page(
            request,
            house,
            "advice_line/follow.html",
            status=422 if form and form.errors else 200,
            message=message,
            status_words=status(message, calls, house.profile, house.clock.now()),
            form=form or Form.blank((_NEW_NUMBER,)),
            number=form if form and form.questions == (_NEW_NUMBER,) else Form.blank((_NEW_NUMBER,)),
            more=form if form and form.questions == _MORE else Form.blank(_MORE),
            added=[one.at for one in additions],
            given=given,
            base=f"/advice/{token}",
            has_new_number="number" in request.query_params,
            has_added="added" in request.query_params,
        )

    async def _message(self, house: House, token: str) -> AdviceMessage:
        async with house.db.transaction() as session:
            message = await queries.message_behind(session, link_key(token))
        if message is None:
            raise NotFound("no such link")
        return message

    async def _message_inside(self, request: PageRequest, house: House, token: str) -> UUID | None:
        """The message's id when the door is open for this browser."""
        message = await self._message(house, token)
        return message.id if door.is_open(request, house, Door(_ROOM, link_key(token))) else None


def _desk(house: House) -> Desk:
    return Desk(house.profile, house.address, house.clock.now())


def _asked_at_door(message: AdviceMessage) -> Question:
    # The date of birth when we have it: a phone number may be the very thing that was mistyped.
    return _BORN if message.child else _NUMBER


def _is_known(message: AdviceMessage, answer: str) -> bool:
    if message.child:
        return bool(message.child["born"] == answer)
    return message.phone_key == phone_key(answer)


def _ask(request: PageRequest, house: House, token: str, question: Question, form: Form | None = None) -> Page:
    return door.ask(
        request,
        house,
        question,
        heading="Your message to a therapist",
        why="To keep your message private, we need to know that it is you.",
        action=f"/advice/{token}",
        form=form,
    )


HANDLERS = [AdviceStart, AdviceJourney, AdviceFollow]

"""Hearing a spoken message, writing down what was said, and the number of a caller who showed none."""

from dataclasses import replace
from typing import Any, ClassVar
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.params import FromPath

from advice_line import voice_service
from advice_line.questions import PHONE
from advice_line.service import Desk
from advice_line.voice_sound import in_pieces
from core.domain.identity import Right
from core.storage.files import read_file
from core.web.bodies import PageRequest, read_form
from core.web.forms import Form
from core.web.guards import staff
from core.web.house import House, InHouse
from core.web.questions import Kind, Question
from core.web.replies import Page, page, see
from core.web.uploads import download

WRITTEN = Question(
    "written",
    Kind.LONG_TEXT,
    "What they said",
    hint="So that colleagues can read it. Their own words where they matter.",
    missing="Enter what they said",
    longest=4000,
)
_NUMBER = replace(PHONE, label="Phone number from the recording", hint="", missing="Enter the phone number they gave")


class Voice(Controller):
    """The recording of one message."""

    path = "/staff/callbacks/{message_id:uuid}/voice"
    include_in_schema = False
    guards: ClassVar = [staff(Right.SEE_CALLS)]  # type: ignore[misc]

    @get("/")
    async def play(self, request: PageRequest, house: InHouse, message_id: FromPath[UUID]) -> Response[Any]:
        """The sound. Who heard it stands on the audit trail before the first byte leaves."""
        async with house.db.transaction() as session:
            voice = await voice_service.open_voice(session, request.scope["user"], message_id, house.clock.now())
            assert voice.file_id is not None  # noqa: S101 - open_voice says so
            file, content = await read_file(session, house.files, voice.file_id)
        return in_pieces(request, download(file, content), content)

    @post("/written", status_code=200, guards=[staff(Right.MAKE_CALLS)])
    async def write_down(self, request: PageRequest, house: InHouse, message_id: FromPath[UUID]) -> Page:
        """What was said, to read."""
        form = await read_form(request, house, (WRITTEN,))
        if form.answers is None:
            return await _again(request, house, message_id, "Write down what was said", form)
        words, now = str(form.answers["written"]), house.clock.now()
        async with house.db.transaction() as session:
            await voice_service.write_down(session, request.scope["user"], message_id, words, now)
        return see(request, f"/staff/callbacks/{message_id}#voice")

    @post("/number", status_code=200, guards=[staff(Right.MAKE_CALLS)])
    async def number(self, request: PageRequest, house: InHouse, message_id: FromPath[UUID]) -> Page:
        """The number to ring, as it was said."""
        form = await read_form(request, house, (_NUMBER,))
        if form.answers is None:
            return await _again(request, house, message_id, "The number to call", form)
        desk = Desk(house.profile, house.address, house.clock.now())
        async with house.db.transaction() as session:
            await voice_service.give_number(
                session, request.scope["user"], desk, message_id, str(form.answers["phone"])
            )
        return see(request, f"/staff/callbacks/{message_id}")


async def _again(request: PageRequest, house: House, message_id: UUID, title: str, form: Form) -> Page:
    """What is wrong is told only to whoever may see the message at all."""
    async with house.db.transaction() as session:
        await voice_service.message_for(session, request.scope["user"], message_id, house.clock.now())
    case = f"/staff/callbacks/{message_id}"
    return page(request, house, "advice_line/voice_form.html", status=422, title=title, form=form, case=case)


HANDLERS = [Voice]

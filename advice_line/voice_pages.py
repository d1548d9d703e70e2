"""Recording a message in the browser: kept as soon as it is stopped; played, replaced, deleted until it is sent."""

from datetime import timedelta
from typing import Any, ClassVar

from litestar import Controller, Response, get, post

from advice_line import voice_files
from advice_line.forms import journey_for
from advice_line.voice_sound import in_pieces
from advice_line.voice_words import MOST_BYTES, MOST_SECONDS, RECORDER, as_answer, from_answer, spoken_words
from core.domain.errors import NotFound
from core.storage import drafts
from core.storage.drafts import Draft
from core.storage.files import read_file
from core.storage.files_words import FileRefused, Refusal
from core.storage.session import Session
from core.web import journey as walk
from core.web.bodies import PageRequest
from core.web.guards import anyone
from core.web.house import House, InHouse
from core.web.limits import Limit
from core.web.replies import see
from core.web.uploads import download, read_upload
from core.web.visitors import owner_hash

_STEP = "/advice/message/message"
# Nobody says one message so often; each is scanned and sealed.
_RECORDINGS = Limit("advice-recording", 40, timedelta(hours=1))
_WORDS = {
    Refusal.EMPTY: "There is nothing in your recording. Record it again, or type your message.",
    Refusal.TOO_BIG: "Your recording is too large. Record a shorter one, or type your message.",
    Refusal.TOO_LONG: "Your recording is longer than 3 minutes. Record a shorter one, or type your message.",
    Refusal.TOO_MUCH: "Your recording is too large. Record a shorter one, or type your message.",
}
_OTHERWISE = "We cannot play what was recorded. Record it again, or type your message."


class Recording(Controller):
    """The recording of the message this visitor is leaving."""

    path = str(RECORDER["path"])
    include_in_schema = False
    guards: ClassVar = [anyone]  # type: ignore[misc]

    @post("/", status_code=200, opt={"upload": MOST_BYTES}, request_max_body_size=MOST_BYTES + 64 * 1024)
    async def keep(self, request: PageRequest, house: InHouse) -> Response[dict[str, str]]:
        """Keeps it; the one before goes. 422 with words for the person when it cannot be kept."""
        owner, now = owner_hash(request, house), house.clock.now()
        await house.limits.spend(_RECORDINGS, owner.hex())
        async with house.db.transaction() as session:
            draft = await _draft(session, house, owner)
        upload = await read_upload(request, "recording", MOST_BYTES)
        try:
            file = await voice_files.keep(
                house.db, house.files, house.scanner, draft.id, upload.content if upload else b"", now,
                longest=MOST_SECONDS,
            )  # fmt: skip
        except FileRefused as refused:
            return Response({"problem": _WORDS.get(refused.reason, _OTHERWISE)}, status_code=422)
        answer = as_answer(file.id, file.seconds)
        async with house.db.transaction() as session:
            await _answer(session, house, await _draft(session, house, owner, lock=True), answer)
            await voice_files.drop_others(session, draft.id, file.id, now)
        return Response({"voice": answer, "length": spoken_words(answer)})

    @get("/")
    async def play(self, request: PageRequest, house: InHouse) -> Response[Any]:
        """The sound, for whoever recorded it."""
        async with house.db.transaction() as session:
            draft = await _draft(session, house, owner_hash(request, house))
            spoken = from_answer(str(draft.answers["voice"])) if "voice" in draft.answers else None
            if spoken is None or spoken.file_id is None:
                raise NotFound("nothing recorded")
            if await voice_files.of_draft(session, draft.id, spoken.file_id) is None:
                raise NotFound("no recording of this draft")
            file, content = await read_file(session, house.files, spoken.file_id)
        return in_pieces(request, download(file, content), content)

    @post("/delete", status_code=200)
    async def delete(self, request: PageRequest, house: InHouse) -> Response[Any]:
        """Nothing of it is kept."""
        async with house.db.transaction() as session:
            draft = await _draft(session, house, owner_hash(request, house), lock=True)
            await _answer(session, house, draft, None)
            await voice_files.drop_others(session, draft.id, None, house.clock.now())
        if "application/json" in request.headers.get("accept", ""):
            return Response({"voice": ""})
        return see(request, _STEP)


async def _draft(session: Session, house: House, owner: bytes, *, lock: bool = False) -> Draft:
    """The draft of this visitor, once they have come as far as the message."""
    journey = journey_for(house.profile)
    draft = await drafts.open_draft(session, owner, journey.name, lock=lock)
    step = journey.step("message")
    if draft is None or step is None or not walk.may_visit(journey, draft.answers, step):
        raise NotFound("no message under way")
    return draft


async def _answer(session: Session, house: House, draft: Draft, answer: str | None) -> None:
    kept = {name: value for name, value in draft.answers.items() if name != "voice"}
    journey = journey_for(house.profile)
    drafts.save_answers(draft, kept | ({"voice": answer} if answer else {}), journey.version, house.clock.now())


# `advice_line.family_pages` hands the recording over when the message is sent.
HANDLERS = [Recording]

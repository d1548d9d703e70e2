"""Files that come with a referral: families add and remove them on the form."""

from collections.abc import Sequence
from typing import Any, ClassVar
from uuid import UUID

from litestar import Controller, get, post
from litestar.params import FromPath

from core.domain.clock import london_day
from core.domain.errors import NotFound
from core.storage import drafts
from core.storage.drafts import Draft
from core.storage.files import StoredFile, drop_file, files_about, hand_over, store_file
from core.storage.files_words import MOST, PAPERS, FileRefused
from core.storage.session import Session
from core.web import journey as walk
from core.web.bodies import PageRequest, first, read_body
from core.web.forms import Form
from core.web.guards import anyone
from core.web.house import House, InHouse
from core.web.journey import TASKS, Journey
from core.web.replies import Page, page, see
from core.web.uploads import Upload, read_upload
from referral import files_presenters, steps
from referral.files_words import FILES, NONE_CHOSEN, PURPOSE, TOGETHER
from referral.saving_visitor import whose

REFER = "/refer"
SLUG = FILES
# A file that is too large still gets words of its own; what is far larger is refused before it is read.
_MOST_BYTES = 2 * MOST
# Beside the page that shows them: the router does not look further once a fixed part of an address fits.
_AT = f"{REFER}/file"


class Files(Controller):
    """Whoever is filling in the form in this browser."""

    path = _AT
    include_in_schema = False
    guards: ClassVar = [anyone]  # type: ignore[misc]

    @get("/added")
    async def added(self, request: PageRequest) -> Page:
        """Somebody reloads the answer to a file that was refused."""
        return see(request, f"{REFER}/{FILES}")

    @post("/added", status_code=200, opt={"upload": _MOST_BYTES}, request_max_body_size=_MOST_BYTES)
    async def add(self, request: PageRequest, house: InHouse) -> Page:
        """Takes one file, and goes on where that was pressed. Nothing sent before is lost when it is refused."""
        async with house.db.transaction() as session:
            draft = await draft_of(session, request, house)
        journey = _journey(house)
        step = journey.step(FILES)
        if draft is None or step is None or not walk.may_visit(journey, draft.answers, step):
            return see(request, REFER)
        upload, goes_on = await read_upload(request, "file", MOST), first(await read_body(request), "go") == "on"
        if upload is None and not goes_on:
            return await _refused(request, house, draft, NONE_CHOSEN)
        if upload is not None:
            try:
                await _keep(house, draft, upload)
            except FileRefused as refused:
                return await _refused(request, house, draft, refused.words)
        return await _on(request, house, journey) if goes_on else see(request, f"{REFER}/{FILES}?added=1")

    @post("/remove/{file_id:uuid}", status_code=200)
    async def remove(self, request: PageRequest, house: InHouse, file_id: FromPath[UUID]) -> Page:
        """Takes a file back before the form is sent. Twice is once."""
        async with house.db.transaction() as session:
            draft = await draft_of(session, request, house, lock=True)
            if draft is None:
                return see(request, REFER)
            there = await files_about(session, PURPOSE, draft.id)
            if any(one.id == file_id for one in there):
                await drop_file(session, file_id, house.clock.now())
        return see(request, f"{REFER}/{FILES}")


async def _keep(house: House, draft: Draft, upload: Upload) -> None:
    """Stores it beside the draft; with the referral, when that was sent from another device meanwhile."""
    await store_file(
        house.db,
        house.files,
        house.scanner,
        purpose=PURPOSE,
        about_id=draft.id,
        name=upload.name,
        content=upload.content,
        kinds=PAPERS,
        now=house.clock.now(),
        together=TOGETHER,
    )
    async with house.db.transaction() as session:
        now = await session.get(Draft, draft.id, with_for_update=True, populate_existing=True)
        if now is None:
            raise NotFound("the draft was deleted")
        if now.sent_subject is not None:
            await hand_over(session, PURPOSE, draft.id, now.sent_subject)


async def _on(request: PageRequest, house: House, journey: Journey) -> Page:
    """The page counts as seen; then the list of tasks, or the check when that was all."""
    step = journey.step(FILES)
    async with house.db.transaction() as session:
        draft = await draft_of(session, request, house, lock=True)
        if draft is None or step is None:
            return see(request, REFER)
        answers = walk.answer(journey, draft.answers, step, {})
        drafts.save_answers(draft, answers, journey.version, house.clock.now())
    return see(request, f"{REFER}/{TASKS if walk.first_unanswered(journey, answers) else 'check'}")


async def _refused(request: PageRequest, house: House, draft: Draft, words: str) -> Page:
    journey = _journey(house)
    async with house.db.transaction() as session:
        files = await files_about(session, PURPOSE, draft.id)
    return page(
        request,
        house,
        "referral/step.html",
        status=422,
        journey=journey,
        step=journey.step(FILES),
        form=Form((), {}, {"file": words}, {"file": "file"}),
        asked=[],
        back=f"{REFER}/{TASKS}",
        shown="",
        can_wait=True,
        **around(files),
    )


async def draft_of(session: Session, request: PageRequest, house: House, *, lock: bool = False) -> Draft | None:
    """The referral this browser is filling in."""
    return await drafts.open_draft(session, whose(request, house), _journey(house).name, lock=lock)


async def of_visitor(session: Session, request: PageRequest, house: House) -> Sequence[StoredFile]:
    """The files sent with it so far."""
    draft = await draft_of(session, request, house)
    return await files_about(session, PURPOSE, draft.id) if draft else []


def around(files: Sequence[StoredFile]) -> dict[str, Any]:
    """What the pages say about files."""
    return {
        "files": files_presenters.lines(files),
        "room_left": files_presenters.room_left(files, TOGETHER),
        "files_at": _AT,
        "files_page": f"{REFER}/{FILES}",
    }


def _journey(house: House) -> Journey:
    return steps.journey_for(house.profile, london_day(house.clock.now()))


HANDLERS = [Files]

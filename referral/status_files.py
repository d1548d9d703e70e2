"""The part of a family's form that takes files: reads what was chosen, keeps it, and says what is wrong with it."""

from typing import Any
from uuid import UUID

from core.storage.files import store_file
from core.storage.files_words import MOST, PAPERS, FileRefused
from core.web.bodies import PageRequest, first, read_body
from core.web.forms import Form
from core.web.house import House
from core.web.uploads import FORM_BYTES, Upload, read_uploads
from referral import files_added, files_presenters
from referral.files_words import ADDED, MOST_AT_ONCE, NO_ROOM, TOGETHER, TOO_MANY

# Some more than is taken: a family with many photos is told so, and keeps its words.
MOST_BYTES = 3 * MOST + FORM_BYTES
FIELD = "file"
_TAKE_BACK = "take_back"


async def take(request: PageRequest, house: House, referral_id: UUID, once: UUID, form: Form) -> Form:
    """Keeps what was chosen; the form says what was not taken and why. One that is wrong leaves the others."""
    chosen = await read_uploads(request, FIELD, MOST)
    if len(chosen) > MOST_AT_ONCE:
        return form.refuse(FIELD, TOO_MANY)
    for upload in chosen:
        try:
            await _keep(house, files_added.bag_of(referral_id, once), upload)
        except FileRefused as refused:
            form = form.refuse(FIELD, refused.words if len(chosen) == 1 else f"{upload.name}: {refused.words}")
    async with house.db.transaction() as session:
        fits = await files_added.fits(session, referral_id, once)
    return form if fits else form.refuse(FIELD, NO_ROOM)


async def _keep(house: House, bag: UUID, upload: Upload) -> None:
    await store_file(
        house.db,
        house.files,
        house.scanner,
        purpose=ADDED,
        about_id=bag,
        name=upload.name,
        content=upload.content,
        kinds=PAPERS,
        now=house.clock.now(),
        together=TOGETHER,
    )


async def takes_back(request: PageRequest, house: House, referral_id: UUID, once: UUID) -> bool:
    """Whether it was not "Send" that was pressed, but "Remove" beside a file that was chosen; it is removed then."""
    wanted = first(await read_body(request), _TAKE_BACK)
    if not wanted:
        return False
    try:
        file_id = UUID(wanted)
    except ValueError:
        return True
    async with house.db.transaction() as session:
        await files_added.take_back(session, referral_id, once, file_id, house.clock.now())
    return True


async def around(house: House, referral_id: UUID, once: UUID) -> dict[str, Any]:
    """What `referral/status_files.html` shows."""
    async with house.db.transaction() as session:
        chosen = await files_added.in_bag(session, referral_id, once)
    return {"files": files_presenters.lines(chosen), "once": once}

"""Where a referral stands: the way in, what families read there, and what they can do."""

from typing import Any, ClassVar
from uuid import UUID

from litestar import Controller, get, post
from litestar.params import FromPath

from core.domain.errors import NotFound, NotPossible
from core.domain.identity import PUBLIC, Discipline
from core.domain.ids import new_id
from core.storage.columns import keys
from core.storage.files_words import FileRefused
from core.web import family as door
from core.web.bodies import PageRequest, first, read_body, read_form
from core.web.family import Door
from core.web.forms import Form
from core.web.guards import anyone, family
from core.web.house import House, InHouse
from core.web.replies import Page, page, see
from referral import (
    files_added,
    files_presenters,
    queries,
    service,
    status_files,
    status_forms,
    status_presenters,
    status_service,
)
from referral.files_words import NO_ROOM
from referral.outcome_queries import told_about
from referral.views import InformationView, StatusView

STATUS = "/referral-status"
_TAKES_FILES: Any = {"opt": {"upload": status_files.MOST_BYTES}, "request_max_body_size": status_files.MOST_BYTES}
DONE = {
    "answered": ("We have your answer", "The referral is back with the therapist."),
    "added": ("We have what you told us", "The therapist who reads the referral will see it."),
    "withdrawn": ("The referral is withdrawn", "Changed your mind? You can take it back on this page."),
    "call": ("We will call you first", "A therapist will talk with you before we close it. They know you asked."),
    "back": ("The referral is open again", "A therapist will read it."),
}


def door_to(reference: str) -> Door:
    """The door of one referral."""
    return Door("referral", keys().fingerprint("referral-status", reference))


class StatusDoor(Controller):
    """The way to a referral: its reference, and the date of birth of the child. Five tries an hour each."""

    path = STATUS
    include_in_schema = False
    guards: ClassVar = [anyone]  # type: ignore[misc]

    @get("/")
    async def ask(self, request: PageRequest, house: InHouse) -> Page:
        return _ask(request, house, Form.blank(status_forms.STATUS))

    @post("/", status_code=200)
    async def open(self, request: PageRequest, house: InHouse) -> Page:
        """Says the same whether the reference or the date is wrong, so that nobody can find out which exist."""
        form = await read_form(request, house, status_forms.STATUS)
        if form.answers is None:
            return _ask(request, house, form)
        reference, born = str(form.answers["reference"]), str(form.answers["born"])
        await door.knock(request, house, door_to(reference))
        async with house.db.transaction() as session:
            referral_id = await queries.id_for_family(session, reference, born)
        if referral_id is None:
            return _ask(request, house, form.refuse("reference", status_forms.NO_MATCH))
        await door.forgive(house, door_to(reference))
        return door.let_in(request, house, see(request, f"{STATUS}/view/{referral_id}"), door_to(reference))


class StatusPages(Controller):
    """Where a referral stands, for whoever was let in."""

    path = STATUS + "/view/{referral_id:uuid}"
    include_in_schema = False
    guards: ClassVar = [family]  # type: ignore[misc]

    @get("/")
    async def status(self, request: PageRequest, house: InHouse, referral_id: FromPath[UUID]) -> Page:
        """Each therapy: what is so, what was said, what is next and by when."""
        status = await _behind(request, house, referral_id)
        if status is None:
            return see(request, STATUS)
        async with house.db.transaction() as session:
            told, files = await told_about(session, referral_id), await files_added.added(session, referral_id)
        return page(
            request,
            house,
            "referral/status.html",
            referral=status,
            parts=status_presenters.parts(status, house.profile, told, house.clock.now()),
            files=files_presenters.lines(files),
            base=view_of(status),
            can_withdraw=bool(status_presenters.withdrawable(status, house.profile)),
            done=DONE.get(request.query_params.get("done", "")),
        )

    @get("/information/{information_id:uuid}")
    async def asked(
        self, request: PageRequest, house: InHouse, referral_id: FromPath[UUID], information_id: FromPath[UUID]
    ) -> Page:
        """What we need to know, and room to answer."""
        status = await _behind(request, house, referral_id)
        if status is None:
            return see(request, STATUS)
        wanted = _wanted(status, information_id)
        if wanted is None:
            return see(request, view_of(status))
        return await _answer(request, house, status, wanted, Form.blank((status_forms.ANSWER,)), new_id())

    @post("/information/{information_id:uuid}", status_code=200, **_TAKES_FILES)
    async def answer(
        self, request: PageRequest, house: InHouse, referral_id: FromPath[UUID], information_id: FromPath[UUID]
    ) -> Page:
        """Stores the answer and the files; the referral goes back to the therapist."""
        status = await _behind(request, house, referral_id)
        if status is None:
            return see(request, STATUS)
        wanted, once = _wanted(status, information_id), await _once(request)
        form = await read_form(request, house, (status_forms.ANSWER,))
        form = await _with_files(request, house, referral_id, once, form)
        if form.answers is not None:
            answer, now = str(form.answers["answer"]), house.clock.now()
            try:
                async with house.db.transaction() as session:
                    await service.give_information(session, PUBLIC, referral_id, information_id, answer, now, once)
                return see(request, f"{view_of(status)}?done=answered")
            except FileRefused:
                form = form.refuse(status_files.FIELD, NO_ROOM)
        if wanted is None:
            # Answered already: a file that came after it, and was not taken, can be added.
            return see(request, f"{view_of(status)}/add")
        return await _answer(request, house, status, wanted, form, once)

    @get("/add")
    async def tell_more(self, request: PageRequest, house: InHouse, referral_id: FromPath[UUID]) -> Page:
        """Room to tell us more at any time."""
        status = await _behind(request, house, referral_id)
        if status is None:
            return see(request, STATUS)
        return await _add(request, house, status, Form.blank((status_forms.ADD,)), new_id())

    @post("/add", status_code=200, **_TAKES_FILES)
    async def add(self, request: PageRequest, house: InHouse, referral_id: FromPath[UUID]) -> Page:
        """Keeps it, and the files, for whoever reads the referral. Pressed twice, it is kept once."""
        status = await _behind(request, house, referral_id)
        if status is None:
            return see(request, STATUS)
        once, form = await _once(request), await read_form(request, house, (status_forms.ADD,))
        form = await _with_files(request, house, referral_id, once, form)
        if form.answers is None:
            return await _add(request, house, status, form, once)
        text = str(form.answers["text"])
        try:
            async with house.db.transaction() as session:
                await status_service.add(session, referral_id, once, text, house.profile, house.clock.now())
        except FileRefused:
            return await _add(request, house, status, form.refuse(status_files.FIELD, NO_ROOM), once)
        return see(request, f"{view_of(status)}?done=added")

    @get("/withdraw")
    async def confirm_withdrawal(self, request: PageRequest, house: InHouse, referral_id: FromPath[UUID]) -> Page:
        """What withdrawing means, and of which help."""
        status = await _behind(request, house, referral_id)
        if status is None:
            return see(request, STATUS)
        return _withdrawal(request, house, status)

    @post("/withdraw", status_code=200)
    async def withdraw(self, request: PageRequest, house: InHouse, referral_id: FromPath[UUID]) -> Page:
        """Withdraws what was ticked, or has a therapist call first where something must be looked at."""
        status = await _behind(request, house, referral_id)
        if status is None:
            return see(request, STATUS)
        known = status_presenters.withdrawable(status, house.profile)
        if not known:
            return see(request, view_of(status))
        form = await read_form(request, house, (status_forms.withdrawal(known),))
        if form.answers is None:
            return _withdrawal(request, house, status, form)
        wanted = [one for one in known if one.value in form.answers["therapies"]]
        once, now = await _once(request), house.clock.now()
        async with house.db.transaction() as session:
            done = await status_service.withdraw(session, referral_id, wanted, once, house.profile, now)
        return see(request, f"{view_of(status)}?done={'withdrawn' if done else 'call'}")

    @post("/come-back/{part:str}", status_code=200)
    async def come_back(
        self, request: PageRequest, house: InHouse, referral_id: FromPath[UUID], part: FromPath[str]
    ) -> Page:
        """Takes a withdrawal back; staff do so when it is too late here."""
        status = await _behind(request, house, referral_id)
        if status is None:
            return see(request, STATUS)
        if part not in set(Discipline):
            raise NotFound("no such discipline")
        now = house.clock.now()
        try:
            async with house.db.transaction() as session:
                await status_service.come_back(session, referral_id, Discipline(part), house.profile, now)
        except NotPossible:
            return see(request, view_of(status))
        return see(request, f"{view_of(status)}?done=back")


def _ask(request: PageRequest, house: House, form: Form) -> Page:
    status = 422 if form.errors else 200
    return page(request, house, "referral/status_door.html", status=status, form=form)


async def _with_files(request: PageRequest, house: House, referral_id: UUID, once: UUID, form: Form) -> Form:
    """The form with the files that came along; without answers when the page must be shown again."""
    if await status_files.takes_back(request, house, referral_id, once):
        # "Remove" was pressed, not "Send": what is missing yet is not wrong yet.
        form = Form(form.questions, form.typed)
    return await status_files.take(request, house, referral_id, once, form)


async def _answer(
    request: PageRequest, house: House, status: StatusView, wanted: InformationView, form: Form, once: UUID
) -> Page:
    code, files = 422 if form.errors else 200, await status_files.around(house, status.id, once)
    shown = {"form": form, "wanted": wanted, "back": view_of(status), **files}
    return page(request, house, "referral/answer.html", status=code, **shown)


async def _add(request: PageRequest, house: House, status: StatusView, form: Form, once: UUID) -> Page:
    code, files = 422 if form.errors else 200, await status_files.around(house, status.id, once)
    return page(request, house, "referral/status_add.html", status=code, form=form, back=view_of(status), **files)


def _withdrawal(request: PageRequest, house: House, status: StatusView, form: Form | None = None) -> Page:
    known = status_presenters.withdrawable(status, house.profile)
    if not known:
        return see(request, view_of(status))
    shown = form or Form.blank((status_forms.withdrawal(known),))
    code, back = 422 if shown.errors else 200, view_of(status)
    return page(request, house, "referral/status_withdraw.html", status=code, form=shown, back=back, once=new_id())


async def _once(request: PageRequest) -> UUID:
    """The key of one showing of a page, so that it is sent once."""
    try:
        return UUID(first(await read_body(request), "once"))
    except ValueError:
        return new_id()


def _wanted(status: StatusView, information_id: UUID) -> InformationView | None:
    awaited = (request.wanted for request in status.requests if request.wanted)
    return next((one for one in awaited if one.id == information_id), None)


async def _behind(request: PageRequest, house: House, referral_id: UUID) -> StatusView | None:
    """The referral, when this browser was let in to it."""
    async with house.db.transaction() as session:
        status = await queries.status(session, referral_id)
    return status if status and door.is_open(request, house, door_to(status.reference)) else None


async def status_of(house: House, referral_id: UUID | None) -> StatusView:
    """A referral that was just sent."""
    async with house.db.transaction() as session:
        status = await queries.status(session, referral_id) if referral_id else None
    if status is None:
        raise NotFound("no such referral")
    return status


def view_of(status: StatusView) -> str:
    """The address of its page."""
    return f"{STATUS}/view/{status.id}"


HANDLERS = [StatusDoor, StatusPages]

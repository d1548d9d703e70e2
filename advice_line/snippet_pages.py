"""The advice texts: read by everybody on the desk, written by those who may; every version stays."""

from typing import ClassVar
from uuid import UUID

from litestar import Controller, get, post
from litestar.params import FromPath

from accounts.api import staff_views
from advice_line import presenters, snippet_queries, snippet_service
from advice_line.record_case import LIST, read_id
from advice_line.snippet_forms import as_answers, text_from, text_questions
from advice_line.snippet_words import Rewritten
from core.domain.errors import NotFound
from core.domain.identity import Right
from core.domain.ids import new_id
from core.web.bodies import PageRequest, first, read_body, read_form
from core.web.forms import Form
from core.web.guards import staff
from core.web.house import House, InHouse
from core.web.replies import Page, page, see

TEXTS = f"{LIST}/texts"
_CHANGED = "A colleague saved a newer version meanwhile: it is shown above. Read it, then save yours"


class AdviceTexts(Controller):
    """All texts, and one with its versions."""

    path = TEXTS
    include_in_schema = False
    guards: ClassVar = [staff(Right.SEE_CALLS)]  # type: ignore[misc]

    @get("/")
    async def every_one(self, request: PageRequest, house: InHouse) -> Page:
        """By therapy and title; those no longer used at the end."""
        async with house.db.transaction() as session:
            used = await snippet_queries.snippets(session)
            retired = await snippet_queries.snippets(session, retired=True)
        return page(request, house, "advice_line/texts.html", used=used, retired=retired, may_write=_may_write(request))

    @get("/new", guards=[staff(Right.WRITE_TEXTS)])
    async def begin(self, request: PageRequest, house: InHouse) -> Page:
        """An empty form."""
        return _form_page(request, house, Form.blank(text_questions(house.profile)), new_id())

    @post("/new", status_code=200, guards=[staff(Right.WRITE_TEXTS)])
    async def write(self, request: PageRequest, house: InHouse) -> Page:
        """Keeps a new text, once."""
        form = await read_form(request, house, text_questions(house.profile))
        made = read_id(first(await read_body(request), "text"))
        if form.answers is None:
            return _form_page(request, house, form, made)
        text, therapy = text_from(form.answers)
        async with house.db.transaction() as session:
            await snippet_service.write(session, request.user, text, therapy, house.clock.now(), made)
        return see(request, f"{TEXTS}?saved=1")

    @get("/{text_id:uuid}")
    async def show(self, request: PageRequest, house: InHouse, text_id: FromPath[UUID]) -> Page:
        """The text, who wrote which version when, and a form to write the next."""
        return await _text(request, house, text_id)

    @post("/{text_id:uuid}", status_code=200, guards=[staff(Right.WRITE_TEXTS)])
    async def rewrite(self, request: PageRequest, house: InHouse, text_id: FromPath[UUID]) -> Page:
        """The next version. Whoever was slower keeps what they typed, and sees what is new."""
        form = await read_form(request, house, text_questions(house.profile))
        if form.answers is None:
            return await _text(request, house, text_id, form, status=422)
        text, therapy = text_from(form.answers)
        seen = first(await read_body(request), "seen")
        if not seen.isdecimal():
            raise NotFound("not a version")
        try:
            async with house.db.transaction() as session:
                await snippet_service.rewrite(
                    session, request.user, text_id, int(seen), text, therapy, house.clock.now()
                )
        except Rewritten:
            return await _text(request, house, text_id, form.refuse("title", _CHANGED), status=409)
        return see(request, f"{TEXTS}?saved=1")

    @post("/{text_id:uuid}/use", status_code=200, guards=[staff(Right.WRITE_TEXTS)])
    async def use(self, request: PageRequest, house: InHouse, text_id: FromPath[UUID]) -> Page:
        """Takes it out of use, or back into it."""
        retired = first(await read_body(request), "retired") == "yes"
        async with house.db.transaction() as session:
            await snippet_service.retire(session, request.user, text_id, house.clock.now(), retired=retired)
        return see(request, f"{TEXTS}?saved=1")


def _may_write(request: PageRequest) -> bool:
    return bool(request.user.may(Right.WRITE_TEXTS))


def _form_page(request: PageRequest, house: House, form: Form, made: UUID) -> Page:
    status = 422 if form.errors else 200
    return page(request, house, "advice_line/text_new.html", status=status, form=form, made=made)


async def _text(
    request: PageRequest, house: House, text_id: UUID, form: Form | None = None, *, status: int = 200
) -> Page:
    async with house.db.transaction() as session:
        snippet = await snippet_queries.snippet(session, text_id)
        if snippet is None:
            raise NotFound("no such text")
        versions = await snippet_queries.versions(session, text_id)
        names = await staff_views(session, {one.by for one in versions})
    return page(
        request,
        house,
        "advice_line/text.html",
        status=status,
        snippet=snippet,
        versions=[(one, presenters.name_of(one.by, names)) for one in versions],
        form=form or Form.blank(text_questions(house.profile), as_answers(snippet)),
        may_write=_may_write(request),
    )


HANDLERS = [AdviceTexts]

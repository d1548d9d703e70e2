"""The audit trail as information governance reads it."""

from typing import Any, ClassVar
from uuid import UUID

from litestar import Controller, Response, get, post

from accounts.api import StaffView, everybody, reasons_typed
from core.domain.clock import london_day
from core.domain.identity import Actor, Right
from core.storage.session import Session
from core.web.bodies import PageRequest, first, read_body, read_form
from core.web.forms import Form
from core.web.guards import lately_proved, staff
from core.web.house import House, InHouse
from core.web.replies import Page, download, page, see
from trail import chain, forms, presenters, queries, service
from trail.words import Entry, Shown, Wanted

TRAIL = "/staff/audit"


class Trail(Controller):
    """Search and export. Everything is sent as a form, since it may name a child; reading is on the trail too."""

    path = TRAIL
    include_in_schema = False
    guards: ClassVar = [staff(Right.READ_AUDIT)]  # type: ignore[misc]

    @get("/")
    async def ask(self, request: PageRequest, house: InHouse) -> Page:
        """The search, before anything is looked for."""
        async with house.db.transaction() as session:
            form = Form.blank(forms.questions(await everybody(session)), {"shown": Shown.ALL})
            return page(request, house, "trail/search.html", form=form, lines=None, head=await chain.head(session))

    @get("/search")
    async def search_again(self, request: PageRequest) -> Page:
        """Where somebody comes back to who had to show again who they are: what was typed stands in no address."""
        return see(request, TRAIL)

    @post("/search", status_code=200)
    async def search(self, request: PageRequest, house: InHouse) -> Page:
        """A page of what was found, newest first."""
        async with house.db.transaction() as session:
            colleagues = await everybody(session)
            form = await _read(request, house, colleagues)
            head = await chain.head(session)
            if form.errors or form.answers is None:
                return page(request, house, "trail/search.html", status=422, form=form, lines=None, head=head)
            wanted = await _wanted(request, session, form)
            found = await service.search(session, _actor(request), wanted, house.clock.now())
            shown = found[: queries.PAGE]
            lines = await _lines(session, shown, colleagues)
        after = forms.mark(shown[-1].at, shown[-1].id) if len(found) > len(shown) else ""
        kept = await _kept(request)
        return page(
            request, house, "trail/search.html", form=form, lines=lines, head=head, after=after, kept=kept,
            is_later=bool(wanted.after),
        )  # fmt: skip

    @post("/export", status_code=200, guards=[lately_proved])
    async def export(self, request: PageRequest, house: InHouse) -> Response[Any]:
        """What was searched for as a file for a spreadsheet."""
        async with house.db.transaction() as session:
            colleagues = await everybody(session)
            form = await _read(request, house, colleagues)
            if form.errors or form.answers is None:
                head = await chain.head(session)
                return page(request, house, "trail/search.html", status=422, form=form, lines=None, head=head)
            wanted = await _wanted(request, session, form)
            found = await service.export(session, _actor(request), wanted, house.clock.now())
            typed = await _typed(session, found)
        content = presenters.as_csv(found, {one.id: one for one in colleagues}, typed)
        return download(content, "text/csv; charset=utf-8", f"audit-{london_day(house.clock.now())}.csv")


async def _read(request: PageRequest, house: House, colleagues: list[StaffView]) -> Form:
    return forms.checked(await read_form(request, house, forms.questions(colleagues)))


async def _wanted(request: PageRequest, session: Session, form: Form) -> Wanted:
    answers, body = form.answers or {}, await read_body(request)
    record = forms.read_record(first(body, "record"))
    records = await service.records_about(session, forms.child_of(answers), str(answers.get("reference", "")), record)
    return Wanted(
        records=records,
        actor=f"staff:{answers['staff']}" if "staff" in answers else "",
        since=forms.midnight(answers, "since"),
        until=forms.midnight(answers, "until", days_later=1),
        shown=Shown(str(answers.get("shown", Shown.ALL))),
        after=forms.read_mark(first(body, "after")),
    )


async def _lines(session: Session, found: list[Entry], colleagues: list[StaffView]) -> list[Any]:
    names, typed = {one.id: one for one in colleagues}, await _typed(session, found)
    return [presenters.line(entry, names, typed) for entry in found]


async def _typed(session: Session, found: list[Entry]) -> dict[UUID, str]:
    return await reasons_typed(session, {one for entry in found if (one := presenters.opening_of(entry))})


async def _kept(request: PageRequest) -> list[tuple[str, str]]:
    """What was sent, for the buttons that send it again: to the next page, and to the file."""
    names = {"record", *(_inputs())}
    return [(name, values[0]) for name, values in (await read_body(request)).items() if name in names and values[0]]


def _inputs() -> list[str]:
    plain = [question.id for question in (*forms.CHILD, forms.SHOWN)] + ["staff"]
    return plain + [f"{name}-{part}" for name in ("born", "since", "until") for part in ("day", "month", "year")]


def _actor(request: PageRequest) -> Actor:
    actor: Actor = request.scope["user"]
    return actor


HANDLERS = [Trail]
